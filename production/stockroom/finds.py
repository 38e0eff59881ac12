"""Items and lots of the stockroom by what stands on a label, or by words."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import InvalidInput
from production.finding import MOST, Finder, Hit, hold, words
from production.stockroom.labels import looks_like_label, parse_label
from production.stockroom.models import StockItem, StockLot
from store.db import Actor


def _label(text: str) -> str | None:
    try:
        return parse_label(text) if looks_like_label(text) else None
    except InvalidInput:
        return None


def _lots(session: Session, actor: Actor, number: str) -> list[Hit]:
    del actor  # plant staff alone
    rows = session.scalars(select(StockLot).filter_by(number=number))
    return [Hit(f"{row.number} {row.item.name}", {"number": row.number}, row.bin) for row in rows]


def _items(session: Session, actor: Actor, sought: Sequence[str]) -> list[Hit]:
    del actor
    query = select(StockItem).where(hold(sought, StockItem.code, StockItem.name)).order_by(StockItem.code)
    return [
        Hit(row.name, {"code": row.code}, f"{row.code}, {row.on_hand:,} on hand")
        for row in session.scalars(query.limit(MOST))
    ]


LOTS = Finder(_label, _lots)
ITEMS = Finder(words, _items)
