"""Orders that are filled from the shelf: what a job takes, and its issue when it was picked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from kernel.errors import Conflict
from production.catalog.models import WorkCenter
from production.jobs.models import Job, LotShare, Operation
from production.jobs.states import OperationState
from production.stockroom.models import ShelfPick, StockItem, StockNeed
from production.stockroom.moving import Occasion, issue_item, item_of, lots_of, put_back
from production.stockroom.needs import issued_to
from store.db import UnitOfWork

SHELF = "shelf"  # the product of the catalog that is taken from the shelf, and its route
PICK = "pick"  # the step of the route
_PICKED = "Picked for an order"
_OPEN = (OperationState.READY, OperationState.RUNNING)


@dataclass(frozen=True, slots=True)
class FromLot:
    """So many are taken of a lot that lies in a bin."""

    number: str
    bin: str
    quantity: int


@dataclass(frozen=True, slots=True)
class PickLine:
    """A line of the pick list. ``lots``: where to take them, the oldest first."""

    ticket: str
    job: str
    title: str
    agency: str
    item: str
    unit: str
    quantity: int
    issued: int
    due: date
    state: str
    lots: Sequence[FromLot]

    @property
    def short(self) -> int:
        """Not there."""
        return self.quantity - self.issued - sum(one.quantity for one in self.lots)


def take_from_shelf(uow: UnitOfWork, job: Job, item: StockItem) -> None:
    """The job is filled from this item, in place of any other."""
    uow.session.execute(delete(ShelfPick).filter_by(job_id=job.id))
    uow.session.add(ShelfPick(job_id=job.id, item_id=item.id))
    uow.session.flush()


def pick_of(session: Session, job: Job) -> StockItem | None:
    """The item that a job is filled from; None where it is made."""
    row = session.get(ShelfPick, job.id)
    return row.item if row else None


def reserve_pick(uow: UnitOfWork, job: Job) -> None:
    """What an approved job takes is its own from now on."""
    item = pick_of(uow.session, job)
    if item is not None and job.quantity:
        uow.session.execute(delete(StockNeed).filter_by(job_id=job.id))
        uow.session.add(StockNeed(job_id=job.id, item_id=item.id, quantity=job.quantity))
        uow.session.flush()


def settle(uow: UnitOfWork, operation: Operation, picked: int) -> None:
    """So many were picked: that and no other number is issued to the job. Conflict STOCK_SHORT, LOT_SUPERSEDED."""
    for job in _jobs(uow.session, operation):
        row = uow.session.get(ShelfPick, job.id)
        if row is None:
            continue
        item = item_of(uow.session, row.item.code, lock=True)
        more = picked - issued_to(uow.session, job).get(item.id, 0)
        if more > 0:
            issue_item(uow, item.code, more, Occasion(_PICKED, job, operation))
        elif more < 0:
            put_back(uow, item, job, -more, _PICKED)


def pick_list(session: Session, ticket: str = "") -> list[PickLine]:
    """What waits to be picked, the first due first; of one ticket alone where it is named, also once it is done."""
    query = (
        select(Operation, Job, ShelfPick)
        .join(LotShare, LotShare.lot_id == Operation.lot_id)
        .join(Job, Job.id == LotShare.job_id)
        .join(ShelfPick, ShelfPick.job_id == Job.id)
        .where(Operation.type == PICK)
        .order_by(Job.due, Operation.id)
    )
    query = query.where(Operation.ticket == ticket) if ticket else query.where(Operation.state.in_(_OPEN))
    return [_line(session, *row) for row in session.execute(query.limit(200)).all()]


def picks_open(session: Session) -> int:
    """How many orders wait to be picked."""
    query = select(func.count()).where(Operation.type == PICK, Operation.state.in_(_OPEN))
    return session.scalar(query) or 0


def bench(session: Session, operation: Operation) -> str:
    """The code of the first work center in use where it is picked. Conflict WORK_CENTER where there is none."""
    kind = operation.made_as.work_center_class if operation.made_as else PICK
    query = select(WorkCenter.code).filter_by(work_center_class=kind, is_active=True)
    found = session.scalars(query.order_by(WorkCenter.code).limit(1)).first()
    if found is None:
        raise Conflict("No bench of the stockroom is in use: the shop enters one.", code="WORK_CENTER")
    return found


def _line(session: Session, operation: Operation, job: Job, pick: ShelfPick) -> PickLine:
    item, wanted = pick.item, job.quantity or 0
    issued = issued_to(session, job).get(item.id, 0)
    left, lots = wanted - issued, []
    for lot in lots_of(session, item):
        part = min(lot.on_hand, left)
        if part > 0:
            lots.append(FromLot(lot.number, lot.bin, part))
            left -= part
    return PickLine(
        operation.ticket, job.number, job.title, job.agency.name, item.code, item.unit, wanted, issued, job.due,
        operation.state.value, lots,
    )  # fmt: skip


def _jobs(session: Session, operation: Operation) -> Sequence[Job]:
    query = select(Job).join(LotShare, LotShare.job_id == Job.id).where(LotShare.lot_id == operation.lot_id)
    return session.scalars(query.order_by(Job.id)).all()
