"""The schedule that holds: when what runs where, replaced as a whole each time the plant is scheduled again; and what
people said about it, which stays: runs that are pinned.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from store.columns import Base, Document, UtcDateTime


@dataclass(frozen=True, slots=True)
class RunWas:
    """A scheduled run as it stood."""

    operation_id: int
    work_center: str
    setup_from: datetime | None
    setup_to: datetime | None
    run_from: datetime
    run_to: datetime
    due: datetime
    minutes: int
    is_guess: bool


@dataclass(frozen=True, slots=True)
class PinWas:
    """A pin as it stood."""

    operation_id: int
    work_center: str
    starts_at: datetime
    pinned_at: datetime
    pinned_by: str


@dataclass(frozen=True, slots=True)
class Before:
    """A schedule as it was before a person changed it, so that the change can be taken back."""

    status: str
    late_weighted: int
    bound: int
    runs: tuple[RunWas, ...]
    pins: tuple[PinWas, ...]


class Schedule(Base):
    """How it was made: trials (``seed``, ``seconds``), how good it is (``status``; ``late_weighted``: weighted minutes
    late, of which no schedule falls below ``bound``), as of when; ``before``: as it was before somebody changed it by
    hand. There is one row.
    """

    __tablename__ = "schedule"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    seed: Mapped[int]
    seconds: Mapped[int]
    status: Mapped[str] = mapped_column(String(10))
    late_weighted: Mapped[int]
    bound: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(200))
    before: Mapped[Before | None] = mapped_column(Document(Before))

    __table_args__ = (CheckConstraint("id = 1", name="one"),)


class ScheduledRun(Base):
    """An operation on its work center: from and to of its run and of the set-up before it, perhaps over a night.
    ``is_guess``: its minutes are, for nobody has measured how long it takes.
    """

    __tablename__ = "scheduled_run"
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"), primary_key=True)
    work_center: Mapped[str] = mapped_column(ForeignKey("work_center.code"), index=True)
    setup_from: Mapped[datetime | None] = mapped_column(UtcDateTime)
    setup_to: Mapped[datetime | None] = mapped_column(UtcDateTime)
    run_from: Mapped[datetime] = mapped_column(UtcDateTime)
    run_to: Mapped[datetime] = mapped_column(UtcDateTime)
    due: Mapped[datetime] = mapped_column(UtcDateTime)
    minutes: Mapped[int]
    is_guess: Mapped[bool]

    __table_args__ = (
        CheckConstraint("run_from <= run_to", name="run"),
        CheckConstraint("setup_from <= setup_to AND setup_to <= run_from", name="setup"),
    )


class SchedulePin(Base):
    """A run that begins where and when a person wants it, until it is unpinned or done."""

    __tablename__ = "schedule_pin"
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"), primary_key=True)
    work_center: Mapped[str] = mapped_column(ForeignKey("work_center.code"), index=True)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    pinned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    pinned_by: Mapped[str] = mapped_column(String(200))
