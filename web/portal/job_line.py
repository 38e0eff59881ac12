"""The line of a job as its page draws it: what happened with who did it, what is to come with when it is expected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from markupsafe import Markup

from production.catalog.shop_calendar import ShopCalendar
from production.frontdesk.orders.job_page import JobPage
from production.jobs.expected import Days, Expected, expected
from production.jobs.timeline import Step
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


def days_of(page: JobPage, calendar: ShopCalendar) -> Days:
    """The days of a job: those of its mailing once it has one; what is printed and not mailed is ready on its day."""
    facts = page.facts
    asked = (facts.mail.mailed_on if facts.mail else None) or facts.due
    if facts.made is not None:
        return Days(None, asked, asked, is_mailed=False)
    return Days(calendar.act_by(asked), calendar.ready_by(asked), asked, is_mailed=True)


def drawn(page: JobPage, steps: tuple[Step, ...], days: Days, now: datetime) -> Iterator[DrawnStep]:
    """Every step in its order."""
    for step, ahead in zip(steps, expected(steps, days, now), strict=True):
        yield DrawnStep(
            step.name, step.state, step.at, _note(page, step), step.done, step.total, step.unit, _words(ahead)
        )


def _note(page: JobPage, step: Step) -> str:
    if step.is_open:
        return f"{minutes(step.minutes)} planned" if step.minutes else ""
    if step.name == "Approved" and page.consent:
        return f"{page.consent.approver}, {money(page.consent.total)}"
    return page.facts.requester if step.name == "Uploaded" else ""


def _words(ahead: Expected | None) -> str | Markup:
    if ahead is None:
        return ""
    when = ago(ahead.at) if isinstance(ahead.at, datetime) else day(ahead.at) if ahead.at else ""
    return Markup("{} {}").format(ahead.words, when) if when else ahead.words
