"""Evidence about the pieces of a batch as ranges, their spoils, and by whom a letter is found."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from store.columns import Base, UtcDateTime, Word, key_column, words_check


class PieceStatus(StrEnum):
    """What evidence says about a range of pieces."""

    PRINTED = "printed"
    INSERTED = "inserted"
    WITHDRAWN = "withdrawn"
    SORTED = "sorted"  # it came printed and inserted; the sorter or a hand put it in its tray


class PieceRange(Base):
    """Evidence: pieces first..last of a batch reached a status by an operation. Append-only."""

    __tablename__ = "piece_range"
    id: Mapped[int] = key_column()
    batch_id: Mapped[int] = mapped_column(ForeignKey("presort_batch.id"))
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"), index=True)
    status: Mapped[PieceStatus] = mapped_column(Word(PieceStatus))
    first_piece: Mapped[int]
    last_piece: Mapped[int]
    actor: Mapped[str] = mapped_column(String(200))
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        words_check("status", PieceStatus),
        CheckConstraint("first_piece >= 1 AND first_piece <= last_piece", name="run"),
        Index("ix_piece_range_batch_id_status", "batch_id", "status"),
    )


class Spoil(Base):
    """One spoiled piece: found at an operation, replaced by exactly one reprint operation. Append-only but
    for naming the replacement."""

    __tablename__ = "spoil"
    id: Mapped[int] = key_column()
    batch_id: Mapped[int] = mapped_column(ForeignKey("presort_batch.id"))
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"), index=True)
    piece: Mapped[int]
    attempt: Mapped[int]  # the first spoil of a piece is 1, a spoiled reprint 2
    reason: Mapped[str] = mapped_column(String(60))
    replacement_id: Mapped[int | None] = mapped_column(ForeignKey("operation.id"), index=True)
    actor: Mapped[str] = mapped_column(String(200))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("batch_id", "piece", "attempt"),
        Index("ix_spoil_unreplaced", "batch_id", postgresql_where=text("replacement_id IS NULL")),
    )


class Recipient(Base):
    """By whom a letter is found; monthly partitions by mail date, dropped by retention. Filled by COPY."""

    __tablename__ = "recipient"
    mail_date: Mapped[date] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(primary_key=True)
    piece: Mapped[int] = mapped_column(Integer, primary_key=True)
    job_id: Mapped[int]
    agency_id: Mapped[int]
    source_row: Mapped[int]
    # Upper case, letters and digits only; in the order of its bytes whatever the database's collation, so that a range
    # of keys is what begins alike.
    name_key: Mapped[str] = mapped_column(String(120, collation="C"))
    zip5: Mapped[str] = mapped_column(String(5))

    __table_args__ = (
        Index("ix_recipient_agency_id_name_key", "agency_id", "name_key"),
        {"postgresql_partition_by": "RANGE (mail_date)"},
    )
