"""What approved jobs reserve, and paper that is counted in at the machine."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from kernel.errors import Conflict, InvalidInput
from kernel.money import Rate
from production.floor.runs import RunStep, plan_run
from production.jobs.models import Job, Operation
from production.jobs.states import JobKind, JobState
from production.people import setup
from production.stockroom import moving
from production.stockroom.checks import stock_is_its_movements, stock_is_worth_its_average
from production.stockroom.counting_in import count_in
from production.stockroom.items import ITEMS
from production.stockroom.models import MoveKind, StockItem, StockMove
from production.stockroom.moving import Occasion
from production.stockroom.needs import PaperNeed
from production.stockroom.queries import stock_list
from production.stockroom.reserving import paper_at, reserve, waits_for
from store.keeping.verify import Survey
from tests.factories import MAIL_DATE, PLANT, make_job
from tests.production.stockroom.test_stockroom import FIRST, PAPER

LETTER = (Decimal("8.5"), Decimal(11))


@pytest.fixture
def two_jobs(plant):
    """1,000 sheets in two lots; two approved jobs on the floor that need 600 and 300 of them."""
    with plant.db.unit_of_work(PLANT) as uow:
        setup.put(uow, ITEMS, ITEMS.read(PAPER), knowing=None)
        for quantity, cost in ((400, "0.01"), (600, "0.02")):
            moving.receive(uow, "B20-LTR", quantity, unit_cost=Rate.of(cost))
        for sheets in (600, 300):
            job = make_job(uow, kind=JobKind.PRINT, state=JobState.APPROVED)
            steps = [RunStep(10, "print", sheets), RunStep(20, "pack", sheets, needs=[10])]
            plan_run(uow, [(job, sheets)], steps, ready_by=MAIL_DATE)
            needs = [PaperNeed("bond20", LETTER, sheets), PaperNeed("no-such-paper", LETTER, 50)]
            reserve(uow, job, needs)
            reserve(uow, job, needs)  # planned again: in place of the first
    return plant


def rows(session):
    """The jobs with their operations, and the item."""
    jobs = session.scalars(select(Job).order_by(Job.id)).all()
    first, second = session.scalars(select(Operation).filter_by(step=10).order_by(Operation.id)).all()
    return jobs, (first, second), session.scalars(select(StockItem)).one()


def stands(session):
    (line,) = stock_list(session)
    return line.on_hand, line.reserved, line.free, line.is_low


def test_what_is_planned_is_reserved_until_it_is_issued_or_needed_no_more(two_jobs):
    with two_jobs.db.unit_of_work(FIRST) as uow:
        (one, other), (first, _), item = rows(uow.session)
        assert stands(uow.session) == (1000, 900, 100, True)  # low: 500 or less are free
        assert [quantity for *_, quantity in waits_for(uow.session, item)] == [600, 300]
        moving.issue_item(uow, "B20-LTR", 250, Occasion(job=one))
        assert stands(uow.session) == (750, 650, 100, True)
        (at,) = paper_at(uow.session, first)
        assert (at.needed, at.issued, at.left, at.free, at.short) == (600, 250, 350, 450, 0)
        later = uow.session.scalars(select(Operation).filter_by(lot_id=first.lot_id, step=20)).one()
        assert paper_at(uow.session, later) == []
        moving.issue_item(uow, "B20-LTR", 600, Occasion(job=other))  # twice what it needs
        (at,) = paper_at(uow.session, first)
        assert (at.free, at.short) == (150, 200)
        assert stands(uow.session)[1:3] == (350, -200)
        one.state = JobState.CANCELLED
        uow.session.flush()
        assert stands(uow.session) == (150, 0, 150, True)


def test_paper_is_counted_in_by_whoever_sees_it(two_jobs):
    with two_jobs.db.unit_of_work(FIRST) as uow:
        (one, other), (first, second), _ = rows(uow.session)
        with pytest.raises(InvalidInput, match="600 are needed"):
            count_in(uow, one, first, "B20-LTR", 580)
        assert count_in(uow, one, first, "B20-LTR", 600) == 600
        assert stands(uow.session)[:2] == (400, 300)
        assert count_in(uow, one, first, "B20-LTR", 580, reason="A wet corner") == -20
        assert stands(uow.session)[0] == 420
        with pytest.raises(InvalidInput, match="The books hold 420"):
            count_in(uow, other, second, "B20-LTR", 500)
        assert count_in(uow, other, second, "B20-LTR", 500, reason="A ream more on the skid") == 500
        assert stands(uow.session)[0] == 0
        kinds = uow.session.scalars(select(StockMove.kind).filter_by(operation_id=None)).all()
        assert kinds.count(MoveKind.COUNT) == 1
        survey = Survey(uow.session, two_jobs.files)
        assert [*stock_is_its_movements(survey), *stock_is_worth_its_average(survey)] == []


def test_what_was_never_received_is_not_counted_in(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        setup.put(uow, ITEMS, ITEMS.read(PAPER), knowing=None)
        job = make_job(uow, kind=JobKind.PRINT, state=JobState.APPROVED)
        run = plan_run(uow, [(job, 10)], [RunStep(10, "print", 10)], ready_by=MAIL_DATE)
        operation = uow.session.scalars(select(Operation).filter_by(lot_id=run.id)).one()
        with pytest.raises(Conflict, match="ever received") as refused:
            count_in(uow, job, operation, "B20-LTR", 10, reason="It lies here")
    assert refused.value.instance_code == "STOCK_SHORT"
