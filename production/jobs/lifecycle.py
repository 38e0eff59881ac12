"""The transition tables, and ``advance``: the only code that changes a state.

A transition is a compare-and-set on (state, version). In the same transaction it writes a job event and an
audit entry. docs/lifecycle.md is drawn from these tables.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, CompoundSelect, inspect, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from kernel.errors import IllegalTransition, OnHold, StaleVersion
from production.jobs import tickets
from production.jobs.models import Hold, Job, JobEvent, Lot, LotShare, Operation
from production.jobs.states import JobKind as K
from production.jobs.states import JobState as J
from production.jobs.states import LotKind as L
from production.jobs.states import LotState as B
from production.jobs.states import OperationState as O
from production.jobs.states import Stops
from store.db import UnitOfWork
from store.documents import JsonValue

_AT_ONCE = timedelta(minutes=2)  # what is told within it was not entered later


class Stateful(Protocol):
    """Anything with a lifecycle."""

    id: Any
    ulid: Any
    state: Any
    version: Any


@dataclass(frozen=True, slots=True)
class Edge:
    """From, verb, to, and the sentence people read."""

    source: StrEnum
    verb: str
    target: StrEnum
    sentence: str


def _edges(rows: Iterable[tuple[StrEnum, str, StrEnum, str]]) -> tuple[Edge, ...]:
    return tuple(Edge(*row) for row in rows)


JOB = _edges(
    [
        (J.DRAFT, "submit", J.SUBMITTED, "Submitted by the agency"),
        (J.DRAFT, "cancel", J.CANCELLED, "Canceled"),
        (J.DRAFT, "meter", J.DELIVERED, "Metered and handed over"),
        (J.DRAFT, "bring_in", J.APPROVED, "Brought in, counted, to be sorted"),
        (J.DRAFT, "ask", J.SUBMITTED, "Asked by the agency"),
        (J.DRAFT, "offer", J.IN_PRODUCTION, "Begun by the shop, to be quoted"),
        (J.SUBMITTED, "ask_fix", J.NEEDS_FIX, "The files need attention"),
        (J.SUBMITTED, "show_proof", J.PROOF_READY, "Proof and quote are ready"),
        (J.SUBMITTED, "take_on", J.IN_PRODUCTION, "Somebody of the shop looks after it"),
        (J.SUBMITTED, "cancel", J.CANCELLED, "Canceled"),
        (J.NEEDS_FIX, "submit", J.SUBMITTED, "Submitted again"),
        (J.NEEDS_FIX, "cancel", J.CANCELLED, "Canceled"),
        (J.PROOF_READY, "approve", J.APPROVED, "Content and cost approved"),
        (J.PROOF_READY, "reject", J.NEEDS_FIX, "Sent back by the approver"),
        (J.PROOF_READY, "submit", J.SUBMITTED, "Changed and submitted again"),
        (J.PROOF_READY, "cancel", J.CANCELLED, "Canceled"),
        (J.APPROVED, "release", J.IN_PRODUCTION, "Released to the floor"),
        (J.APPROVED, "submit", J.SUBMITTED, "Changed after approval: approval void, checked again"),
        (J.APPROVED, "cancel", J.CANCELLED, "Canceled"),
        (J.IN_PRODUCTION, "finish", J.PRODUCED, "Made, and every piece accounted for"),
        (J.IN_PRODUCTION, "withdraw", J.APPROVED, "Taken back from its stream before printing"),
        (J.IN_PRODUCTION, "conclude", J.DELIVERED, "Answered; its hours are charged"),
        (J.IN_PRODUCTION, "end", J.CLOSED, "Ended; there is nothing to charge"),
        (J.PRODUCED, "rework", J.IN_PRODUCTION, "Back to the floor"),
        (J.PRODUCED, "dispatch", J.DISPATCHED, "Left the plant"),
        (J.DISPATCHED, "deliver", J.DELIVERED, "Handed over, with proof"),
        (J.DISPATCHED, "come_back", J.PRODUCED, "Came back to the dock with its mailing"),
        (J.DELIVERED, "bill", J.BILLED, "Charged"),
        (J.BILLED, "close", J.CLOSED, "Billing period closed"),
    ]
)

STREAM = _edges(
    [
        (B.PLANNING, "release", B.IN_PRODUCTION, "Sorted; segments go to the presses"),
        (B.PLANNING, "cancel", B.CANCELLED, "Dissolved before printing"),
        (B.IN_PRODUCTION, "finish", B.PRODUCED, "Every piece accounted for"),
        (B.PRODUCED, "rework", B.IN_PRODUCTION, "Back to the floor"),
        (B.PRODUCED, "dispatch", B.DISPATCHED, "Left the plant"),
        (B.DISPATCHED, "deliver", B.DELIVERED, "Handed over, with proof"),
        (B.DISPATCHED, "come_back", B.PRODUCED, "Came back to the dock"),
    ]
)

# What is printed leaves the plant as its job, not as the run that made it.
PRINT_RUN = _edges(
    [
        (B.PLANNING, "release", B.IN_PRODUCTION, "Released to the floor"),
        (B.PLANNING, "cancel", B.CANCELLED, "Dissolved before it was begun"),
        (B.IN_PRODUCTION, "finish", B.PRODUCED, "Made and counted"),
        (B.PRODUCED, "rework", B.IN_PRODUCTION, "Back to the floor"),
        (B.IN_PRODUCTION, "cancel", B.CANCELLED, "Canceled before it was begun"),
    ]
)

OPERATION = _edges(
    [
        (O.WAITING, "make_ready", O.READY, "What comes before is done"),
        (O.WAITING, "skip", O.SKIPPED, "Not needed"),
        (O.READY, "start", O.RUNNING, "Started"),
        (O.READY, "skip", O.SKIPPED, "Not needed"),
        (O.READY, "wait_again", O.WAITING, "What comes before is not done after all"),
        (O.RUNNING, "finish", O.DONE, "Finished"),
        (O.RUNNING, "fail", O.FAILED, "Failed"),
        (O.RUNNING, "give_back", O.READY, "Given back unfinished"),
        (O.RUNNING, "take_back", O.READY, "Start taken back"),
        (O.DONE, "take_back", O.RUNNING, "Finish taken back"),
        (O.RUNNING, "doubt", O.OUTCOME_UNKNOWN, "Nobody knows whether it happened"),
        (O.FAILED, "retry", O.READY, "To be tried again"),
        (O.FAILED, "skip", O.SKIPPED, "Not needed"),
        (O.OUTCOME_UNKNOWN, "confirm", O.DONE, "A person confirmed that it happened"),
        (O.OUTCOME_UNKNOWN, "deny", O.FAILED, "A person confirmed that it did not happen"),
    ]
)

# The verbs that only some kinds of job know; what stands here is no edge of the others. The rest is for all.
_ONLY_OF: dict[str, tuple[K, ...]] = {
    **dict.fromkeys(("submit", "ask_fix", "show_proof", "approve", "reject"), (K.MAILING, K.PRINT)),
    "rework": (K.MAILING, K.PRINT),
    **dict.fromkeys(
        ("release", "finish", "withdraw", "dispatch", "deliver"), (K.MAILING, K.PRINT, K.BROUGHT_IN)
    ),
    "come_back": (K.MAILING, K.BROUGHT_IN),  # of what travels by itself a stop comes back
    "bring_in": (K.BROUGHT_IN,),
    "meter": (K.METER_RUN,),
    **dict.fromkeys(("ask", "offer", "take_on", "conclude", "end"), (K.CONSULTATION,)),
}


def _way_of(kind: K) -> tuple[Edge, ...]:
    """The edges that a job of a kind can come to."""
    known = [edge for edge in JOB if kind in _ONLY_OF.get(edge.verb, K)]
    reached: set[StrEnum] = {J.DRAFT}
    while more := {edge.target for edge in known if edge.source in reached} - reached:
        reached |= more
    return tuple(edge for edge in known if edge.source in reached)


# By what a thing is and of which kind, so that what is offered can be done. Rooms register those of their own.
MACHINES: dict[tuple[type, StrEnum | None], tuple[Edge, ...]] = {
    **{(Job, kind): _way_of(kind) for kind in K},
    (Lot, L.PRESORT): STREAM,
    (Lot, L.SORTER): tuple(edge for edge in STREAM if edge.verb != "rework"),  # nothing of it is printed here
    (Lot, L.PRINT_RUN): PRINT_RUN,
    (Operation, None): OPERATION,
}

# Which holds a verb waits for. What is not here nothing stops: looking after the thing, stopping it, and writing down
# what happened (finished, handed over, metered).
HELD_BY: dict[str, tuple[Stops, ...]] = {
    **dict.fromkeys(("submit", "approve", "release", "withdraw", "rework", "start"), (Stops.PRODUCTION,)),
    "dispatch": (Stops.PRODUCTION, Stops.LEAVING),
    "bill": (Stops.BILLING,),
}


def register(
    model: type, edges: Iterable[tuple[StrEnum, str, StrEnum, str]], kind: StrEnum | None = None
) -> tuple[Edge, ...]:
    """A machine of another room (a meter's day, billing periods); gives its table."""
    MACHINES[model, kind] = _edges(edges)
    return MACHINES[model, kind]


def model_of(thing: Stateful) -> type:
    """The mapped class whose table holds the state: a lot's, whatever continues it."""
    model: type = inspect(type(thing)).base_mapper.class_
    return model


def sentence(event: JobEvent, *, job: K | None, lot: L | None) -> str | None:
    """What people read of an event of a job or lot of that kind; None when it changed no state."""
    of_work: tuple[type, StrEnum | None] = (Job, job) if event.job_id is not None else (Lot, lot)
    edges = MACHINES[(Operation, None) if event.operation_id is not None else of_work]
    found = (edge.sentence for edge in edges if (edge.source, edge.verb) == (event.from_state, event.event))
    return next(found, None)


def verbs(thing: Stateful) -> list[str]:
    """What is possible in the present state for a thing of its kind: what screens and the API offer."""
    return [edge.verb for edge in _edges_from(thing)]


def _edges_from(thing: Stateful) -> list[Edge]:
    kind = thing.kind if isinstance(thing, Job | Lot) else None
    return [edge for edge in MACHINES[model_of(thing), kind] if edge.source == thing.state]


def advance(
    uow: UnitOfWork,
    thing: Stateful,
    verb: str,
    occurred_at: datetime | None = None,
    /,
    **details: JsonValue,
) -> Edge:
    """Change the state by one edge. IllegalTransition, OnHold or StaleVersion when it cannot be."""
    model: Any = model_of(thing)
    edge = next((edge for edge in _edges_from(thing) if edge.verb == verb), None)
    if edge is None:
        state, possible = thing.state.value.replace("_", " "), ", ".join(verbs(thing)).replace("_", " ")
        raise IllegalTransition(
            f"{verb.replace('_', ' ').capitalize()} is not possible: the state is {state}. "
            f"Possible now: {possible or 'nothing'}.",
            state=str(thing.state),
        )
    if isinstance(thing, Job | Lot):
        refuse_if_held(uow.session, verb, **_owner(thing))
    changed = uow.session.execute(
        update(model)
        .where(model.id == thing.id, model.state == edge.source, model.version == thing.version)
        .values(state=edge.target, version=thing.version + 1)
        .execution_options(synchronize_session=False)
        .returning(model.id)
    ).first()
    if changed is None:
        raise StaleVersion("Someone else changed this in the meantime. Reload and look again.")
    set_committed_value(thing, "state", edge.target)
    set_committed_value(thing, "version", thing.version + 1)
    note(uow, thing, verb, occurred_at, from_state=edge.source, to_state=edge.target, **details)
    return edge


def note(
    uow: UnitOfWork,
    thing: Stateful,
    event: str,
    occurred_at: datetime | None = None,
    /,
    *,
    from_state: str | None = None,
    to_state: str | None = None,
    **details: JsonValue,
) -> None:
    """An event on the timeline and in the audit chain, with or without a change of state. ``occurred_at``: where it was
    before now; what is entered later than a moment after says so.
    """
    happened = occurred_at or uow.now
    if uow.now - happened > _AT_ONCE:
        details |= {"happened": happened.isoformat(timespec="seconds"), "entered_later": True}
    uow.session.add(
        JobEvent(
            job_id=thing.id if isinstance(thing, Job) else getattr(thing, "job_id", None),
            lot_id=thing.id if isinstance(thing, Lot) else getattr(thing, "lot_id", None),
            operation_id=thing.id if isinstance(thing, Operation) else None,
            event=event,
            from_state=from_state,
            to_state=to_state,
            actor=uow.actor.name,
            details=details,
            occurred_at=happened,
            recorded_at=uow.now,
        )
    )
    subject: UUID = thing.ulid
    table = str(model_of(thing).__tablename__)  # type: ignore[attr-defined]
    told = {"of": getattr(thing, "number", None) or getattr(thing, "ticket", None), "to": to_state}
    uow.audit(table, subject, event, **{name: str(word) for name, word in told.items() if word}, **details)


def hold(
    uow: UnitOfWork, thing: Job | Lot, *, reason: str, words: str, stops: Stops = Stops.PRODUCTION
) -> Hold:
    """Stop something of a job or lot until somebody lifts the hold."""
    row = Hold(
        stops=stops, reason=reason, words=words, owner=uow.actor.name, placed_at=uow.now, **_owner(thing)
    )
    uow.session.add(row)
    note(uow, thing, "held", reason=reason, stops=stops.value)
    tickets.ask(uow, thing)
    return row


def lift(uow: UnitOfWork, thing: Job | Lot, reason: str, **which: Any) -> None:
    """Lift the open holds with this reason, of them those like ``which``; nothing is told when there is none."""
    query = update(Hold).filter_by(reason=reason, lifted_at=None, **_owner(thing), **which)
    lifted = query.values(lifted_at=uow.now, lifted_by=uow.actor.name).returning(Hold.id)
    if uow.session.scalars(lifted).all():
        note(uow, thing, "hold_lifted", reason=reason)
        tickets.ask(uow, thing)


def keeps_from(verb: str) -> ColumnElement[bool]:
    """Holds in force that stop a verb."""
    return Hold.lifted_at.is_(None) & Hold.stops.in_(HELD_BY.get(verb, ()))


def held_lots(verb: str) -> CompoundSelect[int | None]:
    """Keys of lots that a hold keeps from a verb: their own, or that of a job in them."""
    own = select(Hold.lot_id).where(Hold.lot_id.is_not(None), keeps_from(verb))
    of_jobs = select(LotShare.lot_id).join(Hold, Hold.job_id == LotShare.job_id).where(keeps_from(verb))
    return own.union(of_jobs)


def refuse_if_held(session: Session, verb: str, **owner: int | None) -> None:
    """OnHold while a hold of the owner (``job_id`` or ``lot_id``) stops the verb."""
    if verb not in HELD_BY:
        return
    query = select(Hold).filter_by(**owner).where(keeps_from(verb)).order_by(Hold.id).limit(1)
    held = session.scalars(query).first()
    if held is not None:
        raise OnHold(f"On hold: {held.words}", reason=held.reason)


def _owner(thing: Job | Lot) -> dict[str, int]:
    return {"job_id": thing.id} if isinstance(thing, Job) else {"lot_id": thing.id}
