"""The audit chain: append-only, each entry carrying the hash of the one before it.

Entries are gathered in the unit of work and written at its end under one row lock, so the chain has no
forks. ``verify_chain`` recomputes it; the head can be copied outside and compared.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, String, Uuid, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from store.columns import Base, Json, UtcDateTime
from store.documents import JsonValue
from store.witness import Act

GENESIS = bytes(32)


class AuditEntry(Base):
    """One state change. Triggers refuse UPDATE and DELETE."""

    __tablename__ = "audit_entry"
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(40))
    ulid: Mapped[UUID | None] = mapped_column(Uuid)
    act: Mapped[str] = mapped_column(String(80))
    details: Mapped[Mapping[str, JsonValue]] = mapped_column(Json)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))

    __table_args__ = (
        Index(
            "ix_audit_entry_names_shown", "number",
            postgresql_where=text("subject = 'recipient' AND act = 'names_shown'"),
        ),
        Index("ix_audit_entry_backups", "number", postgresql_where=text("subject = 'backup'")),
    )  # fmt: skip


class AuditHead(Base):
    """The one row every writer locks: how many entries, and the last hash."""

    __tablename__ = "audit_head"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    count: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))


@dataclass(frozen=True, slots=True)
class Entry:
    """A state change that its unit of work remembers until the commit."""

    subject: str
    ulid: UUID | None
    act: str
    details: Mapping[str, JsonValue]


def chain(session: Session, entries: list[Entry], *, at: datetime, actor: str) -> list[Act]:
    """Write the gathered entries and empty the list; the lock on the head is held only from here to the commit. Gives
    what the witness outside the database must see before that."""
    if not entries:
        return []
    session.flush()  # business rows first, so that a refused one never takes the head's lock
    head = session.scalars(select(AuditHead).with_for_update()).one()
    told: list[Act] = []
    for one in entries:
        number = head.count + 1
        digest = _digest(head.hash, number, at, actor, one.subject, one.ulid, one.act, one.details)
        told.append(
            Act(number, at, actor, one.subject, str(one.ulid or ""), one.act, str(one.details.get("of", "")))
        )
        session.add(
            AuditEntry(
                number=number, at=at, actor=actor, subject=one.subject, ulid=one.ulid, act=one.act,
                details=one.details, hash=digest,
            )
        )  # fmt: skip
        head.count, head.hash = number, digest
    entries.clear()
    return told


def verify_chain(session: Session, count: int = 0, previous: bytes = GENESIS) -> Iterator[str]:
    """Sentences naming every break after entry ``count`` with the hash ``previous``; nothing when it is whole."""
    if count and session.scalar(select(AuditEntry.hash).filter_by(number=count)) != previous:
        yield f"audit entry {count:,} is not what it was when it was last verified"
    later = select(AuditEntry).where(AuditEntry.number > count).order_by(AuditEntry.number)
    for entry in session.scalars(later.execution_options(yield_per=5000)):
        count += 1
        if entry.number != count:
            yield f"audit entry {count:,} is missing"
            count = entry.number
        expected = _digest(
            previous, entry.number, entry.at, entry.actor, entry.subject, entry.ulid, entry.act, entry.details
        )
        if entry.hash != expected:
            yield f"audit entry {entry.number:,} does not match its hash"
        previous = entry.hash
    head = session.scalars(select(AuditHead)).one()
    if (head.count, head.hash) != (count, previous):
        yield f"the audit head says {head.count:,} entries, the chain ends at {count:,}"


def broken_at(session: Session, numbers: Collection[int]) -> set[int]:
    """Those of these entries whose hash does not follow from the entry before."""
    wanted = set(numbers)
    query = select(AuditEntry).where(AuditEntry.number.in_(wanted | {number - 1 for number in wanted}))
    found = {entry.number: entry for entry in session.scalars(query)}

    def is_broken(number: int) -> bool:
        entry, before = found[number], found.get(number - 1)
        previous = before.hash if before else GENESIS if number == 1 else b""
        facts = (entry.at, entry.actor, entry.subject, entry.ulid, entry.act, entry.details)
        return entry.hash != _digest(previous, number, *facts)

    return {number for number in wanted & set(found) if is_broken(number)}


def _digest(previous: bytes, number: int, at: datetime, *parts: Any) -> bytes:
    body = json.dumps([number, at.isoformat(), *parts], sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(previous + body.encode()).digest()
