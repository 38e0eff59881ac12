"""What follows an attempt that did not record: tried again, refused, or parked where people see it."""

from datetime import date

import pytest
from sqlalchemy import select

from billing.charging import charge_open_usage
from kernel.errors import Conflict, OnHold
from production.dock.deliver import deliver as hand_over
from production.dock.dispatch import dispatch, dispatch_job
from production.floor.operations import start
from production.jobs import lifecycle
from production.jobs.models import Hold, Job, JobEvent
from production.jobs.states import JobState, LotState, Stops
from production.jobs.stopped_work import PARKED, lift
from production.mailings.models import PresortStream
from store import claims, outbox
from store.audit import verify_chain
from store.outbox import OutboxMessage
from tests.billing.ledgers import make_card
from tests.factories import OPERATOR, make_job, make_stream
from tests.workers.effects import ACTOR, LEASE, TASKS, ask, effects, make_table
from workers import parking, sweeper
from workers.registry import TASKS as STEPS
from workers.runtime import Outcome, deliver, drain


@pytest.fixture
def line(plant):
    make_table(plant)
    plant.settings.data_dir.mkdir(parents=True, exist_ok=True)
    return plant


def ask_about_job(line, task, **arguments):
    with line.db.unit_of_work(ACTOR) as uow:
        job = make_job(uow)
        return job.id, outbox.request(uow, task, job.ulid, **arguments)


def rows(line, query):
    with line.db.read_only(ACTOR) as session:
        return list(session.scalars(query))


def next_key(key, attempt):
    return f"{key.rpartition('-')[0]}-{attempt}"


def test_a_poison_job_is_parked_after_three_attempts_and_the_queue_flows(line, capsys):
    job_id, key = ask_about_job(line, "fail", error="bug")
    ask(line, "mark", 2)
    drain(line, tasks=TASKS)
    assert len(effects(line)) == 2
    hold = rows(line, select(Hold))[0]
    assert (hold.job_id, hold.reason, hold.lifted_at) == (job_id, PARKED, None)
    assert "an unexpected error (3 attempts). Incident " in hold.words
    assert rows(line, select(JobEvent.event).filter_by(job_id=job_id))[-1] == "held"
    parked = rows(line, select(OutboxMessage).where(OutboxMessage.failure.is_not(None)))
    assert [(m.key, m.failure) for m in parked] == [(next_key(key, 3), hold.words)]
    with line.db.read_only(ACTOR) as session:
        assert [m.key for m in outbox.parked(session)] == [next_key(key, 3)]
        assert list(verify_chain(session)) == []
    assert "Secret" not in "".join(capsys.readouterr())  # the error's own text may quote an address


def test_a_parked_step_runs_again_when_a_person_says_so(line):
    _, key = ask_about_job(line, "fail", error="attention")
    assert deliver(line, key, tasks=TASKS) is Outcome.PARKED
    with line.db.unit_of_work(ACTOR) as uow:
        assert outbox.abandoned_count(uow.session) == 0  # it waits for a person, no worker left it
        again = outbox.try_parked(uow, key)
    assert again == next_key(key, 2)
    with pytest.raises(Conflict), line.db.unit_of_work(ACTOR) as uow:
        outbox.try_parked(uow, key)
    assert deliver(line, again, tasks=TASKS) is Outcome.PARKED


def test_a_stream_is_held_for_its_operation(line):
    with line.db.unit_of_work(ACTOR) as uow:
        stream = make_stream(uow, state=LotState.PLANNING)
        operation = uow.session.scalars(select(lifecycle.Operation).filter_by(lot_id=stream.id)).first()
        key = outbox.request(uow, "fail", operation.ulid, error="corrupt")
    assert deliver(line, key, tasks=TASKS) is Outcome.REPEATED
    drain(line, tasks=TASKS)
    assert rows(line, select(Hold.lot_id)) == [stream.id]
    with pytest.raises(OnHold), line.db.unit_of_work(ACTOR) as uow:
        held = uow.session.get(PresortStream, stream.id)
        lifecycle.advance(uow, held, lifecycle.verbs(held)[0])


def test_the_callers_error_is_final_and_told_in_words(line):
    job_id, key = ask_about_job(line, "fail", error="user")
    assert deliver(line, key, tasks=TASKS) is Outcome.REFUSED
    assert deliver(line, key, tasks=TASKS) is Outcome.NOT_NEEDED
    assert rows(line, select(OutboxMessage.failure)) == ["The list has no ZIP column."]
    event = rows(line, select(JobEvent).filter_by(job_id=job_id, event="step_refused"))[0]
    assert event.details == {"step": "fail", "code": "INVALID_INPUT"}
    assert rows(line, select(Hold)) == []


def test_what_is_away_is_waited_for_without_counting_failures(line):
    (key,) = ask(line, "away", flag="up")
    for attempt in range(1, 5):
        assert deliver(line, next_key(key, attempt), tasks=TASKS) is Outcome.POSTPONED
    waiting = rows(line, select(OutboxMessage).where(OutboxMessage.done_at.is_(None)))[0]
    assert (waiting.attempt, waiting.failures) == (5, 0)
    with line.db.unit_of_work(ACTOR) as uow:
        assert outbox.take_unsent(uow.session, 10, tasks=TASKS) == []  # not before its time
    (line.settings.data_dir / "up").touch()
    assert deliver(line, waiting.key, tasks=TASKS) is Outcome.RECORDED


