import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from billing.charging import charge_job, charge_open_usage
from billing.closing import open_jobs
from billing.models import BillingPeriod, Charge, Journal, PeriodState
from billing.periods import ask_to_close, close_period, consequences, open_period, period_for, tell_ready
from kernel import clock
from kernel.errors import Conflict, Unconfirmed
from production.jobs.models import Job
from production.jobs.states import JobState
from production.notices.models import Notice
from store.db import Actor
from tests.billing.ledgers import CLOSING, DAY, close, make_card, make_usage, split_job
from tests.factories import PLANT, make_job
from web.formats import billing_month

LAST_MONTH = (clock.today().replace(day=1) - timedelta(days=1)).replace(day=1)
MONTHS = {month: date(2026, month, 1) for month in range(7, 13)}


def in_one(plant, act):
    with plant.db.unit_of_work(PLANT) as uow:
        return act(uow)


def shut_month(plant, day):
    return in_one(plant, lambda uow: close(uow, open_period(uow, day)))


def test_opening_twice_gives_one_period(plant):
    first = in_one(plant, lambda uow: open_period(uow, date(2026, 6, 30)))
    again = in_one(plant, lambda uow: open_period(uow, date(2026, 6, 1)))
    assert (again.id, again.label, again.fiscal_year, again.month) == (first.id, "FY2026-06", 2026, 6)
    july = in_one(plant, lambda uow: open_period(uow, date(2026, 7, 1)))
    assert (july.label, july.last_day) == ("FY2027-07", date(2026, 7, 31))


@pytest.mark.parametrize(
    ("opened", "closed", "day", "expected"),
    [
        ([], [], date(2026, 11, 20), 11),  # nothing there: its own month
        ([12], [], date(2026, 11, 20), 11),  # a later month is open, none was closed: its own month
        ([10, 11], [10], date(2026, 10, 31), 11),
        ([11], [11], date(2026, 10, 31), 12),  # a later month was closed: time went by, the next one
        ([10, 11, 12], [10, 11], date(2026, 10, 1), 12),
        ([10], [10], date(2026, 10, 1), 11),  # the next one is made
    ],
)
def test_which_period_takes_a_charge(plant, opened, closed, day, expected):
    for month in opened:
        in_one(plant, lambda uow, month=month: open_period(uow, MONTHS[month]))
    for month in closed:
        shut_month(plant, MONTHS[month])
    period = in_one(plant, lambda uow: period_for(uow, day))
    assert (period.first_day, period.state) == (MONTHS[expected], PeriodState.OPEN)


def delivered(plant, *, on=DAY, charged=True, suspended=False):
    def act(uow):
        job = make_job(uow, state=JobState.DELIVERED)
        if suspended:
            split_job(uow, job, {})
        make_usage(uow, job, on=on)
        if charged:
            charge_job(uow, job)
        return job

    return in_one(plant, act)


def state_of(plant, job):
    with plant.db.read_only(PLANT) as session:
        return session.get(Job, job.id).state


def test_closing_closes_the_billed_jobs_and_is_done_once(plant):
    in_one(plant, make_card)
    job, waiting = delivered(plant), delivered(plant, suspended=True)
    later = delivered(plant, on=date(2026, 12, 1))
    period = shut_month(plant, DAY)
    assert period.state is PeriodState.CLOSED
    assert [state_of(plant, one) for one in (job, waiting, later)] == [
        JobState.CLOSED, JobState.DELIVERED, JobState.BILLED
    ]  # fmt: skip
    assert shut_month(plant, DAY).version == period.version


def test_uncharged_usage_keeps_a_period_open_and_is_named(plant):
    in_one(plant, make_card)
    job = delivered(plant, charged=False)
    delivered(plant, on=date(2026, 12, 1), charged=False)  # of a later month: no obstacle
    with pytest.raises(Conflict, match=job.number) as caught:
        shut_month(plant, DAY)
    assert caught.value.instance_code == "PERIOD_USAGE_OPEN"
    assert caught.value.details["jobs"] == [job.number]
    in_one(plant, lambda uow: charge_job(uow, job))
    assert shut_month(plant, DAY).state is PeriodState.CLOSED


def test_a_month_lists_the_delivered_jobs_it_has_to_charge_and_no_other(plant):
    """A charge of November in suspense, or work of November not charged, is nothing to October."""
    in_one(plant, make_card)
    delivered(plant)  # charged whole
    suspended, uncharged = delivered(plant, suspended=True), delivered(plant, charged=False)
    with plant.db.unit_of_work(PLANT) as uow:
        idle = make_job(uow, state=JobState.DELIVERED, mail_date=date(2026, 11, 2))  # did no work at all
        found = {
            month: {job.number for job in open_jobs(uow.session, open_period(uow, MONTHS[month]))}
            for month in (10, 11, 12)
        }
    assert found == {
        10: set(),
        11: {suspended.number, uncharged.number, idle.number},
        12: {uncharged.number, idle.number},
    }


