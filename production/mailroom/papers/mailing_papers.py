"""The papers step: tickets, tray labels, statement preview and qualification report of a planned batch."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pikepdf
from reportlab.lib.pagesizes import letter
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kernel.errors import Corrupt
from postal.address.evidence import EvidenceKind, ListEvidence, told
from postal.papers import documentation, statement
from postal.papers.tie import label_figures, report_figures, statement_figures, tie
from postal.piece.nonprofit import Authorization
from postal.sorting.presort_plan import PresortPlan, TrayLabel
from postal.sorting.volume import PERMIT
from production.catalog.piece_weight import envelopes
from production.jobs.lifecycle import advance
from production.jobs.models import Job, Operation
from production.jobs.states import OperationCode, OperationState
from production.mailings.address_evidence import evidence_of
from production.mailings.models import letters
from production.mailings.nonprofit import serving
from production.mailings.shop import ShopProfile, shop_in_force, shop_profile
from production.mailroom.streams.models import BatchFile, PresortShare, PresortStream, Tray
from production.mailroom.streams.planning import plan_of
from production.prepress.papers.job_papers import (
    JobTicketPaper,
    TicketOperation,
    TrayLabelPaper,
    job_ticket,
    qualification_paper,
    statement_preview,
    tray_labels,
)
from production.prepress.second_reading import Shown, read_again
from store.db import UnitOfWork
from store.files import FileRef, FileStore, record_file

SOFTWARE = "Indicia (not PAVE certified)"
TICKET_CAUTION = "The batch rests on assumptions that its postage statement lists."
_FLOOR: dict[str, str] = {OperationCode.PRINT: "Print", OperationCode.FOLD_INSERT: "Fold and insert"}


@dataclass(frozen=True, slots=True)
class PapersFacts:
    """A planned batch with everything its papers name."""

    batch: PresortStream
    profile: ShopProfile
    jobs: Sequence[Job]
    trays: Sequence[Tray]
    operations: Sequence[Operation]
    evidence: Sequence[ListEvidence]
    nonprofit: Mapping[int, Authorization]


@dataclass(frozen=True, slots=True)
class Paper:
    """A finished paper as kept."""

    role: str
    name: str
    ref: FileRef
    pages: int | None


def read_facts(session: Session, batch: PresortStream) -> PapersFacts:
    """What the papers need, read before the work."""
    jobs = (
        select(Job).join(PresortShare, PresortShare.job_id == Job.id).where(PresortShare.lot_id == batch.id)
    )
    operations = select(Operation).filter_by(lot_id=batch.id).order_by(Operation.segment, Operation.step)
    found = session.scalars(jobs.order_by(PresortShare.position)).all()
    return PapersFacts(
        batch=batch,
        profile=shop_profile(session),
        jobs=found,
        evidence=evidence_of(session, found),
        nonprofit=serving(session, [job.agency for job in found], batch.sort_plan, batch.mail_date),
        trays=session.scalars(select(Tray).filter_by(lot_id=batch.id).order_by(Tray.number)).all(),
        operations=session.scalars(operations).all(),
    )


def make_papers(files: FileStore, facts: PapersFacts, folder: Path) -> list[Paper]:
    """Every paper of the batch, drawn from its plan; the same plan gives the same bytes. Corrupt PAPERS_TIE when they
    do not agree with the plan and its trays to the piece and the cent.
    """
    plan = plan_of(files, facts.batch)
    profile, number = facts.profile, facts.batch.number
    in_force = shop_in_force(files, profile, facts.batch.mail_date)
    previews = [
        statement.preview(
            plan,
            header_of(facts),
            lines=statement.line_map(part.form, in_force),
            way=None if plan.payment == PERMIT else statement.AffixedWay.CORRECT,
        )
        for part in plan.statements
    ]
    report = documentation.qualification_report(
        plan, mailer=profile.name, preparer=profile.name, permit=profile.permit_number, software=SOFTWARE
    )
    tie(
        plan,
        [
            *(statement_figures(statement.to_csv(preview)) for preview in previews),
            report_figures(documentation.to_csv(report)),
            label_figures((label_of(tray), tray.barcode) for tray in facts.trays),
        ],
        barcodes=[tray.barcode for tray in facts.trays],
    )
    labels = [TrayLabelPaper.of(label_of(tray), tray.barcode or "") for tray in facts.trays]

    def drawn(role: str, draw: Callable[[Path], int]) -> Paper:
        out = folder / f"{role}.pdf"
        pages = draw(out)
        return Paper(role, f"{number}-{role}.pdf", files.keep(out, "application/pdf"), pages)

    def listed(role: str, rows: Iterator[list[str]]) -> Paper:
        return Paper(role, f"{number}-{role}.csv", files.keep_bytes(_csv(rows), "text/csv"), None)

    has_tickets = any(operation.type in _FLOOR for operation in facts.operations)
    return [
        *([drawn("tickets", lambda out: _tickets(facts, plan, out))] if has_tickets else []),
        drawn("tray-labels", lambda out: tray_labels(labels, out, caution=plan.assumptions).pages),
        *(
            drawn(f"statement{suffix}", partial(_draw_statement, preview))
            for suffix, preview in zip(_STATEMENTS, previews, strict=False)
        ),
        drawn("qualification", lambda out: qualification_paper(report, out).pages),
        *(
            listed(f"statement-data{suffix}", statement.to_csv(preview))
            for suffix, preview in zip(_STATEMENTS, previews, strict=False)
        ),
        listed("qualification-data", documentation.to_csv(report)),
    ]


# The mailing's own statement, and that of residual pieces which go on as First-Class Mail.
_STATEMENTS = ("", "-first-class")


def _draw_statement(preview: statement.Statement, out: Path) -> int:
    return statement_preview(preview, out).pages


def header_of(facts: PapersFacts) -> statement.StatementHeader:
    """Who mails what, and what is certified of the addresses of all lists together."""
    profile = facts.profile
    updated, matched = (
        told(facts.evidence, kind) for kind in (EvidenceKind.MOVE_UPDATE, EvidenceKind.MATCHING)
    )
    return statement.StatementHeader(
        permit_holder=profile.name,
        post_office=profile.post_office,
        permit_number=profile.permit_number,
        permit_holder_crid=profile.crid,
        mail_owner=some_of(job.agency.name for job in facts.jobs),
        statement_number=facts.batch.number,
        move_update_method=updated.method,
        move_update_date=updated.on,
        address_matching_method=matched.method,
        address_matching_date=matched.on,
        nonprofit_authorization=_authorizations(facts),
    )


def _authorizations(facts: PapersFacts) -> str:
    """Number, post office and days of each owner's nonprofit authorization."""
    owners = {job.agency_id: job.agency.name for job in facts.jobs}
    several = len(owners) > 1
    return some_of(
        f"{owners[key]}: {one.words}" if several else one.words for key, one in facts.nonprofit.items()
    )


