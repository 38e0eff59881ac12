"""When the shop works and how long work takes: rows of the set-up, and the dates that follow from them.

*Due date*: what an agency asks for. Of mail it asks for the day on which it enters the post (``Job.due``). *Mail
date*: the day on which mail is handed to the Postal Service; prices, lists and statement are those of this day. A
stream keeps its own, which may differ from what was asked for. *Ready by*: the day by whose end the plant must have all
pieces of a mail date.

Times are counted in days of work: the post takes mail and the shop is open. A mail date that the shop itself sets needs
the Postal Service alone: somebody may come in.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field
from sqlalchemy.orm import Session

from kernel import clock
from kernel.findings import Finding
from postal.data import mail_days
from postal.data.mail_days import in_full, mail_days_after, mail_days_before
from production.asked import Count, Day, Line
from production.people.second_person import consequence
from production.people.setup import Change, Kind, rule_rows, wrong
from production.people.setup_fields import HourOfDay, Name, Row

_DATA = Path(__file__).parent / "data"
_AHEAD = 800  # days for which a change is tried out: nobody orders two years ahead
_Source = Annotated[Line, Field(max_length=500)]


class ClosedDayValue(Row):
    """A day on which the shop is closed, or closes early, though the Postal Service takes mail."""

    day: Day = Field(title="Day")
    name: Name = Field(title="Name", description="Such as Mardi Gras.")
    closes_at: HourOfDay = Field(
        default="", title="Closes at", description="Of a half day, as in 12:00; empty: closed all day."
    )
    is_kept: bool = Field(default=True, title="The shop keeps it")
    source: _Source = Field(
        default="", title="Source", description="Who says so: law, proclamation, circular."
    )


class LeadTimeValue(Row):
    """How long work takes, in days of work."""

    order_to_mail: Annotated[Count, Field(ge=1, le=60)] = Field(
        title="From the order to the earliest mail date", description="Days on which post and shop are open."
    )
    dock_and_papers: Annotated[Count, Field(ge=0, le=30)] = Field(
        title="From the last piece to the post", description="Days as above; 0: on the mail date itself."
    )
    hours_a_day: Annotated[Count, Field(ge=1, le=24)] = Field(
        default=8,
        title="Hours of work a day",
        description="That one order is worked on, machine after machine.",
    )
    paper_days: Annotated[Count, Field(ge=0, le=60)] = Field(
        default=3, title="Days to buy paper", description="That does not lie on the shelf."
    )
    outside_days: Annotated[Count, Field(ge=0, le=90)] = Field(
        default=10,
        title="Days for work done outside",
        description="Until an order promises one. Shop to confirm.",
    )
    source: _Source = Field(default="", title="Source", description="How these figures were found.")


@dataclass(frozen=True, slots=True)
class ShopCalendar:
    """What the shop keeps, by day, and how long its work takes."""

    days: Mapping[date, ClosedDayValue]
    lead: LeadTimeValue

    def closed_for(self, day: date) -> str:
        """Why a day is no day of work: weekend, holiday of the post or of the shop; nothing on one that is."""
        own = self.days.get(day)
        return mail_days.closed_for(day) or (own.name if own and not own.closes_at else "")

    def closes_at(self, day: date) -> str:
        """When the shop closes on a half day, as in '12:00'; nothing on another."""
        own = self.days.get(day)
        return own.closes_at if own else ""

    def earliest_due_date(self, ordered: date) -> date:
        """The first day that may be asked for with an order of that day."""
        return mail_days_after(ordered, self.lead.order_to_mail, self.closed_for)

    def usual_day(self, ordered: date, minutes: Decimal, *, buys_paper: bool) -> date:
        """The day by which an order of so many minutes is usually made; no promise, for that needs the schedule."""
        days = self.lead.order_to_mail + int(minutes // (60 * self.lead.hours_a_day))
        return mail_days_after(ordered, days + self.lead.paper_days * buys_paper, self.closed_for)

    def is_rush(self, ordered: date, due: date, minutes: Decimal, *, buys_paper: bool) -> bool:
        """Whether an order of so many minutes is wanted before the day by which it is usually made."""
        return due < self.usual_day(ordered, minutes, buys_paper=buys_paper)

    def act_by(self, due: date) -> date:
        """The last day on which an order for that day could still be given: what is open then puts its day at risk."""
        return mail_days_before(due, self.lead.order_to_mail, self.closed_for)

    def ready_by(self, mail_date: date) -> date:
        """The day by whose end all pieces of a mail date must be ready; the shop's last day before one that is none."""
        last = mail_days_before(mail_date, 0, self.closed_for)
        return mail_days_before(last, self.lead.dock_and_papers, self.closed_for)


