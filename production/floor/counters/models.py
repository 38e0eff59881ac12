"""Readings of counters, added and never changed, and cases where machine and people say different things."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from store.columns import Base, UtcDateTime, key_column


class CounterReading(Base):
    """What a counter showed. ``source``: typed, scanned, or the name of a file; ``starts_anew``: it was set back or
    changed before this, so nothing is counted from the reading before.
    """

    __tablename__ = "counter_reading"
    id: Mapped[int] = key_column()
    work_center: Mapped[str] = mapped_column(ForeignKey("work_center.code"))
    value: Mapped[int]
    starts_anew: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(String(200))
    actor: Mapped[str] = mapped_column(String(200))
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("work_center", "occurred_at"),
        CheckConstraint("value >= 0", name="value"),
        CheckConstraint("NOT starts_anew OR reason <> ''", name="reason"),
    )


class CounterCase(Base):
    """Between two readings the machine counted another number than was claimed (``claimed``: when it was opened), or
    its counter went back (``counted`` is None). Open until a person says what came of it.
    """

    __tablename__ = "counter_case"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    work_center: Mapped[str] = mapped_column(ForeignKey("work_center.code"))
    since_id: Mapped[int] = mapped_column(ForeignKey("counter_reading.id"), index=True)
    until_id: Mapped[int] = mapped_column(ForeignKey("counter_reading.id"), unique=True)
    counted: Mapped[int | None]
    claimed: Mapped[int]
    owner: Mapped[str] = mapped_column(String(200))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(60))
    outcome: Mapped[str] = mapped_column(String(500))
    ended_by: Mapped[str] = mapped_column(String(200))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint(
            "ended_at IS NULL OR (reason <> '' AND outcome <> '' AND ended_by <> '')", name="ended"
        ),
        Index("ix_counter_case_work_center_id", "work_center", "id"),
        Index("ix_counter_case_open", "id", postgresql_where=text("ended_at IS NULL")),
    )
