"""What the operations of a print job will have used when all of them are done, by what has come out of them so far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from production.catalog.planned_usage import earned
from production.jobs.models import Job, LotShare, Operation, Usage
from production.jobs.route import lots_of
from production.jobs.states import OperationState as O
from production.jobs.usage import Unit

_OF_THE_ORDER = (Unit.JOB_SETUP, Unit.DELIVERY_STOP)


@dataclass(frozen=True, slots=True)
class AtEnd:
    """``used`` by unit, set-up and stops left out; ``share``: of what was ordered, how much can still come out."""

    used: Mapping[str, Decimal]
    share: Fraction


def usage_at_end(session: Session, job: Job) -> AtEnd:
    """Operations that are done as they were counted, the others by what can still reach them; and usage that no
    operation has: accepted changes.
    """
    used: dict[str, Decimal] = defaultdict(Decimal)
    least = Fraction(1)
    rows = session.scalars(
        select(Operation).where(Operation.lot_id.in_(lots_of(job))).order_by(Operation.step)
    ).all()
    for lot_id in dict.fromkeys(row.lot_id for row in rows):
        shares = session.scalars(select(LotShare).filter_by(lot_id=lot_id).order_by(LotShare.position)).all()
        weights, at = [one.quantity for one in shares], [one.job_id for one in shares].index(job.id)
        good = _good([row for row in rows if row.lot_id == lot_id])
        for row, come in good.items():
            planned = row.quantity or 0
            if row.state is O.SKIPPED or not planned:
                continue
            least = min(least, Fraction(come, planned))
            for one in row.usage or ():
                used[one.unit] += earned(one.quantity, come, planned, weights)[at]
    others = select(Usage).where(
        Usage.job_id == job.id, Usage.operation_id.is_(None), Usage.unit.not_in(_OF_THE_ORDER)
    )
    for usage in session.scalars(others):
        used[usage.unit] += usage.quantity
    return AtEnd({unit: quantity for unit, quantity in used.items() if quantity}, least)


def _good(steps: Sequence[Operation]) -> dict[Operation, int]:
    """How many come out of each step, in their order: of what the steps before it leave in the same proportion."""
    found: dict[int, tuple[int, int]] = {}
    good: dict[Operation, int] = {}
    for row in steps:
        planned = row.quantity or 0
        before = [found[need] for need in row.needs if need in found]
        reach = min([come * planned // whole for come, whole in before if whole] or [planned])
        come = (row.good or 0) if row.state is O.DONE else min(planned, reach)
        found[row.step], good[row] = (come, planned), come
    return good