def test_a_hold_met_at_recording_postpones(line):
    with line.db.unit_of_work(ACTOR) as uow:
        job = make_job(uow, state=JobState.APPROVED)
        lifecycle.hold(uow, job, reason="artwork", words="Wait for the logo.")
        key = outbox.request(uow, "release", job.ulid)
    assert deliver(line, key, tasks=TASKS) is Outcome.POSTPONED
    with line.db.unit_of_work(ACTOR) as uow:
        lifecycle.lift(uow, uow.session.get(Job, job.id), "artwork")
    assert deliver(line, next_key(key, 2), tasks=TASKS) is Outcome.RECORDED


def test_crashes_count_to_the_limit_and_then_a_person_is_asked(line):
    job_id, key = ask_about_job(line, "away", flag="never")
    for attempt in (1, 2, 3):
        with line.db.unit_of_work(ACTOR) as uow:  # a worker that dies at once: claimed, then silence
            message = outbox.open_message(uow.session, next_key(key, attempt))
            claim = claims.take(uow, message.step_key, LEASE, attempt=attempt)
            claims.extend(uow, claim, -LEASE)
        assert sweeper.recover(line, tasks=TASKS) == 1
        assert sweeper.recover(line, tasks=TASKS) == 0
    assert rows(line, select(Hold.job_id)) == [job_id]
    assert "the worker stopped in the middle (3 attempts)" in rows(line, select(Hold.words))[0]


def test_a_message_of_a_newer_version_is_left_to_its_own_workers(line):
    (key,) = ask(line, "mark")
    assert deliver(line, key, tasks={}) is Outcome.NOT_NEEDED
    with line.db.unit_of_work(ACTOR) as uow:
        assert outbox.take_unsent(uow.session, 10, tasks=[]) == []
    assert deliver(line, key, tasks=TASKS) is Outcome.RECORDED


def test_a_key_that_cannot_name_a_queue_entry_is_refused_at_the_counter(line):
    with pytest.raises(ValueError, match="not a step key"):
        ask(line, "mark", note="two words")


def test_a_missing_rate_keeps_nobody_from_recording_the_receipt(line):
    """The charge waits for the rate; the dock's word does not wait for the charge."""
    with line.db.unit_of_work(OPERATOR) as uow:
        job = make_job(uow, state=JobState.PRODUCED)
        delivery = dispatch_job(uow, job, taken_by="Lee", place="Capitol annex", way="messenger")
    drain(line)
    (hold,) = rows(line, select(Hold))
    assert (hold.reason, hold.stops) == (PARKED, Stops.BILLING)
    assert "No rate card has a price for Job set-up" in hold.words
    with line.db.unit_of_work(OPERATOR) as uow:
        hand_over(uow, uow.session.merge(delivery), received_by="R. Hebert")
    drain(line)
    assert rows(line, select(Job.state)) == [JobState.DELIVERED]
    with line.db.unit_of_work(ACTOR) as uow:
        make_card(uow, effective_from=date(2020, 1, 1))
        assert charge_open_usage(uow, through=date(2100, 1, 1)).billed == [job.number]
    assert all(row.lifted_at for row in rows(line, select(Hold)))


@pytest.mark.parametrize(("task", "way"), [("maildat", "leaving"), ("papers", "leaving"), ("evidence", None)])
def test_a_failed_paper_stops_no_press(line, task, way):
    """Mail.dat keeps the mail here until a person says that it may leave without; a packet of evidence does not."""
    with line.db.unit_of_work(ACTOR) as uow:
        stream = make_stream(uow, state=LotState.IN_PRODUCTION)
        done = make_stream(uow, state=LotState.PRODUCED)
        for subject in (stream, done):
            key = outbox.request(uow, task, subject.mailing.ulid)
            message = outbox.open_message(uow.session, key)
            parking.park(uow, message, cause="no settings", incident="1", stops=STEPS[task].stops)
    with line.db.unit_of_work(OPERATOR) as uow:
        start(uow, f"{stream.number}-40-01", work_center="Press 1")
        done = uow.session.merge(done)
        custody = {"taken_by": "Lee", "place": "Annex", "way": "messenger"}
        if way is None:
            dispatch(uow, done.mailing, files=line.files, **custody)
            return
        with pytest.raises(OnHold, match="no settings"):
            dispatch(uow, done.mailing, files=line.files, **custody)
        hold = uow.session.scalars(select(Hold).filter_by(lot_id=done.id)).one()
        assert (hold.stops, lift(uow, hold.id)) == (way, done.number)
        dispatch(uow, done.mailing, files=line.files, **custody)


def test_only_what_a_press_needs_stops_a_press():
    needed = {"prepare", "release", "presort", "merge", "sorter_plan", "sorter_presort"}
    assert {name for name, task in STEPS.items() if task.stops is Stops.PRODUCTION} == needed
