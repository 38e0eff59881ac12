"""What to buy again: by use, spread, lead time, season, what is reserved and what is on order."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select

from kernel import clock
from kernel.money import Rate
from production.jobs.states import JobKind, JobState
from production.people import setup
from production.stockroom import moving
from production.stockroom.coming import expect
from production.stockroom.items import ITEMS
from production.stockroom.models import ItemKind, StockItem
from production.stockroom.moving import Occasion
from production.stockroom.reordering import advice, usual_month
from production.stockroom.seasons import factor, names
from production.stockroom.use import Use, use_of
from tests.factories import PLANT, make_job
from tests.production.stockroom.test_stockroom import PAPER

TODAY = date(2026, 12, 1)


def test_seasons_weigh_the_days_that_lie_in_them():
    assert factor(ItemKind.PAPER, date(2026, 12, 1), 30) == 1
    assert factor(ItemKind.PAPER, date(2027, 1, 2), 10) == Decimal("1.3")
    assert factor(ItemKind.PAPER, date(2026, 12, 28), 10) == Decimal("1.15")  # five days of ten
    assert factor(ItemKind.PLATE, date(2027, 1, 2), 10) == 1
    assert factor(ItemKind.PAPER, date(2027, 5, 15), 1) == Decimal("1.3")  # the larger of two
    assert names(ItemKind.PAPER, date(2026, 12, 1), 74) == ["the tax season"]
    assert usual_month(ItemKind.PAPER, Use((140, 100)), date(2026, 11, 14)) < 120  # an election made it more


def test_what_is_used_faster_than_it_comes_is_ordered_in_time(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        job = make_job(uow, kind=JobKind.PRINT, state=JobState.APPROVED)
        setup.put(uow, ITEMS, ITEMS.read(PAPER | {"reorder_point": "1", "lead_days": "30"}), knowing=None)
        setup.put(uow, ITEMS, ITEMS.read(PAPER | {"code": "IDLE", "reorder_point": "0"}), knowing=None)
        job_id = job.id
    for days, quantity in ((100, 0), (75, 300), (45, 200), (15, 400)):
        at = datetime(2026, 12, 1, 18, tzinfo=UTC) - timedelta(days)
        with clock.at(at), plant.db.unit_of_work(PLANT) as uow:
            if quantity:
                moving.issue_item(
                    uow, "B20-LTR", quantity, Occasion(job=uow.session.get_one(type(job), job_id))
                )
            else:
                moving.receive(uow, "B20-LTR", 1300, unit_cost=Rate.of("0.01"))
    with plant.db.unit_of_work(PLANT) as uow:
        item = uow.session.scalars(select(StockItem).filter_by(code="B20-LTR")).one()
        use = use_of(uow.session, [item.id], TODAY)[item.id]
        assert (use.months, use.last) == ((400, 200, 300, 0), date(2026, 11, 16))
        assert use.supply(450) == Decimal("2.0")
        found = {one.code: one for one in advice(uow.session, TODAY)}
        one = found["B20-LTR"]
        assert (one.free, one.coming) == (400, 0)
        assert one.by == TODAY  # less than lead time and safety ask for
        assert one.quantity == 476  # to 420 again, and 455 for sixty days of the season
        assert any("the tax season" in words for words in one.why)
        assert found["IDLE"].quantity == 1  # at its reorder point, and nobody used any
        expect(uow, "P000001-4", {item.id: 5000}, TODAY)
        assert "B20-LTR" not in {one.code for one in advice(uow.session, TODAY)}
