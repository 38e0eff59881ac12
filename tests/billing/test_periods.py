import threading
from datetime import date

import pytest
from sqlalchemy import func, select

from billing.charging import charge_job
from billing.models import BillingPeriod, Charge, Journal, PeriodState
from billing.periods import close_period, open_period, period_for
from kernel.errors import Conflict
from production.jobs.models import Job
from production.jobs.states import JobState
from tests.billing.ledgers import DAY, make_card, make_usage, split_job
from tests.factories import PLANT, make_job

MONTHS = {month: date(2026, month, 1) for month in range(7, 13)}


def in_one(plant, act):
    with plant.db.unit_of_work(PLANT) as uow:
        return act(uow)


def close(plant, day):
    return in_one(plant, lambda uow: close_period(uow, open_period(uow, day)))


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
        close(plant, MONTHS[month])
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
    period = close(plant, DAY)
    assert period.state is PeriodState.CLOSED
    assert [state_of(plant, one) for one in (job, waiting, later)] == [
        JobState.CLOSED, JobState.DELIVERED, JobState.BILLED
    ]  # fmt: skip
    assert close(plant, DAY).version == period.version


def test_uncharged_usage_keeps_a_period_open_and_is_named(plant):
    in_one(plant, make_card)
    job = delivered(plant, charged=False)
    delivered(plant, on=date(2026, 12, 1), charged=False)  # of a later month: no obstacle
    with pytest.raises(Conflict, match=job.number) as caught:
        close(plant, DAY)
    assert caught.value.instance_code == "PERIOD_USAGE_OPEN"
    assert caught.value.details["jobs"] == [job.number]
    in_one(plant, lambda uow: charge_job(uow, job))
    assert close(plant, DAY).state is PeriodState.CLOSED


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
            close(plant, DAY)
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
    assert close(plant, DAY).state is PeriodState.CLOSED
