"""What operators see: the queue of segments, and one operation with everything to know about it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, func, literal, select, tuple_, union_all
from sqlalchemy.orm import Session

from production.catalog.models import OperationType, Place, WorkCenter
from production.floor.operations import counting_at, find_ticket, work_centers
from production.jobs.counting import Detail, Line, counting_of
from production.jobs.lifecycle import held_lots
from production.jobs.models import Job, Lot, LotShare, Operation
from production.jobs.states import LotKind, OperationState
from production.people.models import Agency

QUEUE_STATES = (OperationState.READY, OperationState.RUNNING)


@dataclass(frozen=True, slots=True)
class QueueItem:
    """One operation to be done. ``pages`` those of the print file, when there is one."""

    ticket: str
    type: str
    name: str
    is_of_floor: bool
    state: str
    lot_number: str
    lot_kind: LotKind
    segment: int | None
    quantity: int
    unit: str
    pages: int | None
    ready_by: date
    is_reprint: bool
    facts: tuple[tuple[str, str | date], ...]
    file_sha256: str | None
    operator: str | None
    work_center: str | None  # by its name
    planned_minutes: int | None
    started_at: datetime | None
    good: int  # so far
    spoiled: int
    titles: tuple[str, ...]
    agencies: tuple[str, ...]


class Part(NamedTuple):
    """A part of the floor's work: operations of some states, at machines of a class, at one of them, ended since; only
    those whose lot a hold keeps from starting, or only the others.
    """

    states: Sequence[OperationState]
    machines: str = ""
    work_center: str = ""
    since: datetime | None = None
    is_held: bool | None = None

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """For a query of operations with their types."""
        found = [OperationType.place == Place.FLOOR, Operation.state.in_(self.states)]
        found += [OperationType.work_center_class == self.machines] if self.machines else []
        found += [Operation.work_center == self.work_center] if self.work_center else []
        found += [Operation.finished_at >= self.since] if self.since else []
        held = Operation.lot_id.in_(held_lots("start"))
        return found + ([] if self.is_held is None else [held if self.is_held else ~held])


# How work stands, in the words of ``Load``; the order is that of urgency.
BY_STANDING = {
    "trouble": Part((OperationState.OUTCOME_UNKNOWN, OperationState.FAILED)),
    "running": Part((OperationState.RUNNING,)),
    "held": Part((OperationState.READY,), is_held=True),
    "ready": Part((OperationState.READY,), is_held=False),
    "waiting": Part((OperationState.WAITING,)),
}


class Load(NamedTuple):
    """What machines of a class have to do: operations by how they stand, and the minutes planned of those that are
    ready (of those that have a standard)."""

    code: str
    machines: str  # their names
    trouble: int
    running: int
    held: int
    ready: int
    waiting: int
    minutes: int


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A page of the queue; ``after`` is the ticket to continue behind, None at the end."""

    items: tuple[QueueItem, ...]
    after: str | None


@dataclass(frozen=True, slots=True)
class OperationDetail:
    """One operation: its line in the queue, the counts that stand, and what its room says of it."""

    item: QueueItem
    good: int | None
    spoiled: int | None
    finished_at: datetime | None
    told: Detail
    spoil_reasons: tuple[str, ...]

    @property
    def took(self) -> int | None:
        """Minutes from its start to its end, begun ones whole; None until both are known."""
        if self.item.started_at is None or self.finished_at is None:
            return None
        return math.ceil((self.finished_at - self.item.started_at) / timedelta(minutes=1))


def queue(
    session: Session, part: Part | None = None, *, after: str | None = None, limit: int = 50
) -> QueuePage:
    """Operations to do by the day they must be ready; by lot and segment. ``after`` is a
    ticket of this queue.
    """
    query = _in_order(part or Part(QUEUE_STATES), limit)
    if after is not None:
        last = find_ticket(session, after)
        place = session.execute(_joined(select(*_ORDER)).where(Operation.id == last.id)).one()
        query = query.where(tuple_(*_ORDER) > tuple_(*place))
    (page,) = _pages(session, [session.execute(query).all()], [limit])
    return page


def queues(session: Session, groups: Sequence[tuple[Part, int]]) -> tuple[QueuePage, ...]:
    """The first page of several parts of the floor's work, each so long, asked for at once."""
    parts = [
        _in_order(part, limit).add_columns(literal(number).label("part")).subquery()
        for number, (part, limit) in enumerate(groups)
    ]
    query = union_all(*(select(part) for part in parts)).order_by("part", "nth")
    rows: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in session.execute(query):
        rows[row.part].append(row)
    return _pages(session, [rows[number] for number in range(len(groups))], [limit for _, limit in groups])


def counts_of(session: Session, parts: Sequence[Part]) -> list[int]:
    """How many operations some parts of the floor's work hold, asked for at once."""
    counts = [
        select(func.count())
        .select_from(Operation)
        .join(OperationType, OperationType.code == Operation.type)
        .where(*part.conditions)
        .scalar_subquery()
        for part in parts
    ]
    return list(session.execute(select(*counts)).one())


