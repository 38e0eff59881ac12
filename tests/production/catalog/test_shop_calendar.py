"""Due date, mail date and the day work must be ready by: days on which post and shop are open, never out of order."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput, Unconfirmed
from postal.data import mail_days
from production.catalog.shop_calendar import (
    CLOSED_DAYS,
    LEAD_TIMES,
    ClosedDayValue,
    ShopCalendar,
    shop_calendar,
)
from production.people import setup
from store.db import Actor
from tests.factories import CALENDAR, PLANT

ADA = Actor("ada")
days = st.dates(date(2026, 1, 1), date(2028, 12, 1))


@st.composite
def calendars(draw):
    """Any closed and half days, any lead times."""
    rows = [
        ClosedDayValue(day=day, name="Closed", closes_at=draw(st.sampled_from(["", "12:00"])))
        for day in draw(st.sets(days, max_size=40))
    ]
    lead = CALENDAR.lead.model_copy(
        update={"order_to_mail": draw(st.integers(1, 9)), "dock_and_papers": draw(st.integers(0, 4))}
    )
    return ShopCalendar({row.day: row for row in rows}, lead)


@given(calendars(), days, days)
def test_work_is_ready_on_an_open_day_not_after_its_mail_date_and_in_its_order(calendar, one, other):
    assert not calendar.closed_for(calendar.ready_by(one))
    assert calendar.ready_by(one) <= one
    if one <= other:
        assert calendar.ready_by(one) <= calendar.ready_by(other)  # the floor sorts by mail date


@given(calendars(), days)
def test_what_may_be_asked_for_is_an_open_day_after_the_order(calendar, ordered):
    earliest = calendar.earliest_due_date(ordered)
    assert not calendar.closed_for(earliest)
    assert ordered < earliest
    assert calendar.act_by(earliest) < earliest
    assert calendar.closed_for(ordered) or ordered <= calendar.act_by(earliest)
    assert calendar.earliest_due_date(calendar.act_by(earliest)) == earliest


@pytest.mark.parametrize(
    ("mail_date", "need", "ready"),
    [
        (date(2026, 12, 1), 0, date(2026, 12, 1)),
        (date(2026, 12, 5), 0, date(2026, 12, 4)),  # Saturday
        (date(2026, 11, 26), 0, date(2026, 11, 25)),  # Thanksgiving
        (date(2026, 11, 30), 1, date(2026, 11, 25)),  # Thanksgiving and Acadian Day
        (date(2027, 3, 26), 0, date(2027, 3, 25)),  # Good Friday: the post takes mail, the shop is closed
        (date(2026, 12, 28), 2, date(2026, 12, 23)),  # Christmas on Friday, then the weekend
    ],
)
def test_ready_by(mail_date, need, ready):
    lead = CALENDAR.lead.model_copy(update={"dock_and_papers": need})
    assert replace(CALENDAR, lead=lead).ready_by(mail_date) == ready


def test_a_day_on_which_the_shop_is_closed_is_none_to_ask_for():
    mardi_gras = date(2027, 2, 9)
    assert not mail_days.closed_for(mardi_gras)
    assert CALENDAR.closed_for(mardi_gras) == "Mardi Gras"
    friday, next_friday = date(2027, 2, 5), date(2027, 2, 12)
    assert CALENDAR.earliest_due_date(friday) == date(2027, 2, 10)  # Monday, Wednesday are days of work
    assert CALENDAR.earliest_due_date(next_friday) == date(2027, 2, 17)  # Presidents Day counts for neither


def test_shipped_days_say_where_they_are_from_and_repeat_none_of_the_post():
    kept = CLOSED_DAYS.shipped()
    assert {one.day.year for one in kept} == {2026, 2027, 2028}
    assert all("R.S. 1:55" in one.source for one in kept)
    assert [one.name for one in kept if mail_days.closed_for(one.day)] == []
    moved = [one for one in kept if one.name in ("Mardi Gras", "Good Friday")]
    assert len(moved) == 6
    assert all(
        (_easter(one.day.year) - one.day).days == (47 if one.name == "Mardi Gras" else 2) for one in moved
    )


@pytest.fixture
def november(monkeypatch):
    monkeypatch.setattr("kernel.clock.today", lambda: date(2026, 11, 23))


def test_rows_of_the_shop_take_over(plant, november):
    """A day more, a half day, one that the shop does not keep, slower work; each told before it is done."""
    tuesday, acadian = date(2026, 11, 24), date(2026, 11, 27)
    with plant.db.unit_of_work(ADA) as uow:
        session = uow.session
        assert shop_calendar(session) == CALENDAR
        with pytest.raises(Unconfirmed) as told:
            setup.put(uow, CLOSED_DAYS, ClosedDayValue(day=tuesday, name="Move"))
        (effect,) = told.value.findings
        assert effect.message == (
            "An order of Monday, November 23, 2026 may ask for Monday, November 30, 2026 or later, until now "
            "Wednesday, November 25, 2026. What is ordered and planned keeps its days."
        )
        setup.put(uow, CLOSED_DAYS, ClosedDayValue(day=tuesday, name="Move"), knowing=["DATES_CHANGE"])
        calendar = shop_calendar(session)
        assert calendar.closed_for(tuesday) == "Move"
        assert calendar.earliest_due_date(date(2026, 11, 23)) == date(2026, 11, 30)

        setup.put(uow, CLOSED_DAYS, ClosedDayValue(day=tuesday, name="Move", closes_at="12:00"), knowing=None)
        calendar = shop_calendar(session)
        assert (calendar.closed_for(tuesday), calendar.closes_at(tuesday)) == ("", "12:00")
        assert calendar.earliest_due_date(date(2026, 11, 23)) == date(2026, 11, 25)

        kept = CLOSED_DAYS.find(session, str(acadian))
        setup.put(uow, CLOSED_DAYS, kept.model_copy(update={"is_kept": False}), knowing=None)
        slower = CALENDAR.lead.model_copy(update={"order_to_mail": 3, "source": "Measured in October"})
        setup.put(uow, LEAD_TIMES, slower, knowing=None)
        calendar = shop_calendar(session)
        assert (calendar.closed_for(acadian), calendar.lead) == ("", slower)
        assert calendar.earliest_due_date(date(2026, 11, 23)) == acadian

        for kind, key in ((CLOSED_DAYS, str(acadian)), (LEAD_TIMES, setup.ONE)):
            setup.bring_back(uow, kind, key, 1, knowing=["DATES_CHANGE"])
        assert shop_calendar(session).closed_for(acadian) == "Acadian Day"
        assert shop_calendar(session).lead == CALENDAR.lead


def test_what_agencies_may_ask_for_as_before_is_not_asked_about(plant, november):
    with plant.db.unit_of_work(ADA) as uow:
        setup.put(uow, CLOSED_DAYS, ClosedDayValue(day=date(2026, 2, 2), name="Long ago"))
        setup.put(uow, CLOSED_DAYS, ClosedDayValue(day=date(2026, 12, 24), name="Eve", closes_at="12:00"))
        setup.put(uow, LEAD_TIMES, CALENDAR.lead.model_copy(update={"source": "The shop"}))


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"day": "2026-11-31", "name": "x"}, "day", '"2026-11-31" is not a day.'),
        ({"day": "2026-12-24", "name": "x", "closes_at": "noon"}, "closes_at", "Write a time, as in 16:00."),
        ({"day": "2026-12-24", "name": ""}, "name", "Fill this in."),
    ],
)
def test_what_is_no_closed_day(given, field, words):
    with pytest.raises(InvalidInput) as refused:
        CLOSED_DAYS.read(given)
    assert {one.place.column: one.message for one in refused.value.findings} == {field: words}


def test_a_day_of_the_post_needs_no_row(plant):
    with plant.db.unit_of_work(PLANT) as uow, pytest.raises(InvalidInput) as refused:
        setup.put(uow, CLOSED_DAYS, ClosedDayValue(day=date(2026, 11, 26), name="Thanksgiving"))
    assert refused.value.findings[0].message == (
        "The post office takes no mail that day: Thanksgiving Day. It counts as closed already."
    )


@pytest.mark.parametrize(
    ("minutes", "buys_paper", "day"),
    [(0, False, 2), (479, False, 2), (480, False, 3), (960, False, 4), (1_440, False, 7), (479, True, 7)],
)
def test_each_shift_of_work_is_a_day_more_and_paper_that_is_bought_takes_its_own(minutes, buys_paper, day):
    """Ordered on a Monday: two days of work on, then a day for eight hours; December 5 and 6 are a weekend."""
    usual = CALENDAR.usual_day(date(2026, 11, 30), Decimal(minutes), buys_paper=buys_paper)
    assert usual == date(2026, 12, day)


@pytest.mark.parametrize("days", [0, 61, -1, "many"])
def test_what_is_no_lead_time(days):
    with pytest.raises(InvalidInput):
        LEAD_TIMES.read({"order_to_mail": days, "dock_and_papers": 0})


def _easter(year):
    """Easter Sunday of the Gregorian calendar."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    month, day = divmod(d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114, 31)
    return date(year, month, day + 1)