def shop_calendar(session: Session) -> ShopCalendar:
    """What holds now."""
    rows = rule_rows(session, (CLOSED_DAYS, LEAD_TIMES))
    (lead,) = rows[LEAD_TIMES.code]
    return ShopCalendar({row.day: row for row in rows[CLOSED_DAYS.code] if row.is_kept}, lead)


class ClosedDays(Kind[ClosedDayValue]):
    """Days off that the Postal Service does not share."""

    code, name, names = "closed_day", "Closed day", "Closed days"
    lead = (
        "Days on which the shop is closed, or closes early, though the post office is open: no work is promised for a "
        "closed day. Weekends and holidays of the Postal Service are known."
    )
    value, keyed_by, has_guesses = ClosedDayValue, ("day",), True

    def shipped(self) -> Sequence[ClosedDayValue]:
        return _shipped_closed_days()

    def check(self, change: Change[ClosedDayValue]) -> Iterator[Finding]:
        if closed := mail_days.closed_for(change.value.day):
            yield wrong(
                "day", f"The post office takes no mail that day: {closed}. It counts as closed already."
            )

    def consequences(self, change: Change[ClosedDayValue]) -> Iterator[Finding]:
        before, row = shop_calendar(change.session), change.value
        days = {day: kept for day, kept in before.days.items() if day != row.day}
        yield from _other_dates(before, replace(before, days=days | ({row.day: row} if row.is_kept else {})))


class LeadTimes(Kind[LeadTimeValue]):
    """There is one row."""

    code, name, names = "lead_time", "Lead times", "Lead times"
    lead = "How long work takes: what an agency may ask for, and by when the plant must be ready."
    value, is_one, has_guesses = LeadTimeValue, True, True

    def shipped(self) -> Sequence[LeadTimeValue]:
        return (_shipped_lead_times(),)

    def consequences(self, change: Change[LeadTimeValue]) -> Iterator[Finding]:
        before = shop_calendar(change.session)
        yield from _other_dates(before, replace(before, lead=change.value))


def _other_dates(before: ShopCalendar, after: ShopCalendar) -> Iterator[Finding]:
    """The first order from today on that may ask for another day than before."""
    today = clock.today()
    for ordered in (today + timedelta(days=ahead) for ahead in range(_AHEAD)):
        was, will = before.earliest_due_date(ordered), after.earliest_due_date(ordered)
        if was != will:
            yield consequence(
                "DATES_CHANGE",
                f"An order of {in_full(ordered)} may ask for {in_full(will)} or later, until now {in_full(was)}. "
                "What is ordered and planned keeps its days.",
            )
            return


@lru_cache(maxsize=1)
def _shipped_closed_days() -> tuple[ClosedDayValue, ...]:
    kept = tomllib.loads((_DATA / "shop_closed_days.toml").read_text("utf-8"))
    rows, sources = kept["closed"], kept["source"]
    return tuple(ClosedDayValue(day=row["day"], name=row["name"], source=sources[row["by"]]) for row in rows)


@lru_cache(maxsize=1)
def _shipped_lead_times() -> LeadTimeValue:
    return LeadTimeValue.model_validate(tomllib.loads((_DATA / "lead_times.toml").read_text("utf-8")))


CLOSED_DAYS, LEAD_TIMES = ClosedDays(), LeadTimes()
