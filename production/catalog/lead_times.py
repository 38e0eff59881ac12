"""How long work takes, as dated data; and the dates that follow from it.

*Due date*: what an agency asks for. Of mail it asks for the day on which it enters the post (``Job.due``). *Mail
date*: the day on which mail is handed to the Postal Service; prices, lists and statement are those of this day. A
stream keeps its own, which may differ from what was asked for. *Ready by*: the day by whose end the plant must have all
pieces of a mail date. Times are counted in days on which the post takes mail and the shop works (shop_days).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from postal.data.mail_days import mail_days_after, mail_days_before
from production.catalog.shop_days import closed_for

_DATA = Path(__file__).parent / "data" / "lead_times.toml"


@dataclass(frozen=True, slots=True)
class LeadTimes:
    """An edition; times in working days. ``dock_and_papers``: from the last piece to the post."""

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


def earliest_due_date(ordered: date) -> date:
    """The first day that may be asked for with an order of that day."""
    return mail_days_after(ordered, lead_times(ordered).order_to_mail, closed_for)


def act_by(due: date) -> date:
    """The last day on which an order for that day could still be given: what is open then puts its day at risk."""
    return mail_days_before(due, lead_times(due).order_to_mail, closed_for)


def ready_by(mail_date: date) -> date:
    """The day by whose end all pieces of a mail date must be ready; the shop's last day before one that is none."""
    last = mail_days_before(mail_date, 0, closed_for)
    return mail_days_before(last, lead_times(mail_date).dock_and_papers, closed_for)


@lru_cache(maxsize=1)
def _editions() -> tuple[LeadTimes, ...]:
    rows = tomllib.loads(_DATA.read_text("utf-8"))["edition"]
    return tuple(sorted((LeadTimes(**row) for row in rows), key=lambda edition: edition.effective_from))
