"""What the kept schedule says to the person at a machine: by when a step is wanted, and who waits for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from production.catalog.models import OperationType, WorkCenter
from production.jobs.models import Operation
from production.scheduling.models import ScheduledRun


class Planned(NamedTuple):
    """``begins``, ``ends`` of a step as planned; ``wanted`` when the next machine, ``then`` in words, begins with it,
    else when its lot is due.
    """

    begins: datetime
    ends: datetime
    wanted: datetime
    then: str


def planned(session: Session, tickets: Collection[str]) -> Mapping[str, Planned]:
    """By ticket, of those that have a place in the schedule."""
    query = select(Operation.ticket, Operation.lot_id, Operation.step, ScheduledRun).join(
        ScheduledRun, ScheduledRun.operation_id == Operation.id
    )
    rows = session.execute(query.where(Operation.ticket.in_(tickets))).all()
    following: dict[int, list[tuple[tuple[int, ...], datetime, str]]] = defaultdict(list)
    later = (
        select(Operation.lot_id, Operation.needs, ScheduledRun, WorkCenter.name, OperationType.name)
        .join(ScheduledRun, ScheduledRun.operation_id == Operation.id)
        .join(WorkCenter, WorkCenter.code == ScheduledRun.work_center)
        .join(OperationType, OperationType.code == Operation.type)
        .where(Operation.lot_id.in_({row.lot_id for row in rows}))
    )
    for lot_id, needs, run, place, name in session.execute(later) if rows else ():
        following[lot_id].append((needs, run.setup_from or run.run_from, f"{place}: {name}"))
    found = {}
    for ticket, lot_id, step, run in rows:
        waiting = sorted((at, words) for needs, at, words in following[lot_id] if step in needs)
        wanted, then = waiting[0] if waiting else (run.due, "")
        found[ticket] = Planned(run.setup_from or run.run_from, run.run_to, wanted, then)
    return found
