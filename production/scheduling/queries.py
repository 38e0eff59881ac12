"""The kept schedule as its board shows it: each run on its machine, how its lot stands, and what has no place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from kernel.clock import business_date
from kernel.errors import NotFound
from production.catalog.hours import PlantHours, Window, open_minutes, plant_hours
from production.catalog.models import OperationType, WorkCenter
from production.jobs.models import Job, Lot, LotShare, Operation
from production.jobs.route import FINAL
from production.jobs.states import LotKind, OperationState
from production.mailings.cut_offs import CUT_OFFS, of_day
from production.people.models import Agency
from production.scheduling.models import (
    LateHelp,
    LotWeight,
    Schedule,
    ScheduledRun,
    SchedulePin,
    ScheduleRefusal,
    ScheduleSplit,
)
from production.scheduling.moving import Change
from production.scheduling.tray import OffBoard, off_board
from production.scheduling.work import plant_work, run_id, ticket_and_part

TIGHT = timedelta(minutes=30)  # spare below which a day is tight: picture 09 of the design


@dataclass(frozen=True, slots=True)
class Placed:
    """A run on the board. ``state``: done, running, planned, tight or late, by when its lot is done."""

    ticket: str
    name: str
    title: str
    lot: str
    lot_kind: LotKind
    start: datetime
    end: datetime
    minutes: int
    is_guess: bool
    state: str
    is_pinned: bool


class Machine(NamedTuple):
    """A work center with its runs in their order, or one that could do such work; ``load``: percent of its open minutes
    in the time shown that runs take, None where it is not open then.
    """

    code: str
    name: str
    runs: Sequence[Placed]
    closed: Sequence[Window]
    load: int | None


@dataclass(frozen=True, slots=True)
class RunPage:
    """A run with what may be done about it. ``run``: where it stands, None where it has no place; ``machines``: code
    and name of those that can do it; ``pin``, ``weight``: what a person said; ``quantity``: of the operation,
    ``parts`` that it is split into, if it is.
    """

    schedule: Schedule | None
    ticket: str
    id: str
    name: str
    lot: str
    title: str
    run: ScheduledRun | None
    machines: Sequence[tuple[str, str]]
    pin: SchedulePin | None
    state: OperationState
    quantity: int | None
    parts: tuple[int, ...]
    weight: LotWeight | None


class Departure(NamedTuple):
    """A cut-off of the dock: ``lots`` on the schedule that must be ready by then, and how many will be ``late``."""

    name: str
    at: datetime
    lots: int
    late: int


class MovedLot(NamedTuple):
    """A lot that a change has done at another time. ``by``: minutes later, below zero where earlier; ``spare``: minutes
    to its day then; ``breaks``: it will be late and would not have been. Without a place it has no ``after``.
    """

    lot: str
    title: str
    before: datetime | None
    after: datetime | None
    by: int | None
    spare: int
    because: str
    breaks: bool


class LateLot(NamedTuple):
    """A lot that is late or tight. ``spare``: minutes until its day, below zero where it is late; ``help``: why, and
    what helps; of the latest, while nobody has changed the schedule by hand.
    """

    lot: str
    title: str
    agency: str
    due: datetime
    ends: datetime
    spare: int
    last: str  # the machine of its last run
    help: LateHelp | None


@dataclass(frozen=True, slots=True)
class Board:
    """``schedule``: None before the first. ``unplaced``: what has no place, with reasons; ``refusal``: why the plant
    could not be scheduled when it was asked last.
    """

    schedule: Schedule | None
    machines: Sequence[Machine]
    late: Sequence[LateLot]
    lots: int
    unplaced: Sequence[OffBoard]
    refusal: ScheduleRefusal | None
    dock: Sequence[Departure]
    names: Mapping[str, str]  # of work centers


def board(session: Session, first: datetime, last: datetime, now: datetime) -> Board:
    """The board from one instant to another."""
    rows = session.execute(_runs()).all()
    ends: dict[str, datetime] = defaultdict(lambda: first)
    for row in rows:
        ends[row.number] = max(ends[row.number], row.ScheduledRun.run_to)
    by_machine: dict[str, list[Placed]] = defaultdict(list)
    for row in rows:
        by_machine[row.place].append(_placed(row, ends[row.number]))
    centers = session.scalars(select(WorkCenter).order_by(WorkCenter.name, WorkCenter.code)).all()
    hours, names = plant_hours(session), {one.code: one.name for one in centers}
    classes = {one.work_center_class for one in centers if one.code in by_machine}
    machines = [
        _machine(hours, one.code, one.name, by_machine[one.code], first, last)
        for one in centers
        if one.code in by_machine or (one.is_active and one.work_center_class in classes)
    ]
    schedule = session.get(Schedule, 1)
    return Board(
        schedule,
        machines,
        _late(session, rows, ends, names, schedule),
        len(ends),
        off_board(session, plant_work(session, now), is_kept=schedule is not None),
        session.get(ScheduleRefusal, 1),
        _dock(session, hours, rows, ends, first, last),
        names,
    )


def _dock(
    session: Session,
    hours: PlantHours,
    rows: Sequence[Row[Any]],
    ends: Mapping[str, datetime],
    first: datetime,
    last: datetime,
) -> list[Departure]:
    """What leaves in the time shown."""
    dues = {row.number: row.ScheduledRun.due for row in rows}
    days = [business_date(first) + timedelta(days=k) for k in range((last - first).days + 1)]
    cut_offs = CUT_OFFS.rows(session)
    found = []
    for cut_off in (one for day in days for one in of_day(cut_offs, hours.calendar, day)):
        lots = [lot for lot, due in dues.items() if due == cut_off.at]
        late = sum(ends[lot] > cut_off.at for lot in lots)
        found.append(Departure(cut_off.row.name, cut_off.at, len(lots), late))
    return found


def run_page(session: Session, run: str) -> RunPage:
    """Of an operation or of a part of it. NotFound."""
    ticket, part = ticket_and_part(run)
    query = select(Operation, OperationType, Lot.number).join(
        OperationType, OperationType.code == Operation.type
    )
    row = session.execute(
        query.join(Lot, Lot.id == Operation.lot_id).where(Operation.ticket == ticket)
    ).first()
    if row is None:
        raise NotFound("There is no such run.")
    operation, kind, lot = row
    centers = select(WorkCenter.code, WorkCenter.name).filter_by(is_active=True)
    centers = centers.filter_by(work_center_class=kind.work_center_class).order_by(
        WorkCenter.name, WorkCenter.code
    )
    machines = [(code, name) for code, name in session.execute(centers)]
    split = session.get(ScheduleSplit, operation.id)
    return RunPage(
        session.get(Schedule, 1), ticket, run, kind.name, lot, _titles(session, [lot]).get(lot, ""),
        session.get(ScheduledRun, (operation.id, part)), machines, session.get(SchedulePin, (operation.id, part)),
        operation.state, operation.quantity, split.quantities if split else (),
        session.get(LotWeight, operation.lot_id),
    )  # fmt: skip


def moved_lots(session: Session, change: Change) -> list[MovedLot]:
    """What a change moves, what breaks first. What has no place is left as it is."""
    dues = {one.id: one.due for one in change.work.problem.jobs}
    titles = _titles(session, [one.job for one in change.moved])
    found = [
        MovedLot(
            one.job, titles.get(one.job, ""), one.before, one.after,
            _minutes(one.before, one.after) if one.before else None,
            _minutes(one.after, dues[one.job]), one.because,
            one.after > dues[one.job] and (one.before is None or one.before <= dues[one.job]),
        )
        for one in change.moved
        if one.after
    ]  # fmt: skip
    return sorted(found, key=lambda one: (not one.breaks, one.spare, one.lot))


def _titles(session: Session, lots: Sequence[str]) -> dict[str, str]:
    """Of the first job of each lot."""
    query = (
        select(Lot.number, Job.title).join(LotShare, LotShare.lot_id == Lot.id).where(LotShare.position == 0)
    )
    query = query.join(Job, Job.id == LotShare.job_id).where(Lot.number.in_(lots))
    return dict(session.execute(query).all())


def _agencies(session: Session, lots: Collection[str]) -> dict[str, str]:
    """The agency of each lot, or of how many it is."""
    several = func.count(Agency.id.distinct())
    query = select(Lot.number, several, func.min(Agency.name)).join(LotShare, LotShare.lot_id == Lot.id)
    query = query.join(Job, Job.id == LotShare.job_id).join(Agency, Agency.id == Job.agency_id)
    rows = session.execute(query.where(Lot.number.in_(lots)).group_by(Lot.number)) if lots else ()
    return {lot: name if number == 1 else f"{number} agencies" for lot, number, name in rows}


def _minutes(first: datetime, last: datetime) -> int:
    return int((last - first).total_seconds()) // 60


def _runs() -> Select[*tuple[Any, ...]]:
    place = ScheduledRun.work_center.label("place")
    columns = (
        ScheduledRun,
        SchedulePin.starts_at.label("pinned_to"),
        place,
        Operation.ticket,
        Operation.state,
        Operation.started_at,
        Operation.finished_at,
    )
    query: Select[*tuple[Any, ...]] = select(*columns, OperationType.name, Lot.number, Lot.kind, Job.title)
    query = query.join(Operation, Operation.id == ScheduledRun.operation_id)
    query = query.join(OperationType, OperationType.code == Operation.type).join(
        Lot, Lot.id == Operation.lot_id
    )
    is_of = (SchedulePin.operation_id == ScheduledRun.operation_id) & (SchedulePin.part == ScheduledRun.part)
    query = query.outerjoin(SchedulePin, is_of)
    query = query.outerjoin(LotShare, (LotShare.lot_id == Lot.id) & (LotShare.position == 0))
    return query.outerjoin(Job, Job.id == LotShare.job_id).order_by(
        ScheduledRun.run_from, Operation.id, ScheduledRun.part
    )


def _placed(row: Row[Any], ends: datetime) -> Placed:
    run = row.ScheduledRun
    start, end, state = run.run_from, run.run_to, _standing(ends, run.due)
    if row.state in FINAL:
        start, end, state = row.started_at or start, row.finished_at or end, "done"
    elif row.state is OperationState.RUNNING:
        start, state = row.started_at or start, "running"
    return Placed(
        run_id(row.ticket, run.part),
        row.name,
        row.title or "",
        row.number,
        row.kind,
        start,
        end,
        run.minutes,
        run.is_guess,
        state,
        row.pinned_to is not None,
    )


def _standing(ends: datetime, due: datetime) -> str:
    return "late" if ends > due else "tight" if due - ends < TIGHT else "planned"


def _machine(
    hours: PlantHours, code: str, name: str, runs: Sequence[Placed], first: datetime, last: datetime
) -> Machine:
    windows = hours.windows(code, first, last)
    edges = [first, *(edge for window in windows for edge in window), last]
    closed = [(edges[k], edges[k + 1]) for k in range(0, len(edges), 2) if edges[k] < edges[k + 1]]
    busy = sum(
        open_minutes(hours.windows(code, max(one.start, first), min(one.end, last)))
        for one in runs
        if one.start < last and one.end > first
    )
    return Machine(code, name, runs, closed, round(100 * busy / open_minutes(windows)) if windows else None)


def _late(
    session: Session,
    rows: Sequence[Row[Any]],
    ends: Mapping[str, datetime],
    names: Mapping[str, str],
    schedule: Schedule | None,
) -> list[LateLot]:
    last = {
        row.number: row
        for row in rows
        if row.ScheduledRun.run_to == ends[row.number]
        and _standing(ends[row.number], row.ScheduledRun.due) != "planned"
    }
    agencies = _agencies(session, last)
    helps = {one.lot: one for one in schedule.helps} if schedule else {}
    found = [
        LateLot(
            number, row.title or "", agencies.get(number, ""), row.ScheduledRun.due, ends[number],
            _minutes(ends[number], row.ScheduledRun.due), names[row.place], helps.get(number),
        )
        for number, row in last.items()
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.spare, one.lot))
