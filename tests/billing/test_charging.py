import threading
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from billing import ledger, queries
from billing.charging import bill_if_complete, charge_job, charge_open_usage, charge_stream
from billing.models import Account, BillingPeriod, Charge, Journal
from kernel.errors import AttentionNeeded
from kernel.money import Money
from production.jobs import lifecycle
from production.jobs.models import Job, JobEvent, Usage
from production.jobs.states import JobState, LotState
from production.mailings.models import PresortShare, PresortStream
from production.mailings.stream_summary import StreamSummary
from tests.billing.ledgers import DAY, SAMPLE, close, make_card, make_mailing, make_usage, split_job
from tests.factories import PLANT, make_job


def in_one(plant, act):
    with plant.db.unit_of_work(PLANT) as uow:
        return act(uow)


def ready(plant, **options):
    def act(uow):
        make_card(uow)
        return make_mailing(uow, **options)

    return in_one(plant, act)


def test_a_delivered_stream_is_charged_balanced_and_billed(plant):
    stream = ready(plant, jobs=2, pieces=11)
    done = in_one(plant, lambda uow: charge_stream(uow, uow.session.get(PresortStream, stream.id)))
    assert (done.journals, done.charges, done.findings, len(done.billed)) == (12, 12, [], 2)
    with plant.db.read_only(PLANT) as session:
        by_unit = {}
        for charge in session.scalars(select(Charge).order_by(Charge.id)):
            unit = session.get(Usage, charge.usage_id).unit
            by_unit.setdefault(unit, []).append(charge.cents.cents)
        # 6 and 5 pieces: 11 x 0.593 = 6.523, so 652 cents shared 6:5; minimums 5.00, 5.00 and 2.00 a job
        assert by_unit == {
            "job.setup": [1250, 1250],
            "print.impression": [26, 22],
            "fold_insert.piece": [500, 500],
            "presort.piece": [500, 500],
            "list.record": [200, 200],
            "postage.permit": [356, 296],
        }
        assert session.scalar(select(func.count()).select_from(Journal)) == 12
        balances = ledger.balances(session)
        assert sum(balance.money.cents for balance in balances) == 0
        owed = sum(b.money.cents for b in balances if b.account is Account.RECEIVABLE)
        assert owed == done.total.cents == 1250 * 2 + 48 + 1000 + 1000 + 400 + 652
        clearing = [b for b in balances if b.account is Account.POSTAGE_CLEARING]
        assert [(b.unit, b.money.cents) for b in clearing] == [("postage.permit", -652)]
        assert {job.state for job in session.scalars(select(Job))} == {JobState.BILLED}
        events = Counter(session.scalars(select(JobEvent.event)))
        assert events["charged"] == events["bill"] == 2


def share_out(uow, stream, *cents):
    """Fair shares of the stream's jobs, as planning keeps them."""
    for part in uow.session.scalars(select(PresortShare).filter_by(lot_id=stream.id)):
        part.share_cents = part.alone_cents = part.level_cents = Money(cents[part.position])


def test_a_stream_with_fair_shares_is_charged_by_them(plant):
    stream = ready(plant, jobs=2, pieces=11)
    in_one(plant, lambda uow: share_out(uow, stream, 340, 312))
    in_one(plant, lambda uow: charge_stream(uow, uow.session.get(PresortStream, stream.id)))
    with plant.db.read_only(PLANT) as session:
        query = select(Charge.cents).join(Usage, Usage.id == Charge.usage_id)
        charged = session.scalars(query.where(Usage.unit == "postage.permit").order_by(Charge.id)).all()
    assert charged == [Money(340), Money(312)]


def test_shares_that_do_not_add_to_the_statement_stop_the_charge(plant):
    stream = ready(plant, jobs=2, pieces=11)
    in_one(plant, lambda uow: share_out(uow, stream, 340, 311))
    with pytest.raises(AttentionNeeded) as stopped:
        in_one(plant, lambda uow: charge_stream(uow, uow.session.get(PresortStream, stream.id)))
    assert stopped.value.instance_code == "EVIDENCE_MISSING"


def test_charging_again_adds_nothing(plant):
    stream = ready(plant)
    first = in_one(plant, lambda uow: charge_stream(uow, stream))
    again = in_one(plant, lambda uow: charge_stream(uow, stream))
    assert first.charges == 12
    assert (again.journals, again.charges, again.total, again.billed) == (0, 0, Money(0), [])


def test_two_threads_charge_the_same_stream_once(plant):
    stream = ready(plant, jobs=3, pieces=20)
    results, barrier = [], threading.Barrier(4)

    def run():
        barrier.wait()
        with plant.db.unit_of_work(PLANT) as uow:
            results.append(charge_stream(uow, stream))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result.charges for result in results) == [0, 0, 0, 18]
    with plant.db.read_only(PLANT) as session:
        assert session.scalar(select(func.count()).select_from(Charge)) == 18
        clearing = [b.money for b in ledger.balances(session) if b.account is Account.POSTAGE_CLEARING]
        assert clearing == [Money(-1186)]  # 20 x 0.593


