"""Notices, who has read them, what each person wants to hear of, and the e-mails that carry them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from production.notices.kinds import ByMail
from production.notices.receipts import Message
from production.people.models import Role
from store.columns import Base, Json, UtcDateTime, Word, choice_check, key_column


class Notice(Base):
    """One notice, for one person or for everybody of a role: at an agency, or at the plant where ``agency_id`` is
    empty. ``about`` names what it is about, so that what answers it finds it; ``words`` fill the sentences of its kind.
    """

    __tablename__ = "notice"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    key: Mapped[str] = mapped_column(String(300), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    about: Mapped[str] = mapped_column(String(120))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    role: Mapped[Role | None] = mapped_column(Word(Role))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    actor: Mapped[str] = mapped_column(String(200))  # who did it: not told of it
    words: Mapped[Mapping[str, str]] = mapped_column(Json)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    posted_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime
    )  # it was settled to whom it goes by e-mail

    __table_args__ = (
        choice_check("role", Role),
        CheckConstraint("(person_id IS NULL) <> (role IS NULL)", name="for_whom"),
        Index("ix_notice_person_id_id", "person_id", "id"),
        Index("ix_notice_agency_id_role_id", "agency_id", "role", "id"),
        Index("ix_notice_open_about", "about", postgresql_where=text("answered_at IS NULL")),
        Index("ix_notice_not_posted", "id", postgresql_where=text("posted_at IS NULL")),
    )


class NoticeRead(Base):
    """A person has read a notice."""

    __tablename__ = "notice_read"
    person_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), primary_key=True)
    notice_id: Mapped[int] = mapped_column(
        ForeignKey("notice.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)


class NoticeChoice(Base):
    """How a person wants to be told of one kind, where that is not the usual way."""

    __tablename__ = "notice_choice"
    person_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    on_page: Mapped[bool]
    by_mail: Mapped[ByMail] = mapped_column(Word(ByMail))

    __table_args__ = (choice_check("by_mail", ByMail),)


class NoticeHours(Base):
    """When a person wants no e-mail, where that is not as the plant's rule says: times at the shop, as 19:00."""

    __tablename__ = "notice_hours"
    person_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), primary_key=True)
    quiet_from: Mapped[str] = mapped_column(String(5))
    quiet_until: Mapped[str] = mapped_column(String(5))


class NoticeMail(Message):
    """One e-mail to one person."""

    __tablename__ = "notice_mail"
    TASK = "send_mail"
    id: Mapped[int] = key_column()
    key: Mapped[str] = mapped_column(String(120), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    by_mail: Mapped[ByMail] = mapped_column(Word(ByMail))

    __table_args__ = (
        choice_check("by_mail", ByMail),
        CheckConstraint("sent_at IS NULL OR given_up_at IS NULL", name="end"),
    )


class NoticePost(Base):
    """A notice goes to a person by e-mail, once for good; ``mail_id`` is the e-mail that carries it."""

    __tablename__ = "notice_post"
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), primary_key=True, index=True)
    by_mail: Mapped[ByMail] = mapped_column(Word(ByMail))
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("notice_mail.id", ondelete="CASCADE"), index=True)

    __table_args__ = (
        choice_check("by_mail", ByMail),
        Index("ix_notice_post_waiting", "person_id", postgresql_where=text("mail_id IS NULL")),
    )
