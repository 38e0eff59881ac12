"""An approved print job goes to the floor: a run with the operations of its route."""

from __future__ import annotations

from sqlalchemy import select

from production.catalog.models import Place
from production.floor.runs import RunStep, plan_run
from production.frontdesk.orders.print_order import print_item
from production.frontdesk.preparation import print_check
from production.jobs.consent import require_approved
from production.jobs.models import Job, JobFile, Operation, PrintRun
from production.jobs.states import JobState
from store.db import UnitOfWork
from store.plant import Plant
from workers.registry import Record, Work


def release(_plant: Plant, work: Work) -> Record:
    """One run; nothing for a job that was changed since, or is on the floor already."""

    def record(uow: UnitOfWork) -> None:
        job = uow.session.scalars(select(Job).filter_by(ulid=work.subject)).one()
        if job.state is not JobState.APPROVED or job.revision != int(work.arguments["revision"]):
            return
        require_approved(uow, job)
        assert job.due and job.quantity  # a print order has them  # noqa: S101
        _give_file(uow, job, plan_run(uow, [(job, job.quantity)], _steps(uow, job), ready_by=job.due))

    return record


def _steps(uow: UnitOfWork, job: Job) -> list[RunStep]:
    """What people of the floor do, as quoted; a step that makes nothing (49 sheets, pads of 50) is left out."""
    item = print_item(uow.session, job)
    planned = print_check.planned(uow.session, job, item, item.sides or 1)
    of_floor = {one.step: one for one in planned if one.place is Place.FLOOR and one.made}
    return [
        RunStep(
            one.step,
            one.code,
            one.made,
            [n for n in one.needs if n in of_floor],
            one.usage,
            minutes=one.minutes,
        )
        for one in of_floor.values()
    ]


def _give_file(uow: UnitOfWork, job: Job, run: PrintRun) -> None:
    """What was approved is what the first operation prints."""
    query = select(JobFile).filter_by(job_id=job.id, revision=job.revision, role="print_file")
    file = uow.session.scalars(query).one()
    uow.session.flush()
    of_run = select(Operation).filter_by(lot_id=run.id).order_by(Operation.step)
    first = uow.session.scalars(of_run.limit(1)).one()
    first.file_sha256, first.pages = file.sha256, file.pages
