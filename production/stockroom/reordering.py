"""What to buy again, how many and by when: from what was used (average and spread), the time until it is here, the
season, what is reserved and what is on order. Why is told with each.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.clock import long_date
from production.stockroom.coming import coming_of
from production.stockroom.models import ItemKind, StockItem
from production.stockroom.moving import is_superseded
from production.stockroom.reserving import reserved_of
from production.stockroom.seasons import factor, names
from production.stockroom.use import DAYS, Use, use_of

USUAL_LEAD_DAYS = 14  # of an item whose lead time nobody entered; shop to confirm
COVER_DAYS = 60  # that an order is to last beyond its lead time; shop to confirm
SAFETY = Decimal("1.65")  # standard deviations: short in one lead time of twenty; shop to confirm


@dataclass(frozen=True, slots=True)
class Advice:
    """Order so many of an item. ``by``: the last day on which that still comes in time; ``why``: in sentences."""

    code: str
    name: str
    kind: ItemKind
    unit: str
    owner: str  # an agency's code; empty: the shop's
    free: int
    coming: int
    quantity: int
    by: date
    why: Sequence[str]


def advice(session: Session, today: date) -> list[Advice]:
    """Of every item in use that should be bought again now, the most pressing first."""
    query = select(StockItem).where(StockItem.is_active).order_by(StockItem.code)
    items = [one for one in session.scalars(query) if not is_superseded(one)]
    keys = [one.id for one in items]
    used, waiting = use_of(session, keys, today), reserved_of(session, keys)
    coming: dict[int, int] = defaultdict(int)
    for row in coming_of(session, keys):
        coming[row.item_id] += row.quantity
    found = (
        _of_item(one, used.get(one.id, Use()), one.on_hand - waiting.get(one.id, 0), coming[one.id], today)
        for one in items
    )
    return sorted((one for one in found if one), key=lambda one: (one.by, one.code))


def _of_item(item: StockItem, use: Use, free: int, coming: int, today: date) -> Advice | None:
    lead = item.lead_days if item.lead_days is not None else USUAL_LEAD_DAYS
    a_day = usual_month(item.kind, use, today) / DAYS
    in_lead = a_day * lead * factor(item.kind, today, lead)
    safety = SAFETY * use.spread * (Decimal(lead) / DAYS).sqrt()
    point = max(math.ceil(in_lead + safety), item.reorder_point or 0)
    here = free + coming
    if here > point or (item.reorder_point is None and not a_day):
        return None
    after = a_day * COVER_DAYS * factor(item.kind, today + timedelta(lead), COVER_DAYS)
    quantity = max(math.ceil(point + after) - here, 1)
    lasts = int((here - safety) / a_day) if a_day and here > safety else 0
    by = today + timedelta(max(0, lasts - lead)) if a_day else today
    why = list(_why(item, use, free, coming, point, lead, today))
    owner = item.agency.code if item.agency else ""
    return Advice(item.code, item.name, item.kind, item.unit, owner, free, coming, quantity, by, why)


def usual_month(kind: ItemKind, use: Use, today: date) -> Decimal:
    """What is used in a month outside of any season: each month of the past without its own."""
    if not use.months:
        return Decimal(0)
    plain = (
        taken / factor(kind, today - timedelta(DAYS * (ago + 1) - 1), DAYS)
        for ago, taken in enumerate(use.months)
    )
    return sum(plain, Decimal(0)) / len(use.months)


def _why(
    item: StockItem, use: Use, free: int, coming: int, point: int, lead: int, today: date
) -> Iterator[str]:
    more = f" and {coming:,} on order" if coming else ""
    yield f"{free:,} are free{more}; it is ordered again at {point:,}."
    if use.a_month:
        known = "month" if len(use.months) == 1 else f"{len(use.months)} months"
        yield f"About {use.a_month:,.0f} a month were used in the last {known}, give or take {use.spread:,.0f}."
    from_where = "" if item.lead_days is not None else ", as usual, for nobody entered it"
    yield f"It takes {lead} days to come{from_where}; an order lasts {COVER_DAYS} days more."
    if seasons := names(item.kind, today, lead + COVER_DAYS):
        until = long_date(today + timedelta(lead + COVER_DAYS))
        yield f"More is used until {until}: {', '.join(seasons)}."
