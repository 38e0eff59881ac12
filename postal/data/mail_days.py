"""The one calendar of days on which mail is handed to the Postal Service: for orders, the floor, mailings and routes.

Mail days are Monday to Friday except the Postal Service's holidays (data/mail_holidays.toml). Of a year whose holidays
are not loaded only the weekends are known.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity

MAIL_DATE = "MAIL_DATE"
_DATA = Path(__file__).parent / "mail_holidays.toml"
_SATURDAY = 5
_DAY = timedelta(days=1)


@lru_cache(maxsize=1)
def holidays() -> Mapping[date, str]:
    """Holidays by day."""
    rows = tomllib.loads(_DATA.read_text("utf-8"))["holiday"]
    return {row["day"]: row["name"] for row in rows}


def closed_for(day: date) -> str:
    """Why no mail is taken that day: 'Saturday', the holiday's name; nothing on a mail day."""
    return f"{day:%A}" if day.weekday() >= _SATURDAY else holidays().get(day, "")


def mail_date_finding(day: date, column: str = "mail_date") -> Finding | None:
    """Why a day is no mail date, and the next one that is; nothing for a mail day."""
    closed = closed_for(day)
    if not closed:
        return None
    why = f": {closed}" if day in holidays() else ""
    return Finding(
        MAIL_DATE, Severity.STOP, f"The post office takes no mail on {in_full(day)}{why}.",
        f"The next mail day is {in_full(next_mail_day(day))}.", Place(column=column),
    )  # fmt: skip


def require_mail_day(day: date, column: str = "mail_date") -> None:
    """InvalidInput MAIL_DATE for a day on which no mail is taken."""
    found = mail_date_finding(day, column)
    if found:
        raise InvalidInput(found.message, code=found.code, findings=[found], remedy=found.remedy)


def in_full(day: date) -> str:
    """'Monday, November 30, 2026'."""
    return f"{day:%A, %B} {day.day}, {day.year}"


def mail_day_from(day: date) -> date:
    """The day itself, or the first mail day after it: what a mail date is where none is given."""
    return mail_days_after(day, 0)


def next_mail_day(after: date) -> date:
    """The first mail day after a day."""
    return mail_days_after(after, 1)


def mail_days_after(day: date, count: int, closed: Callable[[date], str] = closed_for) -> date:
    """The day that lies ``count`` open days after a day; of zero, the day itself or the first open day after it.
    ``closed`` says why a day does not count, nothing for one that does.
    """
    return _open_days_on(day, count, closed, _DAY)


def mail_days_before(day: date, count: int, closed: Callable[[date], str] = closed_for) -> date:
    """As ``mail_days_after``, toward the past."""
    return _open_days_on(day, count, closed, -_DAY)


def _open_days_on(day: date, count: int, closed: Callable[[date], str], step: timedelta) -> date:
    while count or closed(day):
        day += step
        count -= count > 0 and not closed(day)
    return day
