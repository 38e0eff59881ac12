"""The one calendar of days on which mail is handed to the Postal Service: for orders, the floor, mailings and routes.

Mail days are Monday to Friday except the Postal Service's holidays (data/mail_holidays.toml). Of a year whose holidays
are not loaded only the weekends are known.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

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


def next_mail_day(after: date) -> date:
    """The first mail day after a day."""
    return mail_days_after(after, 1)


def mail_days_after(day: date, count: int) -> date:
    """The day that lies ``count`` mail days after a day; of zero, the day itself or the first mail day after it."""
    while count or closed_for(day):
        day += _DAY
        count -= count > 0 and not closed_for(day)
    return day


def mail_days_before(day: date, count: int) -> date:
    """The day that lies ``count`` mail days before a day; of zero, the day itself or the last mail day before it."""
    while count or closed_for(day):
        day -= _DAY
        count -= count > 0 and not closed_for(day)
    return day
