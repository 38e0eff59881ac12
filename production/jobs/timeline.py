"""A job from upload to the bill on one line: steps with how far each is, and what happened in words.

Agencies read this, so events carry sentences, not the details of a stream they share with others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from kernel import clock
from kernel.errors import NotFound
from production.catalog.models import OperationType
from production.jobs import lifecycle
from production.jobs.models import Job, JobEvent, Lot, Operation
from production.jobs.outside import due_back
from production.jobs.route import FINAL, lots_of
from production.jobs.states import JobKind, LotKind, OperationCode
from production.jobs.states import JobState as J
from production.jobs.states import OperationState as O

_NOTES = {
    "hard_proof_signed": "A proof was signed on paper",
    "ticket_issued": "The plant issued its ticket",
    "created": "Entered",
    "held": "Put on hold",
    "hold_lifted": "Hold lifted",
    "hold_or_mail": "Decided: wait for more mail, or mail at once",
    "single_piece_accepted": "Single-piece prices accepted: too few pieces to sort",
    "withdrawn": "Pieces withdrawn before printing",
    "piece_taken_out": "Its letters go without the printed piece",
    "list_repaired": "Rows of the list were fixed",
    "recipients_opened": "A mail operator looked at the recipients",
    "bins_asked": "A bin plan for the sorter was asked for",
    "bins_planned": "The bin plan is ready",
    "bins_refused": "A bin plan could not be made",
    "log_taken": "A log of the sorter was taken in",
    "log_refused": "A log of the sorter was refused",
    "log_discarded": "A log of the sorter was taken back",
    "rejects_entered": "What became of rejected pieces was entered",
    "project_asked_on": "The agency wrote",
    "project_answered": "The shop wrote",
    "taken_over": "Somebody else of the shop looks after it",
    "task_set": "A task for the agency was entered",
    "task_taken": "A task for the shop was entered",
    "task_done": "A task was done",
    "price_changed": "Another price was accepted",
    "quote_changed": "The shop asked to accept another price",
    "quote_sent": "The shop sent a quote",
    "quote_accepted": "A quote was accepted",
    "quote_declined": "A quote was declined",
    "hours_entered": "Hours were entered",
    "promised": "Its day was promised",
    "promise_moved": "Its promised day has moved",
    "packed": "Every piece was counted into cartons",
    "carton_opened": "A carton was opened again",
    "stop_left": "A part of it has left for one of its places",
    "stop_came_back": "A part of it came back and lies on the dock again",
    "stop_left_again": "What came back has left again",
    "pick_up_ready": "It waits at the counter: the code is on this page",
    "pick_up_code_anew": "Another pick-up code was made",
    "stop_handed_over": "A part of it was handed over",
    "overs_settled": "What became of copies beyond or short of the order was written down",
    "account_closed": "Every piece brought in is accounted for",
}
# States of a job in the order of its way; what is not here (needs_fix, cancelled) stands beside it.
_WAY = [
    J.DRAFT, J.SUBMITTED, J.PROOF_READY, J.APPROVED, J.IN_PRODUCTION, J.PRODUCED, J.DISPATCHED, J.DELIVERED,
    J.BILLED, J.CLOSED,
]  # fmt: skip


class By(StrEnum):
    """What a step that is not over is expected by: the last day to approve, the day the plant must be ready, the job's
    day, or the bill; nothing where it takes a moment.
    """

    NOTHING = ""
    APPROVAL = "approval"
    PLANT = "plant"
    DAY = "day"
    BILL = "bill"


@dataclass(frozen=True, slots=True)
class _Plan:
    """A step: done once the job has reached ``reached``; until then, counted by its operations if any."""

    name: str
    reached: J
    operations: OperationCode | None = None
    waiting: Mapping[J, str] | None = None  # the word to show while the job is in that state
    is_route: bool = False  # once on the floor, a step for each operation of its route
    by: By = By.NOTHING


_MAILING = (
    _Plan("Uploaded", J.SUBMITTED, waiting={J.DRAFT: "draft"}),
    _Plan(
        "Checked, quote and proof ready",
        J.PROOF_READY,
        waiting={J.SUBMITTED: "running", J.NEEDS_FIX: "needs_fix"},
    ),
    _Plan("Approved", J.APPROVED, waiting={J.PROOF_READY: "proof_ready"}, by=By.APPROVAL),
    _Plan("Sorted", J.PRODUCED, OperationCode.PRESORT, by=By.PLANT),
    _Plan("Print files made", J.PRODUCED, OperationCode.MERGE, by=By.PLANT),
    _Plan("Printed", J.PRODUCED, OperationCode.PRINT, by=By.PLANT),
    _Plan("Inserted", J.PRODUCED, OperationCode.FOLD_INSERT, by=By.PLANT),
    _Plan("Every piece accounted for", J.PRODUCED, by=By.PLANT),
    _Plan("Dispatched", J.DISPATCHED, waiting={J.PRODUCED: "ready"}, by=By.DAY),
    _Plan("Delivered", J.DELIVERED, waiting={J.DISPATCHED: "running"}, by=By.DAY),
    _Plan("Charged", J.BILLED, waiting={J.DELIVERED: "running"}, by=By.BILL),
)
_METERED = (
    _Plan("Metered", J.DELIVERED, OperationCode.METER, by=By.DAY),
    _MAILING[-1],
)
_BROUGHT_IN = (
    _Plan("Brought in and counted", J.APPROVED),
    _Plan("Through the sorter", J.PRODUCED, OperationCode.SORT, by=By.PLANT),
    _Plan("Levels and trays by what was read", J.PRODUCED, OperationCode.PRESORT, by=By.PLANT),
    *_MAILING[-4:],
)
_PRINT = (
    *_MAILING[:3],
    _Plan("Made and counted", J.PRODUCED, is_route=True, by=By.PLANT),
    *_MAILING[-3:],
)
_ASKED = (
    _Plan("Asked", J.SUBMITTED),
    _Plan("Taken on", J.IN_PRODUCTION),
    _Plan("Answered", J.DELIVERED),
    _Plan("Hours charged, if any", J.BILLED, by=By.BILL),
)
_PLANS = {
    JobKind.MAILING: _MAILING,
    JobKind.PRINT: _PRINT,
    JobKind.METER_RUN: _METERED,
    JobKind.BROUGHT_IN: _BROUGHT_IN,
    JobKind.CONSULTATION: _ASKED,
}
_OUTSIDE = "outside"
_OPEN = ("waiting", "running", "ready", "proof_ready", _OUTSIDE)
_SEGMENTED = (OperationCode.MERGE, OperationCode.PRINT, OperationCode.FOLD_INSERT)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: ``state`` is done, running, waiting, or a word of job and operation; ``total`` None = not counted.
    ``by``: what it is expected by; ``minutes``: planned of its operations, ``minutes_left`` of what is still to do of
    them, None where one has no standard.
    """

    name: str
    state: str
    at: datetime | None = None
    done: int = 0
    total: int | None = None
    unit: str = "segments"
    by: By = By.NOTHING
    minutes: int | None = None
    minutes_left: int | None = None
    due: date | None = None  # back from an outside shop

    @property
    def is_open(self) -> bool:
        """It is still to come, and nothing has stopped it."""
        return self.state in _OPEN


