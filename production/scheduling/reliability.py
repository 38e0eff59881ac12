"""How runs have kept to the schedule, by work center, and what a promise keeps to spare for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from production.catalog.hours import PlantHours, open_minutes, plant_hours
from production.jobs.models import Operation
from production.jobs.states import OperationState
from production.scheduling.models import RunOutcome, ScheduledRun
from production.scheduling.setup import promise_rule
from store.db import UnitOfWork

SINCE = timedelta(days=365)  # runs that count


class Reliability(NamedTuple):
    """How a work center keeps to its schedule: open minutes late of the run in the middle, and of the one within which
    as many of 100 lie as the rule says; below zero: sooner.
    """

    work_center: str
    runs: int
    middle: int
    within: int


class Buffer(NamedTuple):
    """Minutes to spare behind a run of a work center; ``runs``: measured of it, 0 where the rule alone says them."""

    minutes: int
    runs: int


def measured(session: Session, now: datetime) -> Mapping[str, Reliability]:
    """By work center, of the runs of a year."""
    share = promise_rule(session).percent / 100
    late = RunOutcome.late_minutes
    query = (
        select(
            RunOutcome.work_center,
            func.count(),
            func.percentile_disc(0.5).within_group(late),
            func.percentile_disc(share).within_group(late),
        )
        .where(RunOutcome.finished_at > now - SINCE)
        .group_by(RunOutcome.work_center)
    )
    return {row[0]: Reliability(*row) for row in session.execute(query)}


def buffers(session: Session, now: datetime, work_centers: set[str]) -> Mapping[str, Buffer]:
    """What is kept to spare behind a run of each."""
    rule, known = promise_rule(session), measured(session, now)
    return {
        code: Buffer(max(0, found.within), found.runs)
        if (found := known.get(code)) and found.runs >= rule.least_runs
        else Buffer(rule.buffer_minutes, 0)
        for code in work_centers
    }


def record_outcomes(uow: UnitOfWork) -> None:
    """Of runs on the kept schedule that are over, each once."""
    session = uow.session
    query = (
        select(Operation, ScheduledRun)
        .join(ScheduledRun, ScheduledRun.operation_id == Operation.id)
        .outerjoin(RunOutcome, RunOutcome.operation_id == Operation.id)
        .where(Operation.state == OperationState.DONE, Operation.finished_at.is_not(None))
        .where(RunOutcome.operation_id.is_(None), ScheduledRun.part == 0)
        .order_by(Operation.id)
    )
    hours = plant_hours(session)
    for operation, run in session.execute(query):
        place, finished = operation.work_center or run.work_center, operation.finished_at
        assert finished is not None  # asked for  # noqa: S101
        session.add(
            RunOutcome(
                operation_id=operation.id, work_center=place, planned_to=run.first_to, finished_at=finished,
                late_minutes=_late(hours, place, run.first_to, finished),
            )
        )  # fmt: skip


def _late(hours: PlantHours, place: str, planned: datetime, finished: datetime) -> int:
    first, last = sorted((planned, finished))
    minutes = open_minutes(hours.windows(place, first, last))
    return minutes if finished >= planned else -minutes
