"""The tables as graphs, ``advance`` under random verbs and racing threads, holds, and events that stay."""

from __future__ import annotations

import itertools
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from kernel.errors import IllegalTransition, OnHold, StaleVersion
from production.jobs import lifecycle
from production.jobs.models import Hold, Job, JobEvent, Lot, Operation
from production.jobs.states import JobKind, JobState, LotKind, LotState, OperationCode, OperationState, Stops
from production.mailings.models import PresortStream
from scripts import lifecycle_page
from store.audit import AuditEntry
from tests.factories import PLANT, make_job, make_operation, make_stream

MACHINES = lifecycle_page.machines()
VERBS = sorted({edge.verb for edges in MACHINES.values() for edge in edges})
FINAL = {
    **{f"job {kind}": {"closed", "cancelled"} for kind in JobKind},
    **{name: {"delivered", "cancelled"} for name in ("lot presort", "lot sorter")},
    "lot print_run": {"produced", "cancelled"},
    "lot meter_day": {"tied"},
    "operation": {"done", "skipped"},
}


def reached_from(edges, start):
    """Every state that some walk from ``start`` reaches."""
    found, waiting = {start}, [start]
    while waiting:
        state = waiting.pop()
        new = {edge.target for edge in edges if edge.source == state} - found
        found |= new
        waiting += new
    return found


@pytest.mark.parametrize("name", MACHINES)
def test_every_state_is_reached_and_reaches_a_final_one(name):
    edges = MACHINES[name]
    states = {edge.source for edge in edges} | {edge.target for edge in edges}
    final = FINAL.get(name) or states - {edge.source for edge in edges}
    assert final
    assert states - {edge.source for edge in edges} <= final
    assert reached_from(edges, edges[0].source) == states
    assert all(reached_from(edges, state) & final for state in states)
    assert len({(edge.source, edge.verb) for edge in edges}) == len(edges)
    assert all(edge.sentence for edge in edges)


def test_the_page_is_drawn_from_the_tables():
    assert lifecycle_page.PAGE.read_text("utf-8") == lifecycle_page.page()


def events_of(session, thing):
    column = {Job: JobEvent.job_id, Lot: JobEvent.lot_id, Operation: JobEvent.operation_id}
    return session.scalars(
        select(JobEvent).where(column[lifecycle.model_of(thing)] == thing.id).order_by(JobEvent.id)
    ).all()


def make_thing(uow, kind):
    if kind in set(JobKind):
        return make_job(uow, kind=kind)
    stream = make_stream(uow, state=LotState.PLANNING)
    if kind == "lot presort":
        return stream
    return make_operation(
        uow, stream, OperationCode.PRINT, state=OperationState.WAITING, segment=9, first=1, last=2
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from([*JobKind, "lot presort", "operation"]),
    tried=st.lists(st.sampled_from(VERBS), max_size=40),
)
def test_random_verbs_never_leave_the_table(plant, kind, tried):
    """Beside the product: a dictionary of (state, verb) walked by hand."""
    name = f"job {kind}" if kind in set(JobKind) else kind
    table = {(edge.source, edge.verb): edge.target for edge in MACHINES[name]}
    with plant.db.unit_of_work(PLANT) as uow:
        thing = make_thing(uow, kind)
        path = [thing.state]
        for verb in tried:
            if (thing.state, verb) in table:
                expected = table[thing.state, verb]
                lifecycle.advance(uow, thing, verb)
                assert thing.state is expected
                path.append(expected)
            else:
                with pytest.raises(IllegalTransition):
                    lifecycle.advance(uow, thing, verb)
    with plant.db.read_only(PLANT) as session:
        kept = session.get_one(type(thing), thing.id)
        assert (kept.state, kept.version) == (path[-1], len(path))
        told = [(event.from_state, event.to_state) for event in events_of(session, kept)]
        assert told == list(itertools.pairwise(path))
        audited = session.query(AuditEntry).filter_by(ulid=thing.ulid).count()
        assert audited == len(path) - 1


