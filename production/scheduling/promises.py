"""The day that a job is promised: what its agency was told, kept with it, each change with its reason."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.clock import business_date, long_date
from kernel.errors import UserError
from postal.data.mail_days import mail_days_after
from production.catalog.planning import PlannedOperation
from production.catalog.shop_calendar import shop_calendar
from production.jobs.lifecycle import note
from production.jobs.models import Job
from production.scheduling.models import Cause, JobPromise, Schedule
from production.scheduling.promising import Promise
from production.scheduling.reserving import reserve
from production.scheduling.setup import promise_rule
from store.db import UnitOfWork


def promise_order(
    uow: UnitOfWork, job: Job, plan: tuple[PlannedOperation, ...], *, buys_paper: bool
) -> Promise | None:
    """An order that was checked gets its day, and its place is held while it waits for its approval. None where no
    schedule is kept or it has no place on it: then nothing is promised.
    """
    session = uow.session
    calendar, rule = shop_calendar(session), promise_rule(session)
    until = mail_days_after(business_date(uow.now), rule.days_held, calendar.closed_for)
    try:
        found = reserve(uow, job, plan, job.due, buys_paper=buys_paper, until=until)
    except UserError:
        return None
    if found is None:
        return None
    why = Cause.ASKED if found.day == job.due else Cause.FIRST
    words = "The day that was asked for."
    if why is Cause.FIRST:
        words = " ".join(one.remedy for one in found.findings if one.place.column == "due")
        words = f"It was asked for by {long_date(job.due)}; this is the first day that can be kept. {words}"
    before = last_promise(session, job)
    if before is None or (before.day, before.why) != (found.day, why):
        tell(uow, job, found, why, words)
    return found


def tell(uow: UnitOfWork, job: Job, found: Promise, why: Cause, words: str) -> JobPromise:
    """One more row; the agency hears of it where it is another day than before."""
    schedule = uow.session.get(Schedule, 1)
    row = JobPromise(
        job_id=job.id, day=found.day, expected=found.earliest, slack_minutes=found.slack_minutes,
        plan=schedule.ulid if schedule else None, why=why, words=words[:300], operation_id=None, work_center=None,
        made_at=uow.now,
    )  # fmt: skip
    uow.session.add(row)
    note(uow, job, "promised", day=found.day.isoformat())
    return row


def last_promise(session: Session, job: Job) -> JobPromise | None:
    """What the agency was told last."""
    query = select(JobPromise).filter_by(job_id=job.id).order_by(JobPromise.id.desc()).limit(1)
    return session.scalars(query).first()


def promises_of(session: Session, job: Job) -> list[JobPromise]:
    """Every day that was told, the newest first."""
    query = select(JobPromise).filter_by(job_id=job.id).order_by(JobPromise.id.desc())
    return list(session.scalars(query))
