"""Identity templates: each row is a version, and stays as it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from production.frontdesk.stationery.values import ValueRule
from production.people.models import Agency
from production.prepress.merge.fields import Fields
from store.columns import Base, Document, UtcDateTime, key_column


@dataclass(frozen=True, slots=True)
class Design:
    """What is set on the background: ``trim`` and ``bleed`` in inches, inks front and back, boxes from the top left of
    the page with its bleed, and the rule of each value in them. ``usual``: how many are ordered where nobody says.
    """

    trim: tuple[Decimal, Decimal]
    bleed: Decimal
    inks: tuple[int, int]
    pages: int
    boxes: Fields
    rules: tuple[ValueRule, ...]
    usual: int


class IdentityTemplate(Base):
    """A version of an agency's template. It is in force once a second person of the office has approved it, until a
    later version is, or until it is withdrawn.
    """

    __tablename__ = "identity_template"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    name: Mapped[str] = mapped_column(String(120))
    number: Mapped[int]
    owner: Mapped[str] = mapped_column(String(200))
    product: Mapped[str] = mapped_column(ForeignKey("product.code"), index=True)
    stock: Mapped[str] = mapped_column(ForeignKey("stock.code"), index=True)
    background_sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"), index=True)
    design: Mapped[Design] = mapped_column(Document(Design))
    entered_by: Mapped[str] = mapped_column(String(200))
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    approved_by: Mapped[str | None] = mapped_column(String(200))
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_by: Mapped[str | None] = mapped_column(String(200))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    agency: Mapped[Agency] = relationship(lazy="raise")

    __table_args__ = (UniqueConstraint("agency_id", "name", "number"),)
