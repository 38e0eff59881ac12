"""What is on order for the stockroom and by when: told by the room that buys, read by whoever waits for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import accumulate

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from production.catalog.products.charged import sheet_of
from production.jobs.models import LotShare, Operation
from production.stockroom.models import ItemKind, StockComing, StockItem, StockLot, StockMove
from store.db import UnitOfWork


def expect(uow: UnitOfWork, order: str, still: Mapping[int, int], due: date) -> None:
    """So many of items, by key, are still to come of an order; in place of what was said of it before."""
    uow.session.execute(delete(StockComing).filter_by(order=order))
    uow.session.add_all(
        StockComing(item_id=item, order=order, quantity=quantity, due=due)
        for item, quantity in still.items()
        if quantity > 0
    )
    uow.session.flush()


def coming_of(session: Session, items: Sequence[int]) -> list[StockComing]:
    """What is to come of items, the earliest first."""
    query = select(StockComing).where(StockComing.item_id.in_(items))
    return list(session.scalars(query.order_by(StockComing.due, StockComing.order)))


def paper_comes(session: Session, operations: Sequence[Operation]) -> dict[int, date]:
    """Operations, in the order in which they take it, whose paper is not all on the shelf and is on order: the day on
    which enough is here, or on which the last of it comes.
    """
    query = select(StockItem).join(StockComing, StockComing.item_id == StockItem.id).distinct()
    query = query.where(StockItem.kind == ItemKind.PAPER, StockItem.agency_id.is_(None))
    found: dict[int, date] = {}
    for item in session.scalars(query):
        if item.stock is None or item.width_in is None or item.height_in is None:
            continue
        sides = item.width_in, item.height_in
        units = {sheet_of(item.stock, sides), sheet_of(item.stock, sides[::-1])}
        issued = _issued(session, item)
        coming = coming_of(session, [item.id])
        sums = list(accumulate(one.quantity for one in coming))
        left = item.on_hand
        for operation in operations:
            sheets = sum(int(used.quantity) for used in operation.usage or () if used.unit in units)
            need = max(0, sheets - issued[operation.lot_id])
            left -= need
            if need and left < 0:
                enough = (one.due for one, here in zip(coming, sums, strict=True) if left + here >= 0)
                day = next(enough, coming[-1].due)
                found[operation.id] = max(day, found.get(operation.id, day))
    return found


def _issued(session: Session, item: StockItem) -> Mapping[int, int]:
    """Of an item to the jobs of lots."""
    query = (
        select(LotShare.lot_id, -func.sum(StockMove.quantity))
        .join(StockMove, StockMove.job_id == LotShare.job_id)
        .join(StockLot, StockLot.id == StockMove.lot_id)
        .where(StockLot.item_id == item.id)
        .group_by(LotShare.lot_id)
    )
    return defaultdict(int, {lot: int(quantity) for lot, quantity in session.execute(query)})
