"""Custody: who took what, when, with what proof."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, Text, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from store.columns import Base, UtcDateTime, key_column


class Delivery(Base):
    """A handing over of a mailing, or of a job by itself: with a receiver's name, or the receipt of a post office or
    carrier. ``stop_id``: of the job's stop it goes to. ``exception``: why only a part of the mailing left. ``carrier``:
    whose number the receipt is, as far as it is known; ``proof_place``: where it was left; ``counted``: pieces there if
    somebody counted them; ``known_by``: how who picked it up was known; ``unscanned``: why cartons were not scanned
    there. ``came_back_at``: it was not handed over, and lies on the dock again.
    """

    __tablename__ = "delivery"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    mailing_id: Mapped[int | None] = mapped_column(ForeignKey("mailing.id"), index=True)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"))
    stop_id: Mapped[int | None] = mapped_column(ForeignKey("delivery_stop.id"))
    way: Mapped[str] = mapped_column(String(20))  # post_office, messenger, pick_up, carrier
    place: Mapped[str] = mapped_column(String(200))
    taken_by: Mapped[str] = mapped_column(String(200))  # who left the plant with it
    left_at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_by: Mapped[str | None] = mapped_column(String(200))
    receipt: Mapped[str | None] = mapped_column(Text)
    received_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    exception: Mapped[str | None] = mapped_column(String(500))
    carrier: Mapped[str | None] = mapped_column(String(60))
    proof_place: Mapped[str | None] = mapped_column(String(200))
    counted: Mapped[int | None]
    known_by: Mapped[str | None] = mapped_column(String(200))
    unscanned: Mapped[str | None] = mapped_column(String(200))
    signature_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))
    photo_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))
    came_back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    came_back_why: Mapped[str | None] = mapped_column(String(200))

    __table_args__ = (
        CheckConstraint("came_back_at IS NULL OR received_at IS NULL", name="came_back"),
        Index("ix_delivery_job_id", "job_id"),
        Index("ix_delivery_stop_id", "stop_id"),
        # A stop leaves once, and again when it came back.
        Index("uq_delivery_stop_id", "stop_id", unique=True, postgresql_where=text("came_back_at IS NULL")),
        Index("ix_delivery_on_the_way", "ulid", postgresql_where=text("received_at IS NULL")),
    )


class DeliveredStream(Base):
    """A stream in a handing over of its mailing: the last, where it came back and left again."""

    __tablename__ = "delivered_stream"
    lot_id: Mapped[int] = mapped_column(ForeignKey("presort_stream.id"), primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"), index=True)


class Carton(Base):
    """A carton of a print job that somebody counted and closed; ``lb``: None where nobody knows what a piece weighs.
    ``inside_id``: the carton of another job that its pieces lie in, for they are fewer than a carton of their own is
    worth; ``handed_at``: its label was scanned where it went.
    """

    __tablename__ = "carton"
    id: Mapped[int] = key_column()
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"))
    stop_id: Mapped[int | None] = mapped_column(ForeignKey("delivery_stop.id"), index=True)
    number: Mapped[int]  # from 1, in its job
    pieces: Mapped[int]
    lb: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    closed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_by: Mapped[str] = mapped_column(String(200))
    inside_id: Mapped[int | None] = mapped_column(ForeignKey("carton.id"), index=True)
    handed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("number > 0 AND pieces > 0", name="counts"),
        UniqueConstraint("job_id", "number"),
    )


class PickUpCode(Base):
    """What the agency says at the counter when it picks a stop up: good once, and after too many wrong ones no more. It
    is shown to the agency alone.
    """

    __tablename__ = "pick_up_code"
    stop_id: Mapped[int] = mapped_column(ForeignKey("delivery_stop.id", ondelete="CASCADE"), primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), index=True)
    code: Mapped[str] = mapped_column(String(6))
    wrong: Mapped[int]  # tries
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("wrong >= 0", name="wrong"),)
