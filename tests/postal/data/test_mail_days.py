"""Days on which mail is handed over: never a weekend or a holiday, whatever is counted."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from postal.data.mail_days import (
    closed_for,
    holidays,
    mail_day_from,
    mail_days_after,
    mail_days_before,
    next_mail_day,
    require_mail_day,
)

days = st.dates(date(2026, 1, 1), date(2028, 12, 1))


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (date(2026, 11, 25), date(2026, 11, 27)),  # Thanksgiving on Thursday
        (date(2026, 12, 24), date(2026, 12, 28)),  # Christmas on Friday, then the weekend
        (date(2027, 7, 2), date(2027, 7, 6)),  # July 4 is a Sunday, kept on Monday
        (date(2027, 6, 17), date(2027, 6, 18)),  # June 19 is a Saturday: Friday takes mail
        (date(2026, 12, 8), date(2026, 12, 9)),
    ],
)
def test_the_next_mail_day(after, expected):
    assert next_mail_day(after) == expected


@given(days, st.integers(0, 30))
def test_counting_never_ends_on_a_closed_day(day, count):
    found = mail_days_after(day, count)
    assert not closed_for(found)
    between = [day + timedelta(days=n) for n in range(1, (found - day).days + 1)]
    assert sum(not closed_for(one) for one in between) == (count or int(bool(closed_for(day))))


@given(days, st.integers(0, 30))
def test_before_and_after_meet(day, count):
    before = mail_days_before(day, count)
    assert not closed_for(before)
    if not closed_for(day):
        assert mail_days_after(before, count) == mail_days_before(mail_days_after(day, count), count) == day


def test_eleven_holidays_a_year():
    years = [day.year for day in holidays()]
    assert {year: years.count(year) for year in set(years)} == {2026: 11, 2027: 11, 2028: 11}
    assert closed_for(date(2026, 11, 26)) == "Thanksgiving Day"
    assert closed_for(date(2026, 11, 28)) == "Saturday"


@given(days)
def test_a_day_is_a_mail_date_or_the_next_one_is_named(day):
    if not closed_for(day):
        require_mail_day(day)
        assert mail_day_from(day) == day
        return
    with pytest.raises(InvalidInput) as refused:
        require_mail_day(day, "day")
    following = next_mail_day(day)
    assert mail_day_from(day) == following
    assert refused.value.instance_code == "MAIL_DATE"
    assert refused.value.findings[0].place.column == "day"
    assert (
        refused.value.remedy == f"The next mail day is {following:%A, %B} {following.day}, {following.year}."
    )
