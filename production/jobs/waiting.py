"""Jobs that wait for another of their order: they go on by themselves once it is made."""

from __future__ import annotations

from sqlalchemy import select

from production.jobs.lifecycle import lift
from production.jobs.models import Hold, Job
from store.db import UnitOfWork

AWAITS_PRINT = "AWAITS_PRINT"


def made(uow: UnitOfWork, job: Job) -> None:
    """What waited for this job waits no more."""
    waiting = (
        select(Job)
        .join(Hold, Hold.job_id == Job.id)
        .where(Job.order_id == job.order_id, Hold.reason == AWAITS_PRINT, Hold.lifted_at.is_(None))
    )
    for one in uow.session.scalars(waiting.distinct()).all():
        waits_no_more(uow, one)


def waits_no_more(uow: UnitOfWork, job: Job) -> None:
    """Made, changed or canceled: it is not held for another job any longer."""
    lift(uow, job, AWAITS_PRINT)
