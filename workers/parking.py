"""Steps that stopped: told on the timeline of the job or batch, with a hold when a person must act."""

from __future__ import annotations

from sqlalchemy import select

from kernel.errors import UserError
from kernel.ids import parse_ulid
from production.jobs import lifecycle
from production.jobs.models import Job, Operation, PresortBatch
from store import outbox
from store.db import UnitOfWork
from store.outbox import OutboxMessage

HOLD_REASON = "step_parked"


def park(uow: UnitOfWork, message: OutboxMessage, *, cause: str, incident: str) -> None:
    """Stop a step until a person has looked: message closed with its cause, subject on hold."""
    words = f"The step '{message.task}' stopped: {cause.rstrip('.')}. Incident {incident}."
    outbox.close(uow, message.key, words)
    uow.audit("outbox", parse_ulid(message.subject), "parked", key=message.key, incident=incident)
    owner = _owner(uow, message)
    if owner is not None:
        lifecycle.hold(uow, owner, reason=HOLD_REASON, words=words)


def refuse(uow: UnitOfWork, message: OutboxMessage, error: UserError) -> None:
    """End a step that the caller's error makes impossible; the words go on the timeline."""
    outbox.close(uow, message.key, error.sentence)
    owner = _owner(uow, message)
    if owner is not None:
        lifecycle.note(uow, owner, "step_refused", step=message.task, code=error.instance_code)


def _owner(uow: UnitOfWork, message: OutboxMessage) -> Job | PresortBatch | None:
    """The job or batch that people look at for this subject; None for sheets and periods."""
    ulid = parse_ulid(message.subject)
    operation = uow.session.scalars(select(Operation).filter_by(ulid=ulid)).first()
    of_job = Job.ulid == ulid if operation is None else Job.id == operation.job_id
    of_batch = PresortBatch.ulid == ulid if operation is None else PresortBatch.id == operation.batch_id
    return (
        uow.session.scalars(select(Job).where(of_job)).first()
        or uow.session.scalars(select(PresortBatch).where(of_batch)).first()
    )
