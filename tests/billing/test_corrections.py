import threading
from datetime import date

import pytest
from sqlalchemy import select

from billing import ledger, reconcile
from billing.charging import charge_job, charge_stream
from billing.corrections import recharge
from billing.models import Account, Charge, Journal
from billing.periods import open_period
from kernel.errors import Conflict, InvalidInput
from kernel.money import Money
from production.jobs.models import Job
from production.jobs.states import JobState
from tests.billing.ledgers import DAY, close, make_card, make_mailing, make_usage, split_job
from tests.factories import PLANT, make_budget_unit, make_job


def in_one(plant, act):
    with plant.db.unit_of_work(PLANT) as uow:
        return act(uow)


def charged(plant, *, weights=None, **usage):
    """A charged job and its journal's key."""

    def act(uow):
        make_card(uow)
        job = make_job(uow, state=JobState.DELIVERED)
        if weights is not None:
            split_job(uow, job, weights)
        make_usage(uow, job, **usage)
        charge_job(uow, job)
        return job, uow.session.scalars(select(Journal)).one().id

    return in_one(plant, act)


def correct(plant, journal_id, **options):
    return in_one(plant, lambda uow: recharge(uow, uow.session.get(Journal, journal_id), **options))


def owed(plant):
    """Account and budget unit -> cents, without what is settled."""
    with plant.db.read_only(PLANT) as session:
        assert list(reconcile.check(session, plant.files)) == []
        return {
            (b.account, b.budget_unit_id): b.money.cents
            for b in ledger.balances(session)
            if b.money and b.account in (Account.RECEIVABLE, Account.SUSPENSE)
        }


def test_a_charge_moves_to_another_account(plant):
    job, journal = charged(plant)
    unit = in_one(plant, lambda uow: make_budget_unit(uow, agency=job.agency))
    other = in_one(plant, lambda uow: make_budget_unit(uow, agency=job.agency))
    done = correct(plant, journal, reason="wrong grant", accounts={unit.id: 1, other.id: 3})
    assert (done.total, done.charges) == (Money(220), 2)
    assert owed(plant) == {(Account.RECEIVABLE, unit.id): 55, (Account.RECEIVABLE, other.id): 165}
    with plant.db.read_only(PLANT) as session:
        rows = session.scalars(select(Charge).order_by(Charge.id)).all()
        assert [(row.round, row.cents.cents, row.reverses_id) for row in rows] == [
            (1, 220, None), (1, -220, rows[0].id), (2, 55, None), (2, 165, None)
        ]  # fmt: skip


def test_out_of_suspense_the_job_is_billed(plant):
    job, journal = charged(plant, weights={})
    with plant.db.read_only(PLANT) as session:
        assert session.get(Job, job.id).state is JobState.DELIVERED
    unit = in_one(plant, lambda uow: make_budget_unit(uow, agency=job.agency))
    assert correct(plant, journal, reason="account named", accounts={unit.id: 1}).billed == [job.number]
    assert owed(plant) == {(Account.RECEIVABLE, unit.id): 220}


def test_the_minimum_is_paid_once_whatever_is_corrected(plant):
    job, first = charged(plant, unit="fold_insert.piece", quantity="3", key="1")
    in_one(plant, lambda uow: make_usage(uow, job, unit="fold_insert.piece", quantity="100", key="2"))
    in_one(plant, lambda uow: charge_job(uow, job))
    with plant.db.read_only(PLANT) as session:
        late = session.scalars(select(Journal.id).order_by(Journal.id.desc())).first()
    assert correct(plant, late, reason="again").total == Money(0)
    assert correct(plant, first, reason="again").total == Money(500)
    assert sum(owed(plant).values()) == 500


def test_a_correction_of_a_closed_month_lands_in_the_open_one(plant):
    _, journal = charged(plant)
    in_one(plant, lambda uow: close(uow, open_period(uow, DAY)))
    correct(plant, journal, reason="late")
    with plant.db.read_only(PLANT) as session:
        rows = session.scalars(select(Journal).order_by(Journal.id)).all()
        months = [
            session.get(type(open_), open_.id).first_day for open_ in (row_period(session, r) for r in rows)
        ]
        assert months == [date(2026, 11, 1), date(2026, 12, 1), date(2026, 12, 1)]
        assert {row.effective_on for row in rows} == {DAY}


def row_period(session, journal):
    from billing.models import BillingPeriod

    return session.get(BillingPeriod, journal.period_id)


def test_postage_of_a_stream_still_adds_to_its_statement_after_a_correction(plant):
    def act(uow):
        make_card(uow)
        charge_stream(uow, make_mailing(uow, jobs=3, pieces=31))
        return uow.session.scalars(select(Journal.id).where(Journal.memo.like("%postage.permit"))).first()

    correct(plant, in_one(plant, act), reason="again")
    assert sum(owed(plant).values()) > 0


def test_a_charge_is_corrected_once(plant):
    _, journal = charged(plant)
    results, barrier = [], threading.Barrier(3)

    def run():
        barrier.wait()
        try:
            results.append(correct(plant, journal, reason="twice").charges)
        except Conflict as conflict:
            results.append(conflict.instance_code)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results, key=str) == [1, "REVERSED", "REVERSED"]


def test_what_cannot_be_corrected(plant):
    _job, journal = charged(plant)
    stranger = in_one(plant, make_budget_unit)
    for accounts in ({}, {stranger.id: 1}, {10**9: 1}):
        with pytest.raises(InvalidInput) as caught:
            correct(plant, journal, reason="x", accounts=accounts)
        assert caught.value.instance_code == "ACCOUNT_MISSING"
    with pytest.raises(InvalidInput) as caught:
        correct(plant, journal, reason="  ")
    assert caught.value.instance_code == "REASON_MISSING"
    correct(plant, journal, reason="x")
    with plant.db.read_only(PLANT) as session:
        reversal = session.scalars(select(Journal.id).filter_by(reverses_id=journal)).one()
    with pytest.raises(Conflict):
        correct(plant, reversal, reason="x")
