"""What operators see: the queue of segments, and one operation with everything to know about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from sqlalchemy import Row, Select, case, func, literal, select, tuple_, union_all
from sqlalchemy.orm import Session, aliased

from kernel.errors import NotFound
from production.floor.copies import copies_of
from production.floor.operations import FLOOR_KINDS, find_ticket
from production.jobs.models import Job, Operation, PresortBatch
from production.jobs.states import OperationKind, OperationState
from production.mailroom.pieces.models import Spoil
from production.mailroom.pieces.ranges import Run, from_pieces
from production.mailroom.streams.models import BatchSlice
from production.people.models import Agency

QUEUE_STATES = (OperationState.READY, OperationState.RUNNING)


@dataclass(frozen=True, slots=True)
class QueueItem:
    """One operation to be done. ``pages`` those of the print file, when there is one."""

    ticket: str
    kind: str
    state: str
    batch_number: str
    segment: int
    pieces: int
    pages: int | None
    envelope: str
    mail_date: date
    is_rush: bool
    is_reprint: bool
    file_sha256: str | None
    operator: str | None
    work_center: str | None
    started_at: datetime | None
    titles: tuple[str, ...]
    agencies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A page of the queue; ``after`` is the ticket to continue behind, None at the end."""

    items: tuple[QueueItem, ...]
    after: str | None


@dataclass(frozen=True, slots=True)
class SpoilLine:
    """Spoiled pieces of one report: why, who, when, and the ticket of the merge that replaces them."""

    pieces: tuple[Run, ...]
    reason: str
    actor: str
    at: datetime
    replaced_by: str | None


@dataclass(frozen=True, slots=True)
class OperationDetail:
    """One operation: its line in the queue, counts, sheets to pull, spoils."""

    item: QueueItem
    good: int | None
    spoiled: int | None
    finished_at: datetime | None
    pieces: tuple[Run, ...]
    pull: tuple[Run, ...]  # withdrawn: printed with the file, not to be inserted
    spoils: tuple[SpoilLine, ...]


def queue(
    session: Session,
    *,
    kinds: Iterable[OperationKind] = FLOOR_KINDS,
    states: Iterable[OperationState] = QUEUE_STATES,
    after: str | None = None,
    limit: int = 50,
) -> QueuePage:
    """Operations to do: rush first, then by mail date, and with it by due date; by batch and segment. ``after`` is a
    ticket of this queue.
    """
    query = _in_order(kinds, states, limit)
    if after is not None:
        last = find_ticket(session, after)
        place = session.execute(select(*_ORDER).select_from(_JOINED).where(Operation.id == last.id)).one()
        query = query.where(tuple_(*_ORDER) > tuple_(*place))
    (page,) = _pages(session, [session.execute(query).all()], [limit])
    return page


def queues(session: Session, groups: Sequence[tuple[Iterable[OperationState], int]]) -> tuple[QueuePage, ...]:
    """The first page of several queues of the floor, each of some states and so long, asked for at once."""
    parts = [
        _in_order(FLOOR_KINDS, states, limit).add_columns(literal(number).label("part")).subquery()
        for number, (states, limit) in enumerate(groups)
    ]
    query = union_all(*(select(part) for part in parts)).order_by("part", "place")
    rows: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in session.execute(query):
        rows[row.part].append(row)
    return _pages(session, [rows[number] for number in range(len(groups))], [limit for _, limit in groups])


def operation_detail(session: Session, ticket: str) -> OperationDetail:
    """One operation of the floor by its ticket. InvalidInput TICKET, or NotFound."""
    operation = find_ticket(session, ticket)
    if operation.first_piece is None:
        raise NotFound(
            f"{operation.ticket} covers the whole batch; it is not worked on the floor.", code="TICKET"
        )
    row = session.execute(_items().where(Operation.id == operation.id)).one()
    (page,) = _pages(session, [[row]], [1])
    copies = copies_of(session, operation)
    return OperationDetail(
        item=page.items[0],
        good=operation.good,
        spoiled=operation.spoiled,
        finished_at=operation.finished_at,
        pieces=from_pieces(copies.pieces),
        pull=from_pieces(copies.withdrawn),
        spoils=spoil_lines(session, Spoil.operation_id == operation.id),
    )


