"""What each product costs as it is usually ordered, and by when it is usually made: for the shelves of the catalog."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from threading import Lock
from typing import NamedTuple

from sqlalchemy.orm import Session

from kernel.errors import AttentionNeeded, UserError
from kernel.money import Money
from production.catalog.products.families import families
from production.catalog.shop_calendar import ShopCalendar, shop_calendar
from production.frontdesk.choosing.answers import completed, questions
from production.frontdesk.choosing.prices import Shop
from web.portal.print_prices import shop_on


class Tag(NamedTuple):
    """The usual quantity at its price, and the day by which an order of today is usually made."""

    quantity: int
    price: Money
    usual: date


# The last tags of this process, under what decides them: some 20 estimates, 0.2 s of work.
_KEPT: dict[str, dict[str, Tag]] = {}
_LOCK = Lock()


def price_tags(session: Session, today: date) -> Mapping[str, Tag]:
    """By family; without those that cannot be made or priced as they are usually asked for."""
    first = next(iter(families().families.values()))
    shop = shop_on(session, first, today)
    if shop is None:
        return {}
    calendar = shop_calendar(session)
    key = f"{today} {calendar} {shop.standards.model_dump_json()}"
    with _LOCK:
        if key not in _KEPT:
            tags = dict(_tags(shop, calendar, today))
            _KEPT.clear()
            _KEPT[key] = tags
        return _KEPT[key]


def _tags(shop: Shop, calendar: ShopCalendar, today: date) -> Iterator[tuple[str, Tag]]:
    for code, family in shop.known.families.items():
        here = replace(shop, family=family)
        try:
            spec = here.spec(completed(questions(family, shop.standards, {}), {}))
            way = here.cheapest(spec)
            usual = calendar.usual_day(today, way.minutes, buys_paper=False)
            yield code, Tag(spec.quantity, here.price(way), usual)
        except (UserError, AttentionNeeded):
            continue
