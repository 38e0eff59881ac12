"""When machines and benches work: shifts by weekday, and what departs from them, as rows of the set-up; the windows
that follow from both and from the days on which the shop is closed.

A shift belongs to the day on which it begins: none begins on a closed day, and on a half day it ends when the shop
closes. Windows are instants: the hour that daylight saving takes or gives is missing or there twice.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.clock import SHOP_ZONE, business_date
from kernel.findings import Finding
from postal.data import mail_days
from production.asked import Day, Line, Needed, Wrong
from production.catalog.models import WorkCenter
from production.catalog.shop_calendar import ShopCalendar, shop_calendar
from production.people.setup import Change, Kind, rule_rows, wrong
from production.people.setup_fields import Code, HourOfDay, Name, Row, words

_DATA = Path(__file__).parent / "data" / "shifts.toml"
_DAY, _LONGEST = timedelta(days=1), timedelta(days=60)
Window = tuple[datetime, datetime]


class WorkDay(StrEnum):
    """Days of the week, in their order."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


def _in_order(days: tuple[WorkDay, ...]) -> tuple[WorkDay, ...]:
    return tuple(day for day in WorkDay if day in days)


_WorkDays = Annotated[
    tuple[WorkDay, ...],
    BeforeValidator(words),
    AfterValidator(_in_order),
    PlainSerializer(lambda days: [one.value for one in days]),
]


def _of_our_time(day: date) -> date:
    if not 2000 <= day.year < 2200:
        raise Wrong("No machine works in that year.", "Write year, month and day, as in 2026-11-30.")
    return day


_Day = Annotated[Day, AfterValidator(_of_our_time)]
_Hour = Annotated[HourOfDay, Field(min_length=1)]
_WorkCenter = Annotated[Line, Field(max_length=40)]


class ShiftValue(Row):
    """Hours of work that come again each week."""

    code: Code = Field(title="Code", description="Such as day or press-1-late.")
    name: Name = Field(title="Name", description="Such as Day shift.")
    work_center: _WorkCenter = Field(
        default="", title="Work center", description="One with shifts of its own has those alone."
    )
    days: _WorkDays = Field(default=tuple(WorkDay)[:5], title="Days")
    starts_at: _Hour = Field(title="Starts", description="Time at the shop, as in 08:00.")
    ends_at: _Hour = Field(title="Ends", description="As in 16:30; one before the start is of the next day.")
    source: Annotated[Line, Field(max_length=500)] = Field(
        default="", title="Source", description="Who says so."
    )
    is_active: bool = Field(default=True, title="In use")


class StopValue(Row):
    """From when to when a machine stands, or works though no shift says so."""

    code: Code = Field(title="Code", description="Such as press-1-service.")
    work_center: _WorkCenter = Field(default="", title="Work center")
    is_overtime: bool = Field(
        default=False, title="Overtime", description="It works in this time; else it stands."
    )
    from_day: _Day = Field(title="From, day")
    from_at: _Hour = Field(title="From, time", description="As in 08:00.")
    to_day: _Day = Field(title="To, day")
    to_at: _Hour = Field(title="To, time", description="As in 12:00.")
    reason: Annotated[Needed, Field(max_length=200)] = Field(
        title="Reason", description="Such as maintenance by the maker."
    )
    is_active: bool = Field(default=True, title="In use")

    @property
    def window(self) -> Window:
        """As instants."""
        return _instant(self.from_day, self.from_at), _instant(self.to_day, self.to_at)


@dataclass(frozen=True, slots=True)
class PlantHours:
    """What decides when a work center is open."""

    calendar: ShopCalendar
    shifts: Sequence[ShiftValue]
    stops: Sequence[StopValue]

    def calendar_of(self, work_center: str) -> str:
        """The name of its hours: its own code, or nothing where it has those of all."""
        own = {row.work_center for row in self.shifts if row.is_active}
        own |= {row.work_center for row in self.stops if row.is_active}
        return work_center if work_center in own else ""

    def windows(self, work_center: str, first: datetime, last: datetime) -> list[Window]:
        """When it is open between two instants: in order and apart. Of '': a work center without hours of its own."""
        own = [row for row in self.shifts if row.is_active and row.work_center == work_center]
        shifts = own or [row for row in self.shifts if row.is_active and not row.work_center]
        stops = [row for row in self.stops if row.is_active and row.work_center in ("", work_center)]
        found = [window for day in _days(first, last) for window in self._of_day(shifts, day)]
        found += [row.window for row in stops if row.is_overtime]
        for closed in (row.window for row in stops if not row.is_overtime):
            found = [piece for one in found for piece in without(one, closed)]
        clipped = ((max(start, first), min(end, last)) for start, end in found)
        return _merged(sorted((start, end) for start, end in clipped if start < end))

    def after(self, work_center: str, moment: datetime, minutes: int) -> datetime:
        """When so many minutes of work have passed there since an instant."""
        for opens, closes in self.windows(work_center, moment, moment + _LONGEST) if minutes else ():
            if (room := open_minutes([(opens, closes)])) >= minutes:
                return opens + timedelta(minutes=minutes)
            minutes -= room
        return moment

    def shifts_at(self, work_center: str, first: datetime, last: datetime) -> list[Window]:
        """When one is open, by hours of its own or those of all."""
        return self.windows(self.calendar_of(work_center), first, last)

    def end_of(self, day: date, work_center: str = "") -> datetime:
        """When work of a day is over; its last instant where nobody works that day."""
        first = _instant(day, "00:00")
        own = self.windows(work_center, first, _instant(day + _DAY, "00:00"))
        return own[-1][1] if own else _instant(day + _DAY, "00:00")

    def _of_day(self, shifts: Sequence[ShiftValue], day: date) -> Iterator[Window]:
        """Shifts that begin on a day. A weekend is closed to the post, not to a shift that names it."""
        own = self.calendar.days.get(day)
        if day in mail_days.holidays() or (own and not own.closes_at):
            return
        closes = _instant(day, own.closes_at) if own else None
        for row in shifts:
            if tuple(WorkDay)[day.weekday()] in row.days:
                start = _instant(day, row.starts_at)
                end = _instant(day if row.starts_at < row.ends_at else day + _DAY, row.ends_at)
                yield start, min(end, closes) if closes else end


