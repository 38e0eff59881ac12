"""Where everything stands on the schedule that holds: runs of operations, and what is held free."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import clock
from production.floor.schedule.moving import Standing, Stands
from production.jobs.models import Lot, Operation
from production.scheduling.held import held_places
from production.scheduling.models import ReservedRun, ScheduledRun
from production.scheduling.work import run_id


class Kept(NamedTuple):
    """Where runs stand in the schedule that holds, by ticket, and the lot of each; what is held free among them, by the
    names that it has in a problem.
    """

    standing: Standing
    lots: Mapping[str, str]

    def ends(self) -> dict[str, datetime]:
        """When each lot is done."""
        found: dict[str, datetime] = {}
        for run, stands in self.standing.items():
            lot = self.lots[run]
            found[lot] = max(stands.end, found.get(lot, stands.end))
        return found


def kept(session: Session) -> Kept:
    """As it stands."""
    query = select(ScheduledRun, Operation.ticket, Lot.number)
    query = query.join(Operation, Operation.id == ScheduledRun.operation_id).join(
        Lot, Lot.id == Operation.lot_id
    )
    rows: list[tuple[ScheduledRun | ReservedRun, str, str]]
    rows = [
        (run, run_id(ticket, run.part), lot)
        for run, ticket, lot in session.execute(query.order_by(Operation.ticket))
    ]
    rows += [
        (run, one.run_name(run.step), one.name)
        for one in held_places(session, clock.now())
        for run in one.runs
    ]
    return Kept(
        {ticket: Stands(run.work_center, run.run_from, run.run_to) for run, ticket, _ in rows},
        {ticket: lot for _, ticket, lot in rows},
    )
