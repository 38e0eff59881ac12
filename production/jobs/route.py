"""The route of a lot: finding its operations and walking one to its end by legal edges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from kernel.ids import new_ulid
from production.jobs import lifecycle
from production.jobs.models import Job, Lot, LotShare, Operation
from production.jobs.numbering import ticket
from production.jobs.states import LotState, OperationCode, OperationState
from production.jobs.states import OperationState as O
from store.db import UnitOfWork

OneJob = TypeVar("OneJob", bound=Job)

FINAL = (O.DONE, O.SKIPPED)
_NEXT = {O.WAITING: "make_ready", O.READY: "start", O.RUNNING: "finish"}


# The place of each operation in the route of mail, and the steps it waits for; as in the shipped routes of the catalog.
ROUTE: dict[str, tuple[int, tuple[int, ...]]] = {
    OperationCode.SORT: (5, ()),
    OperationCode.METER: (10, ()),
    OperationCode.PRESORT: (10, ()),
    OperationCode.MERGE: (20, (10,)),
    OperationCode.PAPERS: (30, (10,)),
    OperationCode.PRINT: (40, (20,)),
    OperationCode.FOLD_INSERT: (50, (40,)),
    OperationCode.RECONCILE: (60, (40, 50)),
    OperationCode.DISPATCH: (70, (30, 60)),
    OperationCode.DELIVER: (80, (70,)),
}


def new_operation(
    uow: UnitOfWork,
    lot: Lot,
    code: str,
    state: OperationState,
    *,
    segment: int | None = None,
    pieces: tuple[int, int] | None = None,
    planned_minutes: int | None = None,
) -> Operation:
    """An operation of a lot with its ticket; of a segment with its first and last piece."""
    first, last = pieces or (None, None)
    step, needs = ROUTE[code]
    return Operation(
        ulid=new_ulid(uow.now),
        ticket=ticket(lot.number, step, segment),
        lot_id=lot.id,
        type=code,
        state=state,
        version=1,
        step=step,
        needs=needs,
        segment=segment,
        first_piece=first,
        last_piece=last,
        planned_minutes=planned_minutes,
    )


def lot_operation(session: Session, lot: Lot, code: str) -> Operation:
    """The lot's one operation of a type that covers all of it."""
    return session.scalars(select(Operation).filter_by(lot_id=lot.id, type=code)).one()


def has_step(session: Session, lot: Lot, code: str) -> bool:
    """Is there an operation of a type in its route?"""
    return session.scalar(select(exists().where(Operation.lot_id == lot.id, Operation.type == code))) is True


def segment_operation(session: Session, lot: Lot, code: str, segment: int | None) -> Operation:
    """The operation of a type for one segment of a lot."""
    return session.scalars(select(Operation).filter_by(lot_id=lot.id, type=code, segment=segment)).one()


def jobs_of(session: Session, lot: Lot, kind: type[OneJob]) -> Sequence[OneJob]:
    """The jobs of a kind that share a lot, by number."""
    query = select(kind).join(LotShare, LotShare.job_id == kind.id).where(LotShare.lot_id == lot.id)
    return session.scalars(query.order_by(kind.number)).all()


def lots_of(job: Job) -> Select[int]:
    """The keys of the lots a job is in; a dissolved one holds nothing any more."""
    shares = select(LotShare.lot_id).join(Lot, Lot.id == LotShare.lot_id)
    return shares.where(LotShare.job_id == job.id, Lot.state != LotState.CANCELLED)


def make_ready(uow: UnitOfWork, operation: Operation) -> None:
    """Ready, if it was waiting."""
    if operation.state is O.WAITING:
        lifecycle.advance(uow, operation, "make_ready")


def ready_next(uow: UnitOfWork, operation: Operation) -> None:
    """Make ready what waited for this finished operation: the same segment of a later step, or a step that covers the
    lot once every segment is done.
    """
    uow.session.flush()
    in_lot = select(Operation).filter_by(lot_id=operation.lot_id)
    mine = Operation.segment.is_(None) | (Operation.segment == operation.segment)
    still = in_lot.where(mine, Operation.state == O.WAITING).order_by(Operation.id)
    for waiting in uow.session.scalars(still).all():
        if operation.step not in waiting.needs:
            continue
        before = in_lot.where(Operation.step.in_(waiting.needs), Operation.state.not_in(FINAL))
        if waiting.segment is not None:
            before = before.where(mine)
        if uow.session.scalars(before.limit(1)).first() is None:
            lifecycle.advance(uow, waiting, "make_ready")


def complete(uow: UnitOfWork, operation: Operation, *, good: int | None = None) -> None:
    """Walk an operation that people do in one act to DONE; nothing when it is there (work done again)."""
    while operation.state not in FINAL:
        verb = _NEXT.get(operation.state, "finish")
        details = {"good": good} if verb == "finish" and good is not None else {}
        lifecycle.advance(uow, operation, verb, **details)
        if verb == "start":
            operation.operator, operation.started_at = uow.actor.name, uow.now
    operation.good = good if good is not None else operation.good
    operation.finished_at = operation.finished_at or uow.now
