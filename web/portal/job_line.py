"""The line of a job as its page draws it: what happened with who did it, what is to come with when it is expected."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from markupsafe import Markup

from production.catalog.shop_calendar import ShopCalendar
from production.frontdesk.orders.job_page import JobPage, Part
from production.jobs.expected import Days, Expected, expected
from production.jobs.timeline import Step, Timeline
from web.formats import ago, day, minutes, money


class DrawnStep(NamedTuple):
    """A step with its words for the macro ``timeline``."""

    name: str
    state: str
    at: datetime | None
    note: str
    done: int
    total: int | None
    unit: str
    expected: str | Markup


class Track(NamedTuple):
    """The line of one job among those of its order; ``part`` None where it is the only one."""

    part: Part | None
    steps: list[DrawnStep]


class Told(NamedTuple):
    """What happened to which job of an order, oldest first; no job named where it is the only one."""

    of: str
    sentence: str
    at: datetime


def days_of(asked: date, calendar: ShopCalendar, *, is_mailed: bool, promised: date | None = None) -> Days:
    """The days of a job that is mailed on a day, or printed and ready on it, or on the day that was promised."""
    if not is_mailed:
        return Days(None, promised or asked, asked, is_mailed=False, is_promised=promised is not None)
    return Days(calendar.act_by(asked), calendar.ready_by(asked), asked, is_mailed=True)


def day_of(page: JobPage) -> date:
    """That of its mailing once it has one, else the day it was asked for."""
    return (page.facts.mail.mailed_on if page.facts.mail else None) or page.facts.due


def tracks(
    page: JobPage,
    lines: Sequence[Timeline],
    calendar: ShopCalendar,
    promised: Mapping[str, date],
    now: datetime,
) -> Iterator[Track]:
    """A track for each line: those of jobs of one order name them. ``promised``: days by number of the job."""
    parts = {part.number: part for part in page.together}
    for line in lines:
        part = parts[line.job_number] if len(lines) > 1 else None
        is_here = line.job_number == page.facts.number
        asked, is_mailed = (part.due, part.is_mailed) if part else (day_of(page), page.facts.made is None)
        days = days_of(asked, calendar, is_mailed=is_mailed, promised=promised.get(line.job_number))
        yield Track(part, list(_drawn(page if is_here else None, line.steps, days, now)))


def told(page: JobPage, lines: Sequence[Timeline]) -> list[Told]:
    """Everything that happened to the job and the others of its order."""
    mailed = {part.number for part in page.together if part.is_mailed}
    happened = [
        (event.id, Told(_kind(line, mailed) if len(lines) > 1 else "", event.sentence, event.at))
        for line in lines
        for event in line.events
    ]
    return [one for _, one in sorted(happened)]


def _kind(line: Timeline, mailed: Collection[str]) -> str:
    return "Mailing" if line.job_number in mailed else "Printing"


def _drawn(page: JobPage | None, steps: tuple[Step, ...], days: Days, now: datetime) -> Iterator[DrawnStep]:
    """Every step in its order; who did it is known of the job whose page it is."""
    for step, ahead in zip(steps, expected(steps, days, now), strict=True):
        yield DrawnStep(
            step.name, step.state, step.at, _note(page, step), step.done, step.total, step.unit, _words(ahead)
        )


def _note(page: JobPage | None, step: Step) -> str:
    if step.is_open:
        return f"{minutes(step.minutes)} planned" if step.minutes else ""
    if page is None:
        return ""
    if step.name == "Approved" and page.consent:
        return f"{page.consent.approver}, {money(page.consent.total)}"
    return page.facts.requester if step.name == "Uploaded" else ""


def _words(ahead: Expected | None) -> str | Markup:
    if ahead is None:
        return ""
    when = ago(ahead.at) if isinstance(ahead.at, datetime) else day(ahead.at) if ahead.at else ""
    return Markup("{} {}").format(ahead.words, when) if when else ahead.words
