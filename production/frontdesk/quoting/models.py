"""A written quote and its revisions. Its state follows from what happened to it and from the day: no clock ends it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kernel.money import Extended, Money
from production.frontdesk.orders.snapshot import QuoteSnapshot
from store.columns import Base, Cents, Document, UtcDateTime, key_column


@dataclass(frozen=True, slots=True)
class Extra:
    """What the estimator adds to an estimate, and why: a unit of the rate card."""

    unit: str
    quantity: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to answer: the choices of a family, what they cost line by line, and how it is made. ``facts``: the
    choices in words; ``least``, ``most``: how far the minutes may stray; ``promised``: by which day it is made if it is
    accepted while it holds, None where no schedule says so.
    """

    family: str
    name: str
    answers: dict[str, str]
    facts: tuple[tuple[str, str], ...]
    quantity: int
    way: str
    minutes: Decimal
    least: Money
    most: Money
    snapshot: QuoteSnapshot
    standards: str  # the beginning of the hash of the standards that it goes by
    extras: tuple[Extra, ...] = ()
    promised: date | None = None

    @property
    def total(self) -> Money:
        """All of its lines."""
        return self.snapshot.total

    @property
    def each(self) -> Extended:
        """Dollars of one."""
        return Extended(Decimal(self.total.cents) / 100 / self.quantity)


class WrittenQuote(Base):
    """``position`` in its project, from 1. ``sent``: the revision that the agency has, 0 before the first; an answer
    is about that one. ``accepted``: which of the alternatives of ``accepted_revision``, from 1; a later revision that
    was sent is a change of what is in work.
    """

    __tablename__ = "written_quote"
    id: Mapped[int] = key_column()
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"))
    position: Mapped[int]
    author: Mapped[str] = mapped_column(String(200))  # full name
    sent: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by: Mapped[str] = mapped_column(String(200))  # full name; empty before
    accepted: Mapped[int | None]
    accepted_revision: Mapped[int | None]
    accepted_total: Mapped[Money | None] = mapped_column(Cents)
    reason: Mapped[str] = mapped_column(String(200))  # why it was declined
    order_draft_id: Mapped[int | None] = mapped_column(ForeignKey("order_draft.id"), index=True)

    __table_args__ = (UniqueConstraint("job_id", "position"),)


class QuoteRevision(Base):
    """What was offered at a time; what was sent stays as it was."""

    __tablename__ = "quote_revision"
    id: Mapped[int] = key_column()
    quote_id: Mapped[int] = mapped_column(ForeignKey("written_quote.id"))
    number: Mapped[int]
    words: Mapped[str] = mapped_column(Text)
    valid_until: Mapped[date | None]
    alternatives: Mapped[tuple[Alternative, ...]] = mapped_column(Document(tuple[Alternative, ...]))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("quote_id", "number"),)
