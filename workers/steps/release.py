"""An approved print job goes to the floor: a run with the operations of its route."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from kernel.clock import business_date
from kernel.ids import show_ulid
from production.catalog.planning import PlannedOperation
from production.catalog.products.spec import Numbering, read_spec
from production.catalog.queries import operation_types
from production.floor.runs import plan_run, steps_of
from production.frontdesk.artwork.versions import fixed_in_job
from production.frontdesk.orders.models import Quote
from production.frontdesk.orders.spec_order import SPEC
from production.frontdesk.preparation.print_check import plan_of
from production.frontdesk.preparation.worksheet import paper_needs
from production.jobs import tickets
from production.jobs.consent import of_component, require_approved
from production.jobs.models import Job, JobFile, Operation, PrintRun, Usage
from production.jobs.states import JobState, OperationCode
from production.jobs.usage import Unit, record_usage
from production.jobs.usage_evidence import FixEvidence, RushEvidence
from production.scheduling.reserving import take_place
from production.stockroom.picking import SHELF, reserve_pick
from production.stockroom.reserving import reserve
from store.db import UnitOfWork
from store.plant import Plant
from workers.registry import Record, Work


def release(plant: Plant, work: Work) -> Record:
    """One run; nothing for a job that was changed since, or is on the floor already."""

    def record(uow: UnitOfWork) -> None:
        job = uow.session.scalars(select(Job).filter_by(ulid=work.subject)).one()
        if job.state is not JobState.APPROVED or job.revision != int(work.arguments["revision"]):
            return
        require_approved(uow, job)
        assert job.due and job.quantity  # a print order has them  # noqa: S101
        plan = plan_of(uow.session, plant.files, job)
        run = plan_run(uow, [(job, job.quantity)], steps_of(uow.session, plan), ready_by=job.due)
        query = select(JobFile).filter_by(job_id=job.id, revision=job.revision)
        files = {row.role: row for row in uow.session.scalars(query)}
        spec = files.get(SPEC)
        numbers = read_spec(plant.files.checked_path(spec.sha256).read_bytes()).numbering if spec else None
        _give_files(uow, files, run, plan, numbers)
        _use_what_was_quoted_beside(uow, job)
        take_place(uow, job, run)
        reserve(uow, job, paper_needs(uow.session, plant.files, job))
        reserve_pick(uow, job)
        if job.product != SHELF:  # the pick list is its ticket
            tickets.ask(uow, run)

    return record


def _use_what_was_quoted_beside(uow: UnitOfWork, job: Job) -> None:
    """Fixes of the files and rush, where the approved quote has them; each once, also of a job that was released
    before.
    """
    snapshot = uow.session.scalars(
        select(Quote.snapshot).filter_by(job_id=job.id, revision=job.revision)
    ).one()
    quoted = {line.unit: line.quantity for line in snapshot.lines}
    used = set(uow.session.scalars(select(Usage.natural_key).filter_by(job_id=job.id)))
    if Unit.RUSH in quoted and f"{Unit.RUSH}:{job.number}" not in used:
        rush = RushEvidence(ordered=business_date(job.created_at), due=job.due)
        record_usage(uow, job, unit=Unit.RUSH, quantity=quoted[Unit.RUSH], source=job.number, evidence=rush)
    for row in fixed_in_job(uow.session, job) if Unit.FILE_FIX in quoted else ():
        source = f"{job.number}:{show_ulid(row.ulid)}"
        if f"{Unit.FILE_FIX}:{source}" not in used:
            fixes = FixEvidence(version=show_ulid(row.ulid), component=row.component, fixes=row.fixes)
            record_usage(uow, job, unit=Unit.FILE_FIX, quantity=len(row.fixes), source=source, evidence=fixes)


def _give_files(
    uow: UnitOfWork,
    files: Mapping[str, JobFile],
    run: PrintRun,
    plan: Sequence[PlannedOperation],
    numbers: Numbering | None,
) -> None:
    """What was approved is what is printed: the sheets of a component, or the pages as they are. Numbers are counted
    where they are printed, else at the end.
    """
    query = select(Operation).filter_by(lot_id=run.id).order_by(Operation.step)
    operations = {row.step: row for row in uow.session.scalars(query)}
    types = operation_types(uow.session, {one.code for one in plan})
    for one in plan:
        if types[one.code].work == OperationCode.PRINT:
            file = files.get(of_component("sheets", one.component or 0), files["print_file"])
            operations[one.step].file_sha256, operations[one.step].pages = file.sha256, file.pages
    if numbers:
        numbered = [row for row in operations.values() if types[row.type].work == "number"]
        at = (numbered or list(operations.values()))[-1]
        at.first_piece, at.last_piece = numbers.first, numbers.last
