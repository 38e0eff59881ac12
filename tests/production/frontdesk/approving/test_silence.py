"""What time brings, with the clock moved: reminders by rule, and once what the rule says when nobody answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from kernel.money import Money
from production.catalog.shop_calendar import shop_calendar
from production.frontdesk.approving import approvals
from production.frontdesk.approving.models import ApprovalAct
from production.frontdesk.approving.rules import AGENCY_RULES
from production.frontdesk.approving.silence import cost_in_words
from production.jobs import lifecycle
from production.jobs.models import Approval, Job, JobEvent
from production.jobs.states import JobState
from production.notices.models import Notice
from production.people import setup
from production.people.approval_rules import APPROVAL_RULES, ApprovalRuleValue
from tests.factories import PLANT
from tests.production.frontdesk.approving.test_rules import act, offered, put, shop, standing, state, told  # noqa: F401
from workers import telling

FRIDAY = datetime(2026, 12, 4, 16, tzinfo=UTC)
MONDAY, TUESDAY, WEDNESDAY = (FRIDAY + timedelta(days=n) for n in (3, 4, 5))


def wait_until(plant, at):
    """The clock stands there, and what time brings is done twice."""
    with time_machine.travel(at, tick=False):
        for _ in range(2):
            telling.remind(plant)


@pytest.fixture
def waiting(shop):  # noqa: F811
    """A job of a Friday."""
    with time_machine.travel(FRIDAY, tick=False):
        return offered(shop)


def costs(plant, job):
    with plant.db.read_only(PLANT) as session:
        return cost_in_words(standing(plant, job), shop_calendar(session))


def reminders(plant):
    with plant.db.read_only(PLANT) as session:
        return len(session.scalars(select(Notice).filter_by(kind="approval_still_asked")).all())


def test_it_is_handed_on_once_after_so_many_days_of_work(shop, waiting):  # noqa: F811
    put(shop, agency="DEX", approvers="andy", act_after=2, at_silence="forward", forward_to="bea")
    assert costs(shop, waiting) == "Without an answer before Tuesday, December 8, 2026, it goes to Bea."
    wait_until(shop, MONDAY)
    assert standing(shop, waiting).turn.able == {"andy": ""}
    wait_until(shop, TUESDAY)
    assert standing(shop, waiting).turn.able == {"bea": ""}
    assert costs(shop, waiting) == ""
    assert told(shop, "bea").count("approval_forwarded") == 1
    wait_until(shop, TUESDAY + timedelta(days=14))
    with shop.db.read_only(PLANT) as session:
        (row,) = session.scalars(select(ApprovalAct))
    assert (row.actor, row.goes_to, row.words) == (
        "system:notices",
        "bea",
        "Nobody answered within 2 days of work.",
    )


def test_it_goes_back_to_who_ordered_with_words(shop, waiting):  # noqa: F811
    put(shop, agency="DEX", act_after=1, at_silence="return")
    wait_until(shop, MONDAY)
    assert state(shop, waiting) is JobState.NEEDS_FIX
    assert told(shop, "rita") == ["returned"]
    with shop.db.read_only(PLANT) as session:
        event = session.scalars(select(JobEvent).filter_by(event="reject")).one()
    assert event.details["reason"].startswith("Nobody answered within one day of work.")


def test_an_open_question_stops_the_clock_and_its_answer_begins_it_anew(shop, waiting):  # noqa: F811
    put(shop, agency="DEX", act_after=1, at_silence="return")
    with time_machine.travel(FRIDAY, tick=False):
        act(shop, "andy", approvals.question, waiting, words="Why?")
    wait_until(shop, MONDAY)
    assert state(shop, waiting) is JobState.PROOF_READY
    with time_machine.travel(TUESDAY, tick=False):
        act(shop, "rita", approvals.answer, waiting, words="So.")
    wait_until(shop, TUESDAY)
    assert state(shop, waiting) is JobState.PROOF_READY
    wait_until(shop, WEDNESDAY)
    assert state(shop, waiting) is JobState.NEEDS_FIX


def test_a_held_job_waits_and_silence_is_a_yes_only_while_the_plant_says_so(shop, waiting):  # noqa: F811
    def plant_says(most):
        with shop.db.unit_of_work(PLANT) as uow:
            now = APPROVAL_RULES.find(uow.session, setup.ONE) or ApprovalRuleValue()
            value = now.model_copy(update={"silence_up_to": most})
            APPROVAL_RULES.write(uow, value)

    plant_says(Money(100))
    put(shop, agency="DEX", amount_to="1.00")
    said = {"agency": "DEX", "amount_to": "1.00", "act_after": 1, "at_silence": "approve"}
    assert put(shop, **said).in_force_at is None  # a second person agrees to that
    with shop.db.unit_of_work(PLANT) as uow:
        AGENCY_RULES.write(uow, AGENCY_RULES.read({"code": "r", **said}))
        lifecycle.hold(uow, uow.session.get_one(Job, waiting.id), reason="money", words="No budget.")
    wait_until(shop, MONDAY)
    assert state(shop, waiting) is JobState.PROOF_READY
    with shop.db.unit_of_work(PLANT) as uow:
        lifecycle.lift(uow, uow.session.get_one(Job, waiting.id), "money")
    plant_says(Money(99))
    wait_until(shop, TUESDAY)
    assert state(shop, waiting) is JobState.PROOF_READY
    plant_says(Money(100))
    wait_until(shop, TUESDAY)
    assert state(shop, waiting) is JobState.APPROVED
    with shop.db.read_only(PLANT) as session:
        assert session.scalars(select(Approval)).one().approver == "rule r"


def test_a_rule_has_its_own_day_of_the_first_reminder(shop, waiting):  # noqa: F811
    put(shop, agency="DEX", approvers="andy; bea", remind_after=2)
    for at, sent in ((MONDAY, 0), (TUESDAY, 2), (WEDNESDAY, 2)):
        wait_until(shop, at)
        assert reminders(shop) == sent, at
    assert "approval_still_asked" not in told(shop, "cora")
