"""The kept schedule changed by hand: what moves is told before, what is moved is pinned, and the last act is undone."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kernel import clock
from kernel.errors import Conflict, IllegalTransition, InvalidInput, StaleVersion
from production.floor.operations import start
from production.jobs.models import Operation
from production.scheduling import moving
from production.scheduling.models import Schedule, ScheduledRun, SchedulePin
from tests.factories import OPERATOR, PLANT
from tests.production.scheduling.test_work import TUESDAY, at_shop, floor, run_of, schedule_again, shop

__all__ = ["floor"]


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
        return {ticket: at_shop(row.run_from) for ticket, row in session.execute(query)}


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
        assert stands(plant)[f"{first}-10"] == "Tue 10:00"


def test_a_pinned_run_that_did_not_begin_goes_first(plant, runs):
    first, second = runs
    with clock.at(TUESDAY), plant.db.unit_of_work(OPERATOR) as uow:
        moving.move(uow, f"{second}-10", "press-1", TUESDAY, seen=seen(plant))
    schedule_again(plant, shop("2026-12-01 10:20"))
    now = stands(plant)
    assert (now[f"{second}-10"], now[f"{first}-10"]) == ("Tue 10:20", "Tue 12:20")


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
