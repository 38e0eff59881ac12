"""Until when mail must be at the door: of a day, by weekday and class, no later than a half day ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from kernel.errors import InvalidInput
from production.catalog.shop_calendar import ClosedDayValue
from production.mailings.cut_offs import CUT_OFFS, CutOffValue, Weekday, last_for, of_day
from production.people import setup
from production.setup.table import read_table
from tests.factories import CALENDAR, PLANT

TUESDAY, FRIDAY, SATURDAY = date(2026, 12, 1), date(2026, 12, 4), date(2026, 12, 5)
ROWS = (
    CutOffValue(code="LAST", name="First-Class, last truck", at="16:30", mail_classes=("first-class",), door="3"),
    CutOffValue(code="EARLY", name="First truck", at="11:30", door="1"),
    CutOffValue(code="MM", name="Marketing Mail", at="14:00", days=("tuesday",), mail_classes=("marketing",)),
    CutOffValue(code="OLD", name="Given up", at="09:00", is_active=False),
)  # fmt: skip


def codes(day, calendar=CALENDAR):
    return [one.row.code for one in of_day(ROWS, calendar, day)]


def test_those_of_a_day_in_their_order():
    assert codes(TUESDAY) == ["EARLY", "MM", "LAST"]
    assert codes(FRIDAY) == ["EARLY", "LAST"]
    assert codes(SATURDAY) == []
    assert codes(date(2026, 11, 27)) == []  # Acadian Day: the shop is closed
    assert codes(date(2026, 12, 25)) == []


def test_they_are_instants_at_the_shop():
    winter, summer = (of_day(ROWS, CALENDAR, day)[-1].at for day in (TUESDAY, date(2027, 6, 1)))
    assert winter == datetime(2026, 12, 1, 22, 30, tzinfo=UTC)
    assert summer == datetime(2027, 6, 1, 21, 30, tzinfo=UTC)


def test_a_half_day_ends_them():
    half = ClosedDayValue(day=FRIDAY, name="Half day", closes_at="12:00")
    found = of_day(ROWS, replace(CALENDAR, days={FRIDAY: half}), FRIDAY)
    assert [(one.row.code, f"{one.at:%H:%M}") for one in found] == [("EARLY", "11:30"), ("LAST", "12:00")]


def test_the_last_that_takes_a_class():
    cut_offs = of_day(ROWS, CALENDAR, TUESDAY)
    found = {name: last_for(name, cut_offs) for name in ("first-class", "marketing", "nonprofit")}
    assert {name: one.row.code for name, one in found.items()} == {
        "first-class": "LAST", "marketing": "MM", "nonprofit": "EARLY",
    }  # fmt: skip
    assert last_for("first-class", ()) is None


def test_rows_are_entered_and_read_from_a_table(plant):
    table = (
        b"Code\tWhat leaves\tDays\tClasses of mail\tCut-off\nA\tLetters\tfriday; Monday\tfirst-class\t16:30\n"
    )
    with plant.db.unit_of_work(PLANT) as uow:
        (row,) = [CUT_OFFS.read(given) for _, given, _ in read_table(CUT_OFFS, table)]
        setup.put(uow, CUT_OFFS, row)
        assert row.days == (Weekday.MONDAY, Weekday.FRIDAY)
        assert CUT_OFFS.rows(uow.session) == [row]
        assert [len(of_day([row], CALENDAR, day)) for day in (FRIDAY, TUESDAY)] == [1, 0]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"at": "25:00"}, "at"),
        ({"at": ""}, "at"),
        ({"days": "sunday"}, "days"),
        ({"days": ""}, "days"),
        ({"mail_classes": "parcels"}, "mail_classes"),
    ],
)
def test_what_is_no_cut_off(plant, given, field):
    with plant.db.unit_of_work(PLANT) as uow, pytest.raises(InvalidInput) as refused:
        setup.put(uow, CUT_OFFS, CUT_OFFS.read({"code": "A", "name": "Letters", "at": "16:30"} | given))
    assert {one.place.column for one in refused.value.findings} == {field}
