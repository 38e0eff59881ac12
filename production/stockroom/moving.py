"""The one way a quantity moves: under the lock of its item, valued at the moving average, never below zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.errors import Conflict, NotFound, refused_field
from kernel.money import Rate, extend
from production.catalog.forms.models import FormState, StockPolicy
from production.jobs.models import Job, Operation
from production.stockroom.labels import new_lot_number, parse_label
from production.stockroom.models import MoveKind, StockItem, StockLot, StockMove
from store.db import UnitOfWork

_STEP = Decimal("0.0001")
MOST = 100_000_000  # of a unit in one movement
_MOST_WORTH = 1_000_000_000  # dollars of one delivery


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why something moves, and for which job and operation. ``agreed_by``: the other person who counted the same."""

    reason: str = ""
    job: Job | None = None
    operation: Operation | None = None
    agreed_by: str = ""


def item_of(session: Session, code: str, *, lock: bool = False) -> StockItem:
    """The item of that code. NotFound STOCK_ITEM."""
    query = select(StockItem).filter_by(code=code.strip())
    query = query.with_for_update(of=StockItem).execution_options(populate_existing=True) if lock else query
    found = session.scalars(query).first()
    if found is None:
        raise NotFound("There is no such item in the stockroom.", code="STOCK_ITEM", field="item")
    return found


def lot_of(session: Session, text: str) -> StockLot:
    """The lot of a scanned or typed label. InvalidInput STOCK_LOT where it is none, or NotFound."""
    number = parse_label(text)
    found = session.scalars(select(StockLot).filter_by(number=number)).first()
    if found is None:
        raise NotFound(f"There is no stock lot {number}.", code="STOCK_LOT", field="lot")
    return found


def locked_lot(uow: UnitOfWork, text: str) -> StockLot:
    """A lot with its item locked, as both are now."""
    lot = lot_of(uow.session, text)
    item_of(uow.session, lot.item.code, lock=True)
    uow.session.refresh(lot)
    return lot


def receive(
    uow: UnitOfWork, code: str, quantity: int, *, unit_cost: Rate, into: str = "", source: str = ""
) -> StockLot:
    """A delivery is a lot of its own. InvalidInput STOCK_COUNT, STOCK_COST; NotFound STOCK_ITEM, Conflict STOCK_ITEM of
    an item out of use.
    """
    item = item_of(uow.session, code, lock=True)
    if not item.is_active:
        raise Conflict(f"{item.code} is out of use.", code="STOCK_ITEM", field="item")
    _counted(quantity)
    value = extend(unit_cost, quantity).value
    if not 0 <= value < _MOST_WORTH:
        raise refused_field(
            "STOCK_COST", "unit_cost", "Write dollars for one, with up to six decimals, as in 0.038."
        )
    lot = StockLot(
        number=new_lot_number(uow), item_id=item.id, received_at=uow.now, bin=into.strip() or item.bin,
        unit_cost=unit_cost.value, source=source, on_hand=0, doubt_by="", item=item,
    )  # fmt: skip
    uow.session.add(lot)
    uow.session.flush()
    move(uow, lot, MoveKind.RECEIVE, quantity, value, Occasion(source))
    return lot


def issue_lot(uow: UnitOfWork, label: str, quantity: int, occasion: Occasion) -> StockMove:
    """From this lot to a job. Conflict STOCK_NEGATIVE where less lies there by the books, LOT_SUPERSEDED."""
    lot = locked_lot(uow, label)
    _counted(quantity)
    refuse_superseded(lot.item)
    return take(uow, lot, MoveKind.ISSUE, quantity, occasion)


def issue_item(uow: UnitOfWork, code: str, quantity: int, occasion: Occasion) -> list[StockMove]:
    """To a job from the oldest lots first. Conflict STOCK_SHORT where all of them hold less, LOT_SUPERSEDED."""
    item = item_of(uow.session, code, lock=True)
    _counted(quantity)
    refuse_superseded(item)
    if quantity > item.on_hand:
        raise short(item.name, item.on_hand, quantity)
    made: list[StockMove] = []
    query = select(StockLot).where(StockLot.item_id == item.id, StockLot.on_hand > 0).order_by(StockLot.id)
    for lot in uow.session.scalars(query.execution_options(populate_existing=True)).all():
        part = min(lot.on_hand, quantity - sum(-one.quantity for one in made))
        if part:
            made.append(take(uow, lot, MoveKind.ISSUE, part, occasion))
    return made


def short(name: str, on_hand: int, wanted: int) -> Conflict:
    """STOCK_SHORT, for who asks for more than there is."""
    remedy = "Issue what is there, take another paper, or have it bought."
    words = f"{name}: {on_hand:,} on hand, {wanted:,} asked for."
    return Conflict(words, code="STOCK_SHORT", field="quantity", remedy=remedy)


def give_back(uow: UnitOfWork, label: str, quantity: int, *, job: Job, reason: str = "") -> StockMove:
    """What a job left over, at the value it went out with. Conflict STOCK_COUNT where the job holds less of the lot."""
    lot = locked_lot(uow, label)
    _counted(quantity)
    of_job = select(
        func.coalesce(func.sum(StockMove.quantity), 0), func.coalesce(func.sum(StockMove.value), 0)
    )
    held, value = uow.session.execute(of_job.filter_by(lot_id=lot.id, job_id=job.id)).one()
    if quantity > -held:
        words = f"Job {job.number} holds {-held:,} of lot {lot.number}, not {quantity:,}."
        raise Conflict(words, code="STOCK_COUNT", field="quantity")
    return move(uow, lot, MoveKind.RETURN, quantity, share(-value, quantity, -held), Occasion(reason, job))


