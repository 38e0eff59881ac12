"""The outbox: what must be done, written in the business transaction; Redis only wakes somebody up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, Text, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.ids import show_ulid
from store.columns import Json, UtcDateTime
from store.db import Base, UnitOfWork, key_column


class OutboxMessage(Base):
    """One wish for a task. ``key`` becomes the RQ job id, so letters, digits, '_' and '-' only."""

    __tablename__ = "outbox"
    id: Mapped[int] = key_column()
    key: Mapped[str] = mapped_column(String(120), unique=True)
    task: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(40))
    attempt: Mapped[int]
    arguments: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failure: Mapped[str | None] = mapped_column(Text)

    @property
    def step_key(self) -> str:
        """The key without its attempt: what is claimed, whatever the attempt."""
        return self.key.rpartition("-")[0]

    __table_args__ = (
        Index("ix_outbox_unsent", "id", postgresql_where=text("sent_at IS NULL AND done_at IS NULL")),
        Index("ix_outbox_open", "sent_at", postgresql_where=text("done_at IS NULL")),
    )


def request(uow: UnitOfWork, task: str, subject: UUID, **arguments: Any) -> str:
    """Ask for a task about a subject in this transaction; ids only in the arguments. Gives the key."""
    return _write(uow, task, show_ulid(subject), 1, arguments)


def request_again(uow: UnitOfWork, message: OutboxMessage) -> str:
    """The next attempt of a task under a new key; the old message is closed."""
    message.done_at = uow.now
    return _write(uow, message.task, message.subject, message.attempt + 1, message.arguments)


def _write(uow: UnitOfWork, task: str, subject: str, attempt: int, arguments: dict[str, Any]) -> str:
    part = "".join(f"-{arguments[name]}" for name in sorted(arguments))
    key = f"{task}-{subject}{part}-{attempt}"
    uow.session.add(
        OutboxMessage(
            key=key, task=task, subject=subject, attempt=attempt, arguments=arguments, created_at=uow.now
        )
    )
    return key


def take_unsent(session: Session, limit: int) -> list[OutboxMessage]:
    """Unsent messages in order, locked against other relays until the transaction ends."""
    query = (
        select(OutboxMessage)
        .where(OutboxMessage.sent_at.is_(None), OutboxMessage.done_at.is_(None))
        .order_by(OutboxMessage.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(session.scalars(query))


def stranded(session: Session, now: datetime, older_than: timedelta) -> list[OutboxMessage]:
    """Sent long ago and still open: candidates for sending again under the same key."""
    query = (
        select(OutboxMessage)
        .where(OutboxMessage.done_at.is_(None), OutboxMessage.sent_at < now - older_than)
        .order_by(OutboxMessage.id)
        .with_for_update(skip_locked=True)
    )
    return list(session.scalars(query))


def close(uow: UnitOfWork, key: str, failure: str | None = None) -> None:
    """Mark a message done (or failed for good, with the cause in words)."""
    values = {"done_at": uow.now, "failure": failure}
    uow.session.execute(update(OutboxMessage).where(OutboxMessage.key == key).values(values))
