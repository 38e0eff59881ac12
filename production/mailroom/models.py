"""Slices and trays of a batch, evidence about its pieces, mailer ids and serials, recipients, meters, sorter runs."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from kernel.money import Money
from production.jobs.states import MeterSheetState, SorterLogState
from store.columns import Cents, Json, UtcDateTime, Word
from store.db import Base, key_column, words_check


class MailerId(Base):
    """A mailer identifier of the shop, or of an agency (By/For); its serials come from counters of its own."""

    __tablename__ = "mailer_id"
    mailer_id: Mapped[str] = mapped_column(String(9), primary_key=True)
    active: Mapped[bool]
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))

    __table_args__ = (CheckConstraint("mailer_id ~ '^([0-8][0-9]{5}|9[0-9]{8})$'", name="digits"),)


def _no_repeat(table: str) -> ExcludeConstraint:
    """The database's own word that no serial of a mailer id repeats within 45 days, before or after.

    The mailer id stands in front of its serial (nine digits at most), so that plain ranges do.
    """
    place = "mailer_id::bigint * 1000000000"
    return ExcludeConstraint(
        (text(f"int8range({place} + first, {place} + last, '[]')"), "&&"),
        (text("daterange(mail_date, mail_date + 45, '[]')"), "&&"),
        name=f"ex_{table}_no_repeat",
    )


class _Block:
    """A run of serials of a mailer id given to a batch: never returned, kept when everything else is purged."""

    id: Mapped[int] = key_column()
    mailer_id: Mapped[str] = mapped_column(ForeignKey("mailer_id.mailer_id"))
    first: Mapped[int]
    last: Mapped[int]
    batch_id: Mapped[int] = mapped_column(ForeignKey("presort_batch.id"), index=True)
    mail_date: Mapped[date]

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805  a mapped class calls it
        table = cls.__tablename__  # type: ignore[attr-defined]
        return (
            CheckConstraint("first <= last", name="run"),
            CheckConstraint("first >= 0", name="first"),
            Index(f"ix_{table}_mailer_id_first", "mailer_id", "first"),
            _no_repeat(table),
        )


class SerialBlock(_Block, Base):
    """IMb serials: piece n of the batch carries first + n - 1."""

    __tablename__ = "serial_block"


class TrayBlock(_Block, Base):
    """Serials of tray barcodes."""

    __tablename__ = "tray_block"


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


class Meter(Base):
    """A device that prints postage and counts it."""

    __tablename__ = "meter"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    serial_number: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))


class MeterSheet(Base):
    """One meter's day: registers before and after, tied to its runs or open with the gap named."""

    __tablename__ = "meter_sheet"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    meter_id: Mapped[int] = mapped_column(ForeignKey("meter.id"))
    day: Mapped[date]
    state: Mapped[MeterSheetState] = mapped_column(Word(MeterSheetState))
    version: Mapped[int]
    opening_ascending: Mapped[Money] = mapped_column(Cents)
    opening_descending: Mapped[Money] = mapped_column(Cents)
    closing_ascending: Mapped[Money | None] = mapped_column(Cents)
    closing_descending: Mapped[Money | None] = mapped_column(Cents)
    refill: Mapped[Money] = mapped_column(Cents)
    gaps: Mapped[list[dict[str, Any]]] = mapped_column(Json)  # findings of the last check
    supervisor_note: Mapped[str | None] = mapped_column(Text)
    entered_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (words_check("state", MeterSheetState), UniqueConstraint("meter_id", "day"))


class MeterRun(Base):
    """One account, class, shape, weight step: a count and an amount. Its job carries ticket and bill."""

    __tablename__ = "meter_run"
    id: Mapped[int] = key_column()
    sheet_id: Mapped[int] = mapped_column(ForeignKey("meter_sheet.id"))
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), index=True)
    budget_unit_id: Mapped[int] = mapped_column(ForeignKey("budget_unit.id"), index=True)
    mail_class: Mapped[str] = mapped_column(String(40))
    mail_shape: Mapped[str] = mapped_column(String(20))
    weight_step: Mapped[str] = mapped_column(String(20))
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