def charges_of(session, job):
    rows = session.scalars(select(Charge).where(Charge.job_id == job.id).order_by(Charge.id))
    return [(charge.account, charge.suspended_for, charge.cents.cents) for charge in rows]


def one_job(plant, *, state=JobState.DELIVERED, prepare=lambda _uow, _job: None, **usage):
    def act(uow):
        make_card(uow)
        job = make_job(uow, state=state)
        prepare(uow, job)
        make_usage(uow, job, **usage)
        return job

    return in_one(plant, act)


def charge(plant, job):
    return in_one(plant, lambda uow: charge_job(uow, job))


def test_a_split_charge_adds_to_the_whole(plant):
    units = {}
    job = one_job(
        plant, prepare=lambda uow, job: units.update(split_job(uow, job, {"B": 1, "A": 2})), quantity="75"
    )
    charge(plant, job)
    with plant.db.read_only(PLANT) as session:
        rows = session.scalars(select(Charge).order_by(Charge.id)).all()
        # 75 x 0.022 = 1.65 = 110 + 55
        assert [(row.budget_unit_id, row.share, row.shares, row.cents.cents) for row in rows] == [
            (units["A"].id, 2, 3, 110), (units["B"].id, 1, 3, 55)
        ]  # fmt: skip
        assert {(row.quantity, row.extended) for row in rows} == {(Decimal(75), Decimal("1.65"))}
        assert {row.accounting_string for row in rows} == {"100-20-3000"}


def test_rows_of_one_unit_are_rounded_once_and_late_rows_pay_what_the_whole_is_worth_more(plant):
    job = one_job(plant, unit="fold_insert.piece", quantity="3", key="1")
    in_one(plant, lambda uow: make_usage(uow, job, unit="fold_insert.piece", quantity="2", key="2"))
    first = charge(plant, job)
    in_one(plant, lambda uow: make_usage(uow, job, unit="fold_insert.piece", quantity="100", key="3"))
    second = charge(plant, job)
    assert (first.total, first.journals, first.charges) == (Money(500), 1, 2)
    assert second.total == Money(0)  # 105 x 0.0185 = 1.94: still within the least a job pays
    with plant.db.read_only(PLANT) as session:
        assert [cents for _, _, cents in charges_of(session, job)] == [300, 200, 0]


def test_postage_by_meter_passes_through(plant):
    job = one_job(plant, unit="postage.metered", quantity="123.4500")
    assert charge(plant, job).total == Money(12345)
    with plant.db.read_only(PLANT) as session:
        assert {b.account: b.money.cents for b in ledger.balances(session)} == {
            Account.RECEIVABLE: 12345, Account.POSTAGE_CLEARING: -12345
        }  # fmt: skip


def close_account(uow, job):
    for unit in split_job(uow, job, {"X": 1}).values():
        unit.closed_at = uow.now


def budget_of(cents):
    def prepare(uow, job):
        for unit in split_job(uow, job, {"X": 1}).values():
            unit.budget = Money(cents)

    return prepare


@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        (close_account, "ACCOUNT_CLOSED"),
        (lambda uow, job: split_job(uow, job, {}), "ACCOUNT_MISSING"),
        (budget_of(219), "BUDGET_EXCEEDED"),
        (budget_of(220), None),  # 100 x 0.022 to the cent
    ],
)
def test_a_charge_without_a_valid_account_waits_in_suspense(plant, prepare, code):
    job = one_job(plant, prepare=prepare)
    done = charge(plant, job)
    assert [finding.code for finding in done.findings] == ([code] if code else [])
    assert done.billed == ([] if code else [job.number])
    with plant.db.read_only(PLANT) as session:
        account = Account.SUSPENSE if code else Account.RECEIVABLE
        assert charges_of(session, job) == [(account, code, 220)]
        assert session.get(Job, job.id).state is (JobState.DELIVERED if code else JobState.BILLED)


