"""Where the pieces of a job go: its stops, each with a quantity, a way and perhaps a day of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from production.jobs.models import DeliveryStop, Job
from production.jobs.states import StopWay
from store.db import UnitOfWork

WAYS = {
    StopWay.DELIVER: "delivered to the door",
    StopWay.MESSENGER_STOP: "left at the messenger stop",
    StopWay.PICK_UP: "picked up at the shop",
    StopWay.CARRIER: "sent by mail or carrier",
}


class Stop(NamedTuple):
    """A share of an order and where it goes. ``day``: its own, else that of the order; ``is_depository``: copies that a
    rule adds to the agency's own.
    """

    place: str
    quantity: int
    way: StopWay = StopWay.DELIVER
    day: date | None = None
    is_depository: bool = False


def set_stops(uow: UnitOfWork, job: Job, stops: Sequence[Stop]) -> None:
    """These stops and no others; of a job that nothing has left of."""
    uow.session.execute(delete(DeliveryStop).filter_by(job_id=job.id))
    uow.session.add_all(
        DeliveryStop(job_id=job.id, position=position, **stop._asdict())
        for position, stop in enumerate(stops, start=1)
    )


def stops_of(session: Session, job: Job) -> Sequence[DeliveryStop]:
    """In their order; none of a job that was taken in before orders had stops."""
    return session.scalars(
        select(DeliveryStop).filter_by(job_id=job.id).order_by(DeliveryStop.position)
    ).all()


def charged_stops(session: Session, job: Job) -> int:
    """How many of its stops somebody drives to or sends to: what is picked up costs nothing."""
    stops = stops_of(session, job)
    return charged(stop.way for stop in stops) if stops else 1


def charged(ways: Iterable[StopWay]) -> int:
    """How many of these ways are charged."""
    return sum(way is not StopWay.PICK_UP for way in ways)


def depository_copies(session: Session, job: Job) -> int:
    """How many of its copies a rule adds to the agency's own."""
    return sum(stop.quantity for stop in stops_of(session, job) if stop.is_depository)


def quantity_in_words(quantity: int, depository: int) -> str:
    """'1,000 + 15 depository copies'."""
    more = f" + {depository:,} depository {'copies' if depository > 1 else 'copy'}" if depository else ""
    return f"{quantity - depository:,}{more}"


def places_in_words(stops: Sequence[Stop]) -> str:
    """All of them on one line."""
    only, *more = stops
    return "; ".join(f"{one.place}: {one.quantity:,}" for one in stops) if more else only.place
