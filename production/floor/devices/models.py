"""Devices of the plant, who works at them in which shift, and their numbered events with what became of each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from production.floor.devices.chain import FIRST
from production.people.models import User
from store.columns import Base, Json, UtcDateTime, Word, choice_check, key_column
from store.documents import JsonValue


class Device(Base):
    """A tablet with its place. The one-time code and the secret that it was changed for are kept as hashes.
    ``last_n``, ``last_hash``: its last accepted event, everything before which is here too.
    """

    __tablename__ = "device"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    name: Mapped[str] = mapped_column(String(80))
    work_center: Mapped[str | None] = mapped_column(ForeignKey("work_center.code"), index=True)
    code_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    code_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    secret_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    made_by: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    enrolled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_by: Mapped[str | None] = mapped_column(String(200))
    last_n: Mapped[int] = mapped_column(default=0)
    last_hash: Mapped[str] = mapped_column(String(64), default=FIRST)

    __table_args__ = (
        CheckConstraint("(code_hash IS NULL) = (code_until IS NULL)", name="code"),
        CheckConstraint("(secret_hash IS NULL) = (enrolled_at IS NULL)", name="secret"),
        CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revoked"),
        Index("uq_device_name_in_use", "name", unique=True, postgresql_where=text("revoked_at IS NULL")),
    )


class DeviceShift(Base):
    """Somebody signed in at a device by PIN; ``sign_in`` is the sign-in that this began, ``seen_at`` the last act."""

    __tablename__ = "device_shift"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    sign_in: Mapped[UUID] = mapped_column(Uuid, unique=True)
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    device: Mapped[Device] = relationship(lazy="joined")
    user: Mapped[User] = relationship(lazy="joined")


class DeviceEvent(Base):
    """A line as the device wrote it, never changed. Of one number there is one, unless the device forked."""

    __tablename__ = "device_event"
    id: Mapped[int] = key_column()
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"))
    n: Mapped[int]
    prev: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    line: Mapped[Mapping[str, JsonValue]] = mapped_column(Json)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("device_id", "n", "hash"), CheckConstraint("n > 0", name="n"))


class Outcome(StrEnum):
    """What became of an event; one without an outcome waits behind a gap."""

    ACCEPTED = "accepted"  # everything before it is here; it is done next
    APPLIED = "applied"
    REFUSED = "refused"  # by the verb: people are shown it
    FORKED = "forked"  # off the chain, or behind a gap for good: people are shown it, and nothing was done


class DeviceOutcome(Base):
    """What became of an event, once. ``occurred_at``: when it happened, corrected where ``has_wrong_clock``;
    ``sentence``: what was said of it. What was refused or forked is open until somebody says what was done about it.
    """

    __tablename__ = "device_outcome"
    event_id: Mapped[int] = mapped_column(ForeignKey("device_event.id"), primary_key=True)
    outcome: Mapped[Outcome] = mapped_column(Word(Outcome))
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    has_wrong_clock: Mapped[bool]
    code: Mapped[str] = mapped_column(String(40), default="")
    sentence: Mapped[str] = mapped_column(Text, default="")
    remedy: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_by: Mapped[str | None] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(String(200), default="")

    event: Mapped[DeviceEvent] = relationship(lazy="joined")

    __table_args__ = (
        choice_check("outcome", Outcome),
        CheckConstraint("(settled_at IS NULL) = (settled_by IS NULL)", name="settled"),
        Index(
            "ix_device_outcome_open",
            "event_id",
            postgresql_where=text("outcome <> 'applied' AND settled_at IS NULL"),
        ),
    )
