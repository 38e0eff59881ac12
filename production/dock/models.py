"""Custody: who took what, when, with what proof."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from store.columns import Base, UtcDateTime, key_column


class Delivery(Base):
    """A handing over of a mailing, or of a job by itself: with a receiver's name, or the receipt of a post office or
    carrier. ``stop_id``: of the job's stop it goes to. ``exception``: why only a part of the mailing left.
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

    __table_args__ = (
        Index("ix_delivery_job_id", "job_id"),
        Index("ix_delivery_stop_id", "stop_id", unique=True),  # a stop leaves once
        Index("ix_delivery_on_the_way", "ulid", postgresql_where=text("received_at IS NULL")),
    )


class DeliveredStream(Base):
    """A stream in a handing over of its mailing; it leaves once."""

    __tablename__ = "delivered_stream"
    lot_id: Mapped[int] = mapped_column(ForeignKey("presort_stream.id"), primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"), index=True)
