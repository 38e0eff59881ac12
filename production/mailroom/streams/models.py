"""Presort streams, the shares of their jobs, their files and trays."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column, relationship, synonym

from kernel.money import Money
from production.jobs.models import Lot, LotShare
from production.jobs.states import LotKind
from production.mailings.models import Mailing
from production.mailroom.streams.summary import StreamSummary
from store.columns import Base, Cents, Document


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
