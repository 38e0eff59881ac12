"""What was measured of the first piece at a machine, and what that leaves open."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import Conflict
from production.floor.models import FirstPiece
from production.jobs.models import Operation

OUTSIDE = "First piece outside its tolerance"


def measured(session: Session, operation: Operation, work_center: str = "") -> Sequence[FirstPiece]:
    """Everything measured, oldest first; at one machine if it is named."""
    query = select(FirstPiece).filter_by(operation_id=operation.id).order_by(FirstPiece.id)
    rows = session.scalars(query).all()
    return [row for row in rows if work_center in ("", row.work_center)]


def newest(rows: Sequence[FirstPiece]) -> list[FirstPiece]:
    """Of each check at each machine the last that was measured."""
    return list({(row.work_center, row.name): row for row in rows}.values())


def refuse_outside(session: Session, operation: Operation, work_center: str = "") -> None:
    """Conflict FIRST_PIECE while the last that was measured is outside its tolerance and nobody allowed it."""
    stops = [row for row in newest(measured(session, operation, work_center)) if row.stops]
    if stops:
        names = ", ".join(f"{row.name} ({row.measured.normalize():f} {row.unit})" for row in stops)
        raise Conflict(
            f"The first piece of {operation.ticket} is outside its tolerance: {names}.", code="FIRST_PIECE",
            remedy="Set it right and measure again; or a second person says why it may run so.",
        )  # fmt: skip
