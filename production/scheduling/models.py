"""The schedule that holds: when what runs where, replaced as a whole each time the plant is scheduled again, and why it
could not be. What people said about it: runs that are pinned or split, lots that weigh more. What it holds free for
orders that are not made yet, what each job was promised by it, and how runs have kept to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from store.columns import Base, Document, UtcDateTime, Word, choice_check, key_column


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
    first_to: datetime | None = None
    part: int = 0


@dataclass(frozen=True, slots=True)
class FreeWas:
    """A run that is held free for an order or quote, as it stood."""

    reservation_id: int
    step: int
    work_center: str
    run_from: datetime
    run_to: datetime


@dataclass(frozen=True, slots=True)
class PinWas:
    """A pin as it stood."""

    operation_id: int
    work_center: str
    starts_at: datetime
    pinned_at: datetime
    pinned_by: str
    part: int = 0


@dataclass(frozen=True, slots=True)
class SplitWas:
    """A split as it stood."""

    operation_id: int
    quantities: tuple[int, ...]
    split_at: datetime
    split_by: str


@dataclass(frozen=True, slots=True)
class MovedWas:
    """A lot that a schedule has done at another time than the one before it, and why; None where it had no place then,
    or has none now.
    """

    lot: str
    before: datetime | None
    after: datetime | None
    because: str


@dataclass(frozen=True, slots=True)
class LateHelp:
    """Why a lot is late by a schedule (``why``, with a moment ``until`` where there is one), and what helps best:
    ``words``, empty where nothing does, cents that it costs more, and where and when ``run`` would be put.
    """

    lot: str
    run: str
    why: str
    until: datetime | None
    words: str
    cost: int
    work_center: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Before:
    """A schedule as it was before a person changed it, so that the change can be taken back."""

    status: str
    late_weighted: int
    bound: int
    runs: tuple[RunWas, ...]
    pins: tuple[PinWas, ...]
    free: tuple[FreeWas, ...] = ()
    splits: tuple[SplitWas, ...] = ()


class Schedule(Base):
    """How it was made: trials (``seed``, ``seconds``), how good it is (``status``; ``late_weighted``: weighted minutes
    late, of which no schedule falls below ``bound``), as of when; ``before``: as it was before somebody changed it by
    hand; ``moved``: the lots that it has moved; ``helps`` those that are late, until it is changed. There is one row.
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
    moved: Mapped[tuple[MovedWas, ...]] = mapped_column(Document(tuple[MovedWas, ...]))
    helps: Mapped[tuple[LateHelp, ...]] = mapped_column(Document(tuple[LateHelp, ...]))

    __table_args__ = (CheckConstraint("id = 1", name="one"),)


class ScheduledRun(Base):
    """An operation, or a part of one that is split, on its work center: from and to of its run and of the set-up before
    it, perhaps over a night. ``is_guess``: its minutes are, for nobody has measured how long it takes; ``first_to``:
    when it was to be over as it was first planned.
    """

    __tablename__ = "scheduled_run"
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=0)
    work_center: Mapped[str] = mapped_column(ForeignKey("work_center.code"), index=True)
    setup_from: Mapped[datetime | None] = mapped_column(UtcDateTime)
    setup_to: Mapped[datetime | None] = mapped_column(UtcDateTime)
    run_from: Mapped[datetime] = mapped_column(UtcDateTime)
    run_to: Mapped[datetime] = mapped_column(UtcDateTime)
    due: Mapped[datetime] = mapped_column(UtcDateTime)
    minutes: Mapped[int]
    is_guess: Mapped[bool]
    first_to: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("run_from <= run_to", name="run"),
        CheckConstraint("setup_from <= setup_to AND setup_to <= run_from", name="setup"),
    )


class SchedulePin(Base):
    """A run that begins where and when a person wants it, until it is unpinned or done."""

    __tablename__ = "schedule_pin"
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=0)
    work_center: Mapped[str] = mapped_column(ForeignKey("work_center.code"), index=True)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    pinned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    pinned_by: Mapped[str] = mapped_column(String(200))


class Reservation(Base):
    """What the schedule holds free for work that is not laid out yet: an order that waits for its approval, or an
    alternative of a written quote, until it is answered. It ends by itself with the day ``until``, with the answer, and
    when the job has operations of its own.
    """

    __tablename__ = "reservation"
    id: Mapped[int] = key_column()
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"), unique=True)
    quote_revision_id: Mapped[int | None] = mapped_column(ForeignKey("quote_revision.id"), unique=True)
    until: Mapped[date]
    due: Mapped[datetime] = mapped_column(UtcDateTime)  # by when its machines are to be done
    release: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when its paper is here
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("(job_id IS NULL) <> (quote_revision_id IS NULL)", name="one_owner"),)


