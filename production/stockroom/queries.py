"""Reads of the stockroom for its screens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.money import Extended, Money, to_cents
from production.finding import hold
from production.jobs.models import Job
from production.stockroom.models import ItemKind, StockItem, StockLot, StockMove
from production.stockroom.moving import is_superseded

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
    reorder_point: int | None
    value: Money
    is_recalled: bool  # forms on the shelf that are not issued any more

    @property
    def is_low(self) -> bool:
        """At or under the point where it is bought."""
        return self.reorder_point is not None and self.on_hand <= self.reorder_point


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
    query = select(StockItem).where(StockItem.is_active | (StockItem.on_hand > 0))
    if words:
        query = query.where(hold(words, StockItem.code, StockItem.name))
    if kind is not None:
        query = query.where(StockItem.kind == kind)
    is_low = StockItem.on_hand <= StockItem.reorder_point
    query = query.order_by(is_low.desc().nulls_last(), StockItem.code).limit(MOST)
    return [line_of(row) for row in session.scalars(query)]


def recalled(session: Session) -> list[StockLine]:
    """Finished forms on the shelf whose revision is out of force and not used up."""
    query = select(StockItem).where(StockItem.kind == ItemKind.FORM, StockItem.on_hand > 0)
    lines = [line_of(row) for row in session.scalars(query.order_by(StockItem.code))]
    return [line for line in lines if line.is_recalled]


def line_of(row: StockItem) -> StockLine:
    """An item in the words of the list."""
    return StockLine(
        row.code, row.name, row.kind, row.unit, row.agency.code if row.agency else "", row.bin, row.on_hand,
        row.reorder_point, to_cents(Extended(row.value)), is_superseded(row) and row.on_hand > 0,
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
