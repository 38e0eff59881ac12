"""What came out of an operation, as ranges of a lot's units: evidence that is only ever added."""

from __future__ import annotations

from collections.abc import Iterable

from production.jobs.models import LotRange, Operation
from production.jobs.states import RangeStatus
from store.db import UnitOfWork

PIECE = "piece"  # the unit of mail


def record_ranges(
    uow: UnitOfWork,
    operation: Operation,
    status: RangeStatus,
    ranges: Iterable[tuple[int, int]],
    *,
    unit: str = PIECE,
) -> None:
    """Units first..last reached a status by an operation."""
    uow.session.add_all(
        LotRange(
            lot_id=operation.lot_id,
            operation_id=operation.id,
            unit=unit,
            status=status,
            first=first,
            last=last,
            actor=uow.actor.name,
            occurred_at=uow.now,
            recorded_at=uow.now,
        )
        for first, last in ranges
    )
