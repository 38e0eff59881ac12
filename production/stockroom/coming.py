"""What is on order for the stockroom and by when: told by the room that buys, read by whoever waits for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from production.stockroom.models import StockComing
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
