"""What printers offer, and their jobs, each beside its operation: what was asked, is said of it, and was counted."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from production.floor.printers.capabilities import Lack
from production.jobs.press_tickets import PressTicket
from store.columns import Base, Document, UtcDateTime, Word, choice_check, key_column


class Phase(StrEnum):
    """How a job on a printer stands. The seven of IPP carry its numbers (RFC 8011 5.3.7)."""

    ASKED = "asked"
    SENDING = "sending"
    REFUSED = "refused"  # by us, or by the printer: nothing is printed
    AWAY = "away"  # it could not be reached, and has got nothing
    UNKNOWN = "unknown"  # it may have it: a person looks
    PENDING = "pending"
    HELD = "held"
    PRINTING = "printing"
    STOPPED = "stopped"
    CANCELED = "canceled"
    ABORTED = "aborted"
    COMPLETED = "completed"


OF_IPP = {
    3: Phase.PENDING, 4: Phase.HELD, 5: Phase.PRINTING, 6: Phase.STOPPED, 7: Phase.CANCELED, 8: Phase.ABORTED,
    9: Phase.COMPLETED,
}  # fmt: skip
ON_PRINTER = (Phase.PENDING, Phase.HELD, Phase.PRINTING, Phase.STOPPED)
UNSENT = (Phase.REFUSED, Phase.AWAY)


class PrinterOffer(Base):
    """What a printer of the set-up said that it can, as it said it (``said``: an IPP message, none while it was never
    reached), and how the last try went: ``words`` say why it failed.
    """

    __tablename__ = "printer_offer"
    printer: Mapped[str] = mapped_column(String(60), primary_key=True)
    said: Mapped[bytes | None] = mapped_column(LargeBinary)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tried_at: Mapped[datetime] = mapped_column(UtcDateTime)
    words: Mapped[str] = mapped_column(Text)


class DeviceJob(Base):
    """``attempt`` of its operation, from 1; ``name``: what the printer calls it, ticket and attempt, by which it is
    found again; ``device_id``: the number that the printer gave it. ``impressions``, ``media_sheets``: as the printer
    counts. ``begun_at``: it is being handed over, and nobody knows yet whether that succeeded.
    """

    __tablename__ = "device_job"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"))
    attempt: Mapped[int]
    printer: Mapped[str] = mapped_column(String(200))  # code of the set-up, or an address
    name: Mapped[str] = mapped_column(String(40), unique=True)
    asked: Mapped[PressTicket] = mapped_column(Document(PressTicket))
    phase: Mapped[Phase] = mapped_column(Word(Phase))
    device_id: Mapped[int | None]
    reasons: Mapped[tuple[str, ...]] = mapped_column(Document(tuple[str, ...]))
    lacks: Mapped[tuple[Lack, ...]] = mapped_column(Document(tuple[Lack, ...]))
    impressions: Mapped[int | None]
    media_sheets: Mapped[int | None]
    words: Mapped[str] = mapped_column(Text)  # what went wrong, if anything did
    tries: Mapped[int]
    actor: Mapped[str] = mapped_column(String(200))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    begun_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__: tuple[Any, ...] = (
        UniqueConstraint("operation_id", "attempt"),
        choice_check("phase", Phase),
        CheckConstraint("attempt > 0", name="attempt"),
        Index(
            "ix_device_job_on_printer",
            "id",
            postgresql_where=text("phase IN ('pending', 'held', 'printing', 'stopped')"),
        ),
    )
