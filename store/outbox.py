"""The outbox: what must be done, written in the business transaction; Redis only wakes somebody up.

A message is open until ``done_at``. A step that must be tried again closes its message and writes the next
one in the same transaction, so an unfinished step has exactly one open message. Times that decide anything
are the database's.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, Text, func, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel import clock
from kernel.errors import Conflict, NotFound
from kernel.ids import show_ulid
from store.claims import Claim, StepClaim
from store.columns import Base, Json, UtcDateTime, key_column
from store.db import UnitOfWork

_STEP_KEY = re.compile(r"[A-Za-z0-9_-]{1,110}", re.ASCII)
CHANNEL = "outbox"  # a trigger notifies it at the commit of every new message


class OutboxMessage(Base):
    """One wish for a task. ``key`` becomes the RQ job id, so letters, digits, '_' and '-' only."""

    __tablename__ = "outbox"
    id: Mapped[int] = key_column()
    key: Mapped[str] = mapped_column(String(120), unique=True)
    step_key: Mapped[str] = mapped_column(String(110))  # without the attempt: what is claimed
    task: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(40))
    attempt: Mapped[int]
    failures: Mapped[int]  # attempts that ended in a crash or a bug since a person last looked
    arguments: Mapped[Mapping[str, str | int]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    not_before: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failure: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index("ix_outbox_unsent", "id", postgresql_where=text("sent_at IS NULL AND done_at IS NULL")),
        Index("ix_outbox_open", "sent_at", postgresql_where=text("done_at IS NULL")),
        Index("uq_outbox_open_step", "step_key", unique=True, postgresql_where=text("done_at IS NULL")),
    )


def request(
    uow: UnitOfWork, task: str, subject: UUID, *, delay: timedelta | None = None, **arguments: str | int
) -> str:
    """Ask for a task about a subject in this transaction; gives the key. Arguments are ids only: letters,
    digits and '_' (ValueError). ``delay``: not before then.
    """
    part = "".join(f"-{arguments[name]}" for name in sorted(arguments))
    step_key = f"{task}-{show_ulid(subject)}{part}"
    if not _STEP_KEY.fullmatch(step_key):
        raise ValueError(f"not a step key: {step_key!r}")
    message = OutboxMessage(
        key=f"{step_key}-1", step_key=step_key, task=task, subject=show_ulid(subject), attempt=1, failures=0,
        arguments=arguments, created_at=uow.now,
        not_before=func.clock_timestamp() + delay if delay else None, sent_at=_in_hand(),
    )  # fmt: skip
    uow.session.add(message)
    return message.key


def request_again(
    uow: UnitOfWork, message: OutboxMessage, *, failures: int = 0, delay: timedelta | None = None
) -> str:
    """The next attempt of a task under a new key, perhaps not at once; the old message is closed."""
    if message.done_at is None:
        message.done_at = uow.now
        uow.session.flush()  # the old message closes first: a step has one open message
    step_key, attempt = message.step_key, message.attempt + 1
    uow.session.add(
        OutboxMessage(
            key=f"{step_key}-{attempt}", step_key=step_key, task=message.task, subject=message.subject,
            attempt=attempt, failures=failures, arguments=message.arguments, created_at=uow.now,
            not_before=func.clock_timestamp() + delay if delay else None, sent_at=_in_hand(),
        )
    )  # fmt: skip
    return f"{step_key}-{attempt}"


def _in_hand() -> Any:
    """Who acts at an instant that was given does the steps as well, for no worker's clock says so; what is left open is
    sent again by the sweeper.
    """
    return func.clock_timestamp() if clock.is_given() else None


def try_parked(uow: UnitOfWork, key: str) -> str:
    """A person wants a parked or failed step tried again; Conflict when a later attempt exists already."""
    message = uow.session.scalars(select(OutboxMessage).filter_by(key=key).with_for_update()).first()
    if message is None:
        raise NotFound("There is no such step.")
    newest = select(func.max(OutboxMessage.attempt)).where(OutboxMessage.step_key == message.step_key)
    if message.failure is None or message.attempt != uow.session.scalar(newest):
        raise Conflict("This step is not waiting for a person.")
    uow.audit("outbox", None, "tried_again", key=key)
    return request_again(uow, message)


def parked(session: Session) -> list[OutboxMessage]:
    """Steps that stopped for good or for a person, newest attempt only, oldest first."""
    later = OutboxMessage.__table__.alias("later")
    query = (
        select(OutboxMessage)
        .where(OutboxMessage.failure.is_not(None))
        .where(
            ~select(later.c.id)
            .where(later.c.step_key == OutboxMessage.step_key, later.c.attempt > OutboxMessage.attempt)
            .exists()
        )
        .order_by(OutboxMessage.id)
    )
    return list(session.scalars(query))


def open_message(session: Session, key: str) -> OutboxMessage | None:
    """The message under this key, locked until the transaction ends; None when it is closed or unknown."""
    query = select(OutboxMessage).where(OutboxMessage.key == key, OutboxMessage.done_at.is_(None))
    return session.scalars(query.with_for_update()).first()


def _is_due() -> Any:
    return OutboxMessage.not_before.is_(None) | (OutboxMessage.not_before <= func.clock_timestamp())


def take_unsent(session: Session, limit: int, *, tasks: Collection[str]) -> list[OutboxMessage]:
    """Unsent messages that are due, in order, locked against other relays until the transaction ends."""
    query = (
        select(OutboxMessage)
        .where(OutboxMessage.sent_at.is_(None), OutboxMessage.done_at.is_(None), _is_due())
        .where(OutboxMessage.task.in_(tasks))  # a newer version's tasks wait for its own relay
        .order_by(OutboxMessage.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(session.scalars(query))


def open_keys(session: Session) -> tuple[list[str], int]:
    """Keys of open messages that are due, in order, and the count of all open ones; who acts at an instant that was
    given sees those of that instant alone.
    """
    query = select(OutboxMessage.key, _is_due()).where(OutboxMessage.done_at.is_(None))
    if clock.is_given():
        query = query.where(OutboxMessage.created_at == clock.now())
    rows = session.execute(query.order_by(OutboxMessage.id)).all()
    return [key for key, due in rows if due], len(rows)


def mark_sent(uow: UnitOfWork, messages: list[OutboxMessage]) -> None:
    """These were handed to Redis just now."""
    ids = [message.id for message in messages]
    values = {"sent_at": func.clock_timestamp()}
    uow.session.execute(update(OutboxMessage).where(OutboxMessage.id.in_(ids)).values(values))


def stranded(session: Session, older_than: timedelta) -> list[OutboxMessage]:
    """Sent long ago, still open and never claimed by this attempt: to be sent again under the same key."""
    query = (
        select(OutboxMessage)
        .outerjoin(StepClaim, StepClaim.step_key == OutboxMessage.step_key)
        .where(
            OutboxMessage.done_at.is_(None),
            OutboxMessage.sent_at < func.clock_timestamp() - older_than,
            StepClaim.id.is_(None)
            | (StepClaim.attempt < OutboxMessage.attempt)
            | StepClaim.done_at.is_not(None),
        )
        .order_by(OutboxMessage.id)
        .with_for_update(of=OutboxMessage, skip_locked=True)
    )
    return list(session.scalars(query))


def abandoned(session: Session) -> list[tuple[OutboxMessage, Claim]]:
    """Claimed by this attempt, lease expired, not done. Both rows are locked; those in use are left out."""
    query = _abandoned(select(OutboxMessage, StepClaim)).order_by(OutboxMessage.id)
    query = query.with_for_update(skip_locked=True)
    return [(message, Claim(row.step_key, row.fence)) for message, row in session.execute(query)]


def abandoned_count(session: Session) -> int:
    """How many steps a worker left in the middle; a parked one, whose message is closed, waits for a person instead."""
    return session.scalar(_abandoned(select(func.count()).select_from(OutboxMessage))) or 0


def _abandoned(query: Any) -> Any:
    return query.join(StepClaim, StepClaim.step_key == OutboxMessage.step_key).where(
        OutboxMessage.done_at.is_(None),
        StepClaim.done_at.is_(None),
        StepClaim.attempt >= OutboxMessage.attempt,
        StepClaim.lease_until < func.clock_timestamp(),
    )


def close(uow: UnitOfWork, key: str, failure: str | None = None) -> None:
    """Mark a message done (or failed for good, with the cause in words)."""
    values = {"done_at": uow.now, "failure": failure}
    uow.session.execute(update(OutboxMessage).where(OutboxMessage.key == key).values(values))
