"""The kept schedule changed by hand: what moves is told before, what is moved is pinned, and the last act is undone."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from kernel import clock
from kernel.errors import Conflict, IllegalTransition, InvalidInput, StaleVersion
from kernel.money import Money
from production.catalog.rows import WorkCenterRow
from production.catalog.setup import WORK_CENTERS
from production.floor.operations import start
from production.floor.runs import RunStep
from production.jobs import lifecycle
from production.jobs.models import Lot, Operation
from production.notices.models import Notice
from production.people import setup
from production.scheduling import helping, moving
from production.scheduling.models import Schedule, ScheduledRun, SchedulePin
from production.scheduling.setup import SCHEDULE_RULES, ScheduleRuleValue
from production.scheduling.work import plant_work, run_id
from tests.factories import MAIL_DATE, OPERATOR, PLANT
from tests.production.scheduling.test_work import TUESDAY, at_shop, floor, run_of, schedule_again, shop

__all__ = ["floor"]
PRESS = WorkCenterRow(code="press-2", name="Press 2", work_center_class="press", source="test")


@pytest.fixture
def runs(plant):
    """Two runs of 120 minutes on the press and 30 on the cutter; the schedule begins at ten on a Tuesday."""
    with clock.at(TUESDAY), plant.db.unit_of_work(OPERATOR) as uow:
        numbers = [run_of(uow).number for _ in range(2)]
    schedule_again(plant, TUESDAY)
    return numbers


def stands(plant):
    query = select(Operation.ticket, ScheduledRun).join(Operation, Operation.id == ScheduledRun.operation_id)
    with plant.db.read_only(PLANT) as session:
        return {run_id(ticket, row.part): at_shop(row.run_from) for ticket, row in session.execute(query)}


def seen(plant):
    with plant.db.read_only(PLANT) as session:
        return session.scalars(select(Schedule.ulid)).one()


def test_a_run_is_moved_pinned_kept_where_it_is_and_put_back(plant, runs):
    first, second = runs
    before = stands(plant)
    assert (before[f"{first}-10"], before[f"{second}-10"]) == ("Tue 10:00", "Tue 12:00")
    with clock.at(TUESDAY):
        with plant.db.read_only(PLANT) as session:
            change = moving.if_moved(session, f"{first}-10", "press-1", shop("2026-12-01 13:00"), TUESDAY)
        assert [(one.job, at_shop(one.after)) for one in change.moved] == [
            (first, "Tue 16:30"), (second, "Tue 13:30")
        ]  # fmt: skip
        assert stands(plant) == before
        looked = seen(plant)
        with plant.db.unit_of_work(OPERATOR) as uow:
            _, row = moving.move(uow, f"{first}-10", "press-1", shop("2026-12-01 13:00"), seen=looked)
            made = row.ulid
        with pytest.raises(StaleVersion), plant.db.unit_of_work(OPERATOR) as uow:
            moving.move(uow, f"{first}-10", "press-1", TUESDAY, seen=looked)
        moved = stands(plant)
        assert (moved[f"{first}-10"], moved[f"{second}-10"]) == ("Tue 13:00", "Tue 10:00")
        schedule_again(plant, TUESDAY)
        assert stands(plant) == moved
        with pytest.raises(StaleVersion), plant.db.unit_of_work(OPERATOR) as uow:
            moving.undo(uow, seen=made)
        with pytest.raises(Conflict, match="no change"), plant.db.unit_of_work(OPERATOR) as uow:
            moving.undo(uow, seen=seen(plant))
        with plant.db.unit_of_work(OPERATOR) as uow:
            _, row = moving.move(uow, f"{first}-10", "press-1", TUESDAY, seen=seen(plant))
            made = row.ulid
        assert stands(plant)[f"{first}-10"] == "Tue 10:00"
        with plant.db.unit_of_work(OPERATOR) as uow:
            moving.undo(uow, seen=made)
        assert stands(plant) == moved
        with plant.db.read_only(PLANT) as session:
            assert at_shop(session.scalars(select(SchedulePin.starts_at)).one()) == "Tue 13:00"
        with plant.db.unit_of_work(OPERATOR) as uow:
            moving.unpin(uow, f"{first}-10")
        schedule_again(plant, TUESDAY)
        assert stands(plant)[f"{first}-10"] == "Tue 12:00"  # what begins within two hours stands still


def test_a_pinned_run_that_did_not_begin_goes_first(plant, runs):
    first, second = runs
    with clock.at(TUESDAY), plant.db.unit_of_work(OPERATOR) as uow:
        moving.move(uow, f"{second}-10", "press-1", TUESDAY, seen=seen(plant))
    schedule_again(plant, shop("2026-12-01 10:20"))
    now = stands(plant)
    assert (now[f"{second}-10"], now[f"{first}-10"]) == ("Tue 10:20", "Tue 12:20")


def test_a_run_is_split_over_two_machines_and_put_together_again(plant, runs):
    """120 minutes and none of set-up: two presses need 60 each, and the cutter waits for both."""
    first, _ = runs
    with clock.at(TUESDAY):
        with plant.db.unit_of_work(OPERATOR) as uow:
            setup.put(uow, WORK_CENTERS, PRESS)
        schedule_again(plant, TUESDAY)
        before = stands(plant)
        with plant.db.read_only(PLANT) as session:
            for wrong in ((500, 0), (400, 50), (501,)):
                with pytest.raises(InvalidInput) as refused:
                    moving.if_split(session, f"{first}-10", wrong, TUESDAY)
                assert refused.value.instance_code == "COUNT"
        with plant.db.unit_of_work(OPERATOR) as uow:
            _, row = moving.split(uow, f"{first}-10", (250, 250), seen=seen(plant))
            made = row.ulid
        after = stands(plant)
        assert after[f"{first}-10"] == "Tue 10:00"
        assert after[f"{first}-10.2"] in ("Tue 10:00", "Tue 12:00")
        schedule_again(plant, TUESDAY)
        parts = [start for run, start in stands(plant).items() if run.startswith(f"{first}-10")]
        assert len(parts) == 2
        with plant.db.read_only(PLANT) as session:
            problem = plant_work(session, TUESDAY).problem
        by_id = {one.id: one for one in problem.operations}
        assert set(by_id[f"{first}-10.2"].minutes.values()) == {60}
        assert by_id[f"{first}-20"].needs == (f"{first}-10", f"{first}-10.2")
        with plant.db.unit_of_work(OPERATOR) as uow:
            moving.split(uow, f"{first}-10", (500,), seen=seen(plant))
        assert set(stands(plant)) == set(before)
        assert made != seen(plant)


def test_a_lot_that_weighs_more_goes_first(plant, runs):
    """Both are late; the one whose minute costs five times as much is printed first."""
    with clock.at(TUESDAY), plant.db.unit_of_work(OPERATOR) as uow:
        late = [run_of(uow, ready_by=MAIL_DATE - timedelta(days=20)).number for _ in range(2)]
    for heavy, light in (late, late[::-1]):
        with plant.db.unit_of_work(OPERATOR) as uow:
            moving.weigh(uow, f"{heavy}-10", 5, "The governor waits for it.")
            moving.weigh(uow, f"{light}-20", 1, "As all others.")
            setup.put(uow, SCHEDULE_RULES, ScheduleRuleValue(frozen_hours=0))
        schedule_again(plant, TUESDAY)
        assert stands(plant)[f"{heavy}-10"] < stands(plant)[f"{light}-10"]


def test_what_would_help_a_late_lot_is_tried_and_told_once(plant, runs):
    """Two runs have the press until two, and stand still; a third, due yesterday, would be done tomorrow at nine. First
    on the press it is done at half past one and makes the second late; on a press that was just bought none is late.
    """
    _, second = runs
    with clock.at(TUESDAY):
        with plant.db.unit_of_work(OPERATOR) as uow:
            early = run_of(uow, ready_by=date(2026, 11, 30)).number
            setup.put(
                uow, SCHEDULE_RULES, ScheduleRuleValue(frozen_hours=4, overtime_hours=2, outside_days=1)
            )
        schedule_again(plant, TUESDAY)
        schedule_again(plant, TUESDAY)
        with plant.db.unit_of_work(OPERATOR) as uow:
            setup.put(uow, WORK_CENTERS, PRESS)
        with plant.db.read_only(PLANT) as session:
            found = helping.what_helps(session, early, TUESDAY)
            told = session.scalars(select(Notice.words).where(Notice.kind == "schedule_late")).all()
        assert [one["reason"] for one in told] == [f"1 lot: {early}"]
        assert (found.run, found.machine, at_shop(found.finish)) == (f"{early}-10", "Press 1", "Wed 09:00")
        assert (at_shop(found.ready), at_shop(found.start)) == ("Tue 10:00", "Tue 14:00")
        helps = [(one.words, at_shop(one.finish), one.breaks, one.cost) for one in found.helps]
        assert helps == [
            (f"{early}-10 on Press 2", "Tue 13:30", (), Money(0)),
            (f"{early}-10 on Press 1 first", "Tue 13:30", (second,), Money(0)),
        ]
        assert found.tried == 4  # overtime on the press and a day outside bring nothing
        with plant.db.read_only(PLANT) as session:
            center, start = found.helps[0].where
            change = moving.if_moved(session, found.run, center, start, TUESDAY)
        assert {one.job: at_shop(one.after) for one in change.moved}[early] == "Tue 13:30"
        with plant.db.read_only(PLANT) as session:
            (told,) = session.scalars(select(Schedule)).one().helps
        assert (told.lot, told.why, at_shop(told.until)) == (early, "Press 1 is taken until", "Tue 14:00")
        assert (told.words, told.cost, at_shop(told.at)) == (f"{early}-10 on Press 1 first", 0, "Tue 10:00")


def test_overtime_and_outside_work_cost_more_and_a_lot_that_loses_its_place_is_told(plant, runs):
    """Ten hours of press after two o'clock, to Wednesday 15:30. With two hours of overtime a day it ends at half past
    one: 120 minutes at half of $45 an hour. Outside it costs half as much again as ten hours here.
    """
    first, second = runs
    with clock.at(TUESDAY):
        with plant.db.unit_of_work(OPERATOR) as uow:
            late = run_of(uow, [RunStep(10, "print", 500, minutes=600)], ready_by=date(2026, 11, 30)).number
            rules = ScheduleRuleValue(frozen_hours=4, overtime_hours=2, outside_days=1)
            setup.put(uow, SCHEDULE_RULES, rules)
        schedule_again(plant, TUESDAY)
        with plant.db.read_only(PLANT) as session:
            found = helping.what_helps(session, late, TUESDAY)
        assert at_shop(found.finish) == "Wed 15:30"
        assert {one.words: (at_shop(one.finish), one.cost) for one in found.helps} == {
            f"{late}-10 on Press 1 first": ("Wed 11:30", Money(0)),
            "2 hours of overtime on Press 1 each day": ("Wed 13:30", Money(45_00)),
            f"{late}-10 done outside, back within 1 days of work": ("Wed 00:00", Money(675_00)),
        }
        with plant.db.unit_of_work(OPERATOR) as uow:
            lot = uow.session.scalars(select(Lot).filter_by(number=first)).one()
            lifecycle.hold(uow, lot, reason="PAPER", words="No paper.")
        schedule_again(plant, TUESDAY)
        with plant.db.read_only(PLANT) as session:
            moved = {one.lot: one for one in session.scalars(select(Schedule)).one().moved}
        assert set(moved) == {first, second, late}
        assert (moved[first].after, moved[first].because) == (None, "A hold keeps it from starting.")
        assert at_shop(moved[late].after) == "Wed 13:30"


def test_what_begins_soon_stays_when_something_urgent_comes(plant, runs):
    first, second = runs
    with clock.at(TUESDAY), plant.db.unit_of_work(OPERATOR) as uow:
        urgent = run_of(uow, ready_by=MAIL_DATE - timedelta(days=20)).number
    schedule_again(plant, TUESDAY)
    assert [stands(plant)[f"{one}-10"] for one in (first, urgent, second)] == [
        "Tue 10:00", "Tue 12:00", "Tue 14:00"
    ]  # fmt: skip


def test_what_runs_or_has_no_place_is_not_moved(plant, floor):
    schedule_again(plant, TUESDAY)
    refused = {"begun-10": "runs already", "held-10": "A hold keeps it from starting"}
    with clock.at(TUESDAY), plant.db.read_only(PLANT) as session:
        for ticket, why in refused.items():
            name, _, step = ticket.partition("-")
            with pytest.raises(IllegalTransition, match=why):
                moving.if_moved(session, f"{floor[name]}-{step}", "press-1", TUESDAY, TUESDAY)
        with pytest.raises(InvalidInput, match="cannot run on press-1"):
            moving.if_moved(session, f"{floor['begun']}-20", "press-1", TUESDAY, TUESDAY)


def test_what_waits_for_a_moved_run_follows_it_and_a_pin_names_both(plant, runs):
    """The cutter is pinned to noon; its print, moved to eleven, would not be done by then."""
    first, _ = runs
    with clock.at(TUESDAY):
        with plant.db.unit_of_work(OPERATOR) as uow:
            moving.move(uow, f"{first}-20", "cutter-1", shop("2026-12-01 12:00"), seen=seen(plant))
        with plant.db.read_only(PLANT) as session, pytest.raises(InvalidInput) as refused:
            moving.if_moved(session, f"{first}-10", "press-1", shop("2026-12-01 11:00"), TUESDAY)
    assert refused.value.instance_code == "PINNED_CLASH"
    assert refused.value.details["operations"] == [f"{first}-10", f"{first}-20"]
    with clock.at(TUESDAY):
        with plant.db.unit_of_work(OPERATOR) as uow:
            start(uow, f"{first}-10", work_center="press-1")
        schedule_again(plant, TUESDAY)
    assert stands(plant)[f"{first}-20"] == "Tue 12:00"
