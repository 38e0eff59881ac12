"""The rows of a job that are with somebody outside."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.findings import Finding
from postal.address.evidence import Evidence
from production.frontdesk.address_matching.base import AdapterName
from store.columns import Base, Document, UtcDateTime, Word, choice_check, key_column


class AddressMatch(Base):
    """The accepted rows of one revision with somebody outside. Its state is in its times: ``sent_at`` the request is
    out, ``answer_seen_at`` an answer (or the deadline) woke it, ``ended_at`` it is over, with a result or a refusal.
    ``turns``: how often the adapter was asked for; ``evidence``: what was done, without file and counts.
    """

    __tablename__ = "address_match"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"))
    revision: Mapped[int]
    adapter: Mapped[AdapterName] = mapped_column(Word(AdapterName))
    input_sha256: Mapped[str] = mapped_column(
        ForeignKey("stored_file.sha256")
    )  # accepted rows before matching
    rows: Mapped[int]
    done: Mapped[int]
    turns: Mapped[int]
    result_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))  # rows so far, or all
    report_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))
    evidence: Mapped[tuple[Evidence, ...]] = mapped_column(Document(tuple[Evidence, ...]))
    refusal: Mapped[tuple[Finding, ...]] = mapped_column(
        Document(tuple[Finding, ...])
    )  # when it ended without a result
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)  # of the turn that is next
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        choice_check("adapter", AdapterName),
        UniqueConstraint("job_id", "revision"),
        Index("ix_address_match_open", "id", postgresql_where=text("ended_at IS NULL")),
    )
