"""Totals kept as charges come are those of the charges, whoever charges at once and whoever gives up."""

import threading

import pytest
from sqlalchemy import func, select

from billing import reconcile
from billing.charging import charge_job
from billing.models import Charge, PeriodTotal
from billing.periods import open_period
from billing.totals import kept_totals, live_totals
from kernel.money import Money
from production.jobs.models import Job
from tests.billing.ledgers import DAY, make_card, make_usage, split_job
from tests.factories import PLANT, make_agency, make_job

AT_ONCE = 5


@pytest.fixture
def jobs(plant):
    """Jobs of one agency that name no account, so all of them are charged to the same total."""
    with plant.db.unit_of_work(PLANT) as uow:
        make_card(uow)
        open_period(uow, DAY)
        agency = make_agency(uow)
        jobs = [make_job(uow, agency=agency) for _ in range(AT_ONCE + 1)]
        for job in jobs:
            split_job(uow, job, {})
            make_usage(uow, job)
        return [job.id for job in jobs]


def charge(plant, job_id, before_commit=lambda: None):
    with plant.db.unit_of_work(PLANT) as uow:
        charge_job(uow, uow.session.get_one(Job, job_id))
        uow.session.flush()
        before_commit()


def test_who_charges_at_once_waits_for_nobody_and_every_charge_counts(plant, jobs):
    all_have_charged = threading.Barrier(AT_ONCE)
    gave_up = []

    def work(job_id):
        def before_commit():
            all_have_charged.wait(timeout=60)  # broken, were one of them to wait for another's commit
            assert job_id != jobs[0]

        try:
            charge(plant, job_id, before_commit)
        except AssertionError:
            gave_up.append(job_id)

    threads = [threading.Thread(target=work, args=(job_id,)) for job_id in jobs[:AT_ONCE]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert gave_up == jobs[:1]
    rows = AT_ONCE - 1
    for job_id, charges in ((jobs[0], AT_ONCE), (jobs[-1], AT_ONCE + 1)):
        charge(plant, job_id)  # alone: into one of the rows that are there
        with plant.db.read_only(PLANT) as session:
            (kept,) = session.execute(kept_totals()).all()
            assert kept == session.execute(live_totals()).one()
            assert kept[3:] == (charges, Money(0), Money(220 * charges))
            assert session.scalar(select(func.count()).select_from(Charge)) == charges
            assert session.scalar(select(func.count()).select_from(PeriodTotal)) == rows
            assert list(reconcile.kept_figures_are_true(session)) == []
