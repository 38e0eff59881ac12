"""Places on the schedule are held for orders that wait, counted by others, and become those of the operations."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from kernel import clock
from production.floor.runs import plan_run, steps_of
from production.jobs import lifecycle
from production.jobs.models import Job, Operation
from production.jobs.states import JobKind, JobState
from production.scheduling.models import Cause, ReservedRun, ScheduledRun
from production.scheduling.promises import last_promise, promise_order
from production.scheduling.promising import promise_of
from production.scheduling.reserving import take_place
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
    with clock.at(TUESDAY), kept.db.unit_of_work(OPERATOR) as uow:
        row = uow.session.get_one(Job, job.id)
        plan = cards_plan(print_minutes=240)
        run = plan_run(uow, [(row, 1000)], steps_of(uow.session, plan), ready_by=DUE)
        take_place(uow, row, run)
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
