"""Mail brought in for the barcode sorter, runs of the sorter and their logs."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    String,
    Text,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from kernel.findings import Finding
from postal.barcode_sorter.check import LogFigures
from production.jobs.states import JobKind, SorterLogState
from production.mailings.models import MailJob
from store.columns import Base, Document, UtcDateTime, Word, choice_check, key_column


class SorterDrop(MailJob):
    """Physical mail an agency brought in, as counted at the dock."""

    __tablename__ = "sorter_drop"
    id: Mapped[int] = mapped_column("job_id", primary_key=True)
    kind: Mapped[JobKind] = mapped_column(Word(JobKind))
    counted: Mapped[int]
    counted_by: Mapped[str] = mapped_column(String(10))  # count, or weight
    total_weight_oz: Mapped[Decimal | None] = mapped_column(Numeric(12, 4))
    hand_sorted: Mapped[int]  # pieces the machine could not read, mailed at the single-piece price
    returned: Mapped[int]  # pieces given back to the agency
    created_by: Mapped[str] = mapped_column(String(200))

    __mapper_args__ = {"polymorphic_identity": JobKind.BROUGHT_IN, "polymorphic_load": "selectin"}  # noqa: RUF012  read once, when the class is mapped
    __table_args__ = (
        ForeignKeyConstraint(["job_id", "kind"], ["job_mail.job_id", "job_mail.kind"]),
        CheckConstraint("kind = 'brought_in'", name="kind"),
        CheckConstraint("counted > 0 AND hand_sorted >= 0 AND returned >= 0", name="counts"),
        CheckConstraint("counted_by IN ('count', 'weight')", name="counted_by"),
    )


class SorterRun(Base):
    """A stream whose pieces go through the barcode sorter: machine, expected density, bin plan, closing word."""

    __tablename__ = "sorter_run"
    lot_id: Mapped[int] = mapped_column(ForeignKey("presort_stream.id"), primary_key=True)
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
    findings: Mapped[tuple[Finding, ...]] = mapped_column(Document(tuple[Finding, ...]))  # of the bin plan
    word: Mapped[str | None] = mapped_column(Text)  # why the account does not close to the piece
    closed_by: Mapped[str | None] = mapped_column(String(200))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SorterLog(Base):
    """A run log given for a sorter run. ``figures``: pieces by feed, bin and job; ``reads_sha256``: what was read."""

    __tablename__ = "sorter_log"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("sorter_run.lot_id"))
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    given_name: Mapped[str] = mapped_column(String(255))
    state: Mapped[SorterLogState] = mapped_column(Word(SorterLogState))
    version: Mapped[int]
    reads_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))
    figures: Mapped[LogFigures] = mapped_column(Document(LogFigures))
    findings: Mapped[tuple[Finding, ...]] = mapped_column(Document(tuple[Finding, ...]))
    given_by: Mapped[str] = mapped_column(String(200))
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        choice_check("state", SorterLogState),
        Index("ix_sorter_log_run_id", "run_id"),
        Index(
            "ix_sorter_log_once",
            "sha256",
            unique=True,
            postgresql_where=text("state IN ('reading', 'taken')"),
        ),
    )
