"""A place on the schedule is held free for an order or a quote, counted by later plans, and given to its operations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, delete, select, text
from sqlalchemy.orm import Session

from kernel.clock import business_date
from production.catalog.planning import PlannedOperation
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.quoting.models import QuoteRevision, WrittenQuote
from production.jobs.models import Job, Lot, Operation
from production.scheduling.models import Reservation, ReservedRun, Schedule, ScheduledRun
from production.scheduling.promising import Promise, promise_of
from store.db import UnitOfWork

_ONE_AT_A_TIME = "schedule"


def one_at_a_time(session: Session) -> None:
    """Nobody else changes the schedule, or takes a place on it, until this transaction is over."""
    name = {"name": _ONE_AT_A_TIME}
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), name)


def reserve(
    uow: UnitOfWork,
    owner: Job | QuoteRevision,
    plan: Sequence[PlannedOperation],
    due: date | None,
    *,
    buys_paper: bool,
    until: date,
) -> Promise | None:
    """What can be promised of a plan, its place held until a day, in place of what was held for it before; None, and
    nothing is held, where no schedule is kept. Errors as ``promise_of``.
    """
    session = uow.session
    one_at_a_time(session)
    session.execute(delete(Reservation).where(_of(owner)))
    if session.get(Schedule, 1) is None:
        return None
    before = _of_its_quote(session, owner) if isinstance(owner, Job) else ()
    found = promise_of(session, plan, due, uow.now, buys_paper=buys_paper, but_for=before)
    session.execute(delete(Reservation).where(Reservation.id.in_(before)))
    row = Reservation(
        job_id=owner.id if isinstance(owner, Job) else None,
        quote_revision_id=owner.id if isinstance(owner, QuoteRevision) else None,
        until=until, due=found.promise, release=found.release, made_at=uow.now,
    )  # fmt: skip
    session.add(row)
    session.flush()  # its runs hang on its key
    session.add_all(
        ReservedRun(
            reservation_id=row.id, step=one.step, type=one.type, needs=one.needs, lag_minutes=one.lag_minutes,
            minutes=one.minutes, work_center=one.work_center, run_from=one.start, run_to=one.finish,
        )
        for one in found.runs
    )  # fmt: skip
    return found


def _of(owner: Job | QuoteRevision) -> ColumnElement[bool]:
    column = Reservation.job_id if isinstance(owner, Job) else Reservation.quote_revision_id
    return column == owner.id


def _of_its_quote(session: Session, job: Job) -> Sequence[int]:
    """What the written quote holds that a job was ordered by: the place becomes the job's."""
    query = select(Reservation.id).join(QuoteRevision, QuoteRevision.id == Reservation.quote_revision_id)
    query = query.join(WrittenQuote, WrittenQuote.id == QuoteRevision.quote_id)
    query = query.join(OrderDraft, OrderDraft.id == WrittenQuote.order_draft_id)
    return session.scalars(query.where(OrderDraft.job_id == job.id)).all()


def take_place(uow: UnitOfWork, job: Job, lot: Lot) -> None:
    """The operations that were laid out for a job stand where its place was held; without one they come when the plant
    is scheduled again.
    """
    session = uow.session
    query = (
        select(Operation, ReservedRun, Reservation)
        .join(ReservedRun, ReservedRun.step == Operation.step)
        .join(Reservation, Reservation.id == ReservedRun.reservation_id)
        .where(Reservation.job_id == job.id, Reservation.until >= business_date(uow.now))
        .where(Operation.lot_id == lot.id, Operation.type == ReservedRun.type, ReservedRun.run_to > uow.now)
    )
    session.add_all(
        ScheduledRun(
            operation_id=operation.id, work_center=run.work_center, setup_from=None, setup_to=None,
            run_from=run.run_from, run_to=run.run_to, due=kept.due, minutes=run.minutes,
            is_guess=operation.planned_minutes is None, first_to=run.run_to,
        )
        for operation, run, kept in session.execute(query)
    )  # fmt: skip
    quoted = _of_its_quote(session, job)
    session.execute(delete(Reservation).where(_of(job) | Reservation.id.in_(quoted)))
