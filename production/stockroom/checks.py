"""What must hold of the stockroom, for ``indicia verify``."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from sqlalchemy import func, select

from kernel.money import Rate, extend
from production.stockroom.models import MoveKind, StockItem, StockLot, StockMove
from production.stockroom.moving import share
from store.keeping.verify import Check, Open, Survey


def stock_is_its_movements(survey: Survey) -> Iterator[Open]:
    """What a lot and an item hold is the sum of their movements, and no lot holds less than nothing at any moment."""
    running = func.sum(StockMove.quantity).over(partition_by=StockMove.lot_id, order_by=StockMove.id)
    each = select(StockMove.lot_id, StockMove.quantity, StockMove.value, running.label("then")).subquery()
    query = (
        select(
            StockLot.number,
            StockLot.on_hand,
            func.coalesce(func.sum(each.c.quantity), 0),
            func.min(each.c.then),
        )
        .outerjoin(each, each.c.lot_id == StockLot.id)
        .group_by(StockLot.id)
        .order_by(StockLot.id)
    )
    for number, kept, moved, least in survey.each(survey.session.execute(query)):
        if kept != moved:
            yield Open(f"lot {number} says {kept:,}, its movements {moved:,}", (number,))
        if least is not None and least < 0:
            yield Open(f"lot {number} once held {least:,}", (number,))
    of_item = (
        select(StockItem.code, StockItem.on_hand, func.coalesce(func.sum(StockLot.on_hand), 0))
        .outerjoin(StockLot, StockLot.item_id == StockItem.id)
        .group_by(StockItem.id)
        .order_by(StockItem.id)
    )
    for code, kept, lots in survey.each(survey.session.execute(of_item)):
        if kept != lots:
            yield Open(f"item {code} says {kept:,}, its lots {lots:,}", (code,))


def stock_is_worth_its_average(survey: Survey) -> Iterator[Open]:
    """The value of an item is the moving average of all that came, recomputed; no movement has another value."""
    query = (
        select(StockItem.code, StockItem.value, StockLot.unit_cost, StockMove)
        .join(StockLot, StockLot.item_id == StockItem.id)
        .join(StockMove, StockMove.lot_id == StockLot.id)
        .order_by(StockItem.id, StockMove.id)
    )
    now: dict[str, tuple[int, Decimal, Decimal]] = {}  # on hand, value, value as kept
    for code, kept, cost, one in survey.each(survey.session.execute(query)):
        on_hand, value, _ = now.get(code, (0, Decimal(0), kept))
        if one.quantity < 0:
            expected = -share(value, -one.quantity, on_hand)
        elif one.kind is MoveKind.RECEIVE or not on_hand:
            expected = extend(Rate(cost), one.quantity).value
        else:
            expected = share(value, one.quantity, on_hand)
        if one.kind is not MoveKind.RETURN and one.value != expected:
            yield Open(f"a movement of item {code} is worth {one.value}, by the average {expected}", (code,))
        now[code] = on_hand + one.quantity, value + one.value, kept
    for code, (_, value, kept) in now.items():
        if value != kept:
            yield Open(f"item {code} is worth {value} by its movements, and says {kept}", (code,))


CHECKS: tuple[Check, ...] = (stock_is_its_movements, stock_is_worth_its_average)
