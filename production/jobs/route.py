"""The route of a batch or job: finding its operations and walking one to its end by legal edges."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from production.jobs import lifecycle
from production.jobs.models import Job, Operation, PresortBatch
from production.jobs.states import OperationKind
from production.jobs.states import OperationState as O
from store.db import UnitOfWork

FINAL = (O.DONE, O.SKIPPED)
_NEXT = {O.WAITING: "make_ready", O.READY: "start", O.RUNNING: "finish"}


def batch_operation(session: Session, batch: PresortBatch, kind: OperationKind) -> Operation:
    """The batch's one operation of a kind that covers all its pieces."""
    return session.scalars(select(Operation).filter_by(batch_id=batch.id, kind=kind)).one()


def segment_operation(
    session: Session, batch: PresortBatch, kind: OperationKind, segment: int | None
) -> Operation:
    """The operation of a kind for one segment of a batch."""
    return session.scalars(select(Operation).filter_by(batch_id=batch.id, kind=kind, segment=segment)).one()


def jobs_of(session: Session, batch: PresortBatch) -> Sequence[Job]:
    """The jobs of a batch, by number."""
    return session.scalars(select(Job).filter_by(batch_id=batch.id).order_by(Job.number)).all()


def make_ready(uow: UnitOfWork, operation: Operation) -> None:
    """Ready, if it was waiting."""
    if operation.state is O.WAITING:
        lifecycle.advance(uow, operation, "make_ready")


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
