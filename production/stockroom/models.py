"""Items of the stockroom, the lots they lie in, and every movement of a lot. A movement is never changed; what a lot
and an item hold is kept beside them and compared by ``indicia verify``.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from production.catalog.forms.models import FormRevision
from production.people.models import Agency
from store.columns import Base, UnitRate, UtcDateTime, Word, choice_check, key_column

Dollars = Numeric(18, 4)


class ItemKind(StrEnum):
    """What an item is."""

    PAPER = "paper"
    ENVELOPE = "envelope"
    INSERT = "insert"
    PLATE = "plate"
    CONSUMABLE = "consumable"
    FORM = "form"


class MoveKind(StrEnum):
    """Why a quantity came, went or stands elsewhere."""

    RECEIVE = "receive"
    ISSUE = "issue"
    RETURN = "return"
    COUNT = "count"
    SCRAP = "scrap"
    TRANSFER = "transfer"


class StockItem(Base):
    """Something that is kept. ``agency_id``: whose it is, None the shop's. Paper names its ``stock`` and sheet, inches,
    a finished form its revision. ``reorder_point`` in its unit. ``on_hand`` and ``value`` (dollars, at moving average)
    are the sums of its movements.
    """

    __tablename__ = "stock_item"
    id: Mapped[int] = key_column()
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[ItemKind] = mapped_column(Word(ItemKind))
    unit: Mapped[str] = mapped_column(String(20))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"), index=True)
    stock: Mapped[str | None] = mapped_column(ForeignKey("stock.code"), index=True)
    width_in: Mapped[Decimal | None] = mapped_column(Numeric(8, 4))
    height_in: Mapped[Decimal | None] = mapped_column(Numeric(8, 4))
    form_revision_id: Mapped[int | None] = mapped_column(ForeignKey("form_revision.id"), index=True)
    bin: Mapped[str] = mapped_column(String(20))
    reorder_point: Mapped[int | None]
    lead_days: Mapped[int | None]
    is_active: Mapped[bool]
    on_hand: Mapped[int]
    value: Mapped[Decimal] = mapped_column(Dollars)

    agency: Mapped[Agency | None] = relationship(lazy="joined")
    form: Mapped[FormRevision | None] = relationship(lazy="joined")

    __table_args__ = (
        choice_check("kind", ItemKind),
        CheckConstraint("on_hand >= 0 AND value >= 0", name="on_hand"),
    )


class StockLot(Base):
    """What came in at once and lies in one bin, under the number on its label. ``unit_cost``: dollars a unit as
    received; ``doubt``: the difference that one person's count found, until another has counted the same.
    """

    __tablename__ = "stock_lot"
    id: Mapped[int] = key_column()
    number: Mapped[str] = mapped_column(String(12), unique=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("stock_item.id"))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    bin: Mapped[str] = mapped_column(String(20))
    unit_cost: Mapped[Decimal] = mapped_column(UnitRate)
    source: Mapped[str] = mapped_column(String(200))  # order, delivery note or supplier
    on_hand: Mapped[int]
    doubt: Mapped[int | None]
    doubt_by: Mapped[str] = mapped_column(String(200))

    item: Mapped[StockItem] = relationship(lazy="joined")

    __table_args__ = (
        Index("ix_stock_lot_item_id_id", "item_id", "id"),
        CheckConstraint("on_hand >= 0", name="on_hand"),
    )


class StockMove(Base):
    """A movement: ``quantity`` in the item's unit and ``value`` in dollars, both over zero where it came in.
    ``agreed_by``: who counted the same as ``actor``. Triggers refuse UPDATE and DELETE.
    """

    __tablename__ = "stock_move"
    id: Mapped[int] = key_column()
    lot_id: Mapped[int] = mapped_column(ForeignKey("stock_lot.id"), index=True)
    kind: Mapped[MoveKind] = mapped_column(Word(MoveKind))
    quantity: Mapped[int]
    value: Mapped[Decimal] = mapped_column(Dollars)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"), index=True)
    operation_id: Mapped[int | None] = mapped_column(ForeignKey("operation.id"), index=True)
    reason: Mapped[str] = mapped_column(String(200))
    actor: Mapped[str] = mapped_column(String(200))
    agreed_by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (choice_check("kind", MoveKind),)


class StockNeed(Base):
    """So many of an item that an approved job was planned with; reserved until they are issued."""

    __tablename__ = "stock_need"
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("stock_item.id"), primary_key=True, index=True)
    quantity: Mapped[int]

    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)


class StockComing(Base):
    """So many of an item are on order and due on a day; gone when they are here. ``order``: its number."""

    __tablename__ = "stock_coming"
    item_id: Mapped[int] = mapped_column(ForeignKey("stock_item.id"), primary_key=True)
    order: Mapped[str] = mapped_column(String(12), primary_key=True)
    quantity: Mapped[int]
    due: Mapped[date]

    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)


class ShelfPick(Base):
    """A job that makes nothing: so many as it is for are taken of an item on the shelf."""

    __tablename__ = "shelf_pick"
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("stock_item.id"), index=True)

    item: Mapped[StockItem] = relationship(lazy="joined")