def record_papers(uow: UnitOfWork, lot_id: int, papers: Sequence[Paper]) -> None:
    """The papers in rows; the batch's papers operation is done."""
    for paper in papers:
        row = {"sha256": record_file(uow, paper.ref), "given_name": paper.name, "pages": paper.pages}
        uow.session.execute(
            insert(BatchFile)
            .values(lot_id=lot_id, role=paper.role, **row)
            .on_conflict_do_update(index_elements=["lot_id", "role"], set_=row)
        )
    operation = uow.session.scalars(
        select(Operation).filter_by(lot_id=lot_id, type=OperationCode.PAPERS)
    ).one()
    if operation.state is OperationState.READY:
        advance(uow, operation, "start")
        advance(uow, operation, "finish", papers=len(papers))


def some_of(names: Iterable[str], *, limit: int = 5) -> str:
    """The names once each, or the first of many and how many more: a paper's cell does not grow over its page."""
    distinct = list(dict.fromkeys(names))
    rest = len(distinct) - limit
    return ", ".join(distinct[:limit]) + (f" and {rest:,} more" if rest > 0 else "")


def label_of(tray: Tray) -> TrayLabel:
    """A tray's label as it was recorded."""
    return TrayLabel(
        tray=tray.number,
        line_1=tray.line_1,
        line_2=tray.line_2,
        line_3=tray.line_3,
        label_zip=int(tray.destination),
        cin=int(tray.content_id or 0),
        tray_type=tray.tray_type,
        level=tray.level,
        pieces=tray.last_piece - tray.first_piece + 1,
        first_piece=tray.first_piece,
        last_piece=tray.last_piece,
    )


