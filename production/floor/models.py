"""What the floor keeps of its own: lines of counts, and what is made once more for a run that came out short."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from production.jobs.ranges import Range
from store.columns import Base, Document, UtcDateTime, key_column


class CountLine(Base):
    """What somebody counted at a step of a print run, in its unit; never changed: a correction is a line with a reason,
    its numbers less than none where it takes back. ``taken``: put in beyond the plan, at a first step; ``numbers``: of
    the good ones, where they have any.
    """

    __tablename__ = "count_line"
    id: Mapped[int] = key_column()
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"))
    good: Mapped[int]
    spoiled: Mapped[int]
    held: Mapped[int]
    taken: Mapped[int]
    numbers: Mapped[tuple[Range, ...] | None] = mapped_column(Document(tuple[Range, ...]))
    reason: Mapped[str] = mapped_column(String(60))
    work_center: Mapped[str | None] = mapped_column(ForeignKey("work_center.code"))
    actor: Mapped[str] = mapped_column(String(200))
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("good <> 0 OR spoiled <> 0 OR held <> 0 OR taken <> 0", name="counted"),
        CheckConstraint("least(good, spoiled, held, taken) >= 0 OR reason <> ''", name="reason"),
        Index("ix_count_line_operation_id_id", "operation_id", "id"),
    )


class MakeUp(Base):
    """A lot that makes more for a print run; what it gives goes on in that run, behind the last step it has."""

    __tablename__ = "make_up"
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    of_lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), index=True)
    pieces: Mapped[int]
    reason: Mapped[str] = mapped_column(String(200))
    ordered_by: Mapped[str] = mapped_column(String(200))
    ordered_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("pieces > 0 AND lot_id <> of_lot_id", name="pieces"),)
