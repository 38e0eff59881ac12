"""One effect for one key, for API calls and form posts alike.

The row is inserted first, in the transaction of the work, so two concurrent requests meet at the unique
index: the loser waits, then reads the winner's answer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, UniqueConstraint, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from kernel.errors import IdempotencyMismatch, InvalidInput
from store.columns import Base, Json, UtcDateTime, key_column
from store.db import UnitOfWork
from store.documents import JsonValue


class IdempotencyKey(Base):
    """Who did what under which key, and the answer."""

    __tablename__ = "idempotency_key"
    id: Mapped[int] = key_column()
    key: Mapped[str] = mapped_column(String(255))
    actor: Mapped[str] = mapped_column(String(200))
    route: Mapped[str] = mapped_column(String(120))
    body_hash: Mapped[str] = mapped_column(String(64))
    answer: Mapped[Mapping[str, JsonValue] | None] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("actor", "route", "key"),)


@dataclass(frozen=True, slots=True)
class Attempt:
    """``answer`` is what the first request answered, or None: then do the work and call ``remember``."""

    id: int
    answer: Mapping[str, JsonValue] | None


def begin(uow: UnitOfWork, *, key: str, route: str, body: Any) -> Attempt:
    """Enter the key. IdempotencyMismatch for the same key with another body; InvalidInput for a bad key."""
    if not 1 <= len(key) <= 255:
        raise InvalidInput("The one-time key must have 1 to 255 characters.", code="IDEMPOTENCY_KEY")
    body_hash = hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()
    where = {"key": key, "actor": uow.actor.name, "route": route}
    new = uow.session.scalar(
        insert(IdempotencyKey)
        .values(**where, body_hash=body_hash, created_at=uow.now)
        .on_conflict_do_nothing()
        .returning(IdempotencyKey.id)
    )
    if new is not None:
        return Attempt(new, None)
    row = uow.session.scalars(select(IdempotencyKey).filter_by(**where)).one()
    if row.body_hash != body_hash:
        raise IdempotencyMismatch(
            "This form was already used for something else. Reload the page and try again."
        )
    return Attempt(row.id, row.answer or {})


def remember(uow: UnitOfWork, attempt: Attempt, answer: Mapping[str, JsonValue]) -> None:
    """Keep the answer in the same transaction as the work."""
    uow.session.execute(update(IdempotencyKey).where(IdempotencyKey.id == attempt.id).values(answer=answer))


def expire(uow: UnitOfWork, older_than: timedelta) -> int:
    """Forget keys older than this by the database's clock; gives how many."""
    query = delete(IdempotencyKey).where(IdempotencyKey.created_at < func.clock_timestamp() - older_than)
    return len(uow.session.execute(query.returning(IdempotencyKey.id)).all())
