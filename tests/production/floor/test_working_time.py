"""Working time: make-ready, run, pauses and help apart, at one machine or several, now or entered later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random

import pytest
from sqlalchemy import select

from kernel.errors import IllegalTransition, InvalidInput
from production.floor.checks import working_time_is_whole
from production.floor.ledger.lines import Counted
from production.floor.models import CountLine, FloorSpell, SpellKind
from production.floor.operations import count, finish, give_back, start
from production.floor.runs import RunStep, plan_run
from production.floor.working import pausing, spells
from production.floor.working.minutes import AT_WORK, Span, worked
from production.jobs.models import JobEvent, Operation
from production.jobs.plant_history import at_operation
from production.jobs.states import JobKind, JobState
from store.keeping.verify import Survey
from tests.factories import MAIL_DATE, OPERATOR, PLANT, make_job

MINUTE = timedelta(minutes=1)
EIGHT = datetime(2026, 11, 30, 14, tzinfo=UTC)


@pytest.mark.parametrize("seed", range(30))
def test_minutes_are_those_of_a_person_with_a_clock_who_looks_every_minute(seed):
    random = Random(seed)
    spans = []
    for operation in range(random.randint(1, 4)):
        for place in random.sample("ABC", random.randint(1, 2)):
            at = random.randint(0, 30)
            for kind in random.choices(list(SpellKind), k=random.randint(1, 4)):
                ends = at + random.randint(0, 20)
                spans.append(Span(operation, place, kind, EIGHT + at * MINUTE, EIGHT + ends * MINUTE))
                at = ends
    random.shuffle(spans)
    seen: dict[int, dict[SpellKind, Fraction]] = {span.operation: {} for span in spans}
    for minute in range(200):
        now = EIGHT + minute * MINUTE
        under_way = [span for span in spans if span.began <= now < span.ended]
        for span in under_way:
            at_once = [
                one for one in under_way if one.work_center == span.work_center and one.kind in AT_WORK
            ]
            part = Fraction(1, len(at_once)) if span.kind in AT_WORK else Fraction(1)
            seen[span.operation][span.kind] = seen[span.operation].get(span.kind, Fraction(0)) + part
    for operation, minutes in worked(spans).items():
        told = dict(zip(SpellKind, minutes[:4], strict=True))
        assert told == {kind: seen[operation].get(kind, 0) for kind in SpellKind}, (seed, operation)


@pytest.fixture
def run(plant):
    """Printed, cut, packed."""
    steps = (
        RunStep(10, "print", 500),
        RunStep(20, "cut", 500, needs=[10]),
        RunStep(30, "pack", 500, needs=[20]),
    )
    with plant.db.unit_of_work(PLANT) as uow:
        job = make_job(uow, kind=JobKind.PRINT, state=JobState.APPROVED)
        return plan_run(uow, [(job, 500)], steps, ready_by=MAIL_DATE).number


def faults(plant):
    with plant.db.read_only(PLANT) as session:
        return [found.sentence for found in working_time_is_whole(Survey(session, plant.files))]


def test_make_ready_run_and_pauses_are_timed_apart_as_they_were_entered_later(plant, run):
    with plant.db.unit_of_work(OPERATOR) as uow:
        began = uow.now - timedelta(hours=3)
        at = [began + minutes * MINUTE for minutes in (0, 12, 40, 55, 90)]
        start(uow, f"{run}-10", work_center="Press 1", occurred_at=at[0])
        pausing.run(uow, f"{run}-10", occurred_at=at[1])
        pausing.pause(uow, f"{run}-10", reason="paper  OUT", occurred_at=at[2])
        pausing.resume(uow, f"{run}-10", occurred_at=at[3])
        count(uow, f"{run}-10", Counted(good=480), occurred_at=at[4])
        done = finish(uow, f"{run}-10", files=plant.files, good=500, occurred_at=at[4])
    with plant.db.read_only(PLANT) as session:
        assert (done.started_at, done.finished_at) == (at[0], at[4])
        minutes = spells.worked_at(session, [done.id])[done.id]
        assert minutes == (12, 28 + 35, 15, 0, True)
        rows = session.scalars(select(FloorSpell).order_by(FloorSpell.id)).all()
        assert [(row.kind.value, row.reason) for row in rows] == [
            ("make_ready", ""), ("run", ""), ("pause", "Paper out"), ("run", ""),
        ]  # fmt: skip
        assert all(row.began_recorded_at > row.began_at and row.work_center == "press-1" for row in rows)
        assert {line.occurred_at for line in session.scalars(select(CountLine))} == {at[4]}
        events = session.scalars(select(JobEvent).filter_by(operation_id=done.id).order_by(JobEvent.id)).all()
        assert [event.occurred_at for event in events] == [*at, at[4]]
        assert all(event.details["entered_later"] for event in events)
        assert at_operation(session, f"{run}-10")[0].sentence == "Finished (entered later)"
    assert faults(plant) == []


def test_clocks_that_go_back_or_ahead_are_refused_in_words(plant, run):
    with plant.db.unit_of_work(OPERATOR) as uow:
        began = uow.now - timedelta(hours=1)
        with pytest.raises(InvalidInput, match="has not come yet") as ahead:
            start(uow, f"{run}-10", work_center="Press 1", occurred_at=uow.now + timedelta(hours=1))
        start(uow, f"{run}-10", work_center="Press 1", occurred_at=began)
        with pytest.raises(InvalidInput, match="before the last that is known") as back:
            pausing.run(uow, f"{run}-10", occurred_at=began - MINUTE)
        finish(uow, f"{run}-10", files=plant.files, occurred_at=began + MINUTE)
        with pytest.raises(InvalidInput, match="before the last that is known"):
            start(uow, f"{run}-20", work_center="Cutter 1", occurred_at=began)
    assert [caught.value.instance_code for caught in (ahead, back)] == ["CLOCK_AHEAD", "CLOCK_BACK"]


def test_what_cannot_be_is_refused_with_what_is(plant, run):
    ticket = f"{run}-10"
    with plant.db.unit_of_work(OPERATOR) as uow:
        with pytest.raises(IllegalTransition, match="the state is ready"):
            pausing.pause(uow, ticket, reason="Break")
        start(uow, ticket, work_center="Press 1")
        with pytest.raises(InvalidInput, match="no reason of this step") as caught:
            pausing.pause(uow, ticket, reason="Bored")
        assert caught.value.instance_code == "REASON" and "Paper out" in caught.value.remedy
        with pytest.raises(IllegalTransition, match="being made ready"):
            pausing.resume(uow, ticket)
        pausing.pause(uow, ticket, reason="Other: fire drill")
        with pytest.raises(IllegalTransition, match="Other: fire drill"):
            pausing.pause(uow, ticket, reason="Break")
        with pytest.raises(IllegalTransition, match="paused"):
            pausing.run(uow, ticket)
        pausing.resume(uow, ticket)  # to what it was before
        pausing.run(uow, ticket)
        give_back(uow, ticket, reason="Wrong paper")
        start(uow, ticket, work_center="Offset press 1")
    assert faults(plant) == []


def test_verify_names_what_runs_alone_and_what_stands_with_somebody(plant, run):
    with plant.db.unit_of_work(OPERATOR) as uow:
        start(uow, f"{run}-10", work_center="Press 1")
    with plant.db.unit_of_work(PLANT) as uow:
        spells.end(uow, [uow.session.scalars(select(FloorSpell)).one()], uow.now)
        other = uow.session.scalars(select(Operation).filter_by(ticket=f"{run}-20")).one()
        spells.begin(uow, other, "press-1", SpellKind.RUN, uow.now)
    assert faults(plant) == [
        f"operation {run}-10 runs, and nobody is at it",
        f"operation {run}-20 does not run, and somebody is at it",
    ]
