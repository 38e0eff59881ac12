"""What must hold of what left the plant, for ``indicia verify``."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from production.dock.models import Carton, DeliveredStream, Delivery
from production.dock.stops import STANDS
from production.jobs.made import made_of_all
from production.jobs.models import DeliveryStop, Job, OversLine
from production.jobs.states import JobState, LotState
from production.mailings.models import Mailing, PresortStream
from store.keeping.verify import Check, Open, Survey


def mailings_leave_whole(survey: Survey) -> Iterator[Open]:
    """Every stream that left is in a handing over of its mailing; one that leaves a stream behind says why."""
    query = (
        select(PresortStream.number, PresortStream.state, PresortStream.mailing_id, Mailing.number, Delivery)
        .join(Mailing, Mailing.id == PresortStream.mailing_id)
        .outerjoin(DeliveredStream, DeliveredStream.lot_id == PresortStream.id)
        .outerjoin(Delivery, Delivery.id == DeliveredStream.delivery_id)
        .where(PresortStream.state != LotState.CANCELLED)
        .order_by(PresortStream.id)
    )
    left: dict[str, list[Delivery]] = {}
    stayed: dict[str, list[str]] = {}
    for number, state, mailing_id, mailing, delivery in survey.session.execute(query):
        survey.examined += 1
        if state == LotState.PRODUCED and delivery is not None and delivery.came_back_at:
            continue  # it is on the dock again
        if state not in (LotState.DISPATCHED, LotState.DELIVERED):
            stayed.setdefault(mailing, []).append(number)
        elif delivery is None or delivery.mailing_id != mailing_id:
            yield Open(
                f"stream {number} of mailing {mailing} left, and no handing over of it says so", (mailing,)
            )
        else:
            left.setdefault(mailing, []).append(delivery)
    for mailing, deliveries in left.items():
        if mailing in stayed and not all(delivery.exception for delivery in deliveries):
            behind = ", ".join(stayed[mailing])
            yield Open(f"mailing {mailing} left without stream {behind}, and nobody said why", (mailing,))


def stops_are_the_order(survey: Survey) -> Iterator[Open]:
    """The stops of a job add up to its quantity, and one that is delivered has a proof for each."""
    unproven = func.count().filter(Delivery.received_at.is_(None))
    query = (
        select(Job.number, Job.state, Job.quantity, func.sum(DeliveryStop.quantity), unproven)
        .join(DeliveryStop, DeliveryStop.job_id == Job.id)
        .outerjoin(Delivery, (Delivery.stop_id == DeliveryStop.id) & STANDS)
        .group_by(Job.id)
        .order_by(Job.id)
    )
    for number, state, quantity, stops, missing in survey.each(survey.session.execute(query)):
        if quantity != stops:
            yield Open(f"its stops add up to {stops:,} of {quantity or 0:,}", (number,))
        if missing and state in (JobState.DELIVERED, JobState.BILLED, JobState.CLOSED):
            yield Open("it is delivered, and a stop has no proof", (number,))


def cartons_are_the_count(survey: Survey) -> Iterator[Open]:
    """What left in cartons is what was made, less the overs that stay in the shop."""
    gone = (JobState.DISPATCHED, JobState.DELIVERED, JobState.BILLED, JobState.CLOSED)
    query = (
        select(Job.id, Job.number, func.sum(Carton.pieces))
        .join(Carton, Carton.job_id == Job.id)
        .where(Job.state.in_(gone))
        .group_by(Job.id)
        .order_by(Job.id)
    )
    packed = survey.session.execute(query).all()
    made = made_of_all(survey.session, [key for key, _, _ in packed])
    for key, number, pieces in survey.each(packed):
        if pieces != made[key].to_leave:
            yield Open(f"{pieces:,} left in cartons, and {made[key].to_leave:,} were made for it", (number,))


def deliveries_are_the_count(survey: Survey) -> Iterator[Open]:
    """What was handed over of a delivered job is what was made, less the overs that stay in the shop: each of its
    cartons is of a stop, or of a job without stops, that has a proof and did not come back.
    """
    proven = (
        select(Delivery.id)
        .where(Delivery.job_id == Carton.job_id, Delivery.stop_id.is_not_distinct_from(Carton.stop_id))
        .where(STANDS, Delivery.received_at.is_not(None))
        .exists()
    )
    query = (
        select(Job.id, Job.number, func.coalesce(func.sum(Carton.pieces).filter(proven), 0))
        .join(Carton, Carton.job_id == Job.id)
        .where(Job.state.in_((JobState.DELIVERED, JobState.BILLED, JobState.CLOSED)))
        .group_by(Job.id)
        .order_by(Job.id)
    )
    handed = survey.session.execute(query).all()
    made = made_of_all(survey.session, [key for key, _, _ in handed])
    for key, number, pieces in survey.each(handed):
        if pieces != made[key].to_leave:
            yield Open(f"{pieces:,} were handed over, and {made[key].to_leave:,} were made for it", (number,))


def overs_are_the_count(survey: Survey) -> Iterator[Open]:
    """The line of a job that has left says of its good copies what their counts say."""
    query = select(Job.id, Job.number, OversLine).join(OversLine, OversLine.job_id == Job.id).order_by(Job.id)
    lines = survey.session.execute(query).all()
    made = made_of_all(survey.session, [key for key, _, _ in lines])
    for key, number, line in survey.each(lines):
        now = made[key]
        if (line.good, line.kept, line.recycled) != (now.good, now.kept, now.recycled):
            yield Open(f"its line of overs says {line.good:,} were made, and {now.good:,} were", (number,))


CHECKS: tuple[Check, ...] = (
    mailings_leave_whole,
    stops_are_the_order,
    cartons_are_the_count,
    deliveries_are_the_count,
    overs_are_the_count,
)
