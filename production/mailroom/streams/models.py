"""Slices, files and trays of a batch."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
)
from sqlalchemy.orm import Mapped, mapped_column

from kernel.money import Money
from store.columns import Base, Cents, Json


class BatchSlice(Base):
    """One job's part of a batch; ``position`` is the job's index in the plan's job column."""

    __tablename__ = "batch_slice"
    batch_id: Mapped[int] = mapped_column(ForeignKey("presort_batch.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"))
    accepted_sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    pieces: Mapped[int]
    mailed: Mapped[int | None]  # pieces handed to the post; None before, and for what went another way
    levels: Mapped[dict[str, int]] = mapped_column(Json)  # pieces by sort level, filled by presort
    # The job's share of the postage, filled by presort (docs/fair-shares.md); empty in batches older than the rule.
    level_cents: Mapped[Money | None] = mapped_column(Cents)  # its pieces at the batch's prices
    alone_cents: Mapped[Money | None] = mapped_column(Cents)  # mailed alone
    share_cents: Mapped[Money | None] = mapped_column(Cents)  # what it pays
    metered_cents: Mapped[Money | None] = mapped_column(Cents)  # every piece singly by meter
    stamped_cents: Mapped[Money | None] = mapped_column(Cents)  # every piece singly with a stamp
    incentive_cents: Mapped[Money | None] = mapped_column(
        Cents
    )  # taken off by incentives, in the others already
    alone_levels: Mapped[dict[str, int] | None] = mapped_column(Json)  # pieces by name of level, mailed alone

    __table_args__ = (
        CheckConstraint("mailed BETWEEN 0 AND pieces", name="mailed"),
        CheckConstraint(
            "(share_cents IS NULL) = (alone_cents IS NULL) AND (share_cents IS NULL) = (level_cents IS NULL)",
            name="shares",
        ),
        Index("ix_batch_slice_job_id", "job_id"),
    )


class BatchFile(Base):
    """A paper of a batch: tray_labels, statement, qualification, ticket, and their CSV forms."""

    __tablename__ = "batch_file"
    batch_id: Mapped[int] = mapped_column(ForeignKey("presort_batch.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(30), primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    given_name: Mapped[str] = mapped_column(String(120))
    pages: Mapped[int | None]


class Tray(Base):
    """One tray of a batch: pieces first..last, label lines, barcode."""

    __tablename__ = "tray"
    batch_id: Mapped[int] = mapped_column(ForeignKey("presort_batch.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    level: Mapped[str] = mapped_column(String(20))
    destination: Mapped[str] = mapped_column(String(20))
    tray_type: Mapped[str] = mapped_column(String(20))
    first_piece: Mapped[int]
    last_piece: Mapped[int]
    line_1: Mapped[str] = mapped_column(String(60))
    line_2: Mapped[str] = mapped_column(String(60))
    line_3: Mapped[str] = mapped_column(String(60))
    content_id: Mapped[str | None] = mapped_column(String(3))  # none is known for residual pieces
    barcode: Mapped[str | None] = mapped_column(String(24), index=True)  # repeats when its serials wrap
