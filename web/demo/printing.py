"""What is printed, on its way over the floor and out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select

from production.catalog.models import OperationType
from production.dock.deliver import deliver
from production.dock.dispatch import POST_OFFICE, dispatch_job
from production.dock.models import Delivery
from production.dock.packing import close_all
from production.floor import operations as floor
from production.frontdesk.preparation.worksheet import cartons_of
from production.jobs import stopped_work
from production.jobs.models import Job, Lot, LotShare, Operation
from production.jobs.states import OperationState
from production.people import agencies
from production.people.setup import put
from store.db import UnitOfWork
from web.demo.hands import Hands
from web.demo.moments import Moments
from web.demo.rows import Print

_STEP = timedelta(minutes=35)
PRESS, BINDERY = "pat", "omar"
MESSENGER = {"taken_by": "Marcus Messenger", "place": "State office building", "way": "messenger"}


def produce(hands: Hands, moments: Moments, row: Print) -> None:
    """As far as the row says."""
    if row.hold and row.approved:
        hands.act(f"{row.key}: held", "ada", moments.at(row.approved), lambda uow: _hold(hands, uow, row))
    if row.worked:
        _work(hands, row, moments.at(row.worked))
    if row.closes_account:
        closing = moments.at(row.closes_account)
        hands.act(f"{row.key}: account", "ada", closing, lambda uow: _close_account(hands, uow, row))
    if row.left:
        hands.act(f"{row.key}: left", "mona", moments.at(row.left), lambda uow: _leave(hands, uow, row))
    if row.delivered:
        handed = moments.at(row.delivered)
        hands.act(f"{row.key}: delivered", "marcus", handed, lambda uow: _hand_over(hands, uow, row))


def run_operation(
    hands: Hands, key: str, ticket: str, by: str, begins: datetime, *, ends: bool = True
) -> None:
    """An operator starts an operation by its ticket, and finishes it."""
    hands.act(f"{key}: {ticket} started", by, begins, lambda uow: start(uow, ticket))
    if ends:
        files = hands.plant.files
        finished = begins + _STEP
        hands.act(
            f"{key}: {ticket} finished", by, finished, lambda uow: floor.finish(uow, ticket, files=files)
        )


def start(uow: UnitOfWork, ticket: str) -> Operation:
    """At a machine or bench that the step is for, one that stands idle where there is one."""
    operation = floor.find_ticket(uow.session, ticket)
    wanted = uow.session.get_one(OperationType, operation.type).work_center_class
    busy = set(uow.session.scalars(select(Operation.work_center).filter_by(state=OperationState.RUNNING)))
    places = [one for one in floor.work_centers(uow.session) if one.work_center_class == wanted]
    place = min(places, key=lambda one: (one.code in busy, one.name))
    return floor.start(uow, ticket, work_center=place.name, reason="Dry to the touch")


def _work(hands: Hands, row: Print, begins: datetime) -> None:
    """Its steps of the floor one after the other: so many done, perhaps one running or failed."""
    tickets = _tickets(hands, row)
    for number, ticket in enumerate(tickets[: row.made + bool(row.is_running or row.fails)]):
        by, at = BINDERY if number else PRESS, begins + number * _STEP
        run_operation(hands, row.key, ticket, by, at, ends=number < row.made)
        if number == row.made and row.fails:
            verb = partial(floor.fail, ticket=ticket, reason=row.fails)
            hands.act(f"{row.key}: failed", by, at + _STEP, verb)


def _tickets(hands: Hands, row: Print) -> Sequence[str]:
    with hands.reading() as session:
        job = hands.made(session, row.key, Job)
        of_job = select(Operation.ticket).join(LotShare, LotShare.lot_id == Operation.lot_id)
        return session.scalars(of_job.filter(LotShare.job_id == job.id).order_by(Operation.step)).all()


def _hold(hands: Hands, uow: UnitOfWork, row: Print) -> Lot:
    job = hands.made(uow.session, row.key, Job)
    query = select(Lot).join(LotShare, LotShare.lot_id == Lot.id).filter(LotShare.job_id == job.id)
    lot = uow.session.scalars(query).one()
    stopped_work.place(uow, lot, words=row.hold)
    return lot


def _close_account(hands: Hands, uow: UnitOfWork, row: Print) -> Job:
    value = agencies.ACCOUNTS.find(uow.session, f"{row.agency}/{row.account}")
    assert value is not None  # entered with its agency  # noqa: S101
    put(uow, agencies.ACCOUNTS, value.model_copy(update={"is_closed": True}), knowing=None)
    return hands.made(uow.session, row.key, Job)


def hand(uow: UnitOfWork, left: Delivery) -> Delivery:
    """It arrives: at the post office with its receipt, else with somebody's name."""
    if left.way == POST_OFFICE:
        return deliver(uow, left, receipt=f"BR {left.id:06d}")
    return deliver(uow, left, received_by="Front desk")


def _leave(hands: Hands, uow: UnitOfWork, row: Print) -> Delivery:
    job = hands.made(uow.session, row.key, Job)
    close_all(uow, job, cartons_of(uow.session, hands.plant.files, job))
    left = dispatch_job(uow, job, stop=None, **MESSENGER)
    uow.session.flush()
    return left


def _hand_over(hands: Hands, uow: UnitOfWork, row: Print) -> Delivery:
    return hand(uow, hands.made(uow.session, f"{row.key}: left", Delivery))
