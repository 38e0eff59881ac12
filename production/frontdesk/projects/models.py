"""A project is a job of its own kind; what is said, given and to be done hangs on it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from kernel.money import Money
from production.jobs.models import Job
from production.jobs.states import JobKind
from store.columns import Base, Cents, UtcDateTime, Word, choice_check, key_column


class Side(StrEnum):
    """Of the counter."""

    SHOP = "shop"
    AGENCY = "agency"


class Project(Job):
    """What an agency asks the shop. ``owner``: who of the shop looks after it, by full name, since agencies do not see
    the shop's people; ``waits_for``: whose turn it is, ``since`` when.
    """

    __tablename__ = "project"
    id: Mapped[int] = mapped_column("job_id", primary_key=True)
    kind: Mapped[JobKind] = mapped_column(Word(JobKind))
    budget: Mapped[Money | None] = mapped_column(Cents)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"), index=True)
    owner: Mapped[str] = mapped_column(String(200))
    waits_for: Mapped[Side] = mapped_column(Word(Side))
    since: Mapped[datetime] = mapped_column(UtcDateTime)

    __mapper_args__ = {"polymorphic_identity": JobKind.CONSULTATION, "polymorphic_load": "selectin"}  # noqa: RUF012
    __table_args__ = (
        ForeignKeyConstraint(["job_id", "kind"], ["job.id", "job.kind"]),
        CheckConstraint("kind = 'consultation'", name="kind"),
        choice_check("waits_for", Side),
    )


class ProjectMessage(Base):
    """Something said, the brief first. ``is_internal``: a note of the shop, which the agency never sees."""

    __tablename__ = "project_message"
    id: Mapped[int] = key_column()
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"))
    side: Mapped[Side] = mapped_column(Word(Side))
    author: Mapped[str] = mapped_column(String(200))  # full name
    words: Mapped[str] = mapped_column(Text)
    is_internal: Mapped[bool]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        choice_check("side", Side),
        CheckConstraint("side = 'shop' OR NOT is_internal", name="internal"),
        Index("ix_project_message_job_id", "job_id", "id"),
    )


class ProjectFile(Base):
    """A file given with a message. Nobody here opens it: it is kept, and downloaded."""

    __tablename__ = "project_file"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("project_message.id"), index=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    given_name: Mapped[str] = mapped_column(String(255))
    size: Mapped[int]


class ProjectTask(Base):
    """Something to be done by a day, by one of both sides."""

    __tablename__ = "project_task"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), index=True)
    words: Mapped[str] = mapped_column(String(200))
    side: Mapped[Side] = mapped_column(Word(Side))
    due: Mapped[date]
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_by: Mapped[str] = mapped_column(String(200))  # full name; empty while it is open

    __table_args__ = (choice_check("side", Side),)