@dataclass(frozen=True, slots=True)
class Happening:
    """One event in words."""

    id: int
    at: datetime
    sentence: str
    is_of_lot: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """Steps, events (oldest first) and the id to ask with next (``since``)."""

    job_number: str
    state: str
    last_event: int
    steps: tuple[Step, ...]
    events: tuple[Happening, ...]


def timeline(session: Session, job_ulid: UUID) -> Timeline:
    """The whole line of a job; NotFound also for another agency's."""
    job = _job(session, job_ulid)
    rows = session.execute(_events(job).where(JobEvent.operation_id.is_(None)).order_by(JobEvent.id)).all()
    return Timeline(
        job_number=job.number,
        state=job.state.value,
        last_event=_last(session, job),
        steps=tuple(_steps(session, job, [event for event, _ in rows])),
        events=tuple(
            Happening(event.id, event.occurred_at, _sentence(event, job, kind), event.job_id is None)
            for event, kind in rows
        ),
    )


def on_one_line(session: Session, job: Job) -> Sequence[Job]:
    """Jobs whose lines are told as one, the first ordered first: a mailing and what is printed for it; else the job."""
    of_order = session.scalars(select(Job).filter_by(order_id=job.order_id).order_by(Job.id)).all()
    return of_order if any(one.kind is JobKind.MAILING for one in of_order) else [job]


def has_moved(session: Session, job: Job, *, since: int) -> bool:
    """Has anything happened behind event ``since`` to what is told on its line? An indexed look at each."""
    return any(_last(session, one) > since for one in on_one_line(session, job))


def _job(session: Session, job_ulid: UUID) -> Job:
    job = session.scalars(select(Job).filter_by(ulid=job_ulid)).first()
    if job is None:
        raise NotFound("There is no such job.")
    return job


def _events(job: Job) -> Select[JobEvent, LotKind]:
    """Its own, and those of its lots; what happens on a meter's day is the plant's."""
    told = lots_of(job).where(Lot.kind != LotKind.METER_DAY)
    of_lot = JobEvent.job_id.is_(None) & JobEvent.lot_id.in_(told)
    query = select(JobEvent, Lot.kind).outerjoin(Lot, Lot.id == JobEvent.lot_id)
    return query.where(or_(JobEvent.job_id == job.id, of_lot))


