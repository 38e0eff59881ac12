"""Spoiled pieces, and by whom a letter is found."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from store.columns import Base, UtcDateTime, key_column


class Spoil(Base):
    """One spoiled piece: found at an operation, replaced by exactly one reprint operation. Append-only but
    for naming the replacement."""

    __tablename__ = "spoil"
    id: Mapped[int] = key_column()
    lot_id: Mapped[int] = mapped_column(ForeignKey("presort_stream.id"))
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"), index=True)
    piece: Mapped[int]
    attempt: Mapped[int]  # the first spoil of a piece is 1, a spoiled reprint 2
    reason: Mapped[str] = mapped_column(String(60))
    replacement_id: Mapped[int | None] = mapped_column(ForeignKey("operation.id"), index=True)
    actor: Mapped[str] = mapped_column(String(200))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("lot_id", "piece", "attempt"),
        Index("ix_spoil_unreplaced", "lot_id", postgresql_where=text("replacement_id IS NULL")),
    )


class Recipient(Base):
    """By whom a letter is found; monthly partitions by mail date, dropped by retention. Filled by COPY."""

    __tablename__ = "recipient"
    mail_date: Mapped[date] = mapped_column(primary_key=True)
    lot_id: Mapped[int] = mapped_column(primary_key=True)
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
