"""Steps that stopped: told on the timeline of the job or stream, with a hold when a person must act."""

from __future__ import annotations

from kernel.errors import UserError
from kernel.ids import parse_ulid
from production.jobs import lifecycle
from production.jobs.states import Stops
from production.jobs.stopped_work import PARKED, STEPS, owners_of
from store import outbox
from store.db import UnitOfWork
from store.outbox import OutboxMessage


def park(uow: UnitOfWork, message: OutboxMessage, *, cause: str, incident: str, stops: Stops | None) -> None:
    """Stop a step until a person has looked: message closed with its cause; its subject waits for it where ``stops``
    says so.
    """
    words = f"{STEPS.get(message.task, message.task)} stopped: {cause.rstrip('.')}. Incident {incident}."
    outbox.close(uow, message.key, words)
    uow.audit("outbox", parse_ulid(message.subject), "parked", key=message.key, incident=incident)
    if stops is not None:
        for owner in owners_of(uow.session, parse_ulid(message.subject)):
            lifecycle.hold(uow, owner, reason=PARKED, words=words, stops=stops)


def refuse(uow: UnitOfWork, message: OutboxMessage, error: UserError) -> None:
    """End a step that the caller's error makes impossible; the words go on the timeline."""
    outbox.close(uow, message.key, error.sentence)
    for owner in owners_of(uow.session, parse_ulid(message.subject)):
        lifecycle.note(uow, owner, "step_refused", step=message.task, code=error.instance_code)
