"""Mail date and due date: both mail days, the due date never later, whatever dock and papers need."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal.data.mail_days import closed_for
from production.catalog import lead_times
from production.catalog.lead_times import LeadTimes, due_date, earliest_mail_date

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
def test_a_due_date_is_a_mail_day_not_after_the_mail_date_and_keeps_its_order(one, other):
    assert not closed_for(due_date(one))
    assert due_date(one) <= one
    if one <= other:
        assert due_date(one) <= due_date(other)  # the floor sorts by mail date


@given(days)
def test_what_is_ordered_on_its_due_date_is_mailed_on_a_mail_day_after_it(ordered):
    earliest = earliest_mail_date(ordered)
    assert not closed_for(earliest)
    assert ordered < due_date(earliest) <= earliest


@pytest.mark.parametrize(
    ("mail_date", "need", "due"),
    [
        (date(2026, 12, 1), 0, date(2026, 12, 1)),
        (date(2026, 12, 5), 0, date(2026, 12, 4)),  # Saturday
        (date(2026, 11, 26), 0, date(2026, 11, 25)),  # Thanksgiving
        (date(2026, 11, 27), 1, date(2026, 11, 25)),
        (date(2026, 12, 28), 2, date(2026, 12, 23)),  # Christmas on Friday, then the weekend
    ],
)
def test_due_dates(editions, mail_date, need, due):
    editions((date(2026, 1, 1), need))
    assert due_date(mail_date) == due


def test_the_edition_of_the_mail_date_counts(editions):
    editions((date(2026, 11, 1), 0), (date(2027, 7, 1), 1))
    for mail_date, need in ((date(2026, 6, 1), 0), (date(2027, 6, 30), 0), (date(2027, 7, 1), 1)):
        assert due_date(mail_date) == mail_date - timedelta(days=need)
