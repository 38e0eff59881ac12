"""One line from upload to the bill: what agencies follow."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from kernel import clock
from kernel.errors import NotFound
from kernel.ids import new_ulid
from production.dock.deliver import deliver
from production.dock.dispatch import dispatch
from production.floor.operations import doubt, finish, start
from production.jobs import lifecycle
from production.jobs.models import Job, Operation
from production.jobs.states import JobKind, JobState, LotState, OperationCode
from production.jobs.timeline import has_moved, timeline
from production.mailroom.pieces.reconcile import finish_stream
from store.db import Actor
from tests.factories import OPERATOR, PLANT, make_agency, make_job, make_stream


def states(session, job):
    return {step.name: step.state for step in timeline(session, job.ulid).steps}


@pytest.mark.parametrize(
    ("state", "step", "word"),
    [
        (JobState.DRAFT, "Uploaded", "draft"),
        (JobState.SUBMITTED, "Checked, quote and proof ready", "running"),
        (JobState.NEEDS_FIX, "Checked, quote and proof ready", "needs_fix"),
        (JobState.PROOF_READY, "Approved", "proof_ready"),
        (JobState.APPROVED, "Sorted", "waiting"),
        (JobState.DELIVERED, "Charged", "running"),
        (JobState.CLOSED, "Charged", "done"),
    ],
)
def test_the_present_step_carries_the_word_of_the_state(plant, state, step, word):
    with plant.db.unit_of_work(PLANT) as uow:
        job = make_job(uow, state=state)
    with plant.db.read_only(PLANT) as session:
        seen = states(session, job)
    assert seen[step] == word
    before = list(seen)[: list(seen).index(step)]
    assert {seen[name] for name in before} <= {"done"}


def test_the_floor_is_followed_segment_by_segment_to_the_dock(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        job = make_job(uow, state=JobState.IN_PRODUCTION)
        stream = make_stream(uow, pieces=10, segments=2, jobs=[job])
    with plant.db.unit_of_work(OPERATOR) as uow:
        start(uow, f"{stream.number}-40-1", work_center="Press 1")
        finish(uow, f"{stream.number}-40-1", files=plant.files)
    with plant.db.read_only(PLANT) as session:
        seen = timeline(session, job.ulid)
        printed = next(step for step in seen.steps if step.name == "Printed")
        assert (printed.state, printed.done, printed.total, printed.unit) == ("running", 1, 2, "segments")
        assert states(session, job)["Inserted"] == "waiting"
        assert not has_moved(session, session.get_one(Job, job.id), since=seen.last_event)
    with plant.db.unit_of_work(OPERATOR) as uow:
        start(uow, f"{stream.number}-40-2", work_center="Press 1")
        doubt(uow, f"{stream.number}-40-2", reason="power")
    with plant.db.read_only(PLANT) as session:
        assert has_moved(session, session.get_one(Job, job.id), since=seen.last_event)
        seen = timeline(session, job.ulid)
        assert states(session, job)["Printed"] == "outcome_unknown"
    with plant.db.unit_of_work(PLANT) as uow:
        other = make_job(uow)
        other.order_id = job.order_id
        lifecycle.note(uow, other, "piece_taken_out")
    with plant.db.read_only(PLANT) as session:
        assert timeline(session, job.ulid).last_event == seen.last_event
        assert has_moved(session, session.get_one(Job, job.id), since=seen.last_event), (
            "the page follows the whole order"
        )


def test_minutes_planned_are_counted_down_from_the_start(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        job = make_job(uow, state=JobState.IN_PRODUCTION)
        stream = make_stream(uow, pieces=10, segments=2, jobs=[job])
        query = select(Operation).filter_by(lot_id=stream.id, type=OperationCode.PRINT)
        for row in uow.session.scalars(query):
            row.planned_minutes = 40
    with plant.db.unit_of_work(OPERATOR) as uow:
        start(uow, f"{stream.number}-40-1", work_center="Press 1")
        begun = uow.now
    found = []
    for passed in (0, 25, 90):
        with clock.at(begun + timedelta(minutes=passed)), plant.db.read_only(PLANT) as session:
            steps = {step.name: step for step in timeline(session, job.ulid).steps}
            found.append(
                (steps["Printed"].minutes, steps["Printed"].minutes_left, steps["Inserted"].minutes_left)
            )
    assert found == [
        (80, 80, None),
        (80, 55, None),
        (80, 40, None),
    ]  # longer than planned: what waits is still to do


def test_the_whole_way_ends_in_words(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        job = make_job(uow, state=JobState.IN_PRODUCTION)
        stream = make_stream(uow, pieces=4, segments=1, jobs=[job])
    with plant.db.unit_of_work(OPERATOR) as uow:
        stream = uow.session.merge(stream)
        for step in (40, 50):
            start(uow, f"{stream.number}-{step}-1", work_center="Inserter 1")
            finish(uow, f"{stream.number}-{step}-1", files=plant.files)
        finish_stream(uow, stream)
        delivery = dispatch(
            uow,
            stream.mailing,
            files=plant.files,
            taken_by="Lee",
            place="BMEU",
            way="post_office",
            knowing=("DISPATCH_EARLY",),
        )
        uow.session.flush()
        deliver(uow, delivery, receipt="1")
    with plant.db.read_only(PLANT) as session:
        seen = timeline(session, job.ulid)
    assert [step.state for step in seen.steps[:-1]] == ["done"] * 10
    assert [(event.sentence, event.is_of_lot) for event in seen.events if not event.is_of_lot] == [
        ("Made, and every piece accounted for", False),
        ("Left the plant", False),
        ("Handed over, with proof", False),
    ]
    assert ("Handed over, with proof", True) in [(e.sentence, e.is_of_lot) for e in seen.events]


def test_a_cancelled_job_ends_where_it_stopped_and_a_hold_is_told(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        job = make_job(uow)
        lifecycle.advance(uow, job, "submit")
        lifecycle.hold(uow, job, reason="money", words="budget")
        lifecycle.advance(uow, job, "cancel")
    with plant.db.read_only(PLANT) as session:
        seen = timeline(session, job.ulid)
    assert [(step.name, step.state) for step in seen.steps] == [
        ("Uploaded", "done"),
        ("Canceled", "cancelled"),
    ]
    assert [event.sentence for event in seen.events] == [
        "Submitted by the agency",
        "Put on hold",
        "Canceled",
    ]


def test_a_meter_run_has_a_short_line(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        job = make_job(uow, kind=JobKind.METER_RUN)
    with plant.db.read_only(PLANT) as session:
        assert list(states(session, job)) == ["Metered", "Charged"]


def test_another_agencys_job_is_not_found(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        job = make_job(uow)
        other = make_agency(uow)
        stream = make_stream(uow, jobs=[job], state=LotState.IN_PRODUCTION)
    stranger, owner = Actor(name="x", agency_id=other.id), Actor(name="y", agency_id=job.agency_id)
    with plant.db.read_only(stranger) as session, pytest.raises(NotFound):
        timeline(session, job.ulid)
    with plant.db.read_only(owner) as session:
        assert timeline(session, job.ulid).job_number == job.number
    with plant.db.read_only(owner) as session, pytest.raises(NotFound):
        timeline(session, new_ulid(stream.created_at))
