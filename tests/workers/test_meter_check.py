"""A meter sheet through the worker: closed, checked, open again with its gap, tied, asked to be charged."""

from datetime import date, timedelta

from sqlalchemy import select

from kernel.money import Money
from production.jobs.models import Job, Usage
from production.jobs.states import JobState, LotState
from production.mailroom.metering.days import RunFacts, add_run, close_sheet, open_sheet
from production.mailroom.metering.models import MeterSheet
from store.outbox import OutboxMessage
from tests.factories import PLANT, make_budget_unit, make_meter, make_user
from workers.registry import TASKS
from workers.runtime import drain

ONLY_CHECK = {"meter_check": TASKS["meter_check"]}


def close(plant, actor, sheet_id, *, unit, cents):
    """Enter a run, read the meter, and let the worker check."""
    with plant.db.unit_of_work(actor) as uow:
        sheet = uow.session.get_one(MeterSheet, sheet_id)
        add_run(uow, sheet, RunFacts(unit, "first-class", "letter", "1.0", 1, Money(cents)))
        close_sheet(uow, sheet, ascending=Money(101_00), descending=Money(49_00))
    drain(plant, tasks=ONLY_CHECK, patience=timedelta(0))  # charging is billing's: its messages stay
    with plant.db.read_only(PLANT) as session:
        return session.get_one(MeterSheet, sheet_id)


def test_a_sheet_is_checked_by_a_worker_as_often_as_it_is_closed(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        actor, meter, unit = make_user(uow).as_actor(), make_meter(uow), make_budget_unit(uow)
    with plant.db.unit_of_work(actor) as uow:
        meter = uow.session.merge(meter)
        sheet = open_sheet(
            uow, meter, day=date(2026, 11, 20), ascending=Money(100_00), descending=Money(50_00)
        )
    open_again = close(plant, actor, sheet.id, unit=unit, cents=60)
    assert open_again.state is LotState.OPEN
    # One ounce by meter costs 0.78 on that day: sixty cents leave a gap in the register and are too little.
    assert [gap.code for gap in open_again.gaps] == ["METER_RUN_GAP", "METER_PRICE"]
    tied = close(plant, actor, sheet.id, unit=unit, cents=40)
    assert tied.state is LotState.TIED
    assert {gap.code for gap in tied.gaps} == {"METER_PRICE"}  # said, and no reason to stay open
    with plant.db.read_only(PLANT) as session:
        assert set(session.scalars(select(Job.state))) == {JobState.DELIVERED}
        assert session.query(Usage).count() == 4
        wishes = session.scalars(select(OutboxMessage.task).filter_by(done_at=None)).all()
    assert wishes == ["charge", "charge"]
