"""Vendors, decisions to make or buy, requests for bids with who was invited, bids, and awards.

Decisions, bids and awards are never changed (triggers refuse it): a later one takes the place of the one before.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kernel.money import Money
from production.jobs.models import Job
from production.notices.receipts import Message
from production.purchasing.specification import Specification
from store.columns import Base, Cents, Document, UtcDateTime, Word, choice_check, key_column


class Choice(StrEnum):
    """What was decided about a job or a step of it."""

    MAKE = "make"
    BUY = "buy"
    WAIVER = "waiver"  # the agency buys it itself


class Why(StrEnum):
    """The reason for a decision."""

    CAPACITY = "capacity"
    EQUIPMENT = "equipment"
    SKILL = "skill"
    PRICE = "price"
    DAY = "day"
    CONFIDENTIAL = "confidential"
    OTHER = "other"


class Way(StrEnum):
    """How a bid came."""

    LINK = "link"
    MAIL = "mail"
    EMAIL = "email"
    PHONE = "phone"
    HAND = "hand"


class Vendor(Base):
    """A firm that makes all or part of a job. ``does``: codes of operation types and of families of products.
    ``pay_to``: name and address that money goes to; it and ``tax_number`` change with a second person.
    """

    __tablename__ = "vendor"
    id: Mapped[int] = key_column()
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    contact: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(200))
    phone: Mapped[str] = mapped_column(String(40))
    address: Mapped[str] = mapped_column(Text)
    does: Mapped[list[str]] = mapped_column(ARRAY(String(40)))
    certifications: Mapped[str] = mapped_column(String(400))
    contract_number: Mapped[str] = mapped_column(String(60))
    pay_to: Mapped[str] = mapped_column(Text)
    tax_number: Mapped[str] = mapped_column(String(40))
    vendor_number: Mapped[str] = mapped_column(String(40))  # in the state's books
    note: Mapped[str] = mapped_column(Text)
    is_active: Mapped[bool]


class MakeOrBuy(Base):
    """A decision about a job, or about one operation of it. Prices are expected ones; ``house_day``: when the schedule
    has room for it, empty where nobody asked it; ``capacity`` says that in words. The newest decision counts, once
    another person has agreed where ``needs_second``.
    """

    __tablename__ = "make_or_buy"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"))
    operation_id: Mapped[int | None] = mapped_column(ForeignKey("operation.id"), index=True)
    choice: Mapped[Choice] = mapped_column(Word(Choice))
    why: Mapped[Why] = mapped_column(Word(Why))
    note: Mapped[str] = mapped_column(Text)
    house_price: Mapped[Money | None] = mapped_column(Cents)
    outside_price: Mapped[Money | None] = mapped_column(Cents)
    house_day: Mapped[date | None]
    capacity: Mapped[str] = mapped_column(Text)
    waiver_number: Mapped[str] = mapped_column(String(60))
    rules_of: Mapped[date]  # the day from which the rule holds that was in force
    needs_second: Mapped[bool]
    actor: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    job: Mapped[Job] = relationship(lazy="joined")

    __table_args__ = (
        choice_check("choice", Choice),
        choice_check("why", Why),
        Index("ix_make_or_buy_job_id_id", "job_id", "id"),
    )


class BidRequest(Base):
    """Bids asked for under one specification until ``closes_at``; what came is sealed until ``opened_at``, which is not
    before. ``least_bids``, ``posting_days``: what the rule in force asked for.
    """

    __tablename__ = "bid_request"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    number: Mapped[str] = mapped_column(String(12), unique=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), index=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("make_or_buy.id"), index=True)
    sheet: Mapped[Specification] = mapped_column(Document(Specification))
    note: Mapped[str] = mapped_column(Text)
    deliver_by: Mapped[date]
    least_bids: Mapped[int]
    posting_days: Mapped[int]
    rules_of: Mapped[date]
    posted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    posted_by: Mapped[str] = mapped_column(String(200))
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_by: Mapped[str] = mapped_column(String(200))
    canceled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancel_reason: Mapped[str] = mapped_column(String(200))

    job: Mapped[Job] = relationship(lazy="joined")
    invitations: Mapped[list[BidInvitation]] = relationship(
        lazy="selectin", order_by="BidInvitation.id", back_populates="request"
    )

    __table_args__ = (
        CheckConstraint("opened_at >= closes_at", name="opened_at"),
        CheckConstraint("closes_at > posted_at", name="closes_at"),
        Index("ix_bid_request_closes_at_id", "closes_at", "id"),
    )


class BidInvitation(Base):
    """A vendor that may bid. ``token_hash``: of the link that was sent, none where there is no e-mail; ``turn`` counts
    the links made. ``handling``: what buying there costs us beside the bid, said before bids are opened.
    """

    __tablename__ = "bid_invitation"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("bid_request.id"))
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendor.id"), index=True)
    handling: Mapped[Money] = mapped_column(Cents)
    turn: Mapped[int]
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    declined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    out_reason: Mapped[str] = mapped_column(String(200))  # why its bid does not count; empty: it does
    out_by: Mapped[str] = mapped_column(String(200))

    request: Mapped[BidRequest] = relationship(lazy="joined", back_populates="invitations")
    vendor: Mapped[Vendor] = relationship(lazy="joined")

    __table_args__ = (UniqueConstraint("request_id", "vendor_id"),)


class BidQuestion(Base):
    """A question of a vendor; with its answer everybody invited reads it, and nobody who asked it."""

    __tablename__ = "bid_question"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    invitation_id: Mapped[int] = mapped_column(ForeignKey("bid_invitation.id"), index=True)
    question: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answer: Mapped[str] = mapped_column(Text)
    answered_by: Mapped[str] = mapped_column(String(200))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Bid(Base):
    """What a vendor asks, the newest of an invitation counts. Row security hides it until the request is opened, from
    all but the vendor's own link. ``received_at``: when it came, said by who entered what came on another way.
    """

    __tablename__ = "bid"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    invitation_id: Mapped[int] = mapped_column(ForeignKey("bid_invitation.id"))
    price: Mapped[Money] = mapped_column(Cents)
    freight: Mapped[Money] = mapped_column(Cents)
    samples: Mapped[Money] = mapped_column(Cents)
    delivers_on: Mapped[date]
    comment: Mapped[str] = mapped_column(Text)
    way: Mapped[Way] = mapped_column(Word(Way))
    signed_by: Mapped[str] = mapped_column(String(200))  # for the vendor
    entered_by: Mapped[str] = mapped_column(String(200))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        choice_check("way", Way),
        CheckConstraint("price > 0 AND freight >= 0 AND samples >= 0", name="money"),
        Index("ix_bid_invitation_id_id", "invitation_id", "id"),
    )

    @property
    def total(self) -> Money:
        """Everything the vendor asks."""
        return self.price + self.freight + self.samples


class Award(Base):
    """Whose bid is taken. ``total``: with our handling, as compared; ``few_reason``: why fewer bids than the rule asks
    for are enough. The newest counts, once another person has agreed where ``needs_second``.
    """

    __tablename__ = "bid_award"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("bid_request.id"), index=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"), index=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendor.id"), index=True)
    total: Mapped[Money] = mapped_column(Cents)
    is_cheapest: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(200))
    few_reason: Mapped[str] = mapped_column(String(200))
    needs_second: Mapped[bool]
    actor: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    vendor: Mapped[Vendor] = relationship(lazy="joined")
    bid: Mapped[Bid] = relationship(lazy="joined")


class VendorMail(Message):
    """An e-mail to a vendor, in its words. ``link_of``: the invitation whose link it carries."""

    __tablename__ = "vendor_mail"
    TASK = "send_vendor_mail"
    id: Mapped[int] = key_column()
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendor.id"), index=True)
    link_of: Mapped[int | None] = mapped_column(ForeignKey("bid_invitation.id"), index=True)
    subject: Mapped[str] = mapped_column(String(300))
    words: Mapped[str] = mapped_column(Text)

    vendor: Mapped[Vendor] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (CheckConstraint("sent_at IS NULL OR given_up_at IS NULL", name="end"),)