def test_the_last_of_a_budget_is_spent_once_by_two_charges_at_once(plant):
    jobs = []

    def act(uow):
        make_card(uow)
        jobs.append(make_job(uow))
        unit = split_job(uow, jobs[0], {"X": 1})["X"]
        unit.budget = Money(300)  # one charge of 220, not two
        jobs.append(make_job(uow, agency=jobs[0].agency, budget_unit=unit))
        for job in jobs:
            make_usage(uow, job)

    in_one(plant, act)
    threads = [threading.Thread(target=charge, args=(plant, job)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with plant.db.read_only(PLANT) as session:
        found = sorted(row for job in jobs for row in charges_of(session, job))
    assert found == [(Account.RECEIVABLE, None, 220), (Account.SUSPENSE, "BUDGET_EXCEEDED", 220)]


def test_a_missing_rate_charges_nothing_of_the_stream(plant):
    stream = ready(plant)
    job_id = in_one(plant, lambda uow: uow.session.scalars(select(Job.id)).first())
    in_one(plant, lambda uow: make_usage(uow, uow.session.get(Job, job_id), unit="tab.piece"))
    with pytest.raises(AttentionNeeded, match="Tabbing, pieces") as caught:
        in_one(plant, lambda uow: charge_stream(uow, stream))
    assert caught.value.instance_code == "RATE_MISSING"
    with plant.db.read_only(PLANT) as session:
        assert session.scalar(select(func.count()).select_from(Charge)) == 0


def test_a_stream_without_its_statement_is_not_charged(plant):
    stream = ready(plant)
    in_one(plant, lambda uow: setattr(uow.session.get(PresortStream, stream.id), "summary", StreamSummary()))
    with pytest.raises(AttentionNeeded) as caught:
        in_one(plant, lambda uow: charge_stream(uow, stream))
    assert caught.value.instance_code == "EVIDENCE_MISSING"


def test_a_job_charged_before_delivery_is_billed_after_it(plant):
    stream = ready(plant, jobs=1, state=LotState.DISPATCHED)
    assert in_one(plant, lambda uow: charge_stream(uow, stream)).billed == []

    def deliver(uow):
        job = uow.session.scalars(select(Job)).one()
        assert not bill_if_complete(uow, job)
        lifecycle.advance(uow, job, "deliver")
        return job

    job = in_one(plant, deliver)
    assert in_one(plant, lambda uow: charge_stream(uow, stream)).billed == [job.number]
    assert not in_one(plant, lambda uow: bill_if_complete(uow, uow.session.get(Job, job.id)))


def test_a_delivered_job_without_usage_is_not_billed(plant):
    job = in_one(plant, lambda uow: make_job(uow, state=JobState.DELIVERED))
    assert charge(plant, job).billed == []


def test_a_closed_period_passes_the_charge_on_and_keeps_the_date(plant):
    job = one_job(plant, on=DAY, key="1")
    charge(plant, job)
    in_one(plant, lambda uow: close(uow, uow.session.scalars(select(BillingPeriod)).one()))
    other = in_one(plant, lambda uow: make_job(uow, state=JobState.DELIVERED))
    in_one(plant, lambda uow: make_usage(uow, other, on=DAY))
    charge(plant, other)
    with plant.db.read_only(PLANT) as session:
        rows = session.execute(
            select(BillingPeriod.first_day, Journal.effective_on)
            .join(Journal, Journal.period_id == BillingPeriod.id)
            .order_by(Journal.id)
        ).all()
    assert [tuple(row) for row in rows] == [(date(2026, 11, 1), DAY), (date(2026, 12, 1), DAY)]


def test_each_price_is_that_of_its_usage_date(plant):
    job = one_job(plant, on=date(2026, 10, 31), key="1")

    def act(uow):
        costlier = SAMPLE.read_bytes().replace(b",0.022,", b",0.03,")
        make_card(uow, effective_from=date(2026, 11, 1), data=costlier)
        make_usage(uow, job, on=date(2026, 10, 31) + timedelta(days=1), key="2")

    in_one(plant, act)
    charge(plant, job)
    with plant.db.read_only(PLANT) as session:
        assert [cents for _, _, cents in charges_of(session, job)] == [220, 300]


def test_what_a_missing_rate_left_behind_is_charged_once_there_is_one(plant):
    rows = SAMPLE.read_bytes().splitlines(keepends=True)
    stops = [row for row in rows if row.startswith(b"delivery.stop")]

    def prepare(uow):
        make_card(uow, data=b"".join(row for row in rows if row not in stops))
        job = make_job(uow, state=JobState.DELIVERED)
        make_usage(uow, job, unit="delivery.stop")
        return job

    job = in_one(plant, prepare)
    later = in_one(plant, make_job)
    in_one(plant, lambda uow: make_usage(uow, later, on=date(2026, 12, 1)))
    with pytest.raises(AttentionNeeded):
        charge(plant, job)
    with plant.db.read_only(PLANT) as session:
        assert [(row.job, row.unit, row.rows) for row in queries.uncharged(session)] == [
            (job.number, "delivery.stop", 1), (later.number, "print.impression", 1)
        ]  # fmt: skip
    data = b"unit,description,rate,minimum,pass_through\ndelivery.stop,Stop,0.01,,no\n"
    in_one(plant, lambda uow: make_card(uow, name="Dock", data=data))
    done = in_one(plant, lambda uow: charge_open_usage(uow, through=date(2026, 11, 30)))
    assert (done.total, done.billed) == (Money(100), [job.number])
    with plant.db.read_only(PLANT) as session:
        assert [row.job for row in queries.uncharged(session)] == [later.number]


def test_levels_that_do_not_add_to_the_pieces_stop_the_charge(plant):
    stream = ready(plant, jobs=1)

    def lose_levels(uow):
        uow.session.scalars(select(PresortShare)).one().levels = {}

    in_one(plant, lose_levels)
    with pytest.raises(AttentionNeeded, match="do not add to its pieces"):
        in_one(plant, lambda uow: charge_stream(uow, stream))
