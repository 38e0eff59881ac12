"""What a page may say of the time to come: promised, usual, by the minute, or nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from production.jobs.expected import Days, Expected, Outlook, expected, outlook
from production.jobs.timeline import By, Step

NOW = datetime(2026, 12, 8, 16, 42, tzinfo=UTC)  # a Tuesday, 10:42 AM at the shop
TODAY, TOMORROW, FRIDAY = date(2026, 12, 8), date(2026, 12, 9), date(2026, 12, 11)
DAYS = Days(approve_by=TODAY, ready_by=TOMORROW, day=FRIDAY, is_mailed=True)
STEPS = (
    Step("Approved", "done", NOW, by=By.APPROVAL),
    Step("Printed", "running", by=By.PLANT, minutes=120, minutes_left=83),
    Step("Inserted", "waiting", by=By.PLANT, minutes=60, minutes_left=60),
    Step("Dispatched", "waiting", by=By.DAY),
    Step("Charged", "waiting", by=By.BILL),
)


def test_each_step_says_how_sure_it_is():
    assert expected(STEPS, DAYS, NOW) == [
        None,
        Expected("about", NOW + timedelta(minutes=83)),
        Expected("usually by", TOMORROW),
        Expected("planned for", FRIDAY),
        Expected("on the bill of December"),
    ]
    delivered = expected(STEPS, DAYS._replace(is_mailed=False), NOW)[3]
    assert delivered == Expected("by", FRIDAY)


def test_without_a_standard_only_the_usual_day_is_said():
    (running,) = expected([replace(STEPS[1], minutes_left=None)], DAYS, NOW)
    assert running == Expected("usually by", TOMORROW)


def test_nothing_is_expected_of_a_day_that_is_over_or_of_what_has_stopped():
    past = DAYS._replace(ready_by=TODAY - timedelta(days=1), day=TODAY - timedelta(days=1))
    assert expected(STEPS[2:4], past, NOW) == [None, None]
    stopped = [replace(step, state="outcome_unknown") for step in STEPS]
    assert expected(stopped, DAYS, NOW) == [None] * len(STEPS)
    assert expected([Step("Checked", "running")], DAYS, NOW) == [None]


@pytest.mark.parametrize(
    ("steps", "days", "found"),
    [
        (STEPS, DAYS, Outlook.ON_TIME),
        (STEPS, DAYS._replace(ready_by=TODAY - timedelta(days=1)), Outlook.AT_RISK),
        (STEPS, DAYS._replace(day=TODAY - timedelta(days=1)), Outlook.LATE),
        (
            (replace(STEPS[1], minutes_left=3 * 1440), *STEPS[2:]),
            DAYS,
            Outlook.AT_RISK,
        ),  # the machine ends too late
        (
            STEPS[3:],
            DAYS._replace(ready_by=TODAY - timedelta(days=1)),
            Outlook.ON_TIME,
        ),  # made: it only has to leave
        ((replace(STEPS[0], state="proof_ready"), *STEPS[2:]), DAYS, None),  # nobody has agreed yet
        (
            (replace(STEPS[0], state="proof_ready"), *STEPS[2:]),
            DAYS._replace(approve_by=date(2026, 12, 7)),
            Outlook.AT_RISK,
        ),
        (STEPS[4:], DAYS, None),  # it has left
    ],
)
def test_whether_a_job_keeps_its_day(steps, days, found):
    assert outlook(steps, days, NOW) is found
