"""What operators claimed at a machine between two instants: good and spoiled, as the steps count them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from production.floor.models import CountLine
from production.jobs.models import Lot, Operation
from production.jobs.states import LotKind


def claimed(session: Session, work_center: str, since: datetime, until: datetime) -> int:
    """After the first instant, up to the second. A correction belongs to the count that it corrects: the newest before
    it at the same step and machine.
    """
    earlier = aliased(CountLine)
    corrects = (
        select(func.max(earlier.occurred_at))
        .where(
            earlier.operation_id == CountLine.operation_id,
            earlier.work_center == CountLine.work_center,
            earlier.id < CountLine.id,
            earlier.good >= 0,
            earlier.spoiled >= 0,
        )
        .scalar_subquery()
    )
    is_correction = or_(CountLine.good < 0, CountLine.spoiled < 0)
    within = and_(CountLine.occurred_at > since, CountLine.occurred_at <= until)
    counted = select(func.coalesce(func.sum(CountLine.good + CountLine.spoiled), 0)).where(
        CountLine.work_center == work_center,
        or_(
            and_(~is_correction, within),
            and_(is_correction, corrects > since, corrects <= until),
            and_(is_correction, corrects.is_(None), within),
        ),
    )
    mailed = (  # letters are counted by their pieces, as a whole when they are done
        select(func.coalesce(func.sum(Operation.good + func.coalesce(Operation.spoiled, 0)), 0))
        .join(Lot, Lot.id == Operation.lot_id)
        .where(
            Operation.work_center == work_center,
            Operation.finished_at > since,
            Operation.finished_at <= until,
            Lot.kind != LotKind.PRINT_RUN,
        )
    )
    return int(session.scalar(counted) or 0) + int(session.scalar(mailed) or 0)
