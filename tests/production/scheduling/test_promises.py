"""Places on the schedule are held for orders that wait, counted by others, and become those of the operations."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from kernel import clock
from production.catalog.hours import STOPS, StopValue
from production.floor.operations import finish, start
from production.floor.runs import RunStep, plan_run, steps_of
from production.jobs import lifecycle
from production.jobs.models import Job, Operation
from production.jobs.states import JobKind, JobState
from production.notices.models import Notice
from production.people import setup
from production.scheduling.models import Cause, ReservedRun, RunOutcome, ScheduledRun
from production.scheduling.promise_lines import open_promises
from production.scheduling.promises import last_promise, promise_order, promises_of
from production.scheduling.promising import promise_of
from production.scheduling.reliability import buffers, measured
from production.scheduling.reserving import take_place
from production.scheduling.watching import follow_now
from tests.factories import OPERATOR, PLANT, make_job
from tests.production.scheduling.orders import TUESDAY, at_shop, cards_plan, schedule_again, shop

DUE = date(2026, 12, 1)


@pytest.fixture
def kept(plant):
    """A schedule of nothing."""
    schedule_again(plant, TUESDAY)
    return plant


def ordered(plant, minutes=240, due=DUE, state=JobState.PROOF_READY):
    """Cards that wait for their approval, promised; printed in so many minutes."""
    with clock.at(TUESDAY), plant.db.unit_of_work(PLANT) as uow:
        job = make_job(uow, kind=JobKind.PRINT, state=state)
        job.due = due
        promise_order(uow, job, cards_plan(print_minutes=minutes), buys_paper=False)
    return job


def press(plant):
    """Who stands on the press when, of what is held."""
    with plant.db.read_only(PLANT) as session:
        query = select(ReservedRun).filter_by(work_center="press-1").order_by(ReservedRun.run_from)
        return [(at_shop(run.run_from), at_shop(run.run_to)) for run in session.scalars(query)]


def promised(plant, at=TUESDAY):
    with plant.db.read_only(PLANT) as session:
        found = promise_of(session, cards_plan(print_minutes=60), None, at, buys_paper=False)
    return at_shop(found.critical[0].start)


def test_what_is_held_is_nobody_elses_until_it_ends(kept):
    first, second = ordered(kept), ordered(kept)
    assert press(kept) == [("Tue 10:00", "Tue 14:00"), ("Tue 14:00", "Wed 09:30")]
    assert promised(kept) == "Wed 09:30"
    with kept.db.read_only(PLANT) as session:
        told = [last_promise(session, one) for one in (first, second)]
    assert [(one.day, one.why, at_shop(one.expected)) for one in told] == [
        (DUE, Cause.ASKED, "Tue 14:14"), (DUE + timedelta(days=1), Cause.FIRST, "Wed 09:44"),
    ]  # fmt: skip
    assert "Overtime at" in told[1].words
    with clock.at(TUESDAY), kept.db.unit_of_work(PLANT) as uow:
        lifecycle.advance(uow, uow.session.get_one(Job, first.id), "cancel")
    assert promised(kept) == "Tue 10:00"
    schedule_again(kept, TUESDAY)  # the plan counts what is held, and moves it up
    assert press(kept)[1] == ("Tue 10:00", "Tue 14:00")
    assert promised(kept) == "Tue 14:00"
    assert promised(kept, shop("2026-12-16 10:00")) == "Wed 10:00"  # held for ten days of work, and no longer


def test_the_place_becomes_that_of_the_operations_and_no_later_order_gets_it(kept):
    job = ordered(kept, state=JobState.APPROVED)
    on_the_floor(kept, job)
    with kept.db.read_only(PLANT) as session:
        query = select(Operation.type, ScheduledRun).join(
            Operation, Operation.id == ScheduledRun.operation_id
        )
        stands = {kind: (run.work_center, at_shop(run.run_from)) for kind, run in session.execute(query)}
    assert stands == {"print": ("press-1", "Tue 10:00"), "cut": ("cutter-1", "Tue 14:00")}
    assert press(kept) == []
    assert promised(kept) == "Tue 14:00"


def test_without_a_schedule_nothing_is_promised_or_held(plant):
    job = ordered(plant)
    assert press(plant) == []
    with plant.db.read_only(PLANT) as session:
        assert last_promise(session, job) is None


def told(plant, job):
    with plant.db.read_only(PLANT) as session:
        row = session.get_one(Job, job.id)
        return [(f"{one.day:%a}", one.why, one.words) for one in promises_of(session, row)][::-1]


def on_the_floor(plant, job, minutes=240):
    with clock.at(TUESDAY), plant.db.unit_of_work(OPERATOR) as uow:
        row = uow.session.get_one(Job, job.id)
        plan = [replace(one, usage=()) for one in cards_plan(print_minutes=minutes)]
        run = plan_run(uow, [(row, 1000)], steps_of(uow.session, plan), ready_by=DUE)
        take_place(uow, row, run)
    return run.number


def follow_at(plant, text):
    with clock.at(shop(text)):
        return [(one.before, one.after) for one in follow_now(plant.db, PLANT)]


def test_a_promise_moves_once_with_its_reason_when_the_work_can_no_longer_keep_it(kept):
    job = ordered(kept, state=JobState.APPROVED)
    run = on_the_floor(kept, job)
    assert follow_at(kept, "2026-12-01 12:00") == []  # an hour of spare is left
    assert follow_at(kept, "2026-12-01 13:00") == [(DUE, DUE + timedelta(days=1))]
    assert follow_at(kept, "2026-12-01 13:05") == []
    assert told(kept, job)[1:] == [("Wed", Cause.TOOK_LONGER, "Print has not begun when it was planned to.")]
    with kept.db.read_only(PLANT) as session:
        kinds = session.scalars(select(Notice.kind).where(Notice.about == job.number)).all()
    assert kinds.count("promise_moves") == 1
    with clock.at(shop("2026-12-01 13:10")), kept.db.unit_of_work(OPERATOR) as uow:
        start(uow, f"{run}-10", work_center="press-1")
        finish(uow, f"{run}-10", files=kept.files)
    schedule_again(
        kept, shop("2026-12-01 13:15")
    )  # it was quick: the day that was asked for can be kept again
    assert told(kept, job)[2] == ("Tue", Cause.SOONER, "There is room for it sooner.")
    with kept.db.read_only(PLANT) as session:
        ((place, known),) = measured(session, TUESDAY).items()
        lines = open_promises(session, TUESDAY).lines
    assert (place, known.runs, known.middle) == ("press-1", 1, -50)  # planned to be over at two
    assert [(one.number, one.before, one.is_new) for one in lines] == [
        (job.number, DUE + timedelta(days=1), True)
    ]


def test_reasons_are_told_as_they_are(kept):
    """The press breaks; what waits for its approval is not at fault for that, but when its time has gone by."""
    waits, stops = ordered(kept, 60), ordered(kept, 60, state=JobState.APPROVED)
    on_the_floor(kept, stops, 60)
    with clock.at(TUESDAY), kept.db.unit_of_work(PLANT) as uow:
        stands = {"from_day": DUE, "from_at": "10:00", "to_day": DUE, "to_at": "16:00"}
        value = StopValue(code="repair", work_center="press-1", reason="A roller broke.", **stands)
        setup.put(uow, STOPS, value, knowing=None)
    schedule_again(kept, TUESDAY)
    broken = ("Wed", Cause.MACHINE, "Press 1 does not run when it was to run.")
    assert [told(kept, one)[-1] for one in (waits, stops)] == [broken, broken]
    with clock.at(TUESDAY), kept.db.unit_of_work(PLANT) as uow:
        lifecycle.hold(uow, uow.session.get_one(Job, stops.id), reason="PAPER", words="No paper.")
    assert follow_at(kept, "2026-12-02 16:00") == [(DUE + timedelta(days=1), DUE + timedelta(days=2))]
    assert told(kept, waits)[-1] == ("Thu", Cause.APPROVAL, "It waits for its approval.")
    assert told(kept, stops)[-1] == broken  # while it is held no day can be told
    with clock.at(shop("2026-12-02 16:10")), kept.db.unit_of_work(PLANT) as uow:
        lifecycle.lift(uow, uow.session.get_one(Job, stops.id), reason="PAPER")
    schedule_again(kept, shop("2026-12-02 16:10"))
    assert told(kept, stops)[-1] == ("Thu", Cause.HOLD, "It was on hold: No paper.")


def test_with_enough_runs_the_buffer_is_what_was_measured(kept):
    assert buffer_of(kept) == (120, 0)
    with kept.db.unit_of_work(PLANT) as uow:
        rows = uow.session
        job = make_job(uow, kind=JobKind.PRINT, state=JobState.APPROVED)
        steps = [RunStep(10 + k, "print", 5, minutes=5) for k in range(20)]
        plan_run(uow, [(job, 5)], steps, ready_by=DUE)
        for k, operation in enumerate(rows.scalars(select(Operation).order_by(Operation.step))):
            late = {"planned_to": TUESDAY, "finished_at": TUESDAY, "late_minutes": 10 * k}
            rows.add(RunOutcome(operation_id=operation.id, work_center="press-1", **late))
    assert buffer_of(kept) == (150, 20)  # 16 of 20 were at most 150 minutes late


def buffer_of(plant):
    with plant.db.read_only(PLANT) as session:
        return tuple(buffers(session, TUESDAY, {"press-1"})["press-1"])
