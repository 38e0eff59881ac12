"""Mailer ids and the blocks of serials given to streams."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from store.columns import Base, key_column


class MailerId(Base):
    """A mailer identifier of the shop, or of an agency (By/For); its serials come from counters of its own."""

    __tablename__ = "mailer_id"
    mailer_id: Mapped[str] = mapped_column(String(9), primary_key=True)
    active: Mapped[bool]
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))

    __table_args__ = (CheckConstraint("mailer_id ~ '^([0-8][0-9]{5}|9[0-9]{8})$'", name="digits"),)


def _no_repeat(table: str) -> ExcludeConstraint:
    """The database's own word that no serial of a mailer id repeats within 45 days, before or after.

    The mailer id stands in front of its serial (nine digits at most), so that plain ranges do.
    """
    place = "mailer_id::bigint * 1000000000"
    return ExcludeConstraint(
        (text(f"int8range({place} + first, {place} + last, '[]')"), "&&"),
        (text("daterange(mail_date, mail_date + 45, '[]')"), "&&"),
        name=f"ex_{table}_no_repeat",
    )


class _Block:
    """A run of serials of a mailer id given to a stream: never returned, kept when everything else is purged."""

    id: Mapped[int] = key_column()
    mailer_id: Mapped[str] = mapped_column(ForeignKey("mailer_id.mailer_id"))
    first: Mapped[int]
    last: Mapped[int]
    lot_id: Mapped[int] = mapped_column(ForeignKey("presort_stream.id"), index=True)
    mail_date: Mapped[date]

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805  a mapped class calls it
        table = cls.__tablename__  # type: ignore[attr-defined]
        return (
            CheckConstraint("first <= last", name="run"),
            CheckConstraint("first >= 0", name="first"),
            Index(f"ix_{table}_mailer_id_first", "mailer_id", "first"),
            _no_repeat(table),
        )


class SerialBlock(_Block, Base):
    """IMb serials: piece n of the stream carries first + n - 1."""

    __tablename__ = "serial_block"


class TrayBlock(_Block, Base):
    """Serials of tray barcodes."""

    __tablename__ = "tray_block"
