"""What was taken of items, by 30 days: how much a month, how evenly, and how long what lies there lasts."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Date, Integer, func, literal, select
from sqlalchemy.orm import Session

from kernel.clock import SHOP_ZONE, business_date
from production.stockroom.models import MoveKind, StockLot, StockMove

DAYS = 30  # of what is called a month here, so that all are as long
_MOST = 12
_TAKEN = (MoveKind.ISSUE, MoveKind.RETURN)


@dataclass(frozen=True, slots=True)
class Use:
    """``months``: taken in each, returns taken off, the latest first, since the item first came and at most 12;
    ``last``: the day on which something was issued last.
    """

    months: tuple[int, ...] = ()
    last: date | None = None

    @property
    def a_month(self) -> Decimal:
        """On average."""
        return Decimal(sum(self.months)) / len(self.months) if self.months else Decimal(0)

    @property
    def spread(self) -> Decimal:
        """Standard deviation of the months."""
        return Decimal(str(round(statistics.pstdev(self.months), 4))) if self.months else Decimal(0)

    def supply(self, quantity: int) -> Decimal | None:
        """Months that so many last, to a tenth; None where nothing was taken."""
        return (max(quantity, 0) / self.a_month).quantize(Decimal("0.1")) if self.a_month > 0 else None


def use_of(session: Session, items: Collection[int], today: date) -> Mapping[int, Use]:
    """Of items by key; of one that nothing ever came of, nothing."""
    day = func.timezone(str(SHOP_ZONE), StockMove.at).cast(Date)
    ago = literal(today, Date).op("-", return_type=Integer())(day) // DAYS
    query = (
        select(StockLot.item_id, ago, -func.sum(StockMove.quantity))
        .join(StockLot, StockLot.id == StockMove.lot_id)
        .where(StockLot.item_id.in_(items), StockMove.kind.in_(_TAKEN), ago < _MOST, day <= today)
        .group_by(StockLot.item_id, ago)
    )
    taken: dict[int, dict[int, int]] = defaultdict(dict)
    for item, months_ago, quantity in session.execute(query):
        taken[item][months_ago] = int(quantity)
    since = (
        select(
            StockLot.item_id, func.min(StockMove.at),
            func.max(StockMove.at).filter(StockMove.kind == MoveKind.ISSUE),
        )
        .join(StockLot, StockLot.id == StockMove.lot_id)
        .where(StockLot.item_id.in_(items))
        .group_by(StockLot.item_id)
    )  # fmt: skip
    found = {}
    for item, first, last in session.execute(since):
        known = min(_MOST, max(0, (today - business_date(first)).days) // DAYS + 1)
        months = tuple(max(0, taken[item].get(ago, 0)) for ago in range(known))
        found[item] = Use(months, business_date(last) if last else None)
    return found
