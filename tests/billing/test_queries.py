from datetime import date

import pytest
from sqlalchemy import select

from billing import chargeback, queries
from billing.charging import charge_job, charge_stream
from billing.corrections import recharge
from billing.models import Account, BillingPeriod, Journal
from billing.periods import open_period
from kernel.errors import NotFound
from kernel.money import Money, Rate
from production.jobs.models import Job
from production.jobs.usage_evidence import JobEvidence
from store.db import Actor
from tests.billing.ledgers import DAY, close, make_card, make_mailing, make_usage, split_job
from tests.factories import PLANT, make_job


@pytest.fixture
def charged(plant):
    """Two agencies' jobs of one stream, charged. Gives the jobs."""
    with plant.db.unit_of_work(PLANT) as uow:
        make_card(uow)
        charge_stream(uow, make_mailing(uow, jobs=2, pieces=11))
        return uow.session.scalars(select(Job).order_by(Job.id)).all()


def period_of(session):
    return session.scalars(select(BillingPeriod)).one()


def test_a_statement_adds_up_and_names_its_document(plant, charged):
    job = charged[0]
    with plant.db.unit_of_work(PLANT) as uow:
        period = close(uow, open_period(uow, DAY))
        chargeback.request_export(uow, period)
    with plant.db.read_only(Actor("ann", agency_id=job.agency_id)) as session:
        found = queries.statement(session, agency_id=job.agency_id, period=period)
        charges = queries.job_charges(session, job.id, agency_id=job.agency_id)
    assert (found.period, found.document, found.suspense) == ("FY2027-11", "CB27-000001", Money(0))
    assert [(line.unit, line.money.cents) for line in charges] == [
        ("fold_insert.piece", 500), ("job.setup", 1250), ("list.record", 200), ("postage.permit", 356),
        ("presort.piece", 500), ("print.impression", 26),
    ]  # fmt: skip
    (account,) = found.accounts
    assert (account.charges, account.total, found.total) == (6, Money(2832), Money(2832))


def test_another_agencys_charges_are_not_there(plant, charged):
    mine, other = charged
    with plant.db.read_only(PLANT) as session:  # the first wall alone: the query's own scope
        assert queries.job_charges(session, other.id, agency_id=mine.agency_id) == []
        line = queries.job_charges(session, other.id, agency_id=None)[0]
        with pytest.raises(NotFound):
            queries.explain(session, line.ulid, agency_id=mine.agency_id)
    with plant.db.read_only(Actor("ann", agency_id=mine.agency_id)) as session:  # the second wall alone
        assert queries.job_charges(session, other.id, agency_id=None) == []
        with pytest.raises(NotFound):
            queries.explain(session, line.ulid, agency_id=None)
        with pytest.raises(NotFound):
            queries.statement(session, agency_id=other.agency_id, period=period_of(session))


def test_a_charge_explains_itself(plant, charged):
    with plant.db.read_only(PLANT) as session:
        lines = queries.job_charges(session, charged[0].id, agency_id=None)
        assert [line.unit for line in lines] == sorted(line.unit for line in lines)
        line = next(line for line in lines if line.unit == "print.impression")
        found = queries.explain(session, line.ulid, agency_id=None)
    assert (line.quantity, line.rate, line.money) == (12, Rate.of("0.022"), Money(26))
    assert (found.card, found.card_from, found.pass_through) == ("State Printing", date(2026, 7, 1), False)
    assert found.natural_key.startswith("print.impression:")
    assert found.charge == line
    assert found.stream is not None
    assert (found.posted_by, found.corrected_by) == (PLANT.name, None)
    assert line.evidence == JobEvidence(line.job)


def test_suspense_is_listed_until_it_is_corrected(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        make_card(uow)
        job = make_job(uow)
        split_job(uow, job, {})
        make_usage(uow, job)
        charge_job(uow, job)
    with plant.db.read_only(PLANT) as session:
        (line,) = queries.suspended(session, agency_id=None)
        assert (line.account, line.suspended_for, line.bill_code) == (Account.SUSPENSE, "ACCOUNT_MISSING", "")
        found = queries.statement(session, agency_id=job.agency_id, period=period_of(session))
        assert (found.total, found.suspense) == (Money(0), Money(220))
    with plant.db.unit_of_work(PLANT) as uow:
        units = split_job(uow, job, {"A": 1})
        journal = uow.session.scalars(select(Journal).filter_by(ulid=line.journal)).one()
        recharge(uow, journal, reason="named")
    with plant.db.read_only(PLANT) as session:
        assert queries.suspended(session, agency_id=None) == []
        explained = queries.explain(session, line.ulid, agency_id=None)
        found = queries.statement(session, agency_id=job.agency_id, period=period_of(session))
    assert explained.corrected_by is not None
    assert (found.total, found.suspense) == (Money(220), Money(0))
    assert {account.bill_code: account.total for account in found.accounts if account.total} == {
        units["A"].bill_code: Money(220)
    }


def test_periods_show_what_stands_in_them(plant, charged):
    with plant.db.unit_of_work(PLANT) as uow:
        make_usage(uow, make_job(uow), on=date(2026, 12, 3))
        open_period(uow, date(2026, 12, 1))
    with plant.db.unit_of_work(PLANT) as uow:
        chargeback.request_export(uow, close(uow, open_period(uow, DAY)))
    with plant.db.read_only(PLANT) as session:
        december, november = queries.periods(session)
    assert (december.label, december.state, december.charges, december.uncharged) == (
        "FY2027-12",
        "open",
        0,
        1,
    )
    assert (november.label, november.state, november.charges) == ("FY2027-11", "closed", 12)
    assert (november.total, november.suspense, november.uncharged) == (Money(5600), Money(0), 0)
    assert november.export_state == "numbered"


def test_what_keeps_a_month_open_is_listed_up_to_a_limit(plant, monkeypatch):
    monkeypatch.setattr(queries, "LISTED", 2)
    with plant.db.unit_of_work(PLANT) as uow:
        make_card(uow)
        for day in (1, 2, 3, 4):
            job = make_job(uow)
            split_job(uow, job, {})
            make_usage(uow, job, on=date(2026, 11, day), key="a")
            charge_job(uow, job)
            make_usage(uow, job, on=date(2026, 12, day), key="b")
            make_usage(uow, job, on=date(2026, 12, day), key="c")
    with plant.db.read_only(PLANT) as session:
        november = session.scalars(select(BillingPeriod).filter_by(month=11)).one()
        suspended = queries.suspended(session, agency_id=None, period=november)
        uncharged = queries.uncharged(session)
        assert [line.usage_date.day for line in suspended] == [1, 2, 3]
        assert [(line.rows, line.first_day.day) for line in uncharged] == [(2, 1), (2, 2), (2, 3)]
        assert queries.uncharged(session, through=november.last_day) == []
