"""The only module that reads the clock. Stored and computed in UTC; shown in the shop's zone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SHOP_ZONE = ZoneInfo("America/Chicago")
_GIVEN: ContextVar[datetime | None] = ContextVar("given", default=None)


def now() -> datetime:
    """This instant, aware, UTC."""
    return _GIVEN.get() or datetime.now(UTC)


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """What is done in here by this thread happens at that instant: a demonstration's yesterday, and nothing else."""
    token = _GIVEN.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _GIVEN.reset(token)


def is_given() -> bool:
    """Does this thread act at an instant that it was given?"""
    return _GIVEN.get() is not None


def business_date(instant: datetime) -> date:
    """The calendar day at the shop."""
    return instant.astimezone(SHOP_ZONE).date()


def today() -> date:
    """The calendar day at the shop, now."""
    return business_date(now())


def fiscal_year(day: date) -> int:
    """Louisiana's fiscal year runs 1 July to 30 June and is named for the year it ends in."""
    return day.year + (day.month >= 7)


def start_of(day: date) -> datetime:
    """The instant at which a calendar day begins at the shop."""
    return datetime(day.year, day.month, day.day, tzinfo=SHOP_ZONE).astimezone(UTC)


def long_date(day: date) -> str:
    """'November 30, 2026'."""
    return f"{day:%B} {day.day}, {day.year}"
