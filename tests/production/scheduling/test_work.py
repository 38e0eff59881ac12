"""The plant's open work becomes a problem; its schedule is kept, and replaced as a whole."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from kernel import clock
from kernel.money import Money
from production.catalog.planned_usage import PlannedUsage
from production.floor.operations import finish, start
from production.floor.runs import RunStep, plan_run
from production.jobs import lifecycle, outside
from production.jobs.models import Operation
from production.jobs.states import JobKind, JobState
from production.mailings.cut_offs import CUT_OFFS, CutOffValue
from production.people import setup
from production.scheduling.models import Schedule, ScheduledRun
from production.scheduling.promising import promise_of
from production.scheduling.queries import board
from production.scheduling.work import plant_work
from production.stockroom import coming
from production.stockroom.items import ITEMS
from production.stockroom.moving import item_of
from tests.factories import MAIL_DATE, OPERATOR, PLANT, make_job, make_stream
from tests.production.scheduling.orders import TUESDAY, at_shop, cards_plan, schedule_again, shop

STEPS = (
    RunStep(10, "print", 500, minutes=120),
    RunStep(20, "cut", 500, needs=[10], minutes=30),
    RunStep(30, "fold", 500, needs=[20]),
)

ODD = (RunStep(10, "meter", 5), RunStep(20, "fold", 5, needs=[10]))
LAST_TRUCK = CutOffValue(code="LAST", name="Last truck", at="15:00", mail_classes=("first-class",))


def run_of(uow, steps=STEPS, ready_by=MAIL_DATE):
    job = make_job(uow, kind=JobKind.PRINT, state=JobState.APPROVED)
    return plan_run(uow, [(job, 500)], steps, ready_by=ready_by)


@pytest.fixture
def floor(plant):
    """A run that has begun, one on hold, one that needs a machine nobody has, and a stream with a truck to make."""
    with clock.at(TUESDAY):
        with plant.db.unit_of_work(OPERATOR) as uow:
            begun, held, odd = run_of(uow), run_of(uow), run_of(uow, ODD)
            stream = make_stream(uow, files=plant.files, mail_date=MAIL_DATE)
            setup.put(uow, CUT_OFFS, LAST_TRUCK)
            lifecycle.hold(uow, held, reason="PAPER", words="No paper.")
        with plant.db.unit_of_work(OPERATOR) as uow:
            start(uow, f"{begun.number}-10", work_center="press-1")
    return {"begun": begun.number, "held": held.number, "odd": odd.number, "mail": stream.number}


def named(floor, text):
    """A ticket told by what its lot is."""
    for what, number in floor.items():
        text = text.replace(number, what)
    return text


def kept_runs(plant, floor):
    query = select(Operation.ticket, ScheduledRun).join(Operation, Operation.id == ScheduledRun.operation_id)
    with plant.db.read_only(PLANT) as session:
        return {
            named(floor, ticket): (row.work_center, at_shop(row.run_from), at_shop(row.run_to), row.is_guess)
            for ticket, row in session.execute(query.order_by(Operation.ticket))
        }


def test_the_whole_plant_is_scheduled_and_what_cannot_be_is_named(plant, floor):
    """By hand: the press prints what it has begun until noon, then both segments of mail for the truck at three."""
    work, made = schedule_again(plant, TUESDAY)
    assert kept_runs(plant, floor) == {
        "begun-10": ("press-1", "Tue 10:00", "Tue 12:00", False),
        "begun-20": ("cutter-1", "Tue 12:00", "Tue 12:30", False),
        "begun-30": ("folder-1", "Tue 12:30", "Tue 13:30", True),
        "mail-40-01": ("press-1", "Tue 12:00", "Tue 13:00", True),
        "mail-40-02": ("press-1", "Tue 13:00", "Tue 14:00", True),
        "mail-50-01": ("inserter-1", "Tue 13:00", "Tue 14:00", True),
        "mail-50-02": ("inserter-1", "Tue 14:00", "Tue 15:00", True),
    }
    assert {named(floor, one.id): at_shop(one.due) for one in work.problem.jobs} == {
        "begun": "Tue 16:30", "mail": "Tue 15:00"
    }  # fmt: skip
    assert {named(floor, one.ticket): one.code for one in work.unplaced} == {
        "held-10": "ON_HOLD", "held-20": "ON_HOLD", "held-30": "ON_HOLD", "odd-10": "CENTRE_UNKNOWN", "odd-20": "WAITS",
    }  # fmt: skip
    assert (made.status, made.plan.weighted, made.bound) == ("optimal", 0, 0)

    with plant.db.read_only(PLANT) as session:
        shown = board(session, shop("2026-12-01 06:00"), shop("2026-12-01 20:00"), TUESDAY)
    (truck,) = [one for one in shown.dock if one.name == "Last truck"]
    assert (at_shop(truck.at), truck.lots, truck.late) == ("Tue 15:00", 1, 0)

    with clock.at(shop("2026-12-01 11:30")), plant.db.unit_of_work(OPERATOR) as uow:
        finish(uow, f"{floor['begun']}-10", files=plant.files)
    schedule_again(plant, shop("2026-12-01 11:30"))
    after = kept_runs(plant, floor)
    assert "begun-10" not in after
    assert after["begun-20"] == ("cutter-1", "Tue 11:30", "Tue 12:00", False)
    with plant.db.read_only(PLANT) as session:
        assert session.scalars(select(Schedule)).one().made_at == shop("2026-12-01 11:30")


def test_what_runs_is_never_over_before_now_and_night_takes_no_minutes(plant):
    """180 minutes begun on Monday at 16:00: 30 before the shop closes and 120 by ten leave 30, later a last one."""
    with clock.at(shop("2026-11-30 16:00")):
        with plant.db.unit_of_work(OPERATOR) as uow:
            run = run_of(uow, [RunStep(10, "print", 500, minutes=180)])
        with plant.db.unit_of_work(OPERATOR) as uow:
            start(uow, f"{run.number}-10", work_center="press-1")
    with plant.db.read_only(PLANT) as session:
        for now, left in ((TUESDAY, 30), (shop("2026-12-01 10:29:40"), 1), (shop("2026-12-02 09:00"), 1)):
            (operation,) = plant_work(session, now).problem.operations
            assert operation.minutes == {"press-1": left}
            assert operation.fixed.start == now.replace(second=0)
        (operation,) = plant_work(session, shop("2026-12-02 03:00")).problem.operations
        assert at_shop(operation.fixed.start) == "Wed 08:00"  # the shop is closed now


def promised(session, **said):
    return promise_of(session, cards_plan(), said.get("due"), TUESDAY, buys_paper=False)


def chain(promise):
    return [
        (one.operation, one.work_center, at_shop(one.start), at_shop(one.finish)) for one in promise.critical
    ]


def test_an_order_is_promised_in_the_time_that_is_left(plant, floor):
    """Printed in 6 minutes and cut in 14, at once or, beside what is scheduled, when the press is free at two."""
    with plant.db.read_only(PLANT) as session:
        found = promised(session)
    assert chain(found) == [
        ("print", "press-1", "Tue 10:00", "Tue 10:06"), ("cut", "cutter-1", "Tue 10:06", "Tue 10:20")
    ]  # fmt: skip
    schedule_again(plant, TUESDAY)
    with plant.db.read_only(PLANT) as session:
        found, late, easy = (
            promised(session),
            promised(session, due=date(2026, 11, 30)),
            promised(session, due=date(2026, 12, 4)),
        )
    assert chain(found) == [
        ("print", "press-1", "Tue 14:00", "Tue 14:06"), ("cut", "cutter-1", "Tue 14:06", "Tue 14:20")
    ]  # fmt: skip
    assert (at_shop(found.earliest), at_shop(found.promise), found.slack_minutes) == (
        "Tue 14:20",
        "Tue 16:30",
        130,
    )
    assert [one.code for one in late.findings] == ["DUE_IMPOSSIBLE"]
    assert late.promise == found.promise
    assert (at_shop(easy.promise), easy.slack_minutes, easy.findings) == ("Fri 16:30", 3 * 1440 + 130, ())


def test_what_is_outside_takes_the_vendors_days_and_paper_on_order_is_waited_for(plant):
    """Pressed on Tuesday; bound outside until Monday, so packed after Monday's end of work; when that is over,
    tomorrow at best. Unordered it takes ten working days. Paper that is due on Thursday is printed on after Thursday.
    """
    bound = (
        RunStep(10, "print", 500, minutes=60, usage=(PlannedUsage("paper.text60.12x18", Decimal(500)),)),
        RunStep(20, "outside", 500, needs=[10]),
        RunStep(30, "pack", 10, needs=[20], minutes=30),
    )
    with clock.at(TUESDAY), plant.db.unit_of_work(PLANT) as uow:
        run = run_of(uow, bound)
        one = {
            "code": "T60",
            "name": "Text",
            "kind": "paper",
            "unit": "sheet",
            "stock": "text60",
            "width_in": "18",
        }
        setup.put(uow, ITEMS, ITEMS.read(one | {"height_in": "12"}), knowing=None)
        _, step, _ = uow.session.scalars(select(Operation).filter_by(lot_id=run.id).order_by(Operation.step))

        def releases(now=TUESDAY):
            work = plant_work(uow.session, now)
            known = {one.id.partition("-")[2][-2:]: one for one in work.problem.operations}
            assert set(known) == {"10", "30"}
            told = known["10"].release, known["30"].release
            return [at and at_shop(at) for at in told], known["30"].lag_minutes // 1440, known["30"].needs

        assert releases() == ([None, "Tue 10:00"], 14, (f"{run.number}-10",))
        outside.send_out(uow, step, due=date(2026, 12, 7), cost=Money(100))
        assert releases()[:2] == ([None, "Mon 16:30"], 0)
        waits = plant_work(uow.session, TUESDAY).waits
        assert waits == {f"{run.number}-30": "Outside work is back by Monday, December 7, 2026."}
        assert releases(shop("2026-12-08 09:00"))[0][1] == "Wed 16:30"
        coming.expect(uow, "P000001-4", {item_of(uow.session, "T60").id: 500}, date(2026, 12, 3))
        assert releases()[0][0] == "Thu 16:30"
        outside.call_back(uow, step, reason="made here")
        assert releases()[1] == 14