def _tickets(facts: PapersFacts, plan: PresortPlan, out: Path) -> int:
    """One ticket for each operation people do, in segment order, as one file."""
    shown: list[Shown] = []
    with pikepdf.new() as all_tickets:
        for operation in facts.operations:
            if operation.type in _FLOOR:
                page = out.with_name(f"{operation.ticket}.pdf")
                made = job_ticket(_ticket(facts, plan, operation), page)
                shown += [Shown(letter, [operation.ticket])] * made.pages
                with pikepdf.open(page) as one:
                    all_tickets.pages.extend(one.pages)
        all_tickets.save(out, deterministic_id=True)
    if wrong := read_again(out, len(shown), dict(enumerate(shown))):
        raise Corrupt(wrong[0].message, code=wrong[0].code)
    return len(shown)


def _ticket(facts: PapersFacts, plan: PresortPlan, operation: Operation) -> JobTicketPaper:
    batch, segment = facts.batch, operation.segment
    route = [row for row in facts.operations if row.segment == segment and row.type in _FLOOR]
    trays = [tray for tray in facts.trays if _overlap(tray, operation)]
    return JobTicketPaper(
        number=operation.ticket,
        title=some_of(job.title for job in facts.jobs),
        agency=some_of(job.agency.name for job in facts.jobs),
        barcode=operation.ticket,
        facts=(
            ("Operation", _FLOOR[operation.type]),
            ("Mail date", f"{batch.mail_date:%B} {batch.mail_date.day}, {batch.mail_date.year}"),
            ("Pieces", f"{operation.first_piece:,} to {operation.last_piece:,} ({operation.pieces:,})"),
            ("Trays", f"{trays[0].number} to {trays[-1].number}" if trays else ""),
            ("Pages of a piece", str(batch.pages_per_piece)),
            ("Sides", "both" if letters(facts.jobs[0]).duplex else "one"),
            ("Envelope", envelopes()[batch.envelope].name),
            ("Bears", _markings(plan, operation)),
            ("Postage", _PAID[plan.payment]),
            ("Jobs", some_of((job.number for job in facts.jobs), limit=24)),
        ),
        operations=tuple(
            TicketOperation(_FLOOR[row.type], "", f"{row.pieces:,} pieces", row.ticket) for row in route
        ),
        instructions=(
            "Scan this ticket when you start and when you finish.",
            f"Check the envelopes before you start: they bear {_markings(plan, operation)}.",
            "Keep the sheets in order: they are in tray order. Report a spoiled piece by scanning its mark.",
        ),
        caution=(TICKET_CAUTION,) if plan.assumptions else (),
    )


_PAID = {"permit": "permit imprint", "metered": "meter; enter the run at the meter desk", "stamped": "stamps"}


def _markings(plan: PresortPlan, operation: Operation) -> str:
    """The words of class that the pieces of an operation bear, with their pieces where they differ."""
    assert operation.first_piece and operation.last_piece  # an operation of a segment  # noqa: S101
    here = [
        (one.words, max(one.first_piece, operation.first_piece), min(one.last_piece, operation.last_piece))
        for one in plan.markings
    ]
    here = [(words, first, last) for words, first, last in here if first <= last]
    if len(here) == 1:
        return here[0][0]
    return "; ".join(f"{words} (pieces {first:,} to {last:,})" for words, first, last in here)


def _overlap(tray: Tray, operation: Operation) -> bool:
    assert operation.first_piece and operation.last_piece  # an operation of a segment  # noqa: S101
    return tray.first_piece <= operation.last_piece and tray.last_piece >= operation.first_piece


def _csv(rows: Iterable[list[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()
