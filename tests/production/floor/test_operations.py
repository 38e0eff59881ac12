"""Tickets on the floor: start, finish, doubt; evidence and usage."""

import threading
from decimal import Decimal

import pytest
from sqlalchemy import select

from kernel.errors import Conflict, IllegalTransition, InvalidInput, NotFound, OnHold
from production.floor.operations import (
    confirm,
    deny,
    doubt,
    fail,
    find_ticket,
    finish,
    give_back,
    retry,
    start,
)
from production.jobs import lifecycle
from production.jobs.models import JobEvent, LotRange, Operation, Usage
from production.jobs.states import JobState, LotState
from production.jobs.states import OperationState as O
from production.mailroom.pieces.by_job import pieces_by_job
from tests.factories import OPERATOR, PLANT, make_job, make_stream


def stream_of(plant, **facts):
    with plant.db.unit_of_work(PLANT) as uow:
        return make_stream(uow, files=plant.files, **facts)


def run(uow, plant, ticket, **facts):
    start(uow, ticket, work_center="Press 1")
    return finish(uow, ticket, files=plant.files, **facts)


def ranges(uow, stream):
    query = select(LotRange.status, LotRange.first, LotRange.last).order_by(LotRange.id)
    return [tuple(row) for row in uow.session.execute(query.filter_by(lot_id=stream.id))]


def test_a_ticket_is_found_however_it_is_typed(plant):
    stream = stream_of(plant)
    with plant.db.read_only(PLANT) as session:
        plain = stream.number.replace("-", "") + "402"
        assert find_ticket(session, f" {plain} ").ticket == f"{stream.number}-40-02"
        with pytest.raises(NotFound, match="40-09"):
            find_ticket(session, f"{stream.number}-40-9")
        with pytest.raises(InvalidInput, match="check digit") as caught:
            find_ticket(session, f"{stream.number[:-1]}{(int(stream.number[-1]) + 1) % 10}-40-01")
    assert caught.value.instance_code == "TICKET"


def test_print_then_insert_leaves_evidence_times_and_counts(plant):
    stream = stream_of(plant)
    with plant.db.unit_of_work(OPERATOR) as uow:
        printed = run(uow, plant, f"{stream.number}-40-01")
        inserting = find_ticket(uow.session, f"{stream.number}-50-01")
        assert inserting.state is O.READY
        run(uow, plant, inserting.ticket, good=5)
    with plant.db.read_only(PLANT) as session:
        row = session.get_one(Operation, printed.id)
        assert (row.state, row.good, row.spoiled, row.operator, row.work_center) == (
            O.DONE, 5, 0, "pat.press", "press-1"
        )  # fmt: skip
        assert row.started_at and row.finished_at
        query = select(LotRange.status, LotRange.first, LotRange.last)
        assert {tuple(r) for r in session.execute(query)} == {("printed", 1, 5), ("inserted", 1, 5)}
        query = select(JobEvent.event).filter_by(operation_id=row.id).order_by(JobEvent.id)
        events = session.scalars(query).all()
    assert events == ["start", "finish"]