def test_racing_for_one_job_gives_one_event_a_change(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        job = make_job(uow, state=JobState.PROOF_READY)
    ready, outcomes = threading.Barrier(8), []

    def race(verb):
        try:
            with plant.db.unit_of_work(PLANT) as uow:
                seen = uow.session.get_one(Job, job.id)
                ready.wait()
                lifecycle.advance(uow, seen, verb)
            outcomes.append(verb)
        except StaleVersion:
            outcomes.append("stale")

    threads = [
        threading.Thread(target=race, args=(verb,)) for verb in ["approve", "cancel", "submit", "reject"] * 2
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("stale") == 7
    (winner,) = set(outcomes) - {"stale"}
    with plant.db.read_only(PLANT) as session:
        kept = session.get_one(Job, job.id)
        assert [event.event for event in events_of(session, kept)] == [winner]
        assert kept.version == 2


def test_an_older_version_in_the_same_state_is_stale(plant):
    """Sent back and submitted again meanwhile: same state, other content."""
    with plant.db.unit_of_work(PLANT) as uow:
        job = make_job(uow, state=JobState.PROOF_READY)
    with plant.db.unit_of_work(PLANT) as old:
        seen = old.session.get_one(Job, job.id)
        with plant.db.unit_of_work(PLANT) as uow:
            again = uow.session.get_one(Job, job.id)
            for verb in ("submit", "show_proof"):
                lifecycle.advance(uow, again, verb)
        with pytest.raises(StaleVersion):
            lifecycle.advance(old, seen, "approve")


def test_what_is_not_possible_says_what_is(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        job = make_job(uow, state=JobState.APPROVED)
        with pytest.raises(IllegalTransition) as refusal:
            lifecycle.advance(uow, job, "show_proof")
        assert refusal.value.sentence == (
            "Show proof is not possible: the state is approved. Possible now: release, submit, cancel."
        )
        assert lifecycle.verbs(job) == ["release", "submit", "cancel"]
        closed = make_job(uow, state=JobState.CLOSED)
        with pytest.raises(IllegalTransition, match="Possible now: nothing"):
            lifecycle.advance(uow, closed, "submit")


BEGINS = {
    JobKind.MAILING: {"submit"},
    JobKind.PRINT: {"submit"},
    JobKind.METER_RUN: {"meter"},
    JobKind.BROUGHT_IN: {"bring_in"},
    JobKind.CONSULTATION: {"ask", "offer"},  # by the agency, by the shop
}


@pytest.mark.parametrize("kind", JobKind)
def test_every_kind_of_job_reaches_its_end_by_verbs_of_its_own(kind):
    own = lifecycle.MACHINES[Job, kind]
    assert {edge.verb for edge in own if edge.source is JobState.DRAFT} == BEGINS[kind] | {"cancel"}
    reached = reached_from(own, JobState.DRAFT)
    assert JobState.CLOSED in reached
    assert {edge.verb for edge in own if edge.source in reached} == {edge.verb for edge in own}


def test_a_metered_job_in_a_drawer_cannot_be_submitted(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        job = make_job(uow, kind=JobKind.METER_RUN)
        with pytest.raises(IllegalTransition, match="Possible now: cancel, meter"):
            lifecycle.advance(uow, job, "submit")
        brought = make_job(uow, kind=JobKind.BROUGHT_IN, state=JobState.APPROVED)
        assert lifecycle.verbs(brought) == ["release", "cancel"]


def test_holds_stop_all_but_caring_verbs_until_the_last_is_lifted(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        job = make_job(uow, state=JobState.APPROVED)
        for reason in ("address", "money"):
            lifecycle.hold(uow, job, reason=reason, words=f"Ask about the {reason}.")
        with pytest.raises(OnHold, match="Ask about the address") as refusal:
            lifecycle.advance(uow, job, "release")
        assert refusal.value.details == {"reason": "address"}
        lifecycle.lift(uow, job, "address")
        with pytest.raises(OnHold, match="money"):
            lifecycle.advance(uow, job, "release")
        assert job.state is JobState.APPROVED
        for _ in range(2):  # the second finds nothing to lift, and tells nothing
            lifecycle.lift(uow, job, "money")
        lifecycle.advance(uow, job, "release")
    with plant.db.read_only(PLANT) as session:
        told = [event.event for event in events_of(session, job)]
        assert told == ["held", "held", "hold_lifted", "hold_lifted", "release"]
        assert all(row.lifted_by == PLANT.name for row in session.scalars(select(Hold)))


def test_a_held_job_can_be_cancelled_and_a_held_stream_holds_only_itself(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        job = make_job(uow, state=JobState.APPROVED)
        lifecycle.hold(uow, job, reason="money", words="No budget.")
        lifecycle.advance(uow, job, "cancel")
        stream, other = make_stream(uow, state=LotState.PLANNING), make_stream(uow, state=LotState.PLANNING)
        lifecycle.hold(uow, stream, reason="paper", words="No paper.")
        lifecycle.advance(uow, other, "release")
        with pytest.raises(OnHold):
            lifecycle.advance(uow, stream, "release")


STOPPED = {
    Stops.PRODUCTION: {"submit", "approve", "release", "withdraw", "rework", "start", "dispatch"},
    Stops.LEAVING: {"dispatch"},
    Stops.BILLING: {"bill"},
    Stops.REMOVAL: set(),
}


@pytest.mark.parametrize("stops", Stops)
def test_a_hold_stops_what_it_says_and_never_the_record_of_what_happened(plant, stops):
    """Every edge of a mailing and of a stream under a hold of each sort."""
    assert {verb for verb, holds in lifecycle.HELD_BY.items() if stops in holds} == STOPPED[stops]
    edges = [(Job, edge) for edge in lifecycle.MACHINES[Job, JobKind.MAILING]]
    edges += [(PresortStream, edge) for edge in lifecycle.MACHINES[Lot, LotKind.PRESORT]]
    with plant.db.unit_of_work(PLANT) as uow:
        job, stream = make_job(uow), make_stream(uow, state=LotState.PLANNING)
        for thing in (job, stream):
            lifecycle.hold(uow, thing, reason="fault", words="A fault.", stops=stops)
        for model, edge in edges:
            thing = job if model is Job else stream
            thing.state = edge.source
            uow.session.flush()
            if edge.verb in STOPPED[stops]:
                with pytest.raises(OnHold):
                    lifecycle.advance(uow, thing, edge.verb)
            else:
                lifecycle.advance(uow, thing, edge.verb)


@pytest.mark.parametrize(
    "statement", ["UPDATE job_event SET actor = 'x'", "DELETE FROM job_event", "TRUNCATE job_event"]
)
def test_events_are_append_only(plant, statement):
    with plant.db.unit_of_work(PLANT) as uow:
        lifecycle.advance(uow, make_job(uow), "submit")
    with (
        pytest.raises(DBAPIError, match=r"append-only|permission denied"),
        plant.db.unit_of_work(PLANT) as uow,
    ):
        uow.session.execute(text(statement))