def put_back(uow: UnitOfWork, item: StockItem, job: Job, rest: int, reason: str) -> None:
    """So many that a job holds of an item, into the lots that they came from, the newest first."""
    held = (
        select(StockLot.number, -func.sum(StockMove.quantity))
        .join(StockMove, StockMove.lot_id == StockLot.id)
        .where(StockLot.item_id == item.id, StockMove.job_id == job.id)
        .group_by(StockLot.id)
        .having(func.sum(StockMove.quantity) < 0)
        .order_by(StockLot.id.desc())
    )
    for number, quantity in uow.session.execute(held).all():
        part = min(rest, int(quantity))
        if part:
            give_back(uow, number, part, job=job, reason=reason)
            rest -= part


def scrap(uow: UnitOfWork, label: str, quantity: int, *, reason: str) -> StockMove:
    """Thrown away, with why."""
    if not reason.strip():
        raise refused_field("REASON", "reason", "Say why, in a few words.")
    lot = locked_lot(uow, label)
    _counted(quantity)
    return take(uow, lot, MoveKind.SCRAP, quantity, Occasion(reason))


def transfer(uow: UnitOfWork, label: str, into: str, *, reason: str = "") -> StockMove:
    """A lot lies in another bin from now on. InvalidInput STOCK_BIN."""
    lot, wanted = locked_lot(uow, label), into.strip()
    if not wanted or wanted == lot.bin:
        raise refused_field("STOCK_BIN", "bin", "Name the bin that it lies in now.")
    words = f"{lot.bin or 'no bin'} to {wanted}" + (f": {reason}" if reason else "")
    lot.bin = wanted
    return move(uow, lot, MoveKind.TRANSFER, 0, Decimal(0), Occasion(words))


def take(uow: UnitOfWork, lot: StockLot, kind: MoveKind, quantity: int, occasion: Occasion) -> StockMove:
    """A quantity leaves a lot whose item is locked, at the moving average. Conflict STOCK_NEGATIVE."""
    if quantity > lot.on_hand:
        raise Conflict(
            f"Lot {lot.number} holds {lot.on_hand:,} by the books, not {quantity:,}.", code="STOCK_NEGATIVE",
            field="quantity", remedy="Count the lot, or take the rest from another.",
        )  # fmt: skip
    value = -share(lot.item.value, quantity, lot.item.on_hand)
    return move(uow, lot, kind, -quantity, value, occasion)


def move(
    uow: UnitOfWork, lot: StockLot, kind: MoveKind, quantity: int, value: Decimal, occasion: Occasion
) -> StockMove:
    """The row of a movement; lot and item follow it."""
    job, operation = occasion.job, occasion.operation
    made = StockMove(
        lot_id=lot.id, kind=kind, quantity=quantity, value=value, job_id=job.id if job else None,
        operation_id=operation.id if operation else None, reason=occasion.reason.strip()[:200], actor=uow.actor.name,
        agreed_by=occasion.agreed_by, at=uow.now,
    )  # fmt: skip
    lot.on_hand += quantity
    lot.item.on_hand += quantity
    lot.item.value += value
    uow.session.add(made)
    told = {"job": job.number} if job else {}
    uow.audit("stock_lot", None, kind.value, of=lot.number, item=lot.item.code, quantity=quantity, **told)
    uow.session.flush()
    return made


def share(value: Decimal, quantity: int, of: int) -> Decimal:
    """The part of a value that goes with a quantity; all of it with all."""
    return (value * quantity / of).quantize(_STEP, rounding=ROUND_HALF_UP) if of else Decimal(0)


def is_superseded(item: StockItem) -> bool:
    """A finished form whose revision is out of force, unless its register says that the shelf is used up."""
    form = item.form
    if form is None or form.state is FormState.IN_USE:
        return False
    return form.state is FormState.WITHDRAWN or form.stock_policy is not StockPolicy.USE_UP


def refuse_superseded(item: StockItem) -> None:
    """Conflict LOT_SUPERSEDED with what becomes of it."""
    if is_superseded(item) and item.form is not None:
        words = f"Revision {item.form.revision} of form {item.form.number} is {item.form.state.value}: it stays here."
        remedy = (
            "Take the revision in force. What lies there is scrapped or overprinted, as the register says."
        )
        raise Conflict(words, code="LOT_SUPERSEDED", field="lot", remedy=remedy)


def _counted(quantity: int) -> None:
    if not 0 < quantity <= MOST:
        raise refused_field("STOCK_COUNT", "quantity", f"Write a quantity from 1 to {MOST:,}.")


def lots_of(session: Session, item: StockItem) -> Sequence[StockLot]:
    """Of an item, what holds something first, the oldest first."""
    query = select(StockLot).filter_by(item_id=item.id)
    return session.scalars(query.order_by(StockLot.on_hand == 0, StockLot.id).limit(200)).all()
