"""What the floor keeps of its own: working time, lines of counts, and what is made once more for a run that came out
short.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, text
from sqlalchemy.orm import Mapped, mapped_column

from production.jobs.ranges import Range
from store.columns import Base, Document, UtcDateTime, Word, choice_check, key_column

_Measure = Numeric(12, 4)


class SpellKind(StrEnum):
    """What somebody does at a machine meanwhile."""

    MAKE_READY = "make_ready"
    RUN = "run"
    PAUSE = "pause"
    HELP = "help"  # beside whoever makes ready or runs


class FloorSpell(Base):
    """From when to when a person made an operation ready, ran it, let it stand or helped, at a machine. A machine that
    works at an operation has one open spell that is no help; together they follow on one another without a gap. What
    was taken back stays, and counts for nothing. ``began_recorded_at``, ``ended_recorded_at``: when we learned of it.
    """

    __tablename__ = "floor_spell"
    id: Mapped[int] = key_column()
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"))
    work_center: Mapped[str] = mapped_column(ForeignKey("work_center.code"))
    person: Mapped[str] = mapped_column(String(200))
    kind: Mapped[SpellKind] = mapped_column(Word(SpellKind))
    reason: Mapped[str] = mapped_column(String(60), default="")  # of a pause
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    began_recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_recorded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_back_by: Mapped[str | None] = mapped_column(String(200))

    __table_args__ = (
        choice_check("kind", SpellKind),
        CheckConstraint("ended_at >= began_at", name="order"),
        CheckConstraint("(ended_at IS NULL) = (ended_recorded_at IS NULL)", name="ended"),
        CheckConstraint("(taken_back_at IS NULL) = (taken_back_by IS NULL)", name="taken_back"),
        CheckConstraint("kind <> 'pause' OR reason <> ''", name="reason"),
        Index("ix_floor_spell_operation_id_id", "operation_id", "id"),
        Index("ix_floor_spell_work_center_began_at", "work_center", "began_at"),
        Index(
            "uq_floor_spell_open", "operation_id", "work_center", unique=True,
            postgresql_where=text("ended_at IS NULL AND taken_back_at IS NULL AND kind <> 'help'"),
        ),
    )  # fmt: skip


class FirstPiece(Base):
    """What was measured of the first piece at a machine, by a check of the step's type; never changed but for the word
    of a second person that it may run so. ``target`` None: by how much it is off the proof.
    """

    __tablename__ = "first_piece"
    id: Mapped[int] = key_column()
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"))
    work_center: Mapped[str] = mapped_column(ForeignKey("work_center.code"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    unit: Mapped[str] = mapped_column(String(40))
    target: Mapped[Decimal | None] = mapped_column(_Measure)
    tolerance: Mapped[Decimal] = mapped_column(_Measure)
    measured: Mapped[Decimal] = mapped_column(_Measure)
    person: Mapped[str] = mapped_column(String(200))
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    allowed_by: Mapped[str | None] = mapped_column(String(200))
    allowed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    allowed_why: Mapped[str | None] = mapped_column(String(200))

    __table_args__ = (
        CheckConstraint("allowed_by <> person AND allowed_why <> ''", name="allowed"),
        Index("ix_first_piece_operation_id_id", "operation_id", "id"),
    )

    @property
    def is_within(self) -> bool:
        """Within its tolerance."""
        return abs(self.measured - (self.target or 0)) <= self.tolerance

    @property
    def stops(self) -> bool:
        """Outside, and nobody allowed it."""
        return not self.is_within and self.allowed_by is None


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
        Index("ix_count_line_work_center_occurred_at", "work_center", "occurred_at"),
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
