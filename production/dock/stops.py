"""The stops of a job as dock and agency see them: what is still here, on its way, or handed over with what proof. What
came back is here again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from kernel.errors import Conflict
from production.dock.models import Delivery
from production.jobs.models import DeliveryStop, Job
from production.jobs.states import StopWay
from production.jobs.stops import WAYS

# How a stop leaves the dock.
MESSENGER, PICK_UP, CARRIER = "messenger", "pick_up", "carrier"
LEAVES_BY = {
    StopWay.DELIVER: MESSENGER,
    StopWay.MESSENGER_STOP: MESSENGER,
    StopWay.PICK_UP: PICK_UP,
    StopWay.CARRIER: CARRIER,
}


@dataclass(frozen=True, slots=True)
class StopLine:
    """A stop, and what became of it."""

    position: int
    place: str
    quantity: int
    way: str  # in words
    leaves_by: str
    day: date
    left_at: datetime | None = None
    received_at: datetime | None = None
    proof: str = ""  # who received it, or the number of the receipt
    delivery: UUID | None = None
    has_signature: bool = False
    has_photo: bool = False
    came_back: str = ""  # why, of what lies here again

    @property
    def state(self) -> str:
        """As a word of the screens."""
        return "delivered" if self.received_at else "dispatched" if self.left_at else "waiting"


# A delivery that has not come back.
STANDS: ColumnElement[bool] = Delivery.came_back_at.is_(None)


def stop_lines(session: Session, job: Job) -> list[StopLine]:
    """All stops of a job, in their order, each with its last delivery."""
    query = (
        select(DeliveryStop, Delivery)
        .outerjoin(Delivery, Delivery.stop_id == DeliveryStop.id)
        .where(DeliveryStop.job_id == job.id)
        .order_by(DeliveryStop.position, Delivery.id)
    )
    last = {stop.id: (stop, left) for stop, left in session.execute(query)}
    return [_line(job, stop, left) for stop, left in last.values()]


def _line(job: Job, stop: DeliveryStop, left: Delivery | None) -> StopLine:
    asked = stop.position, stop.place, stop.quantity, WAYS[stop.way], LEAVES_BY[stop.way], stop.day or job.due
    if left is None:
        return StopLine(*asked)
    if left.came_back_at:
        return StopLine(*asked, came_back=left.came_back_why or "")
    receipt = f"{left.carrier} {left.receipt}" if left.carrier else left.receipt
    proof = ", ".join(part for part in (left.received_by, receipt, left.proof_place) if part)
    shown = left.signature_sha256 is not None, left.photo_sha256 is not None
    return StopLine(*asked, left.left_at, left.received_at, proof, left.ulid, *shown)


def still_here(session: Session, job: Job) -> Sequence[DeliveryStop]:
    """Stops that nothing has left for, in their order."""
    gone = select(Delivery.stop_id).where(Delivery.stop_id == DeliveryStop.id, STANDS)
    query = select(DeliveryStop).where(DeliveryStop.job_id == job.id, ~gone.exists())
    return session.scalars(query.order_by(DeliveryStop.position)).all()


def stop_to_leave(session: Session, job: Job, position: int | None) -> DeliveryStop | None:
    """The stop of that place in the order, the first that is still here unless said; None of a job without stops.
    Conflict STOP_LEFT when it has left.
    """
    here = still_here(session, job)
    if (
        not here
        and session.scalars(select(DeliveryStop.id).filter_by(job_id=job.id).limit(1)).first() is None
    ):
        return None
    found = next((stop for stop in here if position in (None, stop.position)), None)
    if found is None:
        raise Conflict(f"This stop of {job.number} has left already.", code="STOP_LEFT")
    return found


def is_handed_over(session: Session, job: Job) -> bool:
    """Is there a proof for each of its stops?"""
    proven = select(Delivery.id).where(Delivery.stop_id == DeliveryStop.id, Delivery.received_at.is_not(None))
    return (
        session.scalars(
            select(DeliveryStop.id).where(DeliveryStop.job_id == job.id, ~proven.exists())
        ).first()
        is None
    )


def has_come_back(session: Session, job: Job) -> bool:
    """Does something of it lie on the dock again that had left?"""
    rows = session.scalars(select(Delivery).filter_by(job_id=job.id).order_by(Delivery.id))
    last = {row.stop_id: row.came_back_at for row in rows}
    return any(last.values())
