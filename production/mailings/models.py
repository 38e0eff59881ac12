"""The shop's recorded agreement to hold pieces back from finer groups."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    String,
)
from sqlalchemy.orm import Mapped, mapped_column

from store.columns import Base, UtcDateTime, key_column


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
