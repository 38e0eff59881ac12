"""An approved print job goes to the floor: a run with the operations of its route."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from production.catalog.models import Place
from production.catalog.planning import PlannedOperation
from production.catalog.queries import operation_types
from production.floor.runs import RunStep, plan_run
from production.frontdesk.preparation.print_check import plan_of
from production.jobs import tickets
from production.jobs.consent import of_component, require_approved
from production.jobs.models import Job, JobFile, Operation, PrintRun
from production.jobs.states import JobState, OperationCode
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
        # A step that makes nothing (49 sheets, pads of 50) is left out.
        plan = [
            one for one in plan_of(uow.session, plant.files, job) if one.place is Place.FLOOR and one.made
        ]
        run = plan_run(uow, [(job, job.quantity)], _steps(plan), ready_by=job.due)
        _give_files(uow, job, run, plan)
        tickets.ask(uow, run)

    return record


def _steps(plan: Sequence[PlannedOperation]) -> list[RunStep]:
    """What people of the floor do, as quoted."""
    known = {one.step for one in plan}
    return [
        RunStep(
            one.step, one.code, one.made, [need for need in one.needs if need in known], one.usage, one.given,
            one.minutes,
        )
        for one in plan
    ]  # fmt: skip


def _give_files(uow: UnitOfWork, job: Job, run: PrintRun, plan: Sequence[PlannedOperation]) -> None:
    """What was approved is what is printed: the sheets of a component, or the pages as they are."""
    query = select(JobFile).filter_by(job_id=job.id, revision=job.revision)
    files = {row.role: row for row in uow.session.scalars(query)}
    uow.session.flush()
    operations = {row.step: row for row in uow.session.scalars(select(Operation).filter_by(lot_id=run.id))}
    types = operation_types(uow.session, {one.code for one in plan})
    for one in plan:
        if types[one.code].work == OperationCode.PRINT:
            file = files.get(of_component("sheets", one.component or 0), files["print_file"])
            operations[one.step].file_sha256, operations[one.step].pages = file.sha256, file.pages
