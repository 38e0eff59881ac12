"""Rules of who approves what, and what was done on the way to a consent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.money import Money
from store.columns import Base, Cents, Document, Json, UtcDateTime, Word, choice_check, key_column


class Act(StrEnum):
    """What happens to an approval before it is settled: a yes of one of several, another's turn, a question,
    another quantity."""

    GIVEN = "given"
    FORWARDED = "forwarded"
    ASKED = "asked"
    ANSWERED = "answered"
    CHANGED = "changed"


class ApprovalRule(Base):
    """One rule; ``agency_id`` is empty where it holds for all."""

    __tablename__ = "approval_rule"
    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"), index=True)
    value: Mapped[Mapping[str, object]] = mapped_column(Json)  # of ``Kind.documents``


class ApprovalAct(Base):
    """An act about one revision of a job. Never updated. ``actor``, ``in_place_of`` and ``goes_to`` are names of
    sign-in; a yes names the money and the content that were on the screen.
    """

    __tablename__ = "approval_act"
    id: Mapped[int] = key_column()
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"))
    revision: Mapped[int]
    act: Mapped[Act] = mapped_column(Word(Act))
    actor: Mapped[str] = mapped_column(String(200))
    in_place_of: Mapped[str | None] = mapped_column(String(200))
    goes_to: Mapped[str | None] = mapped_column(String(200))
    words: Mapped[str] = mapped_column(Text)
    total: Mapped[Money | None] = mapped_column(Cents)
    hashes: Mapped[dict[str, str] | None] = mapped_column(Document(dict[str, str]))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        choice_check("act", Act),
        Index("ix_approval_act_job_id_revision", "job_id", "revision"),
    )