def loads(session: Session) -> list[Load]:
    """What stands at the machines of each class that have work, those with the most ready work first."""
    machines = func.coalesce(OperationType.work_center_class, "")
    counted = [func.count().filter(*part.conditions) for part in BY_STANDING.values()]
    minutes = func.sum(Operation.planned_minutes).filter(*BY_STANDING["ready"].conditions)
    everything = Part([state for part in BY_STANDING.values() for state in part.states])
    query = (
        select(machines, *counted, func.coalesce(minutes, 0))
        .select_from(Operation)
        .join(OperationType, OperationType.code == Operation.type)
        .where(*everything.conditions)
        .group_by(machines)
    )
    names: dict[str, list[str]] = defaultdict(list)
    for place in work_centers(session):
        names[place.work_center_class].append(place.name)
    found = [
        Load(code, ", ".join(names[code]) or code.replace("_", " ").capitalize() or "No machine", *numbers)
        for code, *numbers in session.execute(query)
    ]
    return sorted(found, key=lambda load: (-load.ready, -load.running, load.machines))


def operation_detail(session: Session, ticket: str) -> OperationDetail:
    """One operation by its ticket. InvalidInput TICKET, or NotFound, also where nothing is counted."""
    operation = find_ticket(session, ticket)
    told = counting_at(session, operation).detail(session, operation)
    row = session.execute(_items().where(Operation.id == operation.id)).one()
    (page,) = _pages(session, [[row]], [1])
    return OperationDetail(
        item=page.items[0],
        good=operation.good,
        spoiled=operation.spoiled,
        finished_at=operation.finished_at,
        told=told,
        spoil_reasons=tuple(row.spoil_reasons),
    )


_ORDER = (
    Lot.ready_by,
    Lot.id,
    func.coalesce(Operation.segment, 0),
    Operation.id,
)
_ITEM = (
    Operation.id, Operation.ticket, Operation.type, Operation.state, Operation.segment, Operation.pages,
    Operation.file_sha256, Operation.operator, Operation.planned_minutes, Operation.started_at, Operation.lot_id,
    Operation.good, Operation.spoiled,
    OperationType.name, OperationType.place, OperationType.spoil_reasons, Lot.kind, Lot.ready_by,
    Lot.number.label("lot_number"), WorkCenter.name.label("work_center"),
)  # fmt: skip


def _items() -> Select[*tuple[Any, ...]]:
    query: Select[*tuple[Any, ...]] = _joined(select(*_ITEM))
    return query


def _joined(query: Any) -> Any:
    query = query.select_from(Operation).join(Lot, Lot.id == Operation.lot_id)
    query = query.join(OperationType, OperationType.code == Operation.type)
    return query.outerjoin(WorkCenter, WorkCenter.code == Operation.work_center)


def _in_order(part: Part, limit: int) -> Select[*tuple[Any, ...]]:
    """The first of a queue, and one more to tell whether more follow."""
    nth = func.row_number().over(order_by=_ORDER).label("nth")
    query = _items().add_columns(nth).order_by(*_ORDER).limit(limit + 1)
    return query.where(*part.conditions)


def _pages(
    session: Session, groups: Sequence[Sequence[Row[Any]]], limits: Sequence[int]
) -> tuple[QueuePage, ...]:
    """The rows of each group up to its limit, with their jobs."""
    rows = [row for group in groups for row in group]
    lines = _lines(session, rows)
    titles: dict[int, list[str]] = defaultdict(list)
    agencies: dict[int, set[str]] = defaultdict(set)
    facts = session.execute(
        select(LotShare.lot_id, Job.title, Agency.name)
        .join(Job, Job.id == LotShare.job_id)
        .join(Agency, Agency.id == Job.agency_id)
        .where(LotShare.lot_id.in_({row.lot_id for row in rows}))
        .order_by(LotShare.lot_id, LotShare.position)
    )
    for lot_id, title, agency in facts:
        titles[lot_id].append(title)
        agencies[lot_id].add(agency)

    def item(row: Row[Any]) -> QueueItem:
        return QueueItem(
            ticket=row.ticket,
            type=row.type,
            name=row.name,
            is_of_floor=row.place is Place.FLOOR,
            state=row.state.value,
            lot_number=row.lot_number,
            lot_kind=row.kind,
            segment=row.segment,
            quantity=lines[row.id].quantity,
            unit=lines[row.id].unit,
            pages=row.pages,
            ready_by=row.ready_by,
            is_reprint=lines[row.id].is_reprint,
            facts=lines[row.id].facts,
            file_sha256=row.file_sha256,
            operator=row.operator,
            work_center=row.work_center,
            planned_minutes=row.planned_minutes,
            started_at=row.started_at,
            good=row.good or 0,
            spoiled=row.spoiled or 0,
            titles=tuple(titles[row.lot_id]),
            agencies=tuple(sorted(agencies[row.lot_id])),
        )

    return tuple(
        QueuePage(tuple(map(item, rows[:limit])), rows[limit - 1].ticket if len(rows) > limit else None)
        for rows, limit in zip(groups, limits, strict=True)
    )


def _lines(session: Session, rows: Iterable[Row[Any]]) -> dict[int, Line]:
    """What the rooms say of these operations, one question a kind of lot."""
    by_kind: dict[LotKind, list[int]] = defaultdict(list)
    for row in rows:
        by_kind[row.kind].append(row.id)
    return {
        key: line
        for kind, keys in by_kind.items()
        for key, line in counting_of(kind).lines(session, keys).items()
    }
