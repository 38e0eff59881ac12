"""What the dock sees: what is ready to leave, and what left with whom and what proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import NotFound
from production.dock.models import Delivery
from production.jobs.models import Component, Job, PrintItem
from production.jobs.ranges import Range
from production.jobs.states import JobKind, JobState, LotState
from production.mailings.models import Mailing
from production.mailroom.pieces.reconcile import account
from production.mailroom.streams.models import PresortStream


@dataclass(frozen=True, slots=True)
class CargoLine:
    """A batch, or a job without one, that is ready to leave."""

    number: str
    is_batch: bool
    title: str  # empty for a batch
    pieces: int | None  # or copies
    mail_date: date | None
    due: date | None = None  # of what is not mailed


@dataclass(frozen=True, slots=True)
class Cargo:
    """A batch or job about to leave: what it is, and the pieces that keep it here (in words, with ranges)."""

    number: str
    state: str
    titles: tuple[str, ...]
    mail_date: date | None
    pieces: int | None
    open: dict[str, tuple[Range, ...]]
    is_batch: bool
    due: date | None = None  # of what is not mailed
    place: str = ""  # where its order says it goes


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """A handing over. ``received_at`` None: on its way."""

    ulid: UUID
    number: str  # of the batch or job
    is_batch: bool
    way: str
    place: str
    taken_by: str
    left_at: datetime
    received_by: str | None
    receipt: str | None
    received_at: datetime | None


def ready_to_leave(session: Session, *, limit: int = 200) -> tuple[CargoLine, ...]:
    """Everything produced and not dispatched, by mail date."""
    batches = (
        select(PresortStream.number, PresortStream.pieces, Mailing.mail_date)
        .join(PresortStream.mailing)
        .where(PresortStream.state == LotState.PRODUCED)
        .order_by(Mailing.mail_date, PresortStream.id)
        .limit(limit)
    )
    jobs = (
        select(Job.number, Job.title, Job.quantity, Job.due)
        .where(Job.state == JobState.PRODUCED, Job.kind == JobKind.PRINT)
        .order_by(Job.due, Job.id)
        .limit(limit)
    )
    lines = [
        CargoLine(row.number, title="", pieces=row.pieces, mail_date=row.mail_date, is_batch=True)
        for row in session.execute(batches)
    ]
    lines += [
        CargoLine(
            row.number,
            title=row.title,
            pieces=row.quantity,
            mail_date=None,
            is_batch=False,
            due=row.due,
        )
        for row in session.execute(jobs)
    ]
    return tuple(sorted(lines, key=lambda line: (line.mail_date or line.due or date.max, line.number)))


def on_the_way(session: Session, *, after: UUID | None = None, limit: int = 50) -> tuple[DeliveryLine, ...]:
    """Deliveries without proof yet, newest first, older than ``after``."""
    return _lines(session, _deliveries().where(Delivery.received_at.is_(None)), after, limit)


def handed_over(session: Session, *, after: UUID | None = None, limit: int = 50) -> tuple[DeliveryLine, ...]:
    """Deliveries with their proof, newest first, older than ``after``."""
    return _lines(session, _deliveries().where(Delivery.received_at.is_not(None)), after, limit)


def delivery_line(session: Session, ulid: UUID) -> DeliveryLine:
    """One handing over; NotFound."""
    lines = _lines(session, _deliveries().where(Delivery.ulid == ulid), None, 1)
    if not lines:
        raise NotFound("There is no such delivery.")
    return lines[0]


def delivery_row(session: Session, ulid: UUID) -> Delivery:
    """The row of a handing over, for a verb; NotFound."""
    row = session.scalars(select(Delivery).filter_by(ulid=ulid)).first()
    if row is None:
        raise NotFound("There is no such delivery.")
    return row


def rows_of(session: Session, number: str) -> tuple[PresortStream | None, Job | None]:
    """The batch or the job with this number, for a verb; NotFound."""
    batch = session.scalars(select(PresortStream).filter_by(number=number)).first()
    job = None if batch is not None else session.scalars(select(Job).filter_by(number=number)).first()
    if batch is None and job is None:
        raise NotFound("There is no such batch or job.")
    return batch, job


def cargo(session: Session, number: str) -> Cargo:
    """A batch or job at the dock's door; NotFound."""
    batch, job = rows_of(session, number)
    if batch is not None:
        titles = session.scalars(select(Job.title).filter_by(lot_id=batch.id).order_by(Job.number)).all()
        found = account(session, batch) if batch.pieces else None
        return Cargo(
            batch.number, batch.state.value, tuple(titles), batch.mail_date,
            found.mailable if found else batch.pieces, found.open if found else {}, is_batch=True,
        )  # fmt: skip
    assert job is not None  # rows_of has found one  # noqa: S101
    place = select(PrintItem.place).join(Component, Component.id == PrintItem.component_id)
    return Cargo(
        job.number, job.state.value, (job.title,), None, job.quantity, {}, is_batch=False, due=job.due,
        place=session.scalar(place.where(Component.job_id == job.id).limit(1)) or "",
    )  # fmt: skip


def deliveries(session: Session, *, after: UUID | None = None, limit: int = 50) -> tuple[DeliveryLine, ...]:
    """All deliveries, newest first, older than ``after``."""
    return _lines(session, _deliveries(), after, limit)


def deliveries_of_batch(session: Session, number: str) -> Sequence[Delivery]:
    """How a batch left, earliest first."""
    query = select(Delivery).join(PresortStream, PresortStream.id == Delivery.lot_id)
    return session.scalars(query.where(PresortStream.number == number).order_by(Delivery.id)).all()


def _deliveries() -> Any:
    return (
        select(Delivery, PresortStream.number, Job.number)
        .outerjoin(PresortStream, PresortStream.id == Delivery.lot_id)
        .outerjoin(Job, Job.id == Delivery.job_id)
    )


def _lines(session: Session, query: Any, after: UUID | None, limit: int) -> tuple[DeliveryLine, ...]:
    if after is not None:
        query = query.where(Delivery.ulid < after)
    rows = session.execute(query.order_by(Delivery.ulid.desc()).limit(limit))
    return tuple(
        DeliveryLine(
            row.ulid, batch_number or job_number, batch_number is not None, row.way, row.place, row.taken_by,
            row.left_at, row.received_by, row.receipt, row.received_at,
        )
        for row, batch_number, job_number in rows
    )  # fmt: skip
