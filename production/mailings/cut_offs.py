"""Cut-offs: until when mail must be at which door, by weekday and class; rows of the set-up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer
from sqlalchemy.orm import Session

from kernel.clock import SHOP_ZONE
from kernel.findings import Finding
from postal.piece.kinds import CLASS_NAMES
from production.asked import Line
from production.catalog.shop_calendar import ShopCalendar
from production.people.setup import Change, Kind, wrong
from production.people.setup_fields import Code, HourOfDay, Name, Row, words


class Weekday(StrEnum):
    """Days on which the post takes mail, in their order."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"


def _in_order(days: tuple[Weekday, ...]) -> tuple[Weekday, ...]:
    return tuple(day for day in Weekday if day in days)


Weekdays = Annotated[
    tuple[Weekday, ...],
    BeforeValidator(words),
    AfterValidator(_in_order),
    PlainSerializer(lambda days: [one.value for one in days]),
]
Classes = Annotated[tuple[str, ...], BeforeValidator(words)]


class CutOffValue(Row):
    """A truck, or a closing time of the post office."""

    code: Code = Field(title="Code", description="Such as FCM-1630.")
    name: Name = Field(title="What leaves", description="Such as First-Class letters, last truck.")
    days: Weekdays = Field(default=tuple(Weekday), title="Days")
    mail_classes: Classes = Field(default=(), title="Classes of mail", description="None: every class.")
    at: Annotated[HourOfDay, Field(min_length=1)] = Field(
        title="Cut-off", description="Time at the shop, as in 16:30."
    )
    door: Annotated[Line, Field(max_length=80)] = Field(
        default="", title="Door", description="Such as 2, or Business mail entry."
    )
    is_active: bool = Field(default=True, title="In use")

    def takes(self, mail_class: str) -> bool:
        """Does mail of this class leave with it?"""
        return not self.mail_classes or mail_class in self.mail_classes


@dataclass(frozen=True, slots=True)
class CutOff:
    """A cut-off of one day, at its instant: on a half day no later than the shop closes."""

    at: datetime
    row: CutOffValue


class CutOffs(Kind[CutOffValue]):
    """Until when mail must be at the door."""

    code, name, names = "cut_off", "Cut-off", "Cut-offs"
    lead = (
        "Until when mail must be at which door; the mailroom sees those of today with the time that is left."
    )
    value = CutOffValue

    def check(self, change: Change[CutOffValue]) -> Iterator[Finding]:
        if unknown := sorted(set(change.value.mail_classes) - set(CLASS_NAMES)):
            yield wrong("mail_classes", f"There is no class {unknown[0]}.")
        if not change.value.days:
            yield wrong("days", "Choose at least one day, or take it out of use.")

    def choices(self, session: Session) -> dict[str, list[tuple[str, str]]]:
        del session
        return {
            "days": [(day.value, day.value.capitalize()) for day in Weekday],
            "mail_classes": list(CLASS_NAMES.items()),
        }


def of_day(rows: Iterable[CutOffValue], calendar: ShopCalendar, day: date) -> tuple[CutOff, ...]:
    """Those of a day, in their order; none on a day on which shop or post is closed."""
    if calendar.closed_for(day):
        return ()
    today, closes_at = list(Weekday)[day.weekday()], calendar.closes_at(day)
    found = [
        CutOff(_instant(day, min(row.at, closes_at or row.at)), row)
        for row in rows
        if row.is_active and today in row.days
    ]
    return tuple(sorted(found, key=lambda one: (one.at, one.row.code)))


def last_for(mail_class: str, cut_offs: Sequence[CutOff]) -> CutOff | None:
    """The last that takes mail of a class: what must be made that day."""
    return next((one for one in reversed(cut_offs) if one.row.takes(mail_class)), None)


def _instant(day: date, text: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(text), SHOP_ZONE)


CUT_OFFS = CutOffs()
