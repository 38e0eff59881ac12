"""What an agency says about a file of its own, and its kits."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, Uuid
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


class Kit(Base):
    """What an agency orders together."""

    __tablename__ = "kit"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    name: Mapped[str] = mapped_column(String(120))
    made_by: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("agency_id", "name"),)


class KitItem(Base):
    """A thing of a kit: ordered as a past job was."""

    __tablename__ = "kit_item"
    kit_id: Mapped[int] = mapped_column(ForeignKey("kit.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)  # from 1
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), index=True)
