"""Quotes, proof pages and approvals of a job's revision."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kernel.money import Money
from store.columns import Cents, Json, UtcDateTime
from store.db import Base, key_column


class Quote(Base):
    """The offer for one revision: a frozen snapshot (lines, levels, editions, assumptions) and its total."""

    __tablename__ = "quote"
    id: Mapped[int] = key_column()
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"))
    revision: Mapped[int]
    total: Mapped[Money] = mapped_column(Cents)
    postage: Mapped[Money] = mapped_column(Cents)
    single_piece_postage: Mapped[Money] = mapped_column(Cents)
    snapshot: Mapped[dict[str, Any]] = mapped_column(Json)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("job_id", "revision"),)


class ProofPage(Base):
    """A page image of one chosen record, and why it was chosen."""

    __tablename__ = "proof_page"
    id: Mapped[int] = key_column()
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"))
    revision: Mapped[int]
    position: Mapped[int]
    why: Mapped[str] = mapped_column(Text)
    source_row: Mapped[int]
    page: Mapped[int]
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))

    __table_args__ = (UniqueConstraint("job_id", "revision", "position"),)


class Approval(Base):
    """Consent to content (named by file hashes) and to money, by somebody who is not the requester."""

    __tablename__ = "approval"
    id: Mapped[int] = key_column()
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"))
    revision: Mapped[int]
    approver: Mapped[str] = mapped_column(String(200))
    hashes: Mapped[dict[str, str]] = mapped_column(Json)
    total: Mapped[Money] = mapped_column(Cents)
    approved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    void_reason: Mapped[str | None] = mapped_column(Text)
