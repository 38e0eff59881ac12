"""When machines work: shifts by weekday, half days, downtime and overtime, and the two nights of daylight saving."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from kernel.clock import SHOP_ZONE
from kernel.errors import InvalidInput
from production.catalog.hours import SHIFTS, STOPS, PlantHours, ShiftValue, StopValue, plant_hours
from production.people import setup
from tests.factories import CALENDAR, PLANT

EVERY_DAY = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def shop(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHOP_ZONE).astimezone(UTC)


def stop(first, last, **facts):
    (from_day, from_at), (to_day, to_at) = first.split(), last.split()
    return StopValue(
        code="s", from_day=from_day, from_at=from_at, to_day=to_day, to_at=to_at, reason="r", **facts
    )


DAY_SHIFT = SHIFTS.shipped()


def hours(shifts=DAY_SHIFT, stops=(), calendar=CALENDAR):
    return PlantHours(calendar, shifts, stops)


def windows(plant, first, last, work_center="press-1"):
    """In the shop's time, as it hangs on its wall."""
    found = plant.windows(work_center, shop(first), shop(last))
    return [tuple(f"{one.astimezone(SHOP_ZONE):%a %H:%M}" for one in window) for window in found]


def test_a_week_with_a_holiday_has_the_shipped_hours_of_its_other_days():
    """Thanksgiving of 2026, and Acadian Day after it, which the shop keeps."""
    assert windows(hours(), "2026-11-23", "2026-11-30") == [
        ("Mon 08:00", "Mon 16:30"),
        ("Tue 08:00", "Tue 16:30"),
        ("Wed 08:00", "Wed 16:30"),
    ]


def test_the_ends_of_what_is_asked_cut_a_window():
    assert windows(hours(), "2026-12-01 10:15", "2026-12-01 12:00") == [("Tue 10:15", "Tue 12:00")]


def test_a_work_center_with_shifts_of_its_own_has_those_alone():
    own = ShiftValue(code="late", name="Late", work_center="press-1", starts_at="14:00", ends_at="22:00")
    plant = hours((*SHIFTS.shipped(), own))
    assert windows(plant, "2026-12-01", "2026-12-02") == [("Tue 14:00", "Tue 22:00")]
    assert windows(plant, "2026-12-01", "2026-12-02", "folder-1") == [("Tue 08:00", "Tue 16:30")]
    assert (plant.calendar_of("press-1"), plant.calendar_of("folder-1")) == ("press-1", "")


def test_a_half_day_ends_early_and_saturday_is_open_where_a_shift_names_it():
    half = CALENDAR.days | {
        date(2026, 12, 1): CALENDAR.days[date(2026, 11, 27)].model_copy(update={"closes_at": "12:00"})
    }
    plant = hours(calendar=replace(CALENDAR, days=half))
    assert windows(plant, "2026-12-01", "2026-12-02") == [("Tue 08:00", "Tue 12:00")]
    weekend = ShiftValue(code="sat", name="Saturday", days=("saturday",), starts_at="07:00", ends_at="11:00")
    assert windows(hours((weekend,)), "2026-12-04", "2026-12-07") == [("Sat 07:00", "Sat 11:00")]


def test_downtime_is_cut_out_and_overtime_put_in():
    service = stop("2026-12-01 10:00", "2026-12-01 11:00", work_center="press-1")
    overtime = stop("2026-12-01 16:30", "2026-12-01 19:00", work_center="press-1", is_overtime=True)
    plant = hours(stops=(service, overtime))
    assert windows(plant, "2026-12-01", "2026-12-02") == [
        ("Tue 08:00", "Tue 10:00"),
        ("Tue 11:00", "Tue 19:00"),
    ]
    assert windows(plant, "2026-12-01", "2026-12-02", "folder-1") == [("Tue 08:00", "Tue 16:30")]


@pytest.mark.parametrize(
    ("evening", "minutes"),
    [("2027-03-13", 420), ("2026-10-31", 540), ("2026-12-01", 480)],
    ids=["spring", "fall", "winter"],
)
def test_a_night_shift_is_an_hour_shorter_or_longer_when_the_clock_changes(evening, minutes):
    night = ShiftValue(code="night", name="Night", days=EVERY_DAY, starts_at="22:00", ends_at="06:00")
    noon = datetime.combine(date.fromisoformat(evening), time(12), SHOP_ZONE)
    (window,) = hours((night,)).windows("", noon, noon + timedelta(days=1))
    assert (window[1] - window[0]).total_seconds() / 60 == minutes


WRONG = [
    (SHIFTS, {"code": "x", "name": "X", "starts_at": "08:00", "ends_at": "08:00"}, "ends_at"),
    (SHIFTS, {"code": "x", "name": "X", "starts_at": "08:00", "ends_at": "9"}, "ends_at"),
    (SHIFTS, {"code": "x", "name": "X", "days": "", "starts_at": "08:00", "ends_at": "16:00"}, "days"),
    (SHIFTS, {"code": "x", "name": "X", "work_center": "none-9", "starts_at": "08:00", "ends_at": "16:00"},
     "work_center"),
    (STOPS, stop("2026-12-02 08:00", "2026-12-01 09:00").model_dump(mode="json"), "to_at"),
    (STOPS, stop("2026-12-02 08:00", "2028-12-01 09:00").model_dump(mode="json"), "to_day"),
    (STOPS, stop("2026-12-02 08:00", "2026-12-02 09:00").model_dump(mode="json") | {"to_day": "9999-12-31"},
     "to_day"),
]  # fmt: skip


def test_what_cannot_be_is_refused_at_its_field(plant):
    for kind, given, field in WRONG:
        with plant.db.unit_of_work(PLANT) as uow, pytest.raises(InvalidInput) as caught:
            setup.put(uow, kind, kind.read(given))
        assert [one.place.column for one in caught.value.findings] == [field], given


def test_the_hours_of_the_plant_are_its_rows(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        setup.put(
            uow, STOPS, stop("2026-12-01 08:00", "2026-12-01 12:00", work_center="press-1"), knowing=None
        )
        assert windows(plant_hours(uow.session), "2026-12-01", "2026-12-02") == [("Tue 12:00", "Tue 16:30")]
        assert plant_hours(uow.session).end_of(date(2026, 12, 1)) == shop("2026-12-01 16:30")
