"""Working time: make-ready, run, pauses and help apart, at one machine or several, now or entered later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from sqlalchemy import func, select

from kernel.errors import Conflict, IllegalTransition, InvalidInput, UserError
from production.catalog.hours import plant_hours
from production.catalog.planned_usage import PlannedUsage
from production.floor.checks import counts_balance, working_time_is_whole
from production.floor.ledger.lines import Counted, counted_numbers
from production.floor.models import CountLine, FloorSpell, SpellKind
from production.floor.operations import count, find_ticket, finish, give_back, report_spoils, start
from production.floor.runs import RunStep, plan_run
from production.floor.working import first_piece, helping, pausing, spells, taking_back
from production.floor.working.minutes import AT_WORK, Span, worked
from production.floor.working.occurred import read_occurred
from production.jobs.models import JobEvent, Operation, Usage, UsageVoid
from production.jobs.plant_history import at_operation
from production.jobs.ranges import Range
from production.jobs.states import JobKind, JobState
from store.db import Actor
from store.keeping.verify import Survey
from tests.factories import MAIL_DATE, OPERATOR, PLANT, make_job

MINUTE = timedelta(minutes=1)
SECOND = Actor("omar.offset")
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


def measure(uow, plant, ticket, **facts):
    """The first printed sheet as its proof."""
    values = {"Image to the left edge": Decimal("0.01"), "Front against back": Decimal(0)}
    return first_piece.measure(uow, ticket, values | facts.pop("values", {}), files=plant.files, **facts)


def faults(plant):
    with plant.db.read_only(PLANT) as session:
        return [found.sentence for found in working_time_is_whole(Survey(session, plant.files))]


def test_make_ready_run_and_pauses_are_timed_apart_as_they_were_entered_later(plant, run):
    with plant.db.unit_of_work(OPERATOR) as uow:
        began = uow.now - timedelta(hours=3)
        at = [began + minutes * MINUTE for minutes in (0, 12, 40, 55, 90)]
        start(uow, f"{run}-10", work_center="Press 1", occurred_at=at[0])
        measure(uow, plant, f"{run}-10", occurred_at=at[1])
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
        assert [event.occurred_at for event in events] == [at[0], at[1], *at[1:], at[4]]
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
        measure(uow, plant, ticket)
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


def test_a_first_piece_outside_its_tolerance_stops_the_run_until_it_is_right_or_a_second_person_says_so(
    plant, run
):
    ticket, off = f"{run}-10", {"Front against back": Decimal("-0.08")}
    with plant.db.unit_of_work(OPERATOR) as uow:
        start(uow, ticket, work_center="Press 1")
        with pytest.raises(InvalidInput, match=r"Measure the first piece .* Front against back"):
            pausing.run(uow, ticket)
        with pytest.raises(InvalidInput, match="does not measure Weight"):
            measure(uow, plant, ticket, values={"Weight": Decimal(1)})
        assert [row.is_within for row in measure(uow, plant, ticket, values=off)] == [True, False]
        (spell,) = spells.open_spells(uow.session, find_ticket(uow.session, ticket))
        assert (spell.kind, spell.reason) == (SpellKind.PAUSE, first_piece.OUTSIDE)
        for verb in (pausing.resume, lambda uow, ticket: finish(uow, ticket, files=plant.files)):
            with pytest.raises(Conflict, match=r"Front against back \(-0.08 in") as caught:
                verb(uow, ticket)
            assert caught.value.instance_code == "FIRST_PIECE"
        with pytest.raises(Conflict, match="Somebody else"):
            first_piece.allow(uow, ticket, why="The agency has seen it")
    with plant.db.unit_of_work(SECOND) as uow:
        first_piece.allow(uow, ticket, why="The agency has seen it")
    with plant.db.unit_of_work(OPERATOR) as uow:
        pausing.resume(uow, ticket)
        measure(uow, plant, ticket, values=off)  # measured again: what was said is about the piece before
        with pytest.raises(Conflict, match="outside its tolerance"):
            pausing.resume(uow, ticket)
        measure(uow, plant, ticket)  # goes on by itself
        pausing.run(uow, ticket)
    assert faults(plant) == []


def test_help_comes_and_goes_a_second_machine_joins_and_another_operator_takes_over(plant, run):
    ticket = f"{run}-20"
    with plant.db.unit_of_work(OPERATOR) as uow:
        began = uow.now - timedelta(hours=5)
        at = [began + minutes * MINUTE for minutes in range(0, 121, 10)]
        start(uow, f"{run}-10", work_center="Press 1", occurred_at=at[0])
        finish(uow, f"{run}-10", files=plant.files, occurred_at=at[0])
        with pytest.raises(IllegalTransition, match="at no machine yet"):
            helping.split(uow, ticket, work_center="Folder 1")
        start(uow, ticket, work_center="Cutter 1", occurred_at=at[1])
        with pytest.raises(IllegalTransition, match="Nobody else is at it"):
            helping.leave(uow, ticket)
        with pytest.raises(IllegalTransition, match="You are at"):
            helping.join(uow, ticket)
    with plant.db.unit_of_work(SECOND) as uow:
        helping.join(uow, ticket, occurred_at=at[2])
        helping.leave(uow, ticket, occurred_at=at[4])
        helping.split(uow, ticket, work_center="Punch 1", occurred_at=at[5])
        with pytest.raises(IllegalTransition, match="works at Punch 1 already"):
            helping.split(uow, ticket, work_center="Punch 1")
        with pytest.raises(InvalidInput, match="at several machines"):
            pausing.pause(uow, ticket, reason="Break")
        count(uow, ticket, Counted(good=100, work_center="punch-1"))
        helping.leave(uow, ticket, occurred_at=at[7])
        cut = helping.take_over(uow, ticket, occurred_at=at[8])
        assert (cut.operator, cut.work_center) == ("omar.offset", "cutter-1")
        with pytest.raises(IllegalTransition, match="yours already"):
            helping.take_over(uow, ticket)
        count(uow, ticket, Counted(good=400))
        finish(uow, ticket, files=plant.files, occurred_at=at[9])
        assert cut.good == 500
        told = spells.worked_at(uow.session, [cut.id])[cut.id]
    assert told == (80 + 20, 0, 0, 20, False)
    assert faults(plant) == []


def test_who_starts_before_the_glue_is_dry_says_why(plant, run):
    with plant.db.unit_of_work(OPERATOR) as uow:
        began = uow.now - timedelta(hours=5)
        start(uow, f"{run}-10", work_center="Press 1", occurred_at=began)
        finish(uow, f"{run}-10", files=plant.files, occurred_at=began)
        cut = find_ticket(uow.session, f"{run}-20")
        cut.lag_minutes = 60
        with pytest.raises(Conflict, match="must dry or set until") as caught:
            start(uow, cut.ticket, work_center="Cutter 1", occurred_at=began + 59 * MINUTE)
        assert caught.value.instance_code == "LAG"
        start(uow, cut.ticket, work_center="Cutter 1", reason="Dry", occurred_at=began + 59 * MINUTE)
        assert "reason Dry" in at_operation(uow.session, cut.ticket)[0].details


@pytest.mark.parametrize(
    ("typed", "utc"),
    [
        ("2026-11-30 09:10", datetime(2026, 11, 30, 15, 10, tzinfo=UTC)),
        ("2026-07-01 9:10 pm", datetime(2026, 7, 2, 2, 10, tzinfo=UTC)),
        ("2026-11-01 01:30 CDT", datetime(2026, 11, 1, 6, 30, tzinfo=UTC)),
        ("2026-11-01 01:30 cst", datetime(2026, 11, 1, 7, 30, tzinfo=UTC)),
        (" ", None),
    ],
)
def test_a_typed_time_is_one_of_the_shop(typed, utc):
    assert read_occurred(typed) == utc


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("2026-03-08 02:30", "left out"),
        ("2026-11-01 01:30", "twice"),
        ("2026-13-01 01:30", "no day"),
        ("25:00", "no day or time"),
        ("13:00 pm", "no day or time"),
        ("soon", "no time"),
        ("9:10 " * 400, "no time"),
    ],
)
def test_a_time_that_is_none_is_refused(typed, words):
    with pytest.raises(InvalidInput, match=words) as caught:
        read_occurred(typed)
    assert caught.value.instance_code == "CLOCK_TIME"


def undo(uow, ticket):
    """Taken back, by the shifts of the plant."""
    return taking_back.take_back(uow, ticket, shifts=plant_hours(uow.session).shifts_at)


def standing(uow, ticket):
    """Everything that an act can change and a taking back must bring back."""
    operation = find_ticket(uow.session, ticket)
    uow.session.flush()
    void = select(UsageVoid.usage_id)
    used = select(func.sum(Usage.quantity)).where(Usage.operation_id == operation.id, Usage.id.not_in(void))
    return (
        operation.state,
        sorted(
            (one.kind, one.work_center, one.person, one.reason)
            for one in spells.open_spells(uow.session, operation)
        ),
        operation.good or 0,
        operation.spoiled or 0,
        uow.session.scalar(used),
        find_ticket(uow.session, ticket.removesuffix("10") + "20").state,
    )


class Stop(Exception):
    """The transaction is not to be kept."""


@pytest.mark.parametrize("seed", range(3))
def test_random_acts_keep_their_rules_and_each_is_taken_back_to_what_stood_before(plant, run, seed):
    random, ticket = Random(seed), f"{run}-10"
    values = {"Image to the left edge": Decimal("0.01"), "Front against back": Decimal(0)}
    with pytest.raises(Stop), plant.db.unit_of_work(OPERATOR) as uow:
        first = find_ticket(uow.session, ticket)
        first.usage = (PlannedUsage("print.impression", Decimal(500)),)
        acts = {
            "start": lambda: start(uow, ticket, work_center="Press 1"),
            "measure": lambda: first_piece.measure(uow, ticket, values, files=plant.files),
            "run": lambda: pausing.run(uow, ticket),
            "pause": lambda: pausing.pause(uow, ticket, reason=random.choice(("Break", "Jam"))),
            "resume": lambda: pausing.resume(uow, ticket),
            "count": lambda: count(uow, ticket, Counted(good=random.randint(1, 300))),
            "spoil": lambda: report_spoils(uow, ticket, named=str(random.randint(1, 40)), reason="Jam"),
            "finish": lambda: finish(uow, ticket, files=plant.files),
            "split": lambda: helping.split(uow, ticket, work_center="Folder 1"),
            "leave": lambda: helping.leave(uow, ticket, work_center="Folder 1"),
        }
        stood, done = [], 0
        for _ in range(60):
            before = standing(uow, ticket)
            if stood and random.random() < 0.25:
                name, was = stood.pop()
                if name in ("measure", "split", "leave"):
                    with pytest.raises(Conflict) as caught, uow.session.begin_nested():
                        undo(uow, ticket)
                    assert caught.value.instance_code == "TAKE_BACK"
                    stood = []
                else:
                    undo(uow, ticket)
                    assert standing(uow, ticket) == was, (seed, name)
                continue
            name = random.choice(list(acts))
            try:
                with uow.session.begin_nested():
                    acts[name]()
            except UserError:
                uow.session.expire_all()
                assert standing(uow, ticket) == before, (seed, name)
                continue
            stood, done = [*stood, (name, before)], done + 1
            survey = Survey(uow.session, plant.files)
            assert [*working_time_is_whole(survey), *counts_balance(survey)] == [], (seed, name)
        assert done >= 5
        raise Stop


def test_what_was_counted_by_its_numbers_is_taken_back_with_them(plant, run):
    ticket = f"{run}-10"
    with plant.db.unit_of_work(OPERATOR) as uow:
        step = find_ticket(uow.session, ticket)
        step.first_piece, step.last_piece = 1, 500
        start(uow, ticket, work_center="Press 1")
        for numbers in ("1-200", "1-150"):
            count(uow, ticket, Counted(), numbers=numbers)
            if numbers == "1-200":
                undo(uow, ticket)
        finish(uow, ticket, files=plant.files, numbers="151-500")
        undo(uow, ticket)
        assert (step.good, counted_numbers(uow.session, step)) == (150, [Range(1, 150)])
        finish(uow, ticket, files=plant.files, numbers="151-500")
        assert (step.good, counted_numbers(uow.session, step)) == (500, [Range(1, 150), Range(151, 500)])


def test_what_can_no_longer_be_taken_back_says_why(plant, run):
    ticket = f"{run}-10"
    with plant.db.unit_of_work(OPERATOR) as uow:
        with pytest.raises(Conflict, match="cannot be taken back"):
            undo(uow, ticket)
        start(uow, ticket, work_center="Press 1", occurred_at=uow.now - timedelta(days=3))
        with pytest.raises(Conflict, match="shift in which that was done is over"):
            undo(uow, ticket)
        finish(uow, ticket, files=plant.files)
        start(uow, f"{run}-20", work_center="Cutter 1")
        with pytest.raises(Conflict, match=rf"{run}-20 has begun"):
            undo(uow, ticket)
        undo(uow, f"{run}-20")
        undo(uow, ticket)
        assert [find_ticket(uow.session, f"{run}-{step}").state for step in (10, 20)] == [
            "running",
            "waiting",
        ]
    with plant.db.read_only(PLANT) as session:
        told = at_operation(session, ticket)[0]
    assert (told.sentence, "Finish" in told.details) == ("Finish taken back", True)
    assert faults(plant) == []