def test_usage_is_dealt_to_the_jobs_by_the_plan(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        jobs = [make_job(uow, state=JobState.IN_PRODUCTION, pages=3) for _ in range(3)]
        stream = make_stream(uow, pieces=10, segments=2, jobs=jobs, files=plant.files, pages=3)
    assert pieces_by_job(plant.files.path(stream.plan_sha256), 6, 10) == {0: 2, 1: 1, 2: 2}
    with plant.db.unit_of_work(OPERATOR) as uow:
        run(uow, plant, f"{stream.number}-40-02")
        run(uow, plant, f"{stream.number}-50-02")
    with plant.db.read_only(PLANT) as session:
        rows = session.execute(select(Usage.unit, Usage.job_id, Usage.quantity).order_by(Usage.id)).all()
    ids = [job.id for job in jobs]
    assert [tuple(row) for row in rows] == [
        *(("print.impression", i, Decimal(3 * n)) for i, n in zip(ids, (2, 1, 2), strict=True)),
        *(("fold_insert.piece", i, Decimal(n)) for i, n in zip(ids, (2, 1, 2), strict=True)),
    ]


@pytest.mark.parametrize(
    ("step", "acts", "state"),
    [
        (40, [finish], "ready"),
        (40, [start, start], "running"),
        (50, [start], "waiting"),
        (50, [finish], "waiting"),
        (40, [start, finish, finish], "done"),
        (40, [start, finish, start], "done"),
    ],
)
def test_out_of_order_is_refused_with_the_present_state(plant, step, acts, state):
    stream = stream_of(plant)
    ticket = f"{stream.number}-{step}-01"

    def act(uow, verb):
        verb(uow, ticket, **({"work_center": "Press 1"} if verb is start else {"files": plant.files}))

    with plant.db.unit_of_work(OPERATOR) as uow:
        for verb in acts[:-1]:
            act(uow, verb)
    with (
        pytest.raises(IllegalTransition, match=f"the state is {state}"),
        plant.db.unit_of_work(OPERATOR) as uow,
    ):
        act(uow, acts[-1])


def test_what_the_system_runs_is_not_started_by_hand(plant):
    stream = stream_of(plant)
    with plant.db.unit_of_work(OPERATOR) as uow, pytest.raises(Conflict, match="not for the floor"):
        start(uow, f"{stream.number}-20-01", work_center="Press 1")


def test_a_start_names_its_machine_and_a_hold_stops_it(plant):
    stream = stream_of(plant)
    with plant.db.unit_of_work(OPERATOR) as uow:
        for place in ("  ", "Press 9"):
            with pytest.raises(InvalidInput, match="machine") as refusal:
                start(uow, f"{stream.number}-40-01", work_center=place)
            assert (refusal.value.instance_code, "Press 1" in refusal.value.remedy) == ("WORK_CENTER", True)
        lifecycle.hold(uow, uow.session.merge(stream), reason="file", words="wrong insert")
    with plant.db.unit_of_work(OPERATOR) as uow, pytest.raises(OnHold, match="wrong insert"):
        start(uow, f"{stream.number}-40-01", work_center="Press 1")


def test_a_count_that_does_not_agree_changes_nothing(plant):
    stream = stream_of(plant)
    with (
        pytest.raises(Conflict, match="counted 4 good pieces; 5 are expected") as caught,
        plant.db.unit_of_work(OPERATOR) as uow,
    ):
        run(uow, plant, f"{stream.number}-40-01", good=4)
    assert caught.value.instance_code == "COUNT"
    with plant.db.read_only(PLANT) as session:
        assert find_ticket(session, f"{stream.number}-40-01").state is O.READY


def test_spoils_may_be_named_with_the_finish(plant):
    stream = stream_of(plant)
    with plant.db.unit_of_work(OPERATOR) as uow:
        operation = run(uow, plant, f"{stream.number}-40-01", good=3, spoiled="2, 4", reason="jam")
        assert (operation.good, operation.spoiled) == (3, 2)
        run(uow, plant, f"{stream.number}-50-01")
        assert ranges(uow, stream) == [
            ("printed", 1, 5), ("inserted", 1, 1), ("inserted", 3, 3), ("inserted", 5, 5)
        ]  # fmt: skip


def test_doubt_is_settled_by_a_person_with_a_reason(plant):
    stream = stream_of(plant)
    first, second = f"{stream.number}-40-01", f"{stream.number}-40-02"
    with plant.db.unit_of_work(OPERATOR) as uow:
        for ticket in (first, second):
            start(uow, ticket, work_center="Press 1")
            doubt(uow, ticket, reason="power cut")
        with pytest.raises(InvalidInput, match="why"):
            confirm(uow, first, reason=" ", files=plant.files)
        confirm(uow, first, reason="counted the stack", files=plant.files)
        deny(uow, second, reason="the tray is empty")
        assert ranges(uow, stream) == [("printed", 1, 5)]
        assert find_ticket(uow.session, f"{stream.number}-50-01").state is O.READY
        retry(uow, second, reason="power is back")
        run(uow, plant, second)
        assert ranges(uow, stream) == [("printed", 1, 5), ("printed", 6, 10)]


def test_a_run_may_be_given_back_or_fail_without_evidence(plant):
    stream = stream_of(plant)
    ticket = f"{stream.number}-40-01"
    with plant.db.unit_of_work(OPERATOR) as uow:
        start(uow, ticket, work_center="Press 1")
        assert give_back(uow, ticket, reason="shift ends").state is O.READY
        start(uow, ticket, work_center="Press 1")
        assert fail(uow, ticket, reason="fuser").state is O.FAILED
        assert ranges(uow, stream) == []
        assert uow.session.scalars(select(Usage)).all() == []


def test_two_operators_start_the_same_ticket_and_one_wins(plant):
    stream = stream_of(plant)
    outcomes, gate = [], threading.Barrier(2)

    def try_start():
        gate.wait()
        try:
            with plant.db.unit_of_work(OPERATOR) as uow:
                start(uow, f"{stream.number}-40-01", work_center="Press 1")
            outcomes.append("started")
        except Conflict as error:
            outcomes.append(str(error))

    threads = [threading.Thread(target=try_start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refusals = [outcome for outcome in outcomes if outcome != "started"]
    assert len(refusals) == 1
    assert "the state is running" in refusals[0]


def test_a_stream_not_in_production_has_nothing_to_start(plant):
    stream = stream_of(plant, state=LotState.PLANNING)
    with plant.db.unit_of_work(OPERATOR) as uow, pytest.raises(IllegalTransition, match="waiting"):
        start(uow, f"{stream.number}-40-01", work_center="Press 1")
