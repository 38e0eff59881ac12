"""What rules of publications ask of a job, and what people said to it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from production.catalog.publications import Asks
from store.columns import Base, UtcDateTime, Word, choice_check, key_column


class PublicationAnswer(Base):
    """A rule that asks something of a job. ``asks``: with the figures of its check; ``said``: the justification, the
    authority, or what a sign-off was given to; ``signer`` and ``signed_on`` of a sign-off alone. ``author`` is empty
    while nobody has answered.
    """

    __tablename__ = "publication_answer"
    id: Mapped[int] = key_column()
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"))
    rule: Mapped[str] = mapped_column(String(20))
    kind: Mapped[Asks] = mapped_column(Word(Asks))
    name: Mapped[str] = mapped_column(String(200))
    asks: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    said: Mapped[str] = mapped_column(Text)
    signer: Mapped[str] = mapped_column(String(200))
    signer_title: Mapped[str] = mapped_column(String(200))
    signed_on: Mapped[date | None]
    author: Mapped[str] = mapped_column(String(200))
    said_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (choice_check("kind", Asks), UniqueConstraint("job_id", "rule"))
