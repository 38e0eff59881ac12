"""What leaves the dock by a day: stop by stop, by the way they travel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from production.dock.models import Carton, Delivery
from production.dock.stops import LEAVES_BY, STANDS
from production.jobs.models import DeliveryStop, Job
from production.jobs.states import JobKind, JobState
from production.people.models import Agency

_HERE = (JobState.IN_PRODUCTION, JobState.PRODUCED, JobState.DISPATCHED)


class StopToLeave(NamedTuple):
    """A stop that is still here. ``cartons`` that are closed for it, with their pieces and pounds."""

    number: str
    title: str
    agency: str
    position: int
    place: str
    leaves_by: str
    pieces: int
    day: date
    cartons: int
    packed: int
    lb: Decimal | None
    is_made: bool


def stops_by(session: Session, day: date) -> Sequence[StopToLeave]:
    """Of print jobs, those that are to be there on that day or should have been before; the earliest first."""
    when = func.coalesce(DeliveryStop.day, Job.due)
    gone = select(Delivery.id).where(Delivery.stop_id == DeliveryStop.id, STANDS)
    of_stop = select(func.count(), func.sum(Carton.pieces), func.sum(Carton.lb))
    packed = of_stop.where(Carton.stop_id == DeliveryStop.id).lateral()
    query = (
        select(DeliveryStop, Job.number, Job.title, Job.state, Agency.name, when, packed)
        .join(Job, Job.id == DeliveryStop.job_id)
        .join(Agency, Agency.id == Job.agency_id)
        .join(packed, true())
        .where(Job.kind == JobKind.PRINT, Job.state.in_(_HERE), ~gone.exists(), when <= day)
        .order_by(when, Job.id, DeliveryStop.position)
    )
    return [
        StopToLeave(
            number, title, agency, stop.position, stop.place, LEAVES_BY[stop.way], stop.quantity, at, cartons,
            pieces or 0, lb, state is not JobState.IN_PRODUCTION,
        )
        for stop, number, title, state, agency, at, cartons, pieces, lb in session.execute(query)
    ]  # fmt: skip
