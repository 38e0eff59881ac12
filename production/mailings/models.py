"""Jobs that are mailed, mailings with their streams, trays and papers, and who agreed to least postage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    String,
    UniqueConstraint,
    Uuid,
    case,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship, synonym

from kernel.errors import Conflict
from kernel.money import Money
from production.catalog.piece_weight import envelopes
from production.jobs.models import Job, Lot, LotShare
from production.jobs.states import JobKind, LotKind
from production.mailings.list_order import ListOrder
from production.mailings.stream_summary import StreamSummary
from store.columns import Base, Cents, Document, UtcDateTime, Word, key_column


@dataclass(frozen=True, slots=True)
class MailFacts:
    """What a job's pieces are, once they were measured and it was decided how they are sorted."""

    mail_class: str
    mail_shape: str
    sort_plan: str
    envelope: str
    weight_oz: Decimal
    thickness_in: Decimal


class MailJob(Job):
    """Anything that is mailed in one stream with its like. ``lot_id``: the stream that holds its pieces.

    Measures and sort plan are known of letters when they were checked, of mail brought in from the start. Whoever reads
    jobs of all kinds has these facts with them, by one statement more for all.
    """

    __tablename__ = "job_mail"
    id: Mapped[int] = mapped_column("job_id", primary_key=True)
    kind: Mapped[JobKind] = mapped_column(Word(JobKind))
    mail_date: Mapped[date] = synonym("due")
    pieces: Mapped[int | None] = synonym("quantity")
    mail_class: Mapped[str] = mapped_column(String(20))
    envelope: Mapped[str] = mapped_column(String(20))
    content: Mapped[str] = mapped_column(String(20))  # what the pieces hold; empty where nobody said
    mail_shape: Mapped[str | None] = mapped_column(String(20))
    sort_plan: Mapped[str | None] = mapped_column(String(60))  # the one quoted
    weight_oz: Mapped[Decimal | None] = mapped_column(Numeric(8, 4))
    thickness_in: Mapped[Decimal | None] = mapped_column(Numeric(8, 4))
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("lot.id"))

    __mapper_args__ = {"polymorphic_abstract": True, "polymorphic_load": "selectin"}  # noqa: RUF012
    __table_args__: tuple[Any, ...] = (
        ForeignKeyConstraint(["job_id", "kind"], ["job.id", "job.kind"]),
        UniqueConstraint("job_id", "kind"),
        CheckConstraint("kind IN ('mailing', 'brought_in')", name="kind"),
        Index("ix_job_mail_lot_id", "lot_id", postgresql_where=text("lot_id IS NOT NULL")),
    )

    @property
    def facts(self) -> MailFacts:
        """Conflict STATE while something of it is not known yet."""
        if self.sort_plan is None or self.mail_shape is None:
            raise Conflict(
                f"Job {self.number} was not checked yet: its sort plan is not known.", code="STATE"
            )
        if self.weight_oz is None or self.thickness_in is None:
            raise Conflict(f"Job {self.number} was not checked yet: a piece has no measures.", code="STATE")
        return MailFacts(
            self.mail_class, self.mail_shape, self.sort_plan, self.envelope, self.weight_oz, self.thickness_in
        )


