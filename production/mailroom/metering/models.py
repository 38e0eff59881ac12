"""Meters, their days, runs and files of runs."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from kernel.findings import Finding
from kernel.money import Money
from production.jobs.models import Job, Lot
from production.jobs.states import JobKind, LotKind
from store.columns import Base, Cents, Document, UtcDateTime, key_column


class Meter(Base):
    """A device that prints postage and counts it."""

    __tablename__ = "meter"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    serial_number: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    is_active: Mapped[bool] = mapped_column(default=True)


class MeterSheet(Lot):
    """One meter's day: registers before and after, tied to its runs or open with the gap named."""

    __tablename__ = "meter_sheet"
    id: Mapped[int] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    meter_id: Mapped[int] = mapped_column(ForeignKey("meter.id"))
    day: Mapped[date]
    opening_ascending: Mapped[Money] = mapped_column(Cents)
    opening_descending: Mapped[Money] = mapped_column(Cents)
    closing_ascending: Mapped[Money | None] = mapped_column(Cents)
    closing_descending: Mapped[Money | None] = mapped_column(Cents)
    refill: Mapped[Money] = mapped_column(Cents)
    gaps: Mapped[tuple[Finding, ...]] = mapped_column(
        Document(tuple[Finding, ...])
    )  # findings of the last check
    supervisor_note: Mapped[str | None] = mapped_column(Text)
    entered_by: Mapped[str] = mapped_column(String(200))

    __mapper_args__ = {"polymorphic_identity": LotKind.METER_DAY}  # noqa: RUF012  read once, when the class is mapped
    __table_args__ = (UniqueConstraint("meter_id", "day"),)


class MeteredJob(Job):
    """Mail of one account that was metered and handed over at once; its ``MeterRun`` says what it was."""

    __mapper_args__ = {"polymorphic_identity": JobKind.METER_RUN}  # noqa: RUF012


class MeterRun(Base):
    """One account, class, shape, weight step: a count and an amount. Its job carries ticket and bill. ``lot_id``: the
    sorted stream whose pieces were imprinted, if it was one.
    """

    __tablename__ = "meter_run"
    id: Mapped[int] = key_column()
    sheet_id: Mapped[int] = mapped_column(ForeignKey("meter_sheet.id"))
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), index=True)
    budget_unit_id: Mapped[int] = mapped_column(ForeignKey("budget_unit.id"), index=True)
    mail_class: Mapped[str] = mapped_column(String(40))
    mail_shape: Mapped[str] = mapped_column(String(20))
    weight_step: Mapped[str] = mapped_column(String(20))
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("presort_stream.id"), index=True)
    pieces: Mapped[int]
    amount: Mapped[Money] = mapped_column(Cents)
    ascending_before: Mapped[Money | None] = mapped_column(Cents)  # where the meter's file tells it
    ascending_after: Mapped[Money | None] = mapped_column(Cents)

    __table_args__ = (
        CheckConstraint("pieces > 0 AND amount > 0", name="counts"),
        Index("ix_meter_run_sheet_id", "sheet_id"),
    )


class MeterImport(Base):
    """A meter's file that was taken in: its content once, whatever its name."""

    __tablename__ = "meter_import"
    id: Mapped[int] = key_column()
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("meter_sheet.id"), index=True)
    given_name: Mapped[str] = mapped_column(String(255))
    actor: Mapped[str] = mapped_column(String(200))
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)
