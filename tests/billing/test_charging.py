import threading
from collections import Counter

from sqlalchemy import func, select

from billing import ledger
from billing.charging import charge_batch
from billing.models import Account, Charge, Journal
from kernel.money import Money
from production.jobs.models import Job, JobEvent, PresortBatch, Usage
from production.jobs.states import JobState
from tests.billing.ledgers import make_card, make_mailing
from tests.factories import PLANT


def in_one(plant, act):
    with plant.db.unit_of_work(PLANT) as uow:
        return act(uow)


def ready(plant, **options):
    def act(uow):
        make_card(uow)
        return make_mailing(uow, **options)

    return in_one(plant, act)


def test_a_delivered_batch_is_charged_balanced_and_billed(plant):
    batch = ready(plant, jobs=2, pieces=11)
    done = in_one(plant, lambda uow: charge_batch(uow, uow.session.get(PresortBatch, batch.id)))
    assert (done.journals, done.charges, done.findings, len(done.billed)) == (12, 12, [], 2)
    with plant.db.read_only(PLANT) as session:
        by_unit = {}
        for charge in session.scalars(select(Charge)):
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


def test_charging_again_adds_nothing(plant):
    batch = ready(plant)
    first = in_one(plant, lambda uow: charge_batch(uow, batch))
    again = in_one(plant, lambda uow: charge_batch(uow, batch))
    assert first.charges == 12
    assert (again.journals, again.charges, again.total, again.billed) == (0, 0, Money(0), [])


def test_two_threads_charge_the_same_batch_once(plant):
    batch = ready(plant, jobs=3, pieces=20)
    results, barrier = [], threading.Barrier(4)

    def run():
        barrier.wait()
        with plant.db.unit_of_work(PLANT) as uow:
            results.append(charge_batch(uow, batch))

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
