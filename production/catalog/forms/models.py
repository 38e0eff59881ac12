"""Revisions of forms, as the register keeps them."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from production.people.models import Agency
from store.columns import Base, Word, choice_check, key_column


class FormState(StrEnum):
    """Whether a revision may be ordered."""

    IN_USE = "in_use"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


class StockPolicy(StrEnum):
    """What becomes of stock on hand when the next revision comes."""

    USE_UP = "use_up"
    DESTROY = "destroy"
    OVERPRINT = "overprint"


class FormRevision(Base):
    """One revision of a form; of a number, one at most is in use. ``file_sha256``: of its PDF, where that is known.
    ``supersedes``: the revision it came after.
    """

    __tablename__ = "form_revision"
    id: Mapped[int] = key_column()
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    number: Mapped[str] = mapped_column(String(40))
    revision: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(200))
    edition: Mapped[date] = mapped_column(Date)
    owner: Mapped[str] = mapped_column(String(200))
    review_on: Mapped[date | None] = mapped_column(Date)
    product: Mapped[str] = mapped_column(ForeignKey("product.code"), index=True)
    state: Mapped[FormState] = mapped_column(Word(FormState))
    supersedes: Mapped[str] = mapped_column(String(20))
    stock_policy: Mapped[StockPolicy] = mapped_column(Word(StockPolicy))
    authority: Mapped[str] = mapped_column(String(200))
    file_sha256: Mapped[str] = mapped_column(String(64))
    agency: Mapped[Agency] = relationship(lazy="raise")

    __table_args__ = (
        UniqueConstraint("agency_id", "number", "revision"),
        Index(
            "uq_form_revision_in_use", "agency_id", "number", unique=True, postgresql_where=text("state = 'in_use'")
        ),
        Index("ix_form_revision_review_on", "review_on", postgresql_where=text("state = 'in_use'")),
        choice_check("state", FormState),
        choice_check("stock_policy", StockPolicy),
    )  # fmt: skip

    @property
    def key(self) -> str:
        """What names it in the set-up and in addresses; needs ``agency``."""
        return f"{self.agency.code}/{self.number}/{self.revision}"


class JobForm(Base):
    """The form of the register that a job makes."""

    __tablename__ = "job_form"
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), primary_key=True)
    form_revision_id: Mapped[int] = mapped_column(ForeignKey("form_revision.id"), index=True)