def open_minutes(windows: Iterable[Window]) -> int:
    """Whole minutes of windows that are apart."""
    return sum(int((end - start).total_seconds()) // 60 for start, end in windows)


def plant_hours(session: Session) -> PlantHours:
    """What holds now."""
    rows = rule_rows(session, (SHIFTS, STOPS))
    return PlantHours(shop_calendar(session), rows[SHIFTS.code], rows[STOPS.code])


class Shifts(Kind[ShiftValue]):
    """When work goes on."""

    code, name, names = "shift", "Shift", "Shifts"
    lead = (
        "When machines and benches work, by weekday. Holidays and the shop's closed days and half days are kept "
        "besides; the schedule plans nothing outside these hours."
    )
    verb, value, has_guesses = "keep_machines", ShiftValue, True

    def shipped(self) -> Sequence[ShiftValue]:
        return _shipped()

    def check(self, change: Change[ShiftValue]) -> Iterator[Finding]:
        if not change.value.days:
            yield wrong("days", "Choose at least one day, or take it out of use.")
        if change.value.starts_at == change.value.ends_at:
            yield wrong("ends_at", "It ends when it starts. Write another time.")
        yield from _unknown(change)

    def choices(self, session: Session) -> dict[str, list[tuple[str, str]]]:
        return {
            "days": [(day.value, day.value.capitalize()) for day in WorkDay],
            "work_center": _work_centers(session, "Every one without shifts of its own"),
        }


class Stops(Kind[StopValue]):
    """What departs from the shifts."""

    code, name, names = "downtime", "Downtime or overtime", "Downtime and overtime"
    lead = "When a machine stands for maintenance or a repair, or works though no shift says so, with the reason."
    verb, value = "keep_machines", StopValue

    def check(self, change: Change[StopValue]) -> Iterator[Finding]:
        start, end = change.value.window
        if end <= start:
            yield wrong("to_at", "It ends before it starts.")
        if change.value.to_day - change.value.from_day > timedelta(days=366):
            yield wrong("to_day", "That is more than a year: take the machine out of use instead.")
        yield from _unknown(change)

    def choices(self, session: Session) -> dict[str, list[tuple[str, str]]]:
        return {"work_center": _work_centers(session, "The whole plant")}


def _unknown(change: Change[Any]) -> Iterator[Finding]:
    code = change.value.work_center
    if code and change.session.get(WorkCenter, code) is None:
        yield wrong("work_center", f"There is no work center {code}.")


def _work_centers(session: Session, every: str) -> list[tuple[str, str]]:
    query = select(WorkCenter.code, WorkCenter.name).filter_by(is_active=True).order_by(WorkCenter.name)
    return [("", every), *((code, name) for code, name in session.execute(query))]


def _instant(day: date, text: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(text), SHOP_ZONE).astimezone(UTC)


def _days(first: datetime, last: datetime) -> Iterator[date]:
    """Days on which a shift may begin that reaches into this time."""
    day, end = business_date(first) - _DAY, business_date(last)
    while day <= end:
        yield day
        day += _DAY


def without(window: Window, closed: Window) -> Iterator[Window]:
    """What a closed time leaves of a window: nothing, a part, or two."""
    if window[0] < closed[0]:
        yield window[0], min(window[1], closed[0])
    if window[1] > closed[1]:
        yield max(window[0], closed[1]), window[1]


def _merged(windows: Sequence[Window]) -> list[Window]:
    found: list[Window] = []
    for start, end in windows:
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


@lru_cache(maxsize=1)
def _shipped() -> tuple[ShiftValue, ...]:
    rows: Sequence[Mapping[str, object]] = tomllib.loads(_DATA.read_text("utf-8"))["shift"]
    return tuple(map(ShiftValue.model_validate, rows))


SHIFTS, STOPS = Shifts(), Stops()
