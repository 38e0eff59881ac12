"""Runs of the removal: what went, by which rules, by whom, and the proof that is kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from store.columns import Base, Json, UtcDateTime, key_column


class RetentionRun(Base):
    """Written with the rows that say removed; ``ended_at`` when the content is gone and the proof is kept.

    ``removed``: by class count, bytes, oldest and newest; months and paths that went; no names.
    """

    __tablename__ = "retention_run"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    edition: Mapped[str] = mapped_column(String(60))
    rules_sha256: Mapped[str] = mapped_column(String(64))
    actor: Mapped[str] = mapped_column(String(200))
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    removed: Mapped[dict[str, Any]] = mapped_column(Json)
    proof_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))

    __table_args__ = (
        Index("ix_retention_run_open", "id", postgresql_where=text("ended_at IS NULL")),
        Index("ix_retention_run_proof_sha256", "proof_sha256"),
    )
