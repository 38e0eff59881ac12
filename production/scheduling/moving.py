"""The schedule changed by hand: what would move is told first, moving is a second act, and the last one can be undone.

A run that was moved is pinned: replanning leaves it where it is until it is unpinned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kernel import clock
from kernel.errors import Conflict, IllegalTransition, NotFound, StaleVersion
from production.floor.schedule.moving import Moved, with_moved
from production.floor.schedule.placing import begins
from production.floor.schedule.planning import Schedule as Made
from production.floor.schedule.planning import as_moved
from production.jobs.models import Operation
from production.jobs.states import OperationState
from production.scheduling.held import held_places
from production.scheduling.keeping import keep, kept, moved_lots
from production.scheduling.models import (
    Before,
    FreeWas,
    PinWas,
    ReservedRun,
    RunWas,
    Schedule,
    ScheduledRun,
    SchedulePin,
)
from production.scheduling.reserving import one_at_a_time
from production.scheduling.work import Work, plant_work
from store.db import UnitOfWork


@dataclass(frozen=True, slots=True)
class Change:
    """What would come of a change: the schedule with it, and the lots that are done at another time."""

    work: Work
    made: Made
    moved: Sequence[Moved]

    def start_of(self, ticket: str) -> tuple[str, datetime]:
        """Where and when a run would begin."""
        board = self.made.board
        k = next(k for k, one in enumerate(board.problem.operations) if one.id == ticket)
        placed = self.made.plan.placed[k]
        start = board.problem.now + timedelta(minutes=begins(board, placed))
        return board.problem.work_centers[placed.center].id, start


def if_moved(session: Session, ticket: str, work_center: str, not_before: datetime, now: datetime) -> Change:
    """What would move if a run were put on a work center, at the first moment from then on that it can have there.
    NotFound, Conflict STATE where it runs already, InvalidInput SPEC_FIELD, PINNED_CLASH, SCHEDULE_INFEASIBLE.
    """
    work = plant_work(session, now, loose={ticket})
    _refuse_fixed(session, work, ticket)
    start = not_before.astimezone(work.problem.now.tzinfo).replace(second=0, microsecond=0)
    board, plan = with_moved(work.problem, kept(session).standing, ticket, work_center, start, work.overdue)
    return _change(session, work, as_moved(board, plan))


def move(
    uow: UnitOfWork, ticket: str, work_center: str, not_before: datetime, *, seen: UUID
) -> tuple[Change, Schedule]:
    """Move and pin it. ``seen``: the schedule that the person looked at. StaleVersion where it is another by now."""
    session = uow.session
    before = _seen(session, seen)
    change = if_moved(session, ticket, work_center, not_before, uow.now)
    place, start = change.start_of(ticket)
    row = _keep(uow, change, before)
    operation = change.work.rows[ticket].operation
    session.merge(SchedulePin(
        operation_id=operation.id, work_center=place, starts_at=start, pinned_at=uow.now, pinned_by=uow.actor.name,
    ))  # fmt: skip
    uow.audit(
        "operation", operation.ulid, "moved", ticket=ticket, work_center=place, starts_at=start.isoformat()
    )
    return change, row


def unpin(uow: UnitOfWork, ticket: str) -> None:
    """It stays where it is until the plant is scheduled again. NotFound."""
    operation = _operation(uow.session, ticket)
    pin = uow.session.get(SchedulePin, operation.id)
    if pin is None:
        raise NotFound("It is not pinned.")
    uow.session.delete(pin)
    uow.audit("operation", operation.ulid, "unpinned", ticket=ticket)


def undo(uow: UnitOfWork, *, seen: UUID) -> None:
    """The schedule and the pins as they were before the last change. StaleVersion, Conflict where there is none."""
    session = uow.session
    _seen(session, seen)
    row = session.get_one(Schedule, 1)
    before = row.before
    if before is None:
        raise Conflict("There is no change of the schedule to undo.")
    session.execute(delete(ScheduledRun))
    session.execute(delete(SchedulePin))
    session.add_all(
        ScheduledRun(**asdict(one) | {"first_to": one.first_to or one.run_to}) for one in before.runs
    )
    session.add_all(SchedulePin(**asdict(one)) for one in before.pins)
    for one in before.free:
        if run := session.get(ReservedRun, (one.reservation_id, one.step)):
            run.work_center, run.run_from, run.run_to = one.work_center, one.run_from, one.run_to
    row.status, row.late_weighted, row.bound, row.before = (
        before.status,
        before.late_weighted,
        before.bound,
        None,
    )
    uow.audit("schedule", row.ulid, "undone")


def _refuse_fixed(session: Session, work: Work, ticket: str) -> None:
    """What runs is not moved, and what has no place cannot be."""
    operation = _operation(session, ticket)
    left_out = next((one.why for one in work.unplaced if one.ticket == ticket), "It is done.")
    if ticket not in work.rows:
        raise IllegalTransition(f"{ticket} cannot be placed. {left_out}")
    if operation.state is OperationState.RUNNING:
        raise IllegalTransition(f"{ticket} runs already, and what runs is not moved.")


def _seen(session: Session, seen: UUID) -> Before:
    """As it stands, if it still is what the person looked at."""
    one_at_a_time(session)
    row = session.get(Schedule, 1)
    if row is None or row.ulid != seen:
        raise StaleVersion("The schedule has changed since you looked. Look at it again, then repeat.")
    runs, pins = session.scalars(select(ScheduledRun)), session.scalars(select(SchedulePin))
    free = (run for one in held_places(session, clock.now()) for run in one.runs)
    return Before(
        row.status, row.late_weighted, row.bound,
        tuple(RunWas(**_values(RunWas, one)) for one in runs), tuple(PinWas(**_values(PinWas, one)) for one in pins),
        tuple(FreeWas(**_values(FreeWas, one)) for one in free),
    )  # fmt: skip


def _values(shape: type[RunWas | PinWas | FreeWas], row: object) -> dict[str, Any]:
    return {one.name: getattr(row, one.name) for one in fields(shape)}


def _keep(uow: UnitOfWork, change: Change, before: Before) -> Schedule:
    row = uow.session.get_one(Schedule, 1)
    seconds, seed = row.seconds, row.seed
    uow.session.expunge(row)
    return keep(uow, change.work, change.made, seconds=seconds, seed=seed, before=before)


def _change(session: Session, work: Work, made: Made) -> Change:
    return Change(replace(work, problem=made.board.problem), made, moved_lots(session, made))


def _operation(session: Session, ticket: str) -> Operation:
    found = session.scalar(select(Operation).filter_by(ticket=ticket))
    if found is None:
        raise NotFound("There is no such ticket.")
    return found
