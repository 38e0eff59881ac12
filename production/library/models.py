"""What an agency says about a file of its own."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.columns import Base, UtcDateTime, key_column


class LibraryEntry(Base):
    """A file as its agency has filed it: under a title and perhaps the number of a form, kept until a day at least."""

    __tablename__ = "library_entry"
    id: Mapped[int] = key_column()
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    form_number: Mapped[str] = mapped_column(String(40))
    note: Mapped[str] = mapped_column(Text)
    keep_until: Mapped[date | None]  # the retention rules alone count without it
    filed_by: Mapped[str] = mapped_column(String(200))
    filed_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("agency_id", "sha256"),)
