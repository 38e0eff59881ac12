"""The last act at an operation is taken back: by an act of its own, while the shift lasts and nothing has followed.

Nothing is deleted: working time and counts stay and count for nothing, usage is void.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kernel.clock import business_date
from kernel.errors import Conflict
from production.floor.ledger import lines
from production.floor.ledger.lines import Counted
from production.floor.models import CountLine, FloorSpell, SpellKind
from production.floor.operations import locked
from production.floor.working import spells
from production.jobs import lifecycle
from production.jobs.counting import OFF_QUANTITY
from production.jobs.models import Job, JobEvent, Lot, Operation
from production.jobs.route import jobs_of
from production.jobs.states import JobState, LotKind, LotState
from production.jobs.states import OperationState as O
from production.jobs.usage import void_usage
from store.db import UnitOfWork

# When a work center is open between two instants, as the set-up of the plant has it.
Shifts = Callable[[str, datetime, datetime], Iterable[tuple[datetime, datetime]]]
TAKE_BACK = "take_back"
_REASON = "Taken back"
_NAMES = {
    "start": "Start", "run_began": "First good piece", "paused": "Pause", "resumed": "Going on", "counted": "Count",
    "spoiled": "Spoils", "finish": "Finish",
}  # fmt: skip


def last_act(session: Session, operation: Operation) -> JobEvent | None:
    """The newest act that stands; None where all were taken back or there was none."""
    query = select(JobEvent).filter_by(operation_id=operation.id).order_by(JobEvent.id.desc())
    taken: set[object] = set()
    for event in session.scalars(query):
        if event.event == TAKE_BACK:
            taken.add(event.details["undone"])
        elif event.id not in taken:
            return event
    return None


def offered(session: Session, operation: Operation) -> str:
    """What would be taken back, in a word; empty where nothing can."""
    event = last_act(session, operation)
    return _NAMES.get(event.event, "") if event else ""


def take_back(uow: UnitOfWork, ticket: str, *, shifts: Shifts) -> str:
    """The last act, in a word. Conflict TAKE_BACK where it cannot be: the shift is over, the next step has begun, or it
    is none of those that can.
    """
    operation = locked(uow, ticket)
    event = last_act(uow.session, operation)
    if event is None or event.event not in _HOW:
        raise _refused(
            "The last that was done here cannot be taken back.", "Correct it by what can be done now."
        )
    _refuse_other_shift(uow, operation, event, shifts)
    _HOW[event.event](uow, operation, event)
    return _NAMES[event.event]


def _start(uow: UnitOfWork, operation: Operation, event: JobEvent) -> None:
    known = spells.spells_of(uow.session, operation)
    _take_spells_back(uow, [one for one in known if one.began_recorded_at >= event.recorded_at])
    _advance(uow, operation, event)
    operation.operator = operation.work_center = operation.started_at = None


def _turn(uow: UnitOfWork, operation: Operation, event: JobEvent) -> None:
    """What was done before goes on as if it had never ended."""
    begun = event.details.get("spell")
    if not isinstance(begun, int):
        raise _refused("Nobody wrote down what was done before.", "Pause it, or go on.")
    known = [
        one
        for one in spells.spells_of(uow.session, operation)
        if one.work_center == event.details["work_center"] and one.kind is not SpellKind.HELP
    ]
    _take_spells_back(uow, [one for one in known if one.id >= begun])
    _go_on(uow, max((one for one in known if one.id < begun), key=lambda one: one.id))
    _note(uow, operation, event)


def _count(uow: UnitOfWork, operation: Operation, event: JobEvent) -> None:
    line = uow.session.get(CountLine, event.details.get("line") or 0)
    if line is None:
        raise _refused("Pieces that are told apart cannot be taken back.", "Have them made again.")
    _refuse_gone_on(uow, operation)
    _note(uow, operation, event, [_take_line_back(uow, operation, line)])


def _finish(uow: UnitOfWork, operation: Operation, event: JobEvent) -> None:
    lot = uow.session.get_one(Lot, operation.lot_id)
    if lot.kind is not LotKind.PRINT_RUN:
        raise _refused("Its pieces are accounted for one by one.", "Report what was spoiled.")
    ended = event.details.get("spells")
    if not isinstance(ended, list):
        raise _refused("Nobody wrote down who was at it when it ended.", "Report what was spoiled.")
    _refuse_gone_on(uow, operation)
    for row in _next(uow.session, operation):
        if row.state is O.READY:
            lifecycle.advance(uow, row, "wait_again")
    for job in jobs_of(uow.session, lot, Job):
        if job.state is JobState.PRODUCED:
            lifecycle.advance(uow, job, "rework", reason=_REASON)
        elif job.state is not JobState.IN_PRODUCTION:
            raise _refused("What it made has left the plant.", "Report what was wrong to the planner.")
        lifecycle.lift(uow, job, OFF_QUANTITY)
    if lot.state is LotState.PRODUCED:
        lifecycle.advance(uow, lot, "rework", reason=_REASON)
    operation.finished_at = None
    own = _lines_of_finish(uow.session, operation, event)
    against = [_take_line_back(uow, operation, line) for line in own]
    _advance(uow, operation, event, lines=[*(line.id for line in own), *against])
    for key in ended:
        _go_on(uow, uow.session.get_one(FloorSpell, key))
    void_usage(uow, operation, reason=_REASON)


_HOW: dict[str, Callable[[UnitOfWork, Operation, JobEvent], None]] = {
    "start": _start, "run_began": _turn, "paused": _turn, "resumed": _turn, "counted": _count, "spoiled": _count,
    "finish": _finish,
}  # fmt: skip


def _advance(uow: UnitOfWork, operation: Operation, event: JobEvent, lines: Sequence[int] = ()) -> None:
    lifecycle.advance(
        uow, operation, TAKE_BACK, undone=event.id, reason=_NAMES[event.event], lines=list(lines)
    )


def _note(uow: UnitOfWork, operation: Operation, event: JobEvent, lines: Sequence[int] = ()) -> None:
    lifecycle.note(uow, operation, TAKE_BACK, undone=event.id, reason=_NAMES[event.event], lines=list(lines))


def _take_spells_back(uow: UnitOfWork, taken: list[FloorSpell]) -> None:
    uow.session.execute(
        update(FloorSpell)
        .where(FloorSpell.id.in_([one.id for one in taken]))
        .values(taken_back_at=uow.now, taken_back_by=uow.actor.name)
    )


def _go_on(uow: UnitOfWork, ended: FloorSpell) -> None:
    """Its person goes on with it from when it was ended by mistake."""
    uow.session.add(
        FloorSpell(
            operation_id=ended.operation_id, work_center=ended.work_center, person=ended.person, kind=ended.kind,
            reason=ended.reason, began_at=ended.ended_at, began_recorded_at=uow.now,
        )
    )  # fmt: skip


def _take_line_back(uow: UnitOfWork, operation: Operation, line: CountLine) -> int:
    """A line against it; gives its key."""
    against = Counted(
        -line.good, -line.spoiled, -line.held, -line.taken, _REASON, line.work_center, line.numbers
    )
    return lines.add(uow, operation, against).id


def _lines_of_finish(session: Session, operation: Operation, event: JobEvent) -> list[CountLine]:
    """Those that a finish wrote itself: no act of counting or taking back names them."""
    events = session.scalars(select(JobEvent).filter_by(operation_id=operation.id)).all()
    named = {row.details.get("line") for row in events}
    named |= {key for row in events for key in row.details.get("lines") or ()}  # type: ignore[union-attr]
    return [
        line
        for line in lines.lines_of(session, operation)
        if line.recorded_at == event.recorded_at and line.id not in named
    ]


def _next(session: Session, operation: Operation) -> list[Operation]:
    rows = session.scalars(select(Operation).filter_by(lot_id=operation.lot_id).order_by(Operation.id))
    return [row for row in rows if operation.step in row.needs]


def _refuse_gone_on(uow: UnitOfWork, operation: Operation) -> None:
    begun = [row for row in _next(uow.session, operation) if row.state not in (O.WAITING, O.READY)]
    if operation.state is O.DONE and begun:
        raise _refused(f"{begun[0].ticket} has begun with what it made.", "Correct the count there.")


def _refuse_other_shift(uow: UnitOfWork, operation: Operation, event: JobEvent, shifts: Shifts) -> None:
    """The shift in which it happened; outside of any shift, its day."""
    at = event.occurred_at
    windows = shifts(operation.work_center or "", at - timedelta(days=1), at + timedelta(days=2))
    ends = next((end for start, end in windows if start <= at < end), None)
    is_over = uow.now > ends if ends else business_date(at) != business_date(uow.now)
    if is_over:
        raise _refused("The shift in which that was done is over.", "Correct it by what can be done now.")


def _refused(words: str, remedy: str) -> Conflict:
    return Conflict(words, code="TAKE_BACK", remedy=remedy)
