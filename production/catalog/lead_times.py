"""How long work takes, in mail days, as dated data; and the two dates that follow from it.

*Mail date*: the day on which mail enters the post; prices, lists and statement are those of this day. An agency asks
for it, a batch keeps it. *Due date*: the mail day by whose end the plant must have all pieces of that mail ready.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from postal.data.mail_days import mail_days_after, mail_days_before

_DATA = Path(__file__).parent / "data" / "lead_times.toml"


@dataclass(frozen=True, slots=True)
class LeadTimes:
    """An edition; times in mail days. ``dock_and_papers``: from the last piece to the post."""

    name: str
    effective_from: date
    source: str
    status: str
    order_to_mail: int
    dock_and_papers: int


def lead_times(on: date) -> LeadTimes:
    """Those in force on a day; before the first edition, the first."""
    begun = [edition for edition in _editions() if edition.effective_from <= on]
    return begun[-1] if begun else _editions()[0]


def earliest_mail_date(ordered: date) -> date:
    """The first mail date that work ordered that day can have."""
    return mail_days_after(ordered, lead_times(ordered).order_to_mail)


def due_date(mail_date: date) -> date:
    """The due date of mail of a mail date; one on which no mail is taken counts as the mail day before it."""
    return mail_days_before(mail_days_before(mail_date, 0), lead_times(mail_date).dock_and_papers)


@lru_cache(maxsize=1)
def _editions() -> tuple[LeadTimes, ...]:
    rows = tomllib.loads(_DATA.read_text("utf-8"))["edition"]
    return tuple(sorted((LeadTimes(**row) for row in rows), key=lambda edition: edition.effective_from))
