"""Identity of the shop in its Mail.dat files, and Mail.dat sets received from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ForeignKey,
    String,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from postal.maildat.mailing import Sender
from production.mailroom.maildat.received_child import ReadSet
from store.columns import Base, Document, UtcDateTime, key_column


@dataclass(frozen=True, slots=True)
class OwnerIds:
    """Who the owner of mail is to the Postal Service; empty: not entered."""

    crid: str = ""
    mailer_id: str = ""


@dataclass(frozen=True, slots=True)
class RefusedSet:
    """Why a set could not be read."""

    code: str
    sentence: str
    remedy: str


class MaildatSettingsRow(Base):
    """What the shop tells the Postal Service in electronic documents; the newest row holds. Append-only."""

    __tablename__ = "maildat_settings"
    id: Mapped[int] = key_column()
    sender: Mapped[Sender] = mapped_column(Document(Sender))
    owners: Mapped[dict[str, OwnerIds]] = mapped_column(Document(dict[str, OwnerIds]))  # by agency code
    actor: Mapped[str] = mapped_column(String(200))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReceivedMaildat(Base):
    """A Mail.dat set made elsewhere, kept once by content. ``result``: what reading it said, None until then."""

    __tablename__ = "received_maildat"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"), unique=True)
    given_name: Mapped[str] = mapped_column(String(255))
    actor: Mapped[str] = mapped_column(String(200))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    result: Mapped[ReadSet | RefusedSet | None] = mapped_column(Document(ReadSet | RefusedSet))
