"""When the open steps of a job are expected: a promised day, a usual one, or what the minutes planned of it say.

Nothing here is known: each says in words how sure it is, so that a screen can draw it apart from what has happened.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from kernel.clock import business_date
from production.jobs.timeline import By, Step


class Days(NamedTuple):
    """The days a job is held against: by which somebody must approve it (None: nobody can say), by which the plant must
    have made it, and the one it was asked for, on which it is mailed or delivered. ``is_mailed``: it goes to the post;
    ``is_promised``: ``ready_by`` is a day that its agency was told by the schedule.
    """

    approve_by: date | None
    ready_by: date
    day: date
    is_mailed: bool
    is_promised: bool = False


class Expected(NamedTuple):
    """``words`` before the time, which is a day, an instant, or nothing where the words say it all."""

    words: str
    at: date | datetime | None = None


class Outlook(StrEnum):
    """Whether a job keeps its day."""

    ON_TIME = "on_time"
    AT_RISK = "at_risk"
    LATE = "late"


def expected(steps: Sequence[Step], days: Days, now: datetime) -> list[Expected | None]:
    """For each step, None where it is over, stopped, or nothing can be said. What runs and has a standard is expected
    by the minute; a day that has passed is expected no more.
    """
    return [_expected(step, days, now) if step.is_open else None for step in steps]


def _expected(step: Step, days: Days, now: datetime) -> Expected | None:
    if step.due is not None:
        return Expected("back by", step.due)
    if step.state == "running" and step.minutes_left is not None:
        return Expected("about", now + timedelta(minutes=step.minutes_left))
    said = {
        By.APPROVAL: Expected("keeps its day until", days.approve_by),
        By.PLANT: Expected("promised for" if days.is_promised else "usually by", days.ready_by),
        By.DAY: Expected("planned for" if days.is_mailed else "by", days.day),
        By.BILL: Expected(f"on the bill of {days.day:%B}"),
    }.get(step.by)
    is_over = said is not None and isinstance(said.at, date) and said.at < business_date(now)
    return None if said is None or is_over or (said.at is None and step.by is not By.BILL) else said


def outlook(steps: Sequence[Step], days: Days, now: datetime) -> Outlook | None:
    """How its day stands; None once it has left the plant, and where somebody has not agreed to it yet."""
    open_by = {step.by for step in steps if step.is_open}
    if By.DAY not in open_by:
        return None
    if days.day < business_date(now):
        return Outlook.LATE
    if days.is_promised and days.ready_by > days.day:
        return Outlook.AT_RISK
    if By.APPROVAL in open_by:
        return Outlook.AT_RISK if days.approve_by and days.approve_by < business_date(now) else None
    times = [one.at for one in expected(steps, days, now) if one and isinstance(one.at, datetime)]
    is_behind = By.PLANT in open_by and business_date(max([now, *times])) > days.ready_by
    return Outlook.AT_RISK if is_behind else Outlook.ON_TIME