class LetterJob(MailJob):
    """Letters or cards that are made here, one for each good row of a list.

    Every row of the list is one of these: a piece, joined to the letter of another row, or to be fixed. The counts are
    empty until the list was read.
    """

    __tablename__ = "job_letters"
    id: Mapped[int] = mapped_column("job_id", primary_key=True)
    kind: Mapped[JobKind] = mapped_column(Word(JobKind))
    duplex: Mapped[bool]
    accept_findings: Mapped[bool]  # mail the good rows, return the others to be fixed
    options: Mapped[ListOrder] = mapped_column(Document(ListOrder, was_bare=True))
    pages: Mapped[int | None]  # of one letter
    rows_in: Mapped[int | None]
    rows_to_fix: Mapped[int | None]
    repeats_joined: Mapped[int | None]  # the same person at the same address
    households_joined: Mapped[int | None]  # another person there, where one letter for a household was chosen
    military_pieces: Mapped[int | None]  # of the pieces, those to an APO, FPO or DPO
    # The print job of the same order whose pieces go into the envelopes, and what one of them weighs and measures.
    encloses_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"), index=True)
    enclosed_oz: Mapped[Decimal | None] = mapped_column(Numeric(8, 4))
    enclosed_in: Mapped[Decimal | None] = mapped_column(Numeric(8, 4))

    @property
    def is_addressed(self) -> bool:
        """What another job of the order prints is mailed itself: its address alone is printed here."""
        known = envelopes().get(self.envelope)
        return known is not None and known.is_piece

    @property
    def is_inserted(self) -> bool:
        """What is printed goes into envelopes."""
        known = envelopes().get(self.envelope)
        return known is None or known.is_inserted

    @hybrid_property
    def sides(self) -> int:
        """That are printed of a sheet: a letter of one page has one, whatever was asked for."""
        return 2 if self.duplex and (self.pages or 0) > 1 else 1

    @sides.inplace.expression
    @classmethod
    def _sides(cls) -> ColumnElement[int]:
        return case((cls.duplex & (cls.pages > 1), 2), else_=1)

    __mapper_args__ = {"polymorphic_identity": JobKind.MAILING, "polymorphic_load": "selectin"}  # noqa: RUF012
    __table_args__ = (
        ForeignKeyConstraint(["job_id", "kind"], ["job_mail.job_id", "job_mail.kind"]),
        CheckConstraint("kind = 'mailing'", name="kind"),
        CheckConstraint("num_nulls(encloses_id, enclosed_oz, enclosed_in) IN (0, 3)", name="enclosed"),
    )


def letters(job: Job) -> LetterJob:
    """The job as the letters it makes; Conflict STATE where it makes none."""
    if not isinstance(job, LetterJob):
        raise Conflict(f"Job {job.number} is not a mailing: it makes no letters.", code="STATE")
    return job


class Mailing(Base):
    """What is handed over under one class, preparation and day: one statement, one Mail.dat, one dispatch over its
    presort streams. Here stands what all of them share; how far the mailing has come, its streams say.
    """

    __tablename__ = "mailing"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    number: Mapped[str] = mapped_column(String(12), unique=True)
    mail_date: Mapped[date] = mapped_column(index=True)
    mail_class: Mapped[str] = mapped_column(String(20))
    mail_shape: Mapped[str] = mapped_column(String(20))
    sort_plan: Mapped[str] = mapped_column(String(60))
    policy: Mapped[str] = mapped_column(String(20))  # top-down or least
    payment: Mapped[str] = mapped_column(String(10))  # permit or metered
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("payment IN ('permit', 'metered')", name="payment"),)


