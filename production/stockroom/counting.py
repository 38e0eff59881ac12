"""Cycle counts: who counts does not see the books. A difference above tolerance needs the same from a second person."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.errors import Conflict, refused_field
from kernel.money import Rate, extend
from production.stockroom.models import MoveKind, StockLot
from production.stockroom.moving import MOST, Occasion, locked_lot, move, share, take
from store.db import UnitOfWork

TOLERANCE_PERCENT = 1  # of the books, either way, that one person alone may correct; shop to confirm


@dataclass(frozen=True, slots=True)
class Counted:
    """What a count came to. ``difference``: None while a second person must count first."""

    lot: StockLot
    difference: int | None


def count(uow: UnitOfWork, label: str, counted: int, *, reason: str = "") -> Counted:
    """A lot was counted. Within tolerance the books follow at once; above it when another person finds the same
    difference (what moved between both is none). InvalidInput STOCK_COUNT; Conflict SECOND_PERSON where the same person
    counts twice.
    """
    lot = locked_lot(uow, label)
    if not 0 <= counted <= MOST:
        raise refused_field("STOCK_COUNT", "counted", f"Write a count from 0 to {MOST:,}.")
    difference = counted - lot.on_hand
    is_small = abs(difference) * 100 <= lot.on_hand * TOLERANCE_PERCENT
    first = lot.doubt_by
    if not is_small and first == uow.actor.name:
        raise Conflict("You counted this lot yourself: another person counts it now.", code="SECOND_PERSON")
    if not is_small and difference != lot.doubt:
        lot.doubt, lot.doubt_by = difference, uow.actor.name
        uow.audit("stock_lot", None, "counted", of=lot.number, difference=difference)
        return Counted(lot, None)
    occasion = Occasion(reason or "cycle count", agreed_by="" if is_small else first)
    lot.doubt, lot.doubt_by = None, ""
    if difference < 0:
        take(uow, lot, MoveKind.COUNT, -difference, occasion)
    else:
        books_rise(uow, lot, difference, occasion)
    return Counted(lot, difference)


def books_rise(uow: UnitOfWork, lot: StockLot, more: int, occasion: Occasion) -> None:
    """So many more lie in a lot than its books said, each worth the average; its item is locked."""
    item = lot.item
    value = share(item.value, more, item.on_hand)
    value = value if item.on_hand else extend(Rate(lot.unit_cost), more).value
    move(uow, lot, MoveKind.COUNT, more, value, occasion)
