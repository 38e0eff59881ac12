"""Due date, mail date and the day work must be ready by: days on which post and shop are open, never out of order."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal.data import mail_days
from production.catalog import lead_times
from production.catalog.lead_times import LeadTimes, earliest_due_date, ready_by
from production.catalog.shop_days import closed_days, closed_for

days = st.dates(date(2026, 1, 1), date(2028, 12, 1))


@pytest.fixture
def editions(monkeypatch):
    """Sets what dock and papers need: (from, mail days)."""

    def are(*given):
        found = tuple(
            LeadTimes(f"from {since}", since, "made up", "confirmed", 2, need) for since, need in given
        )
        monkeypatch.setattr(lead_times, "_editions", lambda: found)

    return are


@given(days, days)
def test_work_is_ready_on_an_open_day_not_after_its_mail_date_and_in_its_order(one, other):
    assert not closed_for(ready_by(one))
    assert ready_by(one) <= one
    if one <= other:
        assert ready_by(one) <= ready_by(other)  # the floor sorts by mail date


@given(days)
def test_what_may_be_asked_for_is_an_open_day_after_the_order(ordered):
    earliest = earliest_due_date(ordered)
    assert not closed_for(earliest)
    assert ordered < ready_by(earliest) <= earliest


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
def test_ready_by(editions, mail_date, need, ready):
    editions((date(2026, 1, 1), need))
    assert ready_by(mail_date) == ready


def test_the_edition_of_the_mail_date_counts(editions):
    editions((date(2026, 11, 1), 0), (date(2027, 7, 1), 1))
    for mail_date, need in ((date(2026, 6, 1), 0), (date(2027, 6, 30), 0), (date(2027, 7, 1), 1)):
        assert ready_by(mail_date) == mail_date - timedelta(days=need)


def test_a_day_on_which_the_shop_is_closed_is_none_to_ask_for():
    mardi_gras = date(2027, 2, 9)
    assert not mail_days.closed_for(mardi_gras)
    assert closed_for(mardi_gras) == "Mardi Gras"
    assert earliest_due_date(date(2027, 2, 5)) == date(
        2027, 2, 10
    )  # Friday; Monday, Wednesday are days of work
    assert earliest_due_date(date(2027, 2, 12)) == date(2027, 2, 17)  # Presidents Day counts for neither


def test_closed_days_say_where_they_are_from_and_repeat_none_of_the_post():
    kept = closed_days(date(2026, 1, 1))
    assert {one.day.year for one in kept} == {2026, 2027, 2028}
    assert all(one.source and one.status in ("legal holiday", "unconfirmed") for one in kept)
    assert [one.name for one in kept if mail_days.closed_for(one.day)] == []
    moved = [one for one in kept if one.name in ("Mardi Gras", "Good Friday")]
    assert len(moved) == 6
    assert all(
        (_easter(one.day.year) - one.day).days == (47 if one.name == "Mardi Gras" else 2) for one in moved
    )


def _easter(year):
    """Easter Sunday of the Gregorian calendar."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    month, day = divmod(d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114, 31)
    return date(year, month, day + 1)
