"""The schedule changed by hand: what would move is told first, moving is a second act, and the last one can be undone.

A run that was moved is pinned: replanning leaves it where it is until it is unpinned. One that is split runs on several
machines, each part like a run of its own until the operation begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kernel import clock
from kernel.errors import Conflict, IllegalTransition, NotFound, StaleVersion, refused_field
from production.floor.schedule.moving import Moved, Stands, again, coming_along, with_moved
from production.floor.schedule.placing import begins
from production.floor.schedule.planning import Schedule as Made
from production.floor.schedule.planning import as_moved
from production.jobs.models import Lot, Operation
from production.jobs.states import OperationState
from production.scheduling.held import held_places
from production.scheduling.keeping import keep, moved_lots
from production.scheduling.models import (
    Before,
    FreeWas,
    LotWeight,
    PinWas,
    ReservedRun,
    RunWas,
    Schedule,
    ScheduledRun,
    SchedulePin,
    ScheduleSplit,
    SplitWas,
)
from production.scheduling.reserving import one_at_a_time
from production.scheduling.standing import kept
from production.scheduling.work import Work, kept_splits, plant_work, run_id, ticket_and_part
from store.db import UnitOfWork

Was = TypeVar("Was", RunWas, PinWas, FreeWas, SplitWas)


@dataclass(frozen=True, slots=True)
class Change:
    """What would come of a change: the schedule with it, and the lots that are done at another time."""

    work: Work
    made: Made
    moved: Sequence[Moved]

    def start_of(self, run: str) -> tuple[str, datetime]:
        """Where and when a run would begin."""
        board = self.made.board
        k = next(k for k, one in enumerate(board.problem.operations) if one.id == run)
        placed = self.made.plan.placed[k]
        start = board.problem.now + timedelta(minutes=begins(board, placed))
        return board.problem.work_centers[placed.center].id, start


def if_moved(session: Session, run: str, work_center: str, not_before: datetime, now: datetime) -> Change:
    """What would move if a run were put on a work center, at the first moment from then on that it can have there.
    NotFound, Conflict STATE where it runs already, InvalidInput SPEC_FIELD, PINNED_CLASH, SCHEDULE_INFEASIBLE.
    """
    work = plant_work(session, now, loose={run})
    _refuse_fixed(work, run, _operation(session, run))
    start = not_before.astimezone(work.problem.now.tzinfo).replace(second=0, microsecond=0)
    board, plan = with_moved(work.problem, kept(session).standing, run, work_center, start, work.overdue)
    return _change(session, work, as_moved(board, plan), run)


def move(
    uow: UnitOfWork, run: str, work_center: str, not_before: datetime, *, seen: UUID
) -> tuple[Change, Schedule]:
    """Move and pin it. ``seen``: the schedule that the person looked at. StaleVersion where it is another by now."""
    session = uow.session
    before = _seen(session, seen)
    change = if_moved(session, run, work_center, not_before, uow.now)
    place, start = change.start_of(run)
    row = _keep(uow, change, before, run)
    operation, part = change.work.rows[run].operation, change.work.rows[run].part
    session.merge(SchedulePin(
        operation_id=operation.id, part=part, work_center=place, starts_at=start, pinned_at=uow.now,
        pinned_by=uow.actor.name,
    ))  # fmt: skip
    uow.audit("operation", operation.ulid, "moved", run=run, work_center=place, starts_at=start.isoformat())
    return change, row


def if_split(session: Session, ticket: str, quantities: tuple[int, ...], now: datetime) -> Change:
    """What would move if an operation were split into so many of its units each, or put together again: one quantity.
    NotFound, InvalidInput COUNT, Conflict STATE.
    """
    operation = _operation(session, ticket)
    if min(quantities) < 1 or sum(quantities) != operation.quantity:
        most = (
            f"Write 1 to {operation.quantity - 1:,}."
            if operation.quantity
            else "Nobody knows how many come out."
        )
        raise refused_field("COUNT", "second", most)
    runs = [run_id(ticket, part) for part in range(len(quantities))]
    work = plant_work(
        session, now, loose={ticket, *runs}, splits={**kept_splits(session), operation.id: quantities}
    )
    _refuse_fixed(work, ticket, operation)
    standing = dict(kept(session).standing)
    if whole := standing.get(ticket):
        standing |= {run: Stands("", whole.start, whole.start) for run in runs[1:]}
        standing |= coming_along(work.problem, standing, ticket, whole.start)
    board, plan = again(work.problem, standing, work.overdue)
    return _change(session, work, as_moved(board, plan), ticket)


def split(
    uow: UnitOfWork, ticket: str, quantities: tuple[int, ...], *, seen: UUID
) -> tuple[Change, Schedule]:
    """Split it, or put it together again. Its pins are gone."""
    session = uow.session
    before = _seen(session, seen)
    change = if_split(session, ticket, quantities, uow.now)
    row = _keep(uow, change, before, ticket)
    operation = change.work.rows[ticket].operation
    session.execute(delete(SchedulePin).filter_by(operation_id=operation.id))
    session.execute(delete(ScheduleSplit).filter_by(operation_id=operation.id))
    if len(quantities) > 1:
        session.add(ScheduleSplit(
            operation_id=operation.id, quantities=quantities, split_at=uow.now, split_by=uow.actor.name,
        ))  # fmt: skip
    uow.audit("operation", operation.ulid, "split", ticket=ticket, quantities=list(quantities))
    return change, row


def weigh(uow: UnitOfWork, ticket: str, weight: int, reason: str) -> None:
    """What a minute late of the lot of a run costs against one of others, from the next schedule on."""
    session, operation = uow.session, _operation(uow.session, ticket)
    lot = session.get_one(Lot, operation.lot_id)
    session.merge(LotWeight(
        lot_id=lot.id, weight=weight, reason=reason, said_at=uow.now, said_by=uow.actor.name
    ))  # fmt: skip
    uow.audit("lot", lot.ulid, "weighed", lot=lot.number, weight=weight, reason=reason)


def unpin(uow: UnitOfWork, run: str) -> None:
    """It stays where it is until the plant is scheduled again. NotFound."""
    operation = _operation(uow.session, run)
    pin = uow.session.get(SchedulePin, (operation.id, ticket_and_part(run)[1]))
    if pin is None:
        raise NotFound("It is not pinned.")
    uow.session.delete(pin)
    uow.audit("operation", operation.ulid, "unpinned", run=run)


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
    session.execute(delete(ScheduleSplit))
    session.add_all(
        ScheduledRun(**asdict(one) | {"first_to": one.first_to or one.run_to}) for one in before.runs
    )
    session.add_all(SchedulePin(**asdict(one)) for one in before.pins)
    session.add_all(ScheduleSplit(**asdict(one)) for one in before.splits)
    for one in before.free:
        if run := session.get(ReservedRun, (one.reservation_id, one.step)):
            run.work_center, run.run_from, run.run_to = one.work_center, one.run_from, one.run_to
    row.status, row.late_weighted, row.bound = before.status, before.late_weighted, before.bound
    row.before, row.moved, row.helps = None, (), ()
    uow.audit("schedule", row.ulid, "undone")


def _refuse_fixed(work: Work, run: str, operation: Operation) -> None:
    """What runs is not moved, and what has no place cannot be."""
    left_out = next((one.why for one in work.unplaced if one.ticket == operation.ticket), "It is done.")
    if operation.state is OperationState.RUNNING:
        raise IllegalTransition(f"{operation.ticket} runs already, and what runs is not moved.")
    if run not in work.rows:
        raise IllegalTransition(f"{run} cannot be placed. {left_out}")


def _seen(session: Session, seen: UUID) -> Before:
    """As it stands, if it still is what the person looked at."""
    one_at_a_time(session)
    row = session.get(Schedule, 1)
    if row is None or row.ulid != seen:
        raise StaleVersion("The schedule has changed since you looked. Look at it again, then repeat.")
    free = (run for one in held_places(session, clock.now()) for run in one.runs)
    return Before(
        row.status, row.late_weighted, row.bound, _as_they_are(session.scalars(select(ScheduledRun)), RunWas),
        _as_they_are(session.scalars(select(SchedulePin)), PinWas), _as_they_are(free, FreeWas),
        _as_they_are(session.scalars(select(ScheduleSplit)), SplitWas),
    )  # fmt: skip


def _as_they_are(rows: Iterable[object], shape: type[Was]) -> tuple[Was, ...]:
    names = [one.name for one in fields(shape)]
    return tuple(shape(**{name: getattr(row, name) for name in names}) for row in rows)


def _keep(uow: UnitOfWork, change: Change, before: Before, by_hand: str) -> Schedule:
    row = uow.session.get_one(Schedule, 1)
    seconds, seed = row.seconds, row.seed
    uow.session.expunge(row)
    return keep(uow, change.work, change.made, seconds=seconds, seed=seed, before=before, by_hand=by_hand)


def _change(session: Session, work: Work, made: Made, by_hand: str) -> Change:
    work = replace(work, problem=made.board.problem)
    return Change(work, made, moved_lots(session, work, made, by_hand))


def _operation(session: Session, run: str) -> Operation:
    ticket, _ = ticket_and_part(run)
    found = session.scalar(select(Operation).filter_by(ticket=ticket))
    if found is None:
        raise NotFound("There is no such ticket.")
    return found
