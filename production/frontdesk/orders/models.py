"""Quotes and proof pages of a job's revision, comments on them, and drafts of orders."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, Text, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kernel.money import Money
from production.frontdesk.orders.snapshot import QuoteSnapshot
from production.people.models import User
from store.columns import Base, Cents, Document, Json, UtcDateTime, key_column


class Quote(Base):
    """The offer for one revision: a frozen snapshot and its total."""

    __tablename__ = "quote"
    id: Mapped[int] = key_column()
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"))
    revision: Mapped[int]
    total: Mapped[Money] = mapped_column(Cents)
    postage: Mapped[Money] = mapped_column(Cents)
    single_piece_postage: Mapped[Money] = mapped_column(Cents)
    snapshot: Mapped[QuoteSnapshot] = mapped_column(Document(QuoteSnapshot))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("job_id", "revision"),)


class ProofPage(Base):
    """A page image of one chosen record, and why it was chosen."""

    __tablename__ = "proof_page"
    id: Mapped[int] = key_column()
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"))
    revision: Mapped[int]
    position: Mapped[int]
    why: Mapped[str] = mapped_column(Text)
    source_row: Mapped[int]
    page: Mapped[int]
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))

    __table_args__ = (UniqueConstraint("job_id", "revision", "position"),)


class ProofComment(Base):
    """Something said about a page of a proof, and who ticked it off. Its place is in percent of the page's width and
    height; none for the whole page.
    """

    __tablename__ = "proof_comment"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"))
    revision: Mapped[int]  # that was looked at
    page: Mapped[int]
    left_percent: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    top_percent: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    words: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_by: Mapped[str | None] = mapped_column(String(200))

    __table_args__ = (
        CheckConstraint("(left_percent IS NULL) = (top_percent IS NULL)", name="place"),
        Index("ix_proof_comment_job_id_page", "job_id", "page"),
    )


class OrderDraft(Base):
    """An order being entered, between the steps of its product; a job follows when it is submitted.

    ``answers`` by step, each a document of the step's own model (``frontdesk.steps``), bare in the oldest drafts.
    ``ordered_for``: whose order it will be, where that is not its person's.
    ``typed``: what was typed into the form of a step since, as it stands there, until the step is sent.
    """

    __tablename__ = "order_draft"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"))
    ordered_for_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"), index=True)
    product: Mapped[str] = mapped_column(ForeignKey("product.code"))
    # The job it changes, or has become.
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"), index=True)
    base_revision: Mapped[int | None]  # of the job when it was opened again
    answers: Mapped[dict[str, dict[str, Any]]] = mapped_column(Json)
    typed: Mapped[dict[str, dict[str, list[str]]]] = mapped_column(Json, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # submitted or thrown away

    ordered_for: Mapped[User | None] = relationship(lazy="selectin", foreign_keys=[ordered_for_id])

    __table_args__ = (Index("ix_order_draft_user_id", "user_id", postgresql_where=text("ended_at IS NULL")),)

    @property
    def requester_id(self) -> int:
        """Whose order it becomes."""
        return self.ordered_for_id or self.user_id

    @property
    def title(self) -> str:
        """What its person calls it."""
        kept = [said.get("value", said) for said in self.answers.values()]
        said = [answers["title"] for answers in kept if "title" in answers]
        typed = [typed["title"][0] for typed in self.typed.values() if typed.get("title")]
        return str(next(iter((*said, *typed)), ""))
