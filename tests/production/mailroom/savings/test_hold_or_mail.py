"""Hold or mail on a real pool: questions, history, advice, and the decision on the job."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from kernel.errors import OnHold, StaleVersion
from kernel.money import ZERO
from postal.data.mail_days import mail_days_before
from postal.money.hold_or_mail import Way
from production.jobs import lifecycle
from production.jobs.models import Hold, Job, JobEvent
from production.jobs.states import JobState, LotState
from production.mailings.models import PresortStream
from production.mailroom.savings import hold_or_mail, waiting
from production.mailroom.streams import building
from tests.factories import CALENDAR, PLANT
from tests.production import mailings

NEXT = mailings.MAIL_DATE  # of jobs
TONIGHT = mail_days_before(NEXT, 1)


@pytest.fixture
def shop(plant):
    mailings.open_sample(plant)
    return plant


def asked(shop, on=TONIGHT):
    with shop.db.read_only(PLANT) as session:
        profile, found = waiting.read(session, on)
    return hold_or_mail.advise(shop.files, profile, found)


def a_past(shop, *, pieces=700, weeks=1, seed=9):
    """A stream of a comparable day, as if it had been mailed then."""
    stream = mailings.plan(shop, mailings.build(shop, mailings.approved(shop, pieces=pieces, seed=seed)))
    with shop.db.unit_of_work(PLANT) as uow:
        uow.session.get_one(PresortStream, stream.id).mailing.mail_date = NEXT - timedelta(weeks=weeks)
    return stream


def waits_until(shop, job, mail_date):
    with shop.db.unit_of_work(PLANT) as uow:
        uow.session.get_one(Job, job.id).mail_date = mail_date


@pytest.mark.parametrize(
    ("on", "tonight", "following"),
    [
        (date(2026, 11, 25), date(2026, 11, 25), date(2026, 11, 27)),
        (date(2026, 11, 26), date(2026, 11, 27), date(2026, 11, 30)),  # Thanksgiving
        (date(2026, 11, 27), date(2026, 11, 27), date(2026, 11, 30)),
        (date(2026, 11, 28), date(2026, 11, 30), date(2026, 12, 1)),
    ],
)
def test_both_days_to_choose_from_are_mail_days(on, tonight, following):
    assert waiting.mailing_days(on) == (tonight, following)


def test_an_empty_pool_asks_nothing_and_no_history_is_said(shop):
    assert asked(shop) == ()
    mailings.approved(shop, pieces=200)
    (advice,) = asked(shop)
    assert advice.way is Way.UNKNOWN
    assert advice.weighed.saves is None
    assert "There is no history" in advice.reasons[0]
    assert any("Move Update may be 95 days old" in reason for reason in advice.reasons)


def test_a_small_job_is_told_to_wait_for_a_day_that_brings_more(shop):
    a_past(shop, weeks=1)
    a_past(shop, weeks=2, seed=8, pieces=900)
    mailings.approved(shop, pieces=200)
    (advice,) = asked(shop)
    weighed = advice.weighed
    assert advice.way is Way.HOLD
    assert len(weighed.days) == 2
    assert weighed.all_tonight.cents == 200 * 78  # under the minimum: single pieces
    assert weighed.saves > ZERO
    assert weighed.saves == (weighed.all_tonight + weighed.next_apart) - weighed.next_together
    assert weighed.expected_pieces == 800 - 200  # they are part of what comes on that day
    assert "Waiting would have saved on 2 of 2" in advice.reasons[1]


def test_jobs_that_are_due_go_and_one_that_may_wait_is_weighed_with_them(shop):
    a_past(shop)
    due, later = mailings.approved(shop, pieces=400), mailings.approved(shop, pieces=200, seed=2)
    waits_until(shop, due, TONIGHT)
    (advice,) = asked(shop)
    assert [job.number for job in advice.question.must_go] == [due.number]
    assert [job.number for job in advice.question.may_wait] == [later.number]
    assert [(job.mail_date, job.ready_by) for job in advice.question.must_go] == [
        (TONIGHT, CALENDAR.ready_by(TONIGHT))
    ]
    assert advice.weighed.due_tonight.cents == 400 * 78
    waits_until(shop, later, TONIGHT)
    assert asked(shop) == ()  # no job may wait: nothing to ask


def test_other_holds_and_other_classes_stay_apart(shop):
    held = mailings.approved(shop, pieces=200)
    with shop.db.unit_of_work(PLANT) as uow:
        lifecycle.hold(uow, uow.session.get_one(Job, held.id), reason="by_person", words="Wait.")
    assert asked(shop) == ()


def test_a_decision_to_hold_stands_on_the_job_and_stops_it(shop):
    a_past(shop)
    job = mailings.approved(shop, pieces=200)
    (advice,) = asked(shop)
    with shop.db.unit_of_work(PLANT) as uow:
        assert hold_or_mail.hold(uow, advice, words="") == [job.number]
    with shop.db.read_only(PLANT) as session:
        hold = session.scalars(select(Hold)).one()
        event = session.scalars(select(JobEvent).filter_by(event="hold_or_mail")).one()
    assert (hold.reason, hold.job_id) == ("for_volume", job.id)
    assert "Expected to save $" in hold.words
    assert event.details["decision"] == event.details["recommended"] == "hold"
    assert event.details["expected_to_save"] == advice.weighed.saves.plain
    with pytest.raises(OnHold), shop.db.unit_of_work(PLANT) as uow:
        building.build(uow, shop.files, [uow.session.get_one(Job, job.id)])
    (again,) = asked(shop)
    assert [one.waits for one in again.question.jobs] == [True]


def test_a_decision_to_mail_lifts_the_hold_and_mails_all_on_one_day(shop):
    early, late = mailings.approved(shop, pieces=400), mailings.approved(shop, pieces=200, seed=2)
    waits_until(shop, late, NEXT + timedelta(days=14))
    (advice,) = asked(shop)
    with shop.db.unit_of_work(PLANT) as uow:
        hold_or_mail.hold(uow, advice, words="More is coming")
    (advice,) = asked(shop)
    with shop.db.unit_of_work(PLANT) as uow:
        (stream,) = hold_or_mail.mail(uow, shop.files, advice)
        assert (stream.state, stream.mail_date) == (LotState.PLANNING, TONIGHT)
    with shop.db.read_only(PLANT) as session:
        jobs = session.scalars(select(Job).where(Job.id.in_([early.id, late.id]))).all()
        assert {job.lot_id for job in jobs} == {stream.id}
        assert session.scalars(select(Hold).filter_by(lifted_at=None)).all() == []
        decisions = [
            event.details["decision"]
            for event in session.scalars(
                select(JobEvent).filter_by(event="hold_or_mail").order_by(JobEvent.id)
            )
        ]
    assert decisions == ["hold", "hold", "mail", "mail"]
    with pytest.raises(StaleVersion), shop.db.unit_of_work(PLANT) as uow:
        hold_or_mail.mail(uow, shop.files, advice)


def test_a_job_that_waited_until_it_is_due_is_shown_as_due(shop):
    job = mailings.approved(shop, pieces=200)
    (advice,) = asked(shop)
    with shop.db.unit_of_work(PLANT) as uow:
        hold_or_mail.hold(uow, advice, words="")
    waits_until(shop, job, TONIGHT)
    (advice,) = asked(shop)
    assert (advice.weighed, advice.way) == (None, Way.MAIL)
    assert "due" in advice.reasons[0]
    with shop.db.read_only(PLANT) as session:
        assert session.get_one(Job, job.id).state is JobState.APPROVED


def test_what_cannot_be_priced_is_said_by_name(shop):
    mailings.approved(shop, pieces=200)
    mailings.set_shop(shop, allow_test_only=False)
    (advice,) = asked(shop)
    assert advice.way is Way.UNKNOWN
    assert "L801" in advice.problem
