"""What a check of something printed leaves behind: findings, the print file, quote and proof of one revision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.findings import Finding, stops
from kernel.money import ZERO
from production.catalog import planning
from production.catalog import queries as catalog
from production.catalog.models import Stock
from production.catalog.planned_usage import PlannedUsage
from production.catalog.planning import PLAN, PlannedOperation
from production.catalog.publications import Demand
from production.frontdesk.approving.approvals import asked_of, begin
from production.frontdesk.orders.models import ProofPage, Quote
from production.frontdesk.orders.print_order import print_item
from production.frontdesk.orders.snapshot import QuoteSnapshot
from production.frontdesk.preparation.first_check import preflight_artwork
from production.frontdesk.preparation.outcome import forget_earlier_attempt
from production.frontdesk.publishing import recording
from production.jobs.lifecycle import advance
from production.jobs.models import Job, JobFile, JobFinding, PrintItem
from production.jobs.states import JobState, OperationCode
from production.jobs.usage import Unit
from production.prepress.merge.fields import Fields
from production.prepress.merge.print_file import compile_template, print_bare
from production.prepress.proofs import render_pages
from production.prepress.second_reading import Shown, read_again
from store.db import UnitOfWork
from store.files import FileRef, FileStore, record_file

PROOF_PAGES = 40  # more than a person looks at


@dataclass(slots=True)
class PrintCheck:
    """The outcome of one check. ``files`` by role, each with its name and pages; ``plan``: the operations that make it;
    ``sheet``: inches of what is printed on first; ``minutes`` of work as estimated; ``snapshot`` of the quote, None
    while something stops; ``demands``: what rules ask of it.
    """

    revision: int
    findings: list[Finding]
    sides: int = 0
    sheet: tuple[Decimal, Decimal] | None = None
    files: dict[str, tuple[FileRef, str, int | None]] = field(default_factory=dict)
    proofs: list[FileRef] = field(default_factory=list)
    plan: tuple[PlannedOperation, ...] = ()
    minutes: Decimal = Decimal(0)
    buys_paper: bool = False
    snapshot: QuoteSnapshot | None = None
    demands: Sequence[Demand] = ()

    @property
    def may_go_on(self) -> bool:
        """Nothing stops it."""
        return not stops(self.findings)

    def keep_plan(self, files: FileStore) -> None:
        """What is going to be approved, and made."""
        ref = files.keep_bytes(PLAN.as_bytes(self.plan, "the plan of a print job"), "application/json")
        self.files["plan"] = (ref, "plan.json", None)


def examine(
    files: FileStore, artwork: JobFile, item: PrintItem, folder: Path, *, most_pages: int | None
) -> PrintCheck:
    """The file against the sheet that was ordered and, where nothing stops, print file and pictures of pages."""
    path = files.checked_path(artwork.sha256)
    size = float(item.sheet_width_in), float(item.sheet_height_in)
    report = preflight_artwork(path, artwork.given_name, size, most_pages=most_pages)
    check = PrintCheck(artwork.revision, list(report.findings), sides=len(report.sizes))
    out = folder / "print.pdf"
    if check.may_go_on:
        compiled = compile_template(path, Fields(()))
        print_bare(compiled, out)
        shown = {page: Shown(size) for page, size in enumerate(compiled.sizes)}
        check.findings += read_again(out, compiled.pages, shown)
    if check.may_go_on:
        show(files, check, out, check.sides)
    return check


def show(files: FileStore, check: PrintCheck, out: Path, pages: int) -> None:
    """Keep the pages as they print, with pictures of the first of them."""
    images = render_pages(out, range(1, min(pages, PROOF_PAGES) + 1))
    check.proofs = [files.keep_bytes(image, "image/png") for image in images]
    check.files["print_file"] = (files.keep(out, "application/pdf"), "print.pdf", pages)


def planned(
    session: Session, job: Job, item: PrintItem, sides: int, *, quantity: int
) -> tuple[PlannedOperation, ...]:
    """The operations of the job's route that its options ask for, with their counts; whatever prints takes the paper.
    Sheets that are spoiled are the shop's.
    """
    product = catalog.product(session, job.product or "")
    steps = catalog.planned(session, product.route, item.options)
    operations = planning.plan(steps, quantity, planning.facts_of(item.options, sides=sides))
    unit = session.get_one(Stock, item.stock).usage_unit
    paper = (PlannedUsage(unit, Decimal(quantity)),) if unit else ()
    return tuple(
        replace(one, usage=one.usage + paper) if step.type.work == OperationCode.PRINT else one
        for step, one in zip(steps, operations, strict=True)
    )


def plan_of(session: Session, files: FileStore, job: Job) -> tuple[PlannedOperation, ...]:
    """The operations of a job as they were quoted and approved."""
    query = select(JobFile.sha256).filter_by(job_id=job.id, revision=job.revision, role="plan")
    return PLAN.from_bytes(files.checked_path(session.scalars(query).one()).read_bytes(), "plan of a job")


def expected_usage(
    operations: Sequence[PlannedOperation], *, setup: int = 1, stops: int = 1, fixes: int = 0
) -> list[tuple[str, Decimal | int]]:
    """What the job will use, in the units its actual usage is recorded in: set-up, operations, stops, fixes of its
    files.
    """
    around = ((Unit.DELIVERY_STOP.value, stops), (Unit.FILE_FIX.value, fixes))
    before = [(Unit.JOB_SETUP.value, setup)] if setup else []
    return [*before, *planning.usage(operations), *(one for one in around if one[1])]


def record(uow: UnitOfWork, job: Job, check: PrintCheck) -> bool:
    """Write the outcome and advance the job; gives whether it is quoted now. A job changed since then keeps its newer
    revision's fate.
    """
    if job.revision != check.revision or job.state is not JobState.SUBMITTED:
        return False
    forget_earlier_attempt(uow, job)
    uow.session.add_all(_finding_row(job, finding) for finding in check.findings)
    if check.snapshot is None:
        advance(uow, job, "ask_fix")
        return False
    recording.ask(uow, job, check.demands)
    if check.sides:
        print_item(uow.session, job).sides = check.sides
    if check.sheet is not None:
        item = print_item(uow.session, job)
        item.sheet_width_in, item.sheet_height_in = check.sheet
    uow.session.add_all(
        JobFile(
            job_id=job.id, revision=job.revision, role=role, sha256=record_file(uow, ref), given_name=name, pages=pages
        )
        for role, (ref, name, pages) in check.files.items()
    )  # fmt: skip
    total = check.snapshot.total
    uow.session.add(
        Quote(
            job_id=job.id, revision=job.revision, total=total, postage=ZERO, single_piece_postage=ZERO,
            snapshot=check.snapshot, made_at=uow.now,
        )
    )  # fmt: skip
    uow.session.add_all(
        ProofPage(
            job_id=job.id, revision=job.revision, position=page, why="As the press prints it", source_row=0, page=page,
            sha256=record_file(uow, ref),
        )
        for page, ref in enumerate(check.proofs, start=1)
    )  # fmt: skip
    advance(uow, job, "show_proof", quantity=job.quantity, total=total.plain, **asked_of(uow, job))
    begin(uow, job)
    return True


def _finding_row(job: Job, finding: Finding) -> JobFinding:
    return JobFinding(
        job_id=job.id, revision=job.revision, source="artwork", code=finding.code, severity=finding.severity,
        message=finding.message, remedy=finding.remedy, count=1, places=(finding.place,),
    )  # fmt: skip
