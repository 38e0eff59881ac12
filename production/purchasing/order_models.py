"""Purchase orders with every revision, what came of them, and what vendors ask to be paid.

What was agreed is a revision, what came a receipt; neither is ever changed (triggers refuse it). The state of an order
follows from its rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kernel.money import ZERO, Money
from production.jobs.models import Operation
from production.purchasing.models import Vendor
from production.stockroom.models import StockItem, StockLot
from store.columns import Base, Cents, Document, UtcDateTime, Word, choice_check, key_column


@dataclass(frozen=True, slots=True)
class LineTerms:
    """How many of a line, and what all of them cost together."""

    quantity: int
    price: Money

    def cost_of(self, quantity: int) -> Money:
        """So many of them, half up to the cent."""
        if not self.quantity:
            return ZERO
        return Money((2 * self.price.cents * quantity + self.quantity) // (2 * self.quantity))


@dataclass(frozen=True, slots=True)
class Terms:
    """What is agreed with the vendor. ``lines`` in the order of their positions; ``account``: whom the shop charges for
    what is its own; ``wants_proof``: a proof of the vendor is approved before anything of it is taken.
    """

    lines: tuple[LineTerms, ...]
    freight: Money
    promised: date
    account: str = ""
    note: str = ""
    wants_proof: bool = False

    @property
    def total(self) -> Money:
        """What all of it costs."""
        return sum((line.price for line in self.lines), self.freight)


class Aspect(StrEnum):
    """What an invoice differs in."""

    PRICE = "price"
    QUANTITY = "quantity"
    FREIGHT = "freight"


class Outcome(StrEnum):
    """What became of a difference."""

    PAID = "paid"  # as invoiced
    CREDITED = "credited"
    CAME = "came"  # what was invoiced has come since, or the order was changed


class PurchaseOrder(Base):
    """An order to one vendor. ``revision``: the newest; it is sent once ``issued`` says the same, not before another
    person has agreed where the rule asks for one. ``award_id``: the award it follows, none of a direct order.
    """

    __tablename__ = "purchase_order"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    number: Mapped[str] = mapped_column(String(12), unique=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendor.id"), index=True)
    award_id: Mapped[int | None] = mapped_column(ForeignKey("bid_award.id"))
    revision: Mapped[int]
    issued: Mapped[int]  # revision that the vendor has; 0: none
    made_by: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    issued_by: Mapped[str] = mapped_column(String(200))
    issued_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    canceled_by: Mapped[str] = mapped_column(String(200))
    canceled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancel_reason: Mapped[str] = mapped_column(String(200))
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # all of it came and was paid

    vendor: Mapped[Vendor] = relationship(lazy="joined")
    lines: Mapped[list[PurchaseLine]] = relationship(lazy="selectin", order_by="PurchaseLine.position")

    __table_args__ = (
        CheckConstraint("issued <= revision", name="issued"),
        Index(
            "uq_purchase_order_award_id",
            "award_id",
            unique=True,
            postgresql_where=text("canceled_at IS NULL"),
        ),
        Index(
            "ix_purchase_order_open",
            "id",
            postgresql_where=text("canceled_at IS NULL AND settled_at IS NULL"),
        ),
    )


class PurchaseLine(Base):
    """What is bought: a step of a run, an item of the stockroom, or what ``words`` say. A step has one open line at
    most. ``is_closed``: nothing more comes.
    """

    __tablename__ = "purchase_line"
    id: Mapped[int] = key_column()
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id"))
    position: Mapped[int]  # from 1
    operation_id: Mapped[int | None] = mapped_column(ForeignKey("operation.id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("stock_item.id"), index=True)
    words: Mapped[str] = mapped_column(String(200))
    unit: Mapped[str] = mapped_column(String(20))
    is_closed: Mapped[bool]
    is_canceled: Mapped[bool]

    operation: Mapped[Operation | None] = relationship(lazy="joined")
    item: Mapped[StockItem | None] = relationship(lazy="joined")

    __table_args__ = (
        UniqueConstraint("order_id", "position"),
        CheckConstraint("operation_id IS NULL OR item_id IS NULL", name="need"),
        Index(
            "uq_purchase_line_operation_id",
            "operation_id",
            unique=True,
            postgresql_where=text("NOT is_canceled"),
        ),
    )


class PurchaseRevision(Base):
    """The terms of an order, and what is otherwise than in the revision before, with the reason. Append-only."""

    __tablename__ = "purchase_revision"
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)  # from 1
    terms: Mapped[Terms] = mapped_column(Document(Terms))
    changes: Mapped[tuple[str, ...]] = mapped_column(Document(tuple[str, ...]))
    reason: Mapped[str] = mapped_column(String(200))
    made_by: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PurchaseReceipt(Base):
    """What came of a line at once: good ones and damaged ones. ``is_last``: nothing more comes, though fewer are here
    than were ordered. ``lot_id``: the stock lot that they became. Append-only.
    """

    __tablename__ = "purchase_receipt"
    id: Mapped[int] = key_column()
    line_id: Mapped[int] = mapped_column(ForeignKey("purchase_line.id"), index=True)
    good: Mapped[int]
    damaged: Mapped[int]
    reason: Mapped[str] = mapped_column(String(60))
    note: Mapped[str] = mapped_column(String(200))  # number of the delivery note
    is_last: Mapped[bool]
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("stock_lot.id"), index=True)
    actor: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    lot: Mapped[StockLot | None] = relationship(lazy="joined")

    __table_args__ = (
        CheckConstraint("good >= 0 AND damaged >= 0 AND (good + damaged > 0 OR is_last)", name="counted"),
        CheckConstraint("damaged = 0 AND NOT is_last OR reason <> ''", name="reason"),
    )


class VendorProof(Base):
    """A proof of a vendor: where it lies, and whether it is approved or sent back; None until then."""

    __tablename__ = "vendor_proof"
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)  # from 1
    note: Mapped[str] = mapped_column(String(200))
    came_by: Mapped[str] = mapped_column(String(200))
    came_at: Mapped[datetime] = mapped_column(UtcDateTime)
    is_approved: Mapped[bool | None]
    answer: Mapped[str] = mapped_column(String(200))
    answered_by: Mapped[str] = mapped_column(String(200))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("(is_approved IS NULL) = (answered_at IS NULL)", name="answered_at"),)


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """What an invoice asks for so many of a line of the order."""

    position: int
    quantity: int
    amount: Money


class VendorInvoice(Base):
    """What a vendor asks to be paid for an order. Of a vendor each number is there once, in capitals or not.
    ``matched_at``: it agrees with order and receipts, or what differs is settled; then its cost is charged.
    """

    __tablename__ = "vendor_invoice"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id"), index=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendor.id"))
    number: Mapped[str] = mapped_column(String(40))
    dated: Mapped[date]
    lines: Mapped[tuple[InvoiceLine, ...]] = mapped_column(Document(tuple[InvoiceLine, ...]))
    freight: Mapped[Money] = mapped_column(Cents)
    total: Mapped[Money] = mapped_column(Cents)
    entered_by: Mapped[str] = mapped_column(String(200))
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    matched_by: Mapped[str] = mapped_column(String(200))
    matched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    order: Mapped[PurchaseOrder] = relationship(lazy="joined")
    cases: Mapped[list[InvoiceCase]] = relationship(lazy="selectin", order_by="InvoiceCase.id")

    __table_args__ = (
        Index("uq_vendor_invoice_vendor_id_number", "vendor_id", text("lower(number)"), unique=True),
        Index("ix_vendor_invoice_open", "id", postgresql_where=text("matched_at IS NULL")),
    )


class InvoiceCase(Base):
    """A difference over tolerance, with who looks after it and what became of it. ``position``: of the line, 0 of
    freight; ``expected`` and ``invoiced``: dollars, or how many; ``over``: what it is worth; ``credit``: of that, what
    the vendor takes off.
    """

    __tablename__ = "invoice_case"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("vendor_invoice.id"))
    aspect: Mapped[Aspect] = mapped_column(Word(Aspect))
    position: Mapped[int]
    expected: Mapped[str] = mapped_column(String(40))
    invoiced: Mapped[str] = mapped_column(String(40))
    over: Mapped[Money] = mapped_column(Cents)
    owner: Mapped[str] = mapped_column(String(200))
    outcome: Mapped[Outcome | None] = mapped_column(Word(Outcome))
    credit: Mapped[Money] = mapped_column(Cents)
    reason: Mapped[str] = mapped_column(Text)
    settled_by: Mapped[str] = mapped_column(String(200))
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        choice_check("aspect", Aspect),
        choice_check("outcome", Outcome),
        CheckConstraint("credit >= 0", name="credit"),
        UniqueConstraint("invoice_id", "aspect", "position"),
    )