class ReservedRun(Base):
    """A step of what is reserved, in the place that is held free for it."""

    __tablename__ = "reserved_run"
    reservation_id: Mapped[int] = mapped_column(
        ForeignKey("reservation.id", ondelete="CASCADE"), primary_key=True
    )
    step: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    type: Mapped[str] = mapped_column(ForeignKey("operation_type.code"))
    needs: Mapped[tuple[int, ...]] = mapped_column(Document(tuple[int, ...]))
    lag_minutes: Mapped[int]
    minutes: Mapped[int]
    work_center: Mapped[str] = mapped_column(ForeignKey("work_center.code"), index=True)
    run_from: Mapped[datetime] = mapped_column(UtcDateTime)
    run_to: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("run_from <= run_to", name="run"),)


class Cause(StrEnum):
    """Why a job has the day that it has."""

    ASKED = "asked"  # the day that was asked for can be kept
    FIRST = "first"  # it cannot: the first day that can
    APPROVAL = "approval"
    HOLD = "hold"
    TOOK_LONGER = "took_longer"
    MACHINE = "machine"
    MATERIAL = "material"
    PLANNER = "planner"
    OTHER_WORK = "other_work"
    SOONER = "sooner"


class JobPromise(Base):
    """A day that an agency was told, append-only; the last one counts. ``expected``: when the machines are done with it
    by the schedule ``plan``; ``slack_minutes`` between that and the end of work of the day; ``why`` in one word, and in
    ``words`` as the agency reads it, with the operation and work center that it is about.
    """

    __tablename__ = "job_promise"
    id: Mapped[int] = key_column()
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"))
    day: Mapped[date]
    expected: Mapped[datetime] = mapped_column(UtcDateTime)
    slack_minutes: Mapped[int]
    plan: Mapped[UUID | None] = mapped_column(Uuid)
    why: Mapped[Cause] = mapped_column(Word(Cause))
    words: Mapped[str] = mapped_column(String(300))
    operation_id: Mapped[int | None] = mapped_column(ForeignKey("operation.id"), index=True)
    work_center: Mapped[str | None] = mapped_column(ForeignKey("work_center.code"), index=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (choice_check("why", Cause), Index("ix_job_promise_job_id_id", "job_id", "id"))


class RunOutcome(Base):
    """How a run kept to the schedule: when it was to be over as first planned, when it was, and the open minutes of its
    work center between (below zero: sooner).
    """

    __tablename__ = "run_outcome"
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"), primary_key=True)
    work_center: Mapped[str] = mapped_column(ForeignKey("work_center.code"))
    planned_to: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime] = mapped_column(UtcDateTime)
    late_minutes: Mapped[int]

    __table_args__ = (Index("ix_run_outcome_work_center_finished_at", "work_center", "finished_at"),)


class ScheduleSplit(Base):
    """An operation that several machines do at the same time: how many of its units each, until it begins."""

    __tablename__ = "schedule_split"
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"), primary_key=True)
    quantities: Mapped[tuple[int, ...]] = mapped_column(Document(tuple[int, ...]))
    split_at: Mapped[datetime] = mapped_column(UtcDateTime)
    split_by: Mapped[str] = mapped_column(String(200))


class LotWeight(Base):
    """What a minute late of a lot costs against one of others, and why a planner says so; 1 where nobody does."""

    __tablename__ = "lot_weight"
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    weight: Mapped[int]
    reason: Mapped[str] = mapped_column(String(200))
    said_at: Mapped[datetime] = mapped_column(UtcDateTime)
    said_by: Mapped[str] = mapped_column(String(200))

    __table_args__ = (CheckConstraint("weight BETWEEN 0 AND 100", name="weight"),)


class ScheduleRefusal(Base):
    """Why the plant could not be scheduled when it was asked last, with the runs that are named. There is one row at
    most.
    """

    __tablename__ = "schedule_refusal"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(String(40))
    sentence: Mapped[str] = mapped_column(Text)
    runs: Mapped[tuple[str, ...]] = mapped_column(Document(tuple[str, ...]))
    refused_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("id = 1", name="one"),)