def spoil_lines(session: Session, which: Any) -> tuple[SpoilLine, ...]:
    """Spoils that fit the condition, one line for each report and replacement, oldest first."""
    merge = aliased(Operation)
    rows = session.execute(
        select(Spoil.recorded_at, Spoil.reason, Spoil.actor, merge.ticket, Spoil.piece)
        .outerjoin(merge, merge.id == Spoil.replacement_id)
        .where(which)
        .order_by(Spoil.recorded_at, Spoil.piece)
    )
    reports: dict[tuple[datetime, str, str, str | None], list[int]] = defaultdict(list)
    for at, reason, actor, ticket, piece in rows:
        reports[at, reason, actor, ticket].append(piece)
    return tuple(
        SpoilLine(from_pieces(np.array(pieces, np.int64)), reason, actor, at, ticket)
        for (at, reason, actor, ticket), pieces in reports.items()
    )


# A batch hurries when one of its jobs does.
_RUSH = (
    select(Job.id)
    .where(Job.batch_id == PresortBatch.id, Job.options["rush"].as_string() == "true")
    .correlate(PresortBatch)
    .exists()
)
_ORDER = (
    case((_RUSH, 0), else_=1),
    PresortBatch.mail_date,
    PresortBatch.id,
    func.coalesce(Operation.segment, 0),
    Operation.id,
)
_MERGE = aliased(Operation)
_REPRINTED = (
    select(func.count(Spoil.id))
    .join(_MERGE, _MERGE.id == Spoil.replacement_id)
    .where(_MERGE.batch_id == Operation.batch_id, _MERGE.segment == Operation.segment)
    .correlate(Operation)
    .scalar_subquery()
)
_JOINED = Operation.__table__.join(PresortBatch.__table__, PresortBatch.id == Operation.batch_id)


_FIRST_PIECE, _LAST_PIECE = func.coalesce(Operation.first_piece, 1), func.coalesce(Operation.last_piece, 0)
_ITEM = (
    Operation.ticket, Operation.kind, Operation.state, Operation.segment, Operation.pages, Operation.file_sha256,
    Operation.operator, Operation.work_center, Operation.started_at, Operation.batch_id,
    PresortBatch.number.label("batch_number"), PresortBatch.envelope, PresortBatch.mail_date,
    (_LAST_PIECE - _FIRST_PIECE + 1).label("pieces"), _RUSH.label("is_rush"), _REPRINTED.label("reprinted"),
)  # fmt: skip


def _items() -> Select[*tuple[Any, ...]]:
    return select(*_ITEM).select_from(_JOINED)


def _in_order(
    kinds: Iterable[OperationKind], states: Iterable[OperationState], limit: int
) -> Select[*tuple[Any, ...]]:
    """The first of a queue, and one more to tell whether more follow."""
    place = func.row_number().over(order_by=_ORDER).label("place")
    query = _items().add_columns(place).order_by(*_ORDER).limit(limit + 1)
    return query.where(Operation.kind.in_(tuple(kinds)), Operation.state.in_(tuple(states)))


def _pages(
    session: Session, groups: Sequence[Sequence[Row[Any]]], limits: Sequence[int]
) -> tuple[QueuePage, ...]:
    """The rows of each group up to its limit, with their jobs."""
    titles: dict[int, list[str]] = defaultdict(list)
    agencies: dict[int, set[str]] = defaultdict(set)
    facts = session.execute(
        select(BatchSlice.batch_id, Job.title, Agency.name)
        .join(Job, Job.id == BatchSlice.job_id)
        .join(Agency, Agency.id == Job.agency_id)
        .where(BatchSlice.batch_id.in_({row.batch_id for rows in groups for row in rows}))
        .order_by(BatchSlice.batch_id, BatchSlice.position)
    )
    for batch_id, title, agency in facts:
        titles[batch_id].append(title)
        agencies[batch_id].add(agency)

    def item(row: Row[Any]) -> QueueItem:
        return QueueItem(
            ticket=row.ticket,
            kind=row.kind.value,
            state=row.state.value,
            batch_number=row.batch_number,
            segment=row.segment or 0,
            pieces=row.reprinted or row.pieces,
            pages=row.pages,
            envelope=row.envelope,
            mail_date=row.mail_date,
            is_rush=row.is_rush,
            is_reprint=row.reprinted > 0,
            file_sha256=row.file_sha256,
            operator=row.operator,
            work_center=row.work_center,
            started_at=row.started_at,
            titles=tuple(titles[row.batch_id]),
            agencies=tuple(sorted(agencies[row.batch_id])),
        )

    return tuple(
        QueuePage(tuple(map(item, rows[:limit])), rows[limit - 1].ticket if len(rows) > limit else None)
        for rows, limit in zip(groups, limits, strict=True)
    )
