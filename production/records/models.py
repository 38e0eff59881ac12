"""Runs of the removal: what went, by which rules, by whom, and the proof that is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from production.records.due import ClassTotal
from store.columns import Base, Document, UtcDateTime, key_column


@dataclass(frozen=True, slots=True)
class Removed:
    """What a run takes: totals by class, and the names of what no row says of that it is to go (months, paths)."""

    classes: dict[str, ClassTotal]
    names: dict[str, tuple[str, ...]]


class RetentionRun(Base):
    """Written with the rows that say removed; ``ended_at`` when the content is gone and the proof is kept.

    ``removed`` holds no names of people.
    """

    __tablename__ = "retention_run"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    edition: Mapped[str] = mapped_column(String(60))
    rules_sha256: Mapped[str] = mapped_column(String(64))
    actor: Mapped[str] = mapped_column(String(200))
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    removed: Mapped[Removed] = mapped_column(Document(Removed))
    proof_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))

    __table_args__ = (
        Index("ix_retention_run_open", "id", postgresql_where=text("ended_at IS NULL")),
        Index("ix_retention_run_proof_sha256", "proof_sha256"),
    )
