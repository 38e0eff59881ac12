"""A print run whose steps exist as rows alone: planned, started, counted, finished, and its usage recorded once."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from kernel.errors import Conflict, IllegalTransition, InvalidInput
from production.catalog.models import Place, UsageUnit
from production.catalog.planned_usage import PlannedUsage
from production.catalog.rows import OperationTypeRow
from production.floor import scan_field
from production.floor.ledger.lines import Counted
from production.floor.models import CountLine
from production.floor.operations import (
    confirm,
    count,
    doubt,
    find_ticket,
    finish,
    replace_spoils,
    report_spoils,
    start,
)
from production.floor.queries import BY_STANDING, operation_detail, queue
from production.floor.runs import RunStep, plan_run
from production.jobs import lifecycle
from production.jobs.models import Job, JobEvent, Lot, LotShare, Usage
from production.jobs.plant_history import at_operation
from production.jobs.states import JobKind, JobState, LotKind, LotState
from production.jobs.states import OperationState as O
from tests.factories import MAIL_DATE, OPERATOR, PLANT, make_job

STEPS = (
    RunStep(10, "print", 500, usage=(PlannedUsage("print.impression", Decimal(1000)),)),
    RunStep(20, "gild", 500, needs=[10], usage=(PlannedUsage("gild.copy", Decimal(500)),)),
    RunStep(30, "box", 10, needs=[20]),
)


@pytest.fixture
def planned(plant):
    """Two jobs of 400 and 100 copies in one run: printed on both sides, gilded, boxed by fifty."""
    with plant.db.unit_of_work(PLANT) as uow:
        uow.session.add(UsageUnit(code="gild.copy", name="Gilding, copies", is_active=True, source="a test"))
        uow.session.flush()
        for row in (
            OperationTypeRow(
                code="gild", name="Gild edges", place=Place.FLOOR, unit="copy", usage_unit="gild.copy",
                sentence="Gilded", spoil_reasons=("Flaked",),
            ),
            OperationTypeRow(
                code="box", name="Box", place=Place.FLOOR, unit="box", sentence="Boxed", spoil_reasons=("Crushed",)
            ),
        ):  # fmt: skip
            row.keep(uow.session)
        jobs = [make_job(uow, kind=JobKind.PRINT, state=JobState.APPROVED, title=title) for title in "AB"]
        run = plan_run(uow, list(zip(jobs, (400, 100), strict=True)), STEPS, ready_by=MAIL_DATE)
    return run.number


def usage_of(plant):
    with plant.db.read_only(PLANT) as session:
        rows = session.execute(select(Usage.unit, Usage.quantity).order_by(Usage.unit, Usage.job_id)).all()
        return [(unit, int(quantity)) for unit, quantity in rows]


def test_from_plan_to_the_last_step_by_the_floors_verbs(plant, planned):
    tickets = [f"{planned}-{step}" for step in (10, 20, 30)]
    with plant.db.unit_of_work(OPERATOR) as uow:
        scanned = scan_field.scan(uow, tickets[0], work_center="Press 1")
        assert scanned.sentence == f"Started: print {tickets[0]}, 500 sheets."
        spoiled = scan_field.scan_at(uow, tickets[0], "12", reason="Jam", files=plant.files)
        assert spoiled.sentence == "12 sheets spoiled: Jam."
        with pytest.raises(IllegalTransition, match="waiting"):
            start(uow, tickets[1], work_center="Padding bench")
        done = scan_field.scan_at(uow, tickets[0], tickets[0], reason="", files=plant.files)
        assert done.sentence == f"Finished: print {tickets[0]}, 488 good sheets, 12 spoiled."
    with plant.db.unit_of_work(OPERATOR) as uow:
        start(uow, tickets[1], work_center="Padding bench")
        finish(uow, tickets[1], files=plant.files, good=480, spoiled="8", reason="Flaked")
        start(uow, tickets[2], work_center="Padding bench")
        boxed = finish(uow, tickets[2], files=plant.files)
    assert (boxed.good, boxed.spoiled) == (9, 0)  # 480 of fifty each, as 500 make ten
    with plant.db.read_only(PLANT) as session:
        lot = session.scalars(select(Lot).filter_by(number=planned)).one()
        assert (lot.kind, lot.state) == (LotKind.PRINT_RUN, LotState.PRODUCED)
        lines = session.execute(
            select(CountLine.good, CountLine.spoiled, CountLine.reason).order_by(CountLine.id)
        )
        assert list(map(tuple, lines)) == [
            (0, 12, "Jam"),
            (488, 0, ""),
            (0, 8, "Flaked"),
            (480, 0, ""),
            (9, 0, ""),
        ]
        ends = session.scalars(select(JobEvent).filter_by(event="finish", operation_id=None)).all()
        assert [event.to_state for event in ends] == ["produced"] * 3  # the run and both jobs
        assert at_operation(session, tickets[1])[0].sentence == "Finished"
    # 488 sheets of two sides, 480 gilded; nothing is charged for boxing. By 400 and 100 copies.
    assert usage_of(plant) == [
        ("gild.copy", 384), ("gild.copy", 96), ("print.impression", 781), ("print.impression", 195)
    ]  # fmt: skip


def test_the_queue_and_the_page_say_what_the_rows_say(plant, planned):
    with plant.db.read_only(PLANT) as session:
        (item,) = queue(session).items
        detail = operation_detail(session, f"{planned}-20")
    assert (item.ticket, item.name, item.quantity, item.unit) == (f"{planned}-10", "Print", 500, "sheet")
    assert (item.titles, item.ready_by, item.facts, item.segment) == (("A", "B"), MAIL_DATE, (), None)
    assert (detail.item.name, detail.item.state, detail.spoil_reasons) == (
        "Gild edges",
        "waiting",
        ("Flaked",),
    )
    assert (detail.told.count.unit, detail.told.count.expected, detail.told.made) == ("copy", 500, ())


@pytest.mark.parametrize(
    ("good", "spoiled", "words"),
    [
        (500, "20", "520 are more than the 500 that came in .500 good, 20 spoiled"),
        (501, "", "501 are more"),
        (0, "501", "501 are more"),
    ],
)
def test_no_more_comes_out_of_a_step_than_came_in(plant, planned, good, spoiled, words):
    with plant.db.unit_of_work(OPERATOR) as uow:
        for step in (10, 20):
            start(uow, f"{planned}-{step}", work_center="Padding bench")
            if step == 10:
                finish(uow, f"{planned}-10", files=plant.files)
    with pytest.raises(Conflict, match=words) as caught, plant.db.unit_of_work(OPERATOR) as uow:
        finish(uow, f"{planned}-20", files=plant.files, good=good, spoiled=spoiled, reason="Flaked")
    assert caught.value.instance_code == "COUNT_OVER"
    with plant.db.read_only(PLANT) as session:
        assert find_ticket(session, f"{planned}-20").state is O.RUNNING
    assert [unit for unit, _ in usage_of(plant)] == ["print.impression"] * 2


def test_a_billion_is_counted_and_no_more_at_once(plant, planned):
    billion = 10**9
    with plant.db.unit_of_work(OPERATOR) as uow:
        start(uow, f"{planned}-10", work_center="Press 1")
        for _ in range(3):
            count(uow, f"{planned}-10", Counted(taken=billion, reason="A roll"))
            count(uow, f"{planned}-10", Counted(good=billion))
        done = finish(uow, f"{planned}-10", files=plant.files, good=3 * billion + 500)
        assert operation_detail(uow.session, f"{planned}-20").told.count.expected == 3 * billion + 500
        for refused in (
            Counted(good=billion + 1),
            Counted(good=-billion - 1, reason="Miscounted"),
            Counted(),
        ):
            with pytest.raises(InvalidInput, match="whole numbers") as caught:
                count(uow, f"{planned}-10", refused)
            assert caught.value.instance_code == "COUNT"
    assert done.good == 3 * billion + 500
    # Never more than was planned is charged.
    assert usage_of(plant) == [("print.impression", 800), ("print.impression", 200)]


def test_a_first_step_gives_more_once_more_was_put_in_and_every_later_one_expects_it(plant, planned):
    with plant.db.unit_of_work(OPERATOR) as uow:
        start(uow, f"{planned}-10", work_center="Press 1")
        count(uow, f"{planned}-10", Counted(taken=10, reason="Opened one more ream"))
        finish(uow, f"{planned}-10", files=plant.files, good=510)
        detail = operation_detail(uow.session, f"{planned}-20")
    assert detail.told.count.expected == 510


def test_spoils_found_after_the_run_lessen_what_goes_on_until_it_has_gone_on(plant, planned):
    with plant.db.unit_of_work(OPERATOR) as uow:
        start(uow, f"{planned}-10", work_center="Press 1")
        finish(uow, f"{planned}-10", files=plant.files)
        assert report_spoils(uow, f"{planned}-10", named="1", reason="Torn") == "1 sheet"
        for named, reason, words in (
            ("501", "Torn", "Only 499"),
            ("page 2", "Torn", "how many"),
            ("1", " ", "why"),
        ):
            with pytest.raises(InvalidInput, match=words):
                report_spoils(uow, f"{planned}-10", named=named, reason=reason)
        with pytest.raises(Conflict, match="one by one"):
            replace_spoils(uow, f"{planned}-10")
        start(uow, f"{planned}-20", work_center="Padding bench")
        with pytest.raises(IllegalTransition, match="where it was found"):
            report_spoils(uow, f"{planned}-10", named="1", reason="Torn")
        printed = operation_detail(uow.session, f"{planned}-10")
        gilding = operation_detail(uow.session, f"{planned}-20")
    assert (printed.good, printed.spoiled) == (499, 1)
    assert [(line.count, line.reason) for line in printed.told.spoils] == [(1, "Torn")]
    assert gilding.told.count.expected == 499


def test_a_run_nobody_saw_counts_once_a_person_confirms_it(plant, planned):
    with plant.db.unit_of_work(OPERATOR) as uow:
        start(uow, f"{planned}-10", work_center="Press 1")
        doubt(uow, f"{planned}-10", reason="power cut")
        confirm(uow, f"{planned}-10", reason="counted the pile", files=plant.files)
        with pytest.raises(IllegalTransition):
            confirm(uow, f"{planned}-10", reason="again", files=plant.files)
    assert usage_of(plant) == [("print.impression", 800), ("print.impression", 200)]


@pytest.mark.parametrize("held", ["run", "job"])
def test_a_held_run_does_not_start_and_is_not_among_what_can(plant, planned, held):
    with plant.db.unit_of_work(PLANT) as uow:
        lot = uow.session.scalars(select(Lot).filter_by(number=planned)).one()
        job = uow.session.scalars(
            select(Job).join(LotShare).filter_by(lot_id=lot.id).order_by(Job.id)
        ).first()
        before = [item.ticket for item in queue(uow.session, BY_STANDING["ready"]).items]
        lifecycle.hold(uow, lot if held == "run" else job, reason="paper", words="No paper.")
        uow.session.flush()
        stand = [
            [item.ticket for item in queue(uow.session, BY_STANDING[name]).items]
            for name in ("held", "ready")
        ]
    assert stand == [before, []] and before == [f"{planned}-10"]
    with pytest.raises(lifecycle.OnHold, match="No paper"), plant.db.unit_of_work(OPERATOR) as uow:
        start(uow, f"{planned}-10", work_center="Press 1")


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [RunStep(100, "print", 5)],
        [RunStep(10, "print", 5), RunStep(10, "fold", 5)],
        [RunStep(10, "print", 5, needs=[20]), RunStep(20, "fold", 5)],
        [RunStep(10, "print", 5, needs=[5])],
    ],
)
def test_steps_that_lead_nowhere_are_refused(plant, steps):
    with plant.db.unit_of_work(PLANT) as uow:
        job = make_job(uow, kind=JobKind.PRINT, state=JobState.APPROVED)
        with pytest.raises(InvalidInput) as caught:
            plan_run(uow, [(job, 5)], steps, ready_by=MAIL_DATE)
        assert (caught.value.instance_code, job.state) == ("RUN_STEPS", JobState.APPROVED)