class PresortStream(Lot):
    """Jobs of one mailing that are printed in one run. The plan (one immutable file) holds the pieces; piece n is its
    row n.
    """

    __tablename__ = "presort_stream"
    id: Mapped[int] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    mailing_id: Mapped[int] = mapped_column(ForeignKey("mailing.id"), index=True)
    envelope: Mapped[str] = mapped_column(String(20))
    weight_oz: Mapped[Decimal] = mapped_column(Numeric(8, 4))
    thickness_in: Mapped[Decimal] = mapped_column(Numeric(8, 4))
    pages_per_piece: Mapped[int | None]  # when all jobs agree
    pieces: Mapped[int | None]
    plan_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))
    mailer_id: Mapped[str | None] = mapped_column(String(9))
    service_type_id: Mapped[str | None] = mapped_column(String(3))
    first_serial: Mapped[int | None]
    residual_service_type_id: Mapped[str | None] = mapped_column(
        String(3)
    )  # of pieces that go on in another class
    residual_first_piece: Mapped[int | None]  # the first of them: they stand last in the mailing
    summary: Mapped[StreamSummary] = mapped_column(Document(StreamSummary))
    mailing: Mapped[Mailing] = relationship(lazy="joined", innerjoin=True)

    __mapper_args__ = {"polymorphic_identity": LotKind.PRESORT}  # noqa: RUF012  read once, when the class is mapped

    @property
    def mail_date(self) -> date:
        """Of the mailing, as all below."""
        return self.mailing.mail_date

    @property
    def mail_class(self) -> str:
        """First-Class Mail or another."""
        return self.mailing.mail_class

    @property
    def mail_shape(self) -> str:
        """Letter, card or flat."""
        return self.mailing.mail_shape

    @property
    def sort_plan(self) -> str:
        """The preparation."""
        return self.mailing.sort_plan

    @property
    def policy(self) -> str:
        """Top-down or least."""
        return self.mailing.policy

    @property
    def payment(self) -> str:
        """By permit or metered."""
        return self.mailing.payment

    def service_type_of(self, piece: int) -> str | None:
        """The service type in a piece's barcode (from 1); None before the stream is planned."""
        goes_on_apart = self.residual_first_piece is not None and piece >= self.residual_first_piece
        return self.residual_service_type_id if goes_on_apart else self.service_type_id


class SorterStream(PresortStream):
    """Mail brought in that goes through the barcode sorter, and is sorted by what was read."""

    __mapper_args__ = {"polymorphic_identity": LotKind.SORTER}  # noqa: RUF012


class PresortShare(LotShare):
    """One job's part of a stream; ``position`` is the job's index in the plan's job column."""

    __tablename__ = "presort_share"
    lot_id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    pieces: Mapped[int] = synonym("quantity")
    accepted_sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    mailed: Mapped[int | None]  # pieces handed to the post; None before, and for what went another way
    levels: Mapped[dict[str, int]] = mapped_column(
        Document(dict[str, int])
    )  # pieces by level, filled by presort
    # The job's share of the postage, filled by presort (docs/fair-shares.md); empty in streams older than the rule.
    level_cents: Mapped[Money | None] = mapped_column(Cents)  # its pieces at the stream's prices
    alone_cents: Mapped[Money | None] = mapped_column(Cents)  # mailed alone
    share_cents: Mapped[Money | None] = mapped_column(Cents)  # what it pays
    metered_cents: Mapped[Money | None] = mapped_column(Cents)  # every piece singly by meter
    stamped_cents: Mapped[Money | None] = mapped_column(Cents)  # every piece singly with a stamp
    incentive_cents: Mapped[Money | None] = mapped_column(
        Cents
    )  # taken off by incentives, in the others already
    # Pieces by name of level, mailed alone.
    alone_levels: Mapped[dict[str, int] | None] = mapped_column(Document(dict[str, int]))

    __table_args__ = (
        ForeignKeyConstraint(["lot_id", "position"], ["lot_share.lot_id", "lot_share.position"]),
        CheckConstraint("mailed >= 0", name="mailed"),
        CheckConstraint(
            "(share_cents IS NULL) = (alone_cents IS NULL) AND (share_cents IS NULL) = (level_cents IS NULL)",
            name="shares",
        ),
    )


class MailingFile(Base):
    """A paper of a mailing: tickets, tray labels, statement, qualification report and their CSV forms, Mail.dat,
    placards, evidence packet. One of each.
    """

    __tablename__ = "mailing_file"
    mailing_id: Mapped[int] = mapped_column(ForeignKey("mailing.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(30), primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    given_name: Mapped[str] = mapped_column(String(120))
    pages: Mapped[int | None]


class Tray(Base):
    """One tray of a stream: pieces first..last, label lines, barcode."""

    __tablename__ = "tray"
    lot_id: Mapped[int] = mapped_column(ForeignKey("presort_stream.id"), primary_key=True)
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
