"""Jobs that are mailed, mailings, and the shop's recorded agreement to hold pieces back from finer groups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    String,
    UniqueConstraint,
    Uuid,
    case,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, synonym

from kernel.errors import Conflict
from production.jobs.models import Job
from production.jobs.states import JobKind
from production.mailings.list_order import ListOrder
from store.columns import Base, Document, UtcDateTime, Word, key_column


@dataclass(frozen=True, slots=True)
class MailFacts:
    """What a job's pieces are, once they were measured and it was decided how they are sorted."""

    mail_class: str
    mail_shape: str
    sort_plan: str
    envelope: str
    weight_oz: Decimal
    thickness_in: Decimal


class MailJob(Job):
    """Anything that is mailed in one stream with its like. ``lot_id``: the stream that holds its pieces.

    Measures and sort plan are known of letters when they were checked, of mail brought in from the start. Whoever reads
    jobs of all kinds has these facts with them, by one statement more for all.
    """

    __tablename__ = "job_mail"
    id: Mapped[int] = mapped_column("job_id", primary_key=True)
    kind: Mapped[JobKind] = mapped_column(Word(JobKind))
    mail_date: Mapped[date] = synonym("due")
    pieces: Mapped[int | None] = synonym("quantity")
    mail_class: Mapped[str] = mapped_column(String(20))
    envelope: Mapped[str] = mapped_column(String(20))
    content: Mapped[str] = mapped_column(String(20))  # what the pieces hold; empty where nobody said
    mail_shape: Mapped[str | None] = mapped_column(String(20))
    sort_plan: Mapped[str | None] = mapped_column(String(60))  # the one quoted
    weight_oz: Mapped[Decimal | None] = mapped_column(Numeric(8, 4))
    thickness_in: Mapped[Decimal | None] = mapped_column(Numeric(8, 4))
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("lot.id"))

    __mapper_args__ = {"polymorphic_abstract": True, "polymorphic_load": "selectin"}  # noqa: RUF012
    __table_args__: tuple[Any, ...] = (
        ForeignKeyConstraint(["job_id", "kind"], ["job.id", "job.kind"]),
        UniqueConstraint("job_id", "kind"),
        CheckConstraint("kind IN ('mailing', 'brought_in')", name="kind"),
        Index("ix_job_mail_lot_id", "lot_id", postgresql_where=text("lot_id IS NOT NULL")),
    )

    @property
    def facts(self) -> MailFacts:
        """Conflict STATE while something of it is not known yet."""
        if self.sort_plan is None or self.mail_shape is None:
            raise Conflict(
                f"Job {self.number} was not checked yet: its sort plan is not known.", code="STATE"
            )
        if self.weight_oz is None or self.thickness_in is None:
            raise Conflict(f"Job {self.number} was not checked yet: a piece has no measures.", code="STATE")
        return MailFacts(
            self.mail_class, self.mail_shape, self.sort_plan, self.envelope, self.weight_oz, self.thickness_in
        )


class LetterJob(MailJob):
    """Letters or cards that are made here, one for each good row of a list.

    Every row of the list is one of these: a piece, joined to the letter of another row, or to be fixed. The counts are
    empty until the list was read.
    """

    __tablename__ = "job_letters"
    id: Mapped[int] = mapped_column("job_id", primary_key=True)
    kind: Mapped[JobKind] = mapped_column(Word(JobKind))
    duplex: Mapped[bool]
    accept_findings: Mapped[bool]  # mail the good rows, return the others to be fixed
    options: Mapped[ListOrder] = mapped_column(Document(ListOrder, was_bare=True))
    pages: Mapped[int | None]  # of one letter
    rows_in: Mapped[int | None]
    rows_to_fix: Mapped[int | None]
    repeats_joined: Mapped[int | None]  # the same person at the same address
    households_joined: Mapped[int | None]  # another person there, where one letter for a household was chosen
    military_pieces: Mapped[int | None]  # of the pieces, those to an APO, FPO or DPO

    @hybrid_property
    def sides(self) -> int:
        """That are printed of a sheet: a letter of one page has one, whatever was asked for."""
        return 2 if self.duplex and (self.pages or 0) > 1 else 1

    @sides.inplace.expression
    @classmethod
    def _sides(cls) -> ColumnElement[int]:
        return case((cls.duplex & (cls.pages > 1), 2), else_=1)

    __mapper_args__ = {"polymorphic_identity": JobKind.MAILING, "polymorphic_load": "selectin"}  # noqa: RUF012
    __table_args__ = (
        ForeignKeyConstraint(["job_id", "kind"], ["job_mail.job_id", "job_mail.kind"]),
        CheckConstraint("kind = 'mailing'", name="kind"),
    )


def letters(job: Job) -> LetterJob:
    """The job as the letters it makes; Conflict STATE where it makes none."""
    if not isinstance(job, LetterJob):
        raise Conflict(f"Job {job.number} is not a mailing: it makes no letters.", code="STATE")
    return job


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
