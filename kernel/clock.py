"""The only module that reads the clock. Stored and computed in UTC; shown in the shop's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SHOP_ZONE = ZoneInfo("America/Chicago")


def now() -> datetime:
    """This instant, aware, UTC."""
    return datetime.now(UTC)


def business_date(instant: datetime) -> date:
    """The calendar day at the shop."""
    return instant.astimezone(SHOP_ZONE).date()


def today() -> date:
    """The calendar day at the shop, now."""
    return business_date(now())


def fiscal_year(day: date) -> int:
    """Louisiana's fiscal year runs 1 July to 30 June and is named for the year it ends in."""
    return day.year + (day.month >= 7)