def test_charging_and_closing_at_once_leave_no_charge_behind(plant):
    in_one(plant, make_card)
    in_one(plant, lambda uow: open_period(uow, DAY))
    jobs = [delivered(plant, charged=False) for _ in range(6)]
    barrier, refusals = threading.Barrier(len(jobs) + 2), []

    def charge(job):
        barrier.wait()
        in_one(plant, lambda uow: charge_job(uow, job))

    def shut():
        barrier.wait()
        try:
            shut_month(plant, DAY)
        except Conflict as conflict:
            refusals.append(conflict.instance_code)

    threads = [threading.Thread(target=charge, args=(job,)) for job in jobs]
    threads += [threading.Thread(target=shut) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(refusals) <= {"PERIOD_USAGE_OPEN"}
    with plant.db.read_only(PLANT) as session:
        assert session.scalar(select(func.count()).select_from(Charge)) == 6
        assert set(session.scalars(select(Journal.period_id))) <= set(
            session.scalars(select(BillingPeriod.id))
        )
    assert shut_month(plant, DAY).state is PeriodState.CLOSED


def test_a_month_is_closed_by_two_who_have_read_what_it_does(plant):
    """Asked for by one, closed by another; each is shown the consequences first."""
    in_one(plant, make_card)
    delivered(plant, suspended=True, on=LAST_MONTH)
    period = in_one(plant, lambda uow: open_period(uow, LAST_MONTH))
    clerk, other = Actor("bill"), Actor("ada")

    def act(actor, verb, **more):
        with plant.db.unit_of_work(actor) as uow:
            return verb(uow, uow.session.get_one(BillingPeriod, period.id), **more)

    with pytest.raises(Unconfirmed) as shown:
        act(clerk, ask_to_close, knowing=())
    assert [one.code for one in shown.value.findings] == ["CLOSING_FINAL", "CLOSING_SUSPENSE"]
    assert "1 charges, $2.20, have no valid account" in shown.value.findings[1].message
    knowing = [one.code for one in shown.value.findings]
    with pytest.raises(Conflict, match="Nobody has asked"):
        act(other, close_period, knowing=knowing)
    act(clerk, ask_to_close, knowing=knowing)
    act(clerk, ask_to_close, knowing=knowing)  # asking twice is asking once
    with pytest.raises(Conflict, match="another person must agree") as refused:
        act(clerk, close_period, knowing=knowing)
    assert refused.value.instance_code == "SECOND_PERSON"
    with pytest.raises(Unconfirmed):
        act(other, close_period, knowing=("CLOSING_FINAL",))
    assert act(other, close_period, knowing=knowing).state is PeriodState.CLOSED


def test_a_month_that_has_not_begun_is_not_closed_and_one_that_goes_on_says_so(plant):
    today = clock.today()
    following = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    with plant.db.unit_of_work(PLANT) as uow:
        with pytest.raises(Conflict, match="has not begun") as refused:
            ask_to_close(uow, open_period(uow, following), knowing=CLOSING)
        found = consequences(uow.session, open_period(uow, today), today)
    assert refused.value.instance_code == "PERIOD_NOT_BEGUN"
    assert "CLOSING_EARLY" in [one.code for one in found]


def test_a_label_reads_as_the_month_it_is(plant):
    december = in_one(plant, lambda uow: open_period(uow, date(2026, 12, 1)))
    assert (december.label, december.name) == ("FY2027-12", "December 2026 (FY2027-12)")
    for month in range(1, 25):
        day = date(2026 + (month - 1) // 12, (month - 1) % 12 + 1, 1)
        label = f"FY{clock.fiscal_year(day)}-{day.month:02d}"
        assert billing_month(label) == f"{day:%B %Y} ({label})"


def test_a_month_that_has_ended_with_all_its_work_charged_is_told_once_and_settled_by_its_closing(plant):
    in_one(plant, make_card)
    delivered(plant, on=LAST_MONTH, charged=False)
    in_one(plant, lambda uow: open_period(uow, LAST_MONTH))
    in_one(plant, tell_ready)
    assert ready(plant) == []  # its work is not charged
    in_one(plant, lambda uow: charge_open_usage(uow, through=clock.today()))
    for _ in "12":
        in_one(plant, tell_ready)
    assert ready(plant) == [None]
    shut_month(plant, LAST_MONTH)
    assert ready(plant) != [None]


def ready(plant):
    """When each notice of a month that can be closed was settled."""
    with plant.db.read_only(PLANT) as session:
        return session.scalars(select(Notice.answered_at).filter_by(kind="month_ready")).all()