def _last(session: Session, job: Job) -> int:
    latest = _events(job).with_only_columns(func.max(JobEvent.id))
    return session.scalar(latest) or 0


def _sentence(event: JobEvent, job: Job, kind: LotKind) -> str:
    known = lifecycle.sentence(event, job=job.kind, lot=kind) or _NOTES.get(event.event)
    return known or event.event.replace("_", " ").capitalize()


def _steps(session: Session, job: Job, events: Sequence[JobEvent]) -> Iterable[Step]:
    reached = {event.to_state: event.occurred_at for event in events if event.job_id is not None}
    operations = _operations(session, job)
    for plan in _PLANS[job.kind]:
        if job.state is J.CANCELLED and plan.reached.value not in reached:
            yield Step("Canceled", "cancelled", reached.get("cancelled"))
            return
        if job.state is J.CANCELLED:
            yield Step(plan.name, "done", reached[plan.reached.value])
        elif plan.is_route and operations:
            yield from _of_route(session, plan, operations)
        elif plan.operations is OperationCode.FOLD_INSERT and not job.is_inserted:
            continue  # it goes without an envelope
        elif plan.operations is None:
            yield _plain(plan, job, reached)
        else:
            yield _counted(plan, job, operations[plan.operations])


def _plain(plan: _Plan, job: Job, reached: Mapping[str | None, datetime]) -> Step:
    if _is_past(job.state, plan.reached):
        return Step(plan.name, "done", reached.get(plan.reached.value))
    return Step(plan.name, (plan.waiting or {}).get(job.state, "waiting"), by=plan.by)


def _of_route(session: Session, plan: _Plan, operations: Mapping[str, Sequence[Operation]]) -> Iterable[Step]:
    """In the order of the route, in the words of the types."""
    words = dict(session.execute(select(OperationType.code, OperationType.sentence)).all())
    known = sorted((row for rows in operations.values() for row in rows), key=lambda row: row.step)
    due = due_back(session, [row.id for row in known if row.state in (O.READY, O.RUNNING)])
    for row in known:
        is_done = row.state in FINAL
        word = "done" if is_done else "waiting" if row.state is O.READY else row.state.value
        word = _OUTSIDE if row.id in due else word
        yield Step(
            words.get(row.type, row.type), word, row.finished_at if is_done else None,
            by=plan.by, minutes=row.planned_minutes, minutes_left=_minutes_left([row]),
            due=due.get(row.id),
        )  # fmt: skip


def _counted(plan: _Plan, job: Job, operations: Sequence[Operation]) -> Step:
    """Done when all are; what a person must look at comes before what runs."""
    states = {operation.state for operation in operations}
    done = sum(operation.state in FINAL for operation in operations)
    total = len(operations) if plan.operations in _SEGMENTED and operations else None
    ended = max((row.finished_at for row in operations if row.finished_at), default=None)
    if operations and done == len(operations):
        return Step(plan.name, "done", ended, done, total)
    trouble = next((state.value for state in (O.OUTCOME_UNKNOWN, O.FAILED) if state in states), None)
    is_begun = bool(done) or O.RUNNING in states
    word = trouble or ("running" if is_begun else "waiting")
    return Step(
        plan.name, "done" if _is_past(job.state, plan.reached) else word, None, done, total, by=plan.by,
        minutes=_planned(operations), minutes_left=_minutes_left(operations),
    )  # fmt: skip


def _planned(operations: Sequence[Operation]) -> int | None:
    """Minutes planned of all of them; None where there are none, or one has no standard."""
    known = [row.planned_minutes for row in operations if row.planned_minutes is not None]
    return sum(known) if known and len(known) == len(operations) else None


def _minutes_left(operations: Sequence[Operation]) -> int | None:
    """The same of those that are not over; what runs counts from its start."""
    still = [row for row in operations if row.state not in FINAL]
    planned = _planned(still)
    if planned is None:
        return None
    now = clock.now()
    ran = sum(
        min(row.planned_minutes or 0, int((now - row.started_at).total_seconds() // 60))
        for row in still
        if row.state is O.RUNNING and row.started_at
    )
    return planned - ran


def _is_past(state: J, reached: J) -> bool:
    """Has a job in this state passed ``reached``? A job to be fixed stands where it was checked."""
    at = J.SUBMITTED if state is J.NEEDS_FIX else state
    return at in _WAY and _WAY.index(at) >= _WAY.index(reached)


def _operations(session: Session, job: Job) -> Mapping[str, list[Operation]]:
    found: dict[str, list[Operation]] = defaultdict(list)
    query = select(Operation).where(Operation.lot_id.in_(lots_of(job))).order_by(Operation.id)
    for operation in session.scalars(query):
        found[operation.type].append(operation)
    return found
