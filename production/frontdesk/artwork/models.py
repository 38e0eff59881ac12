"""Versions of a component's file, work on it that takes long, and findings that somebody accepted."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from production.prepress.preflight.order import PrintOrder
from store.columns import Base, Document, UtcDateTime, Word, choice_check, key_column


class Act(StrEnum):
    """How a version came to be."""

    SENT = "sent"
    FIXED = "fixed"
    ARRANGED = "arranged"
    ADDED = "added"  # for its pages alone


class FileVersion(Base):
    """A file that is or was a component's, or that pages were taken from; of a draft, or of a job that is changed. None
    is ever overwritten. ``looks``: a short word a page, equal for pages that look alike; none where nobody looked.
    ``author``: empty for a file that came along with its order.
    """

    __tablename__ = "file_version"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("order_draft.id"), index=True)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"), index=True)
    component: Mapped[str] = mapped_column(String(40))
    act: Mapped[Act] = mapped_column(Word(Act))
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    before_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))  # what it was made of
    given_name: Mapped[str] = mapped_column(String(255))
    fixes: Mapped[tuple[str, ...]] = mapped_column(Document(tuple[str, ...]))
    arrangement: Mapped[str] = mapped_column(Text)  # as page_map.arrangement writes it
    looks: Mapped[tuple[str, ...]] = mapped_column(Document(tuple[str, ...]))
    author: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        choice_check("act", Act),
        CheckConstraint("(draft_id IS NULL) <> (job_id IS NULL)", name="holder"),
    )


class FileWork(Base):
    """Something that is done to a component's file and takes too long for a page to wait: a worker does it. ``sha256``:
    the file that it is done to; ``made_sha256``: what came of it, that file itself where it was only looked at, and
    ``report_sha256`` what preflight says of that as ``asked``. ``parts``: so many of ``PARTS`` are done; ``code``,
    ``words`` and ``remedy``: why nothing came of it.
    """

    PARTS: ClassVar = 3

    __tablename__ = "file_work"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("order_draft.id"), index=True)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"), index=True)
    component: Mapped[str] = mapped_column(String(40))
    act: Mapped[Act] = mapped_column(Word(Act))
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    given_name: Mapped[str] = mapped_column(String(255))
    fixes: Mapped[tuple[str, ...]] = mapped_column(Document(tuple[str, ...]))
    arrangement: Mapped[str] = mapped_column(Text)
    asked: Mapped[PrintOrder] = mapped_column(Document(PrintOrder))
    author: Mapped[str] = mapped_column(String(200))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    parts: Mapped[int]
    made_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))
    report_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))
    code: Mapped[str] = mapped_column(String(40))
    words: Mapped[str] = mapped_column(Text)
    remedy: Mapped[str] = mapped_column(Text)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        choice_check("act", Act),
        CheckConstraint("(draft_id IS NULL) <> (job_id IS NULL)", name="holder"),
        Index(
            "uq_file_work_open", "draft_id", "job_id", "component", unique=True,
            postgresql_where=text("ended_at IS NULL"), postgresql_nulls_not_distinct=True,
        ),
    )  # fmt: skip


class Acceptance(Base):
    """What somebody accepted of a file, in words of their own: these findings of one code, and no others. Another file
    has none.
    """

    __tablename__ = "file_acceptance"
    id: Mapped[int] = key_column()
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("order_draft.id"), index=True)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"), index=True)
    component: Mapped[str] = mapped_column(String(40))
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    code: Mapped[str] = mapped_column(String(40))
    findings: Mapped[tuple[str, ...]] = mapped_column(Document(tuple[str, ...]))  # as they were told
    words: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(200))
    accepted_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("(draft_id IS NULL) <> (job_id IS NULL)", name="holder"),)
