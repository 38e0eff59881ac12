"""A mailing, and the shop's recorded agreement to hold pieces back from finer groups."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from store.columns import Base, UtcDateTime, key_column


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
