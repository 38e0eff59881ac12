from datetime import date

import pytest
from sqlalchemy import text

from billing import ledger
from billing.ledger import Line
from billing.models import Account, Journal
from billing.periods import open_period
from kernel.errors import Corrupt, IdempotencyMismatch
from kernel.money import Money
from store.db import Actor
from tests.billing.ledgers import DAY, close, make_card, make_usage
from tests.factories import PLANT, make_agency, make_budget_unit, make_job

A, R = Account.RECEIVABLE, Account.REVENUE


def post_one(uow, *, key="k", cents=500, unit=None):
    account = unit or make_budget_unit(uow)
    lines = [Line(A, Money(cents), account.id), Line(R, Money(-cents), unit="job.setup")]
    return account, ledger.post(
        uow, key=key, agency_id=account.agency_id, period=open_period(uow, DAY), effective_on=DAY, memo="x",
        lines=lines,
    )  # fmt: skip


def test_posting_twice_gives_the_first_journal(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        account, first = post_one(uow)
    with plant.db.unit_of_work(PLANT) as uow:
        assert post_one(uow, unit=account)[1].id == first.id
        with pytest.raises(IdempotencyMismatch):
            post_one(uow, unit=account, cents=501)
    with plant.db.read_only(PLANT) as session:
        assert [(b.account, b.money.cents) for b in ledger.balances(session)] == [(A, 500), (R, -500)]
        assert ledger.spent(session, account.id, fiscal_year=2027) == Money(500)
        assert ledger.spent(session, account.id, fiscal_year=2026) == Money(0)
        assert ledger.balances(session, fiscal_year=2026) == []


def test_a_reversal_brings_the_balances_back_once(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        account, journal = post_one(uow)
        period = open_period(uow, DAY)
        back = ledger.reverse(uow, journal, period=period, reason="wrong account")
        assert ledger.reverse(uow, journal, period=period, reason="again").id == back.id
    with plant.db.read_only(PLANT) as session:
        assert {b.money.cents for b in ledger.balances(session)} == {0}
        assert ledger.spent(session, account.id, fiscal_year=2027) == Money(0)


TWO_DEBITS = [Line(R, Money(1), unit="x"), Line(R, Money(1), unit="y")]


@pytest.mark.parametrize("lines", [[], [Line(R, Money(0), unit="x")], TWO_DEBITS])
def test_unbalanced_journals_are_refused_before_the_database(plant, lines):
    with plant.db.unit_of_work(PLANT) as uow, pytest.raises(Corrupt) as caught:
        agency = make_agency(uow)
        ledger.post(
            uow, key="k", agency_id=agency.id, period=open_period(uow, DAY), effective_on=DAY, memo="x",
            lines=lines,
        )  # fmt: skip
    assert caught.value.instance_code == "UNBALANCED"


INSERT_JOURNAL = """
INSERT INTO journal (ulid, idempotency_key, kind, agency_id, period_id, effective_on, recorded_at, actor, memo)
SELECT gen_random_uuid(), 'by hand', 'charge', min(agency.id), min(billing_period.id), '2026-11-20', now(), 'x', 'x'
FROM agency, billing_period RETURNING id
"""
INSERT_LINE = (
    "INSERT INTO journal_line (journal_id, account, unit, cents) VALUES (:id, 'revenue', 'x', :cents)"
)


@pytest.mark.parametrize("cents", [(), (0,), (5, -4)])
def test_the_database_refuses_an_unbalanced_journal_at_commit(plant, cents):
    with plant.db.unit_of_work(PLANT) as uow:
        make_agency(uow)
        open_period(uow, DAY)
    with pytest.raises(Exception, match="does not balance"), plant.db.unit_of_work(PLANT) as uow:
        key = uow.session.scalar(text(INSERT_JOURNAL))
        for amount in cents:
            uow.session.execute(text(INSERT_LINE), {"id": key, "cents": amount})
    with plant.db.read_only(PLANT) as session:
        assert session.query(Journal).count() == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_line SET cents = cents * 2",
        "DELETE FROM journal_line",
        "TRUNCATE journal_line",
        "UPDATE journal SET memo = 'y'",
        "DELETE FROM journal",
        "UPDATE charge SET cents = 0",
        "DELETE FROM charge",
        "UPDATE rate_line SET rate = 0",
        "DELETE FROM rate_line",
    ],
)
def test_what_was_posted_is_never_changed(plant, statement):
    from billing.charging import charge_job

    with plant.db.unit_of_work(PLANT) as uow:
        make_card(uow)
        make_usage(uow, job := make_job(uow))
        charge_job(uow, job)
    with (
        pytest.raises(Exception, match=r"append-only|permission denied"),
        plant.db.unit_of_work(PLANT) as uow,
    ):
        uow.session.execute(text(statement))


def test_a_closed_period_takes_nothing_more_and_stays_closed(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        account, _ = post_one(uow)
        period = close(uow, open_period(uow, DAY))
    with pytest.raises(Exception, match="takes nothing more"), plant.db.unit_of_work(PLANT) as uow:
        post_one(uow, key="late", unit=account)
    with pytest.raises(Exception, match="takes nothing more"), plant.db.unit_of_work(PLANT) as uow:
        uow.session.execute(text(INSERT_LINE.replace(":id", "(SELECT max(id) FROM journal)")), {"cents": 0})
    with pytest.raises(Exception, match="append-only"), plant.db.unit_of_work(PLANT) as uow:
        uow.session.execute(text("UPDATE billing_period SET state = 'open'"))
    assert period.label == "FY2027-11"
    assert period.last_day == date(2026, 11, 30)


def test_an_agency_sees_only_its_own_rows(plant):
    from billing.charging import charge_job

    with plant.db.unit_of_work(PLANT) as uow:
        make_card(uow)
        jobs = [make_job(uow), make_job(uow)]
        for job in jobs:
            make_usage(uow, job)
            charge_job(uow, job)
    counts = {}
    for agency_id in (jobs[0].agency_id, jobs[1].agency_id, 10**9):
        with plant.db.read_only(Actor("ann", agency_id=agency_id)) as session:
            counts[agency_id] = [
                session.scalar(text(f"SELECT count(*) FROM {table}"))
                for table in ("charge", "journal", "journal_line", "export_run", "export_document")
            ]
    assert list(counts.values()) == [[1, 1, 2, 0, 0], [1, 1, 2, 0, 0], [0, 0, 0, 0, 0]]
