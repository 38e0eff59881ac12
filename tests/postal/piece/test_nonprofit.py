"""Nonprofit authorizations by owner, post office and day; content that must be First-Class Mail."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal.piece.kinds import CLASSES, CONTENTS, FIRST_CLASS_ONLY, content_finding
from postal.piece.nonprofit import Authorization, authorization_for, refusal

ON = date(2026, 12, 1)
HOME = "70802"
GOOD = Authorization("111", HOME, "BATON ROUGE LA", date(2020, 1, 1))


@pytest.mark.parametrize(
    ("held", "reason"),
    [
        ([], "None is entered."),
        (
            [Authorization("5", "70112", "NEW ORLEANS LA", date(2020, 1, 1))],
            "of the post office NEW ORLEANS LA 70112",
        ),
        ([Authorization("6", HOME, "X", date(2027, 1, 1))], "Number 6 begins on 2027-01-01."),
        (
            [Authorization("7", HOME, "X", date(2020, 1, 1), date(2026, 11, 30))],
            "Number 7 ended on 2026-11-30.",
        ),
    ],
)
def test_the_stop_names_owner_place_day_and_reason(held, reason):
    found = refusal("Department of Examples", held, HOME, ON)
    assert found.code == "NONPROFIT_AUTHORIZATION"
    assert found.message.startswith(
        "Department of Examples may not mail at nonprofit prices from 70802 on 2026-12-01."
    )
    assert reason in found.message
    assert refusal("Department of Examples", [*held, GOOD], HOME, ON) is None


days = st.dates(date(2020, 1, 1), date(2021, 1, 1))


@given(days, st.integers(0, 60), days, st.sampled_from([HOME, "70112"]))
def test_it_serves_its_days_at_its_post_office_and_no_other(first, length, on, zip5):
    last = first + timedelta(days=length)
    one = Authorization("1", HOME, "X", first, last)
    assert (authorization_for([one], zip5, on) is one) == (zip5 == HOME and first <= on <= last)


def test_the_latest_that_serves_is_the_one_on_the_papers():
    newer = Authorization("222", HOME, "BATON ROUGE LA", date(2026, 1, 1), date(2026, 12, 31))
    assert authorization_for([GOOD, newer], HOME, ON) is newer
    assert authorization_for([GOOD, newer], HOME, date(2027, 1, 1)) is GOOD
    assert newer.words == "222 at BATON ROUGE LA 70802, from 2026-01-01 until 2026-12-31"


@pytest.mark.parametrize("mail_class", CLASSES)
@pytest.mark.parametrize("content", ["", "riddles", *CONTENTS])
def test_which_content_a_class_takes(mail_class, content):
    found = content_finding(mail_class, content)
    if content == "riddles":
        assert found.code == "CONTENT"
    elif mail_class == "first-class" or content == "general":
        assert found is None
    else:
        assert found.code == ("CONTENT_FIRST_CLASS" if content in FIRST_CLASS_ONLY else "CONTENT")
        assert found.place.column == "content"