class EdocSettingsRow(Base):
    """What the shop tells the Postal Service in electronic documents; the newest row holds. Append-only."""

    __tablename__ = "edoc_settings"
    id: Mapped[int] = key_column()
    sender: Mapped[dict[str, str]] = mapped_column(Json)  # fields of postal's Sender; days as 2026-11-30
    owners: Mapped[dict[str, dict[str, str]]] = mapped_column(Json)  # by agency code: crid, mailer_id
    actor: Mapped[str] = mapped_column(String(200))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SortAgreement(Base):
    """Who at the Postal Service agreed, when and in writing, that pieces may be held back from finer groups; the newest
    row holds, and one without a name ends the agreement. Append-only.
    """

    __tablename__ = "sort_agreement"
    id: Mapped[int] = key_column()
    agreed_by: Mapped[str | None] = mapped_column(String(200))
    agreed_on: Mapped[date | None]
    writing: Mapped[str | None] = mapped_column(String(200))
    actor: Mapped[str] = mapped_column(String(200))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReceivedMailDat(Base):
    """A Mail.dat set made elsewhere, kept once by content. ``result``: what reading it said, None until then."""

    __tablename__ = "received_mail_dat"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"), unique=True)
    given_name: Mapped[str] = mapped_column(String(255))
    actor: Mapped[str] = mapped_column(String(200))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    result: Mapped[dict[str, Any] | None] = mapped_column(Json)


class SorterDrop(Base):
    """Physical mail an agency brought in, as counted at the dock; its job carries ticket and bill."""

    __tablename__ = "sorter_drop"
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), primary_key=True)
    counted: Mapped[int]
    counted_by: Mapped[str] = mapped_column(String(10))  # count, or weight
    total_weight_oz: Mapped[Decimal | None] = mapped_column(Numeric(12, 4))
    hand_sorted: Mapped[int]  # pieces the machine could not read, mailed at the single-piece price
    returned: Mapped[int]  # pieces given back to the agency
    created_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("counted > 0 AND hand_sorted >= 0 AND returned >= 0", name="counts"),
        CheckConstraint("counted_by IN ('count', 'weight')", name="counted_by"),
    )


class SorterRun(Base):
    """A batch whose pieces go through the barcode sorter: machine, expected density, bin plan, closing word."""

    __tablename__ = "sorter_run"
    batch_id: Mapped[int] = mapped_column(ForeignKey("presort_batch.id"), primary_key=True)
    machine: Mapped[str] = mapped_column(String(40))
    bins: Mapped[int]
    passes: Mapped[int]
    stacker_pieces: Mapped[int]  # 0 = not known
    attempt: Mapped[int]  # how often a bin plan was asked for
    density_sha256: Mapped[str | None] = mapped_column(
        ForeignKey("stored_file.sha256")
    )  # none = earlier runs
    density_words: Mapped[str] = mapped_column(String(255))
    plan_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))
    findings: Mapped[list[dict[str, Any]]] = mapped_column(Json)  # of the bin plan
    word: Mapped[str | None] = mapped_column(Text)  # why the account does not close to the piece
    closed_by: Mapped[str | None] = mapped_column(String(200))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SorterLog(Base):
    """A run log given for a sorter run. ``figures``: pieces by feed, bin and job; ``reads_sha256``: what was read."""

    __tablename__ = "sorter_log"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("sorter_run.batch_id"))
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    given_name: Mapped[str] = mapped_column(String(255))
    state: Mapped[SorterLogState] = mapped_column(Word(SorterLogState))
    version: Mapped[int]
    reads_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))
    figures: Mapped[dict[str, Any]] = mapped_column(Json)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    given_by: Mapped[str] = mapped_column(String(200))
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        words_check("state", SorterLogState),
        Index("ix_sorter_log_run_id", "run_id"),
        Index(
            "ix_sorter_log_once",
            "sha256",
            unique=True,
            postgresql_where=text("state IN ('reading', 'taken')"),
        ),
    )
