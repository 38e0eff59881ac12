"""Reads of the stockroom for its screens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.money import Extended, Money, to_cents
from production.finding import hold
from production.jobs.models import Job
from production.stockroom.models import ItemKind, StockItem, StockLot, StockMove
from production.stockroom.moving import is_superseded
from production.stockroom.reserving import reserved, reserved_of

MOST = 200


@dataclass(frozen=True, slots=True)
class StockLine:
    """An item as the list shows it."""

    code: str
    name: str
    kind: ItemKind
    unit: str
    owner: str  # an agency's code; empty: the shop's
    bin: str
    on_hand: int
    reserved: int  # for approved jobs, not issued yet
    reorder_point: int | None
    value: Money
    is_recalled: bool  # forms on the shelf that are not issued any more

    @property
    def is_low(self) -> bool:
        """No more than its reorder point is free."""
        return self.reorder_point is not None and self.free <= self.reorder_point

    @property
    def free(self) -> int:
        """On hand and not reserved; below none where jobs wait for more than there is."""
        return self.on_hand - self.reserved


@dataclass(frozen=True, slots=True)
class MoveLine:
    """A movement as pages show it."""

    at: datetime
    kind: str
    lot: str
    quantity: int
    value: Money
    job: str | None
    reason: str
    actor: str
    agreed_by: str


def stock_list(
    session: Session, *, words: Sequence[str] = (), kind: ItemKind | None = None
) -> list[StockLine]:
    """Items in use or still there, low ones first, then by code; at most ``MOST``."""
    of = reserved()
    waits = select(of.c.item_id, func.sum(of.c.quantity).label("quantity")).group_by(of.c.item_id).subquery()
    held = func.coalesce(waits.c.quantity, 0)
    query = select(StockItem, held).outerjoin(waits, waits.c.item_id == StockItem.id)
    query = query.where(StockItem.is_active | (StockItem.on_hand > 0))
    if words:
        query = query.where(hold(words, StockItem.code, StockItem.name))
    if kind is not None:
        query = query.where(StockItem.kind == kind)
    is_low = StockItem.on_hand - held <= StockItem.reorder_point
    query = query.order_by(is_low.desc().nulls_last(), StockItem.code).limit(MOST)
    return [line_of(row, int(waiting)) for row, waiting in session.execute(query)]


def recalled(session: Session) -> list[StockLine]:
    """Finished forms on the shelf whose revision is out of force and not used up."""
    query = select(StockItem).where(StockItem.kind == ItemKind.FORM, StockItem.on_hand > 0)
    rows = [row for row in session.scalars(query.order_by(StockItem.code)) if is_superseded(row)]
    waiting = reserved_of(session, [row.id for row in rows])
    return [line_of(row, waiting.get(row.id, 0)) for row in rows]


def line_of(row: StockItem, waiting: int) -> StockLine:
    """An item in the words of the list."""
    return StockLine(
        row.code, row.name, row.kind, row.unit, row.agency.code if row.agency else "", row.bin, row.on_hand,
        waiting, row.reorder_point, to_cents(Extended(row.value)), is_superseded(row) and row.on_hand > 0,
    )  # fmt: skip


def moves(session: Session, *, item: StockItem | None = None, lot: StockLot | None = None) -> list[MoveLine]:
    """The newest movements of an item or a lot."""
    query = (
        select(StockMove, StockLot.number, Job.number)
        .join(StockLot, StockLot.id == StockMove.lot_id)
        .outerjoin(Job, Job.id == StockMove.job_id)
        .order_by(StockMove.id.desc())
        .limit(50)
    )
    if item is not None:
        query = query.where(StockLot.item_id == item.id)
    if lot is not None:
        query = query.where(StockMove.lot_id == lot.id)
    return [
        MoveLine(
            one.at, one.kind.value, number, one.quantity, to_cents(Extended(one.value)), job, one.reason, one.actor,
            one.agreed_by,
        )
        for one, number, job in session.execute(query)
    ]  # fmt: skip
