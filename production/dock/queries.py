"""What the dock sees: what is ready to leave, and what left with whom and what proof."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from production.dock.models import Delivery
from production.jobs.models import Job, PresortBatch
from production.jobs.states import BatchState, JobState


@dataclass(frozen=True, slots=True)
class CargoLine:
    """A batch, or a job without one, that is ready to leave."""

    number: str
    is_batch: bool
    title: str  # empty for a batch
    pieces: int | None
    mail_date: date | None


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
    batches = session.scalars(
        select(PresortBatch)
        .filter_by(state=BatchState.PRODUCED)
        .order_by(PresortBatch.mail_date)
        .limit(limit)
    )
    jobs = session.scalars(
        select(Job).filter_by(state=JobState.PRODUCED, batch_id=None).order_by(Job.mail_date).limit(limit)
    )
    lines = [
        CargoLine(row.number, title="", pieces=row.pieces, mail_date=row.mail_date, is_batch=True)
        for row in batches
    ]
    lines += [
        CargoLine(row.number, title=row.title, pieces=row.pieces, mail_date=row.mail_date, is_batch=False)
        for row in jobs
    ]
    return tuple(sorted(lines, key=lambda line: (line.mail_date or date.max, line.number)))


def on_the_way(session: Session, *, after: UUID | None = None, limit: int = 50) -> tuple[DeliveryLine, ...]:
    """Deliveries without proof yet, newest first, older than ``after``."""
    return _lines(session, _deliveries().where(Delivery.received_at.is_(None)), after, limit)


def deliveries(session: Session, *, after: UUID | None = None, limit: int = 50) -> tuple[DeliveryLine, ...]:
    """All deliveries, newest first, older than ``after``."""
    return _lines(session, _deliveries(), after, limit)


def _deliveries() -> Any:
    return (
        select(Delivery, PresortBatch.number, Job.number)
        .outerjoin(PresortBatch, PresortBatch.id == Delivery.batch_id)
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
