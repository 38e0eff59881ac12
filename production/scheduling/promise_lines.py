"""What is promised and not made yet, as planners see it: day, end of the work by the schedule, what moved and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from production.catalog.hours import plant_hours
from production.catalog.models import WorkCenter
from production.jobs.models import Job, Lot, LotShare, Operation
from production.jobs.route import FINAL
from production.jobs.states import JobState
from production.people.models import Agency
from production.scheduling.models import JobPromise, Reservation, ReservedRun, Schedule, ScheduledRun
from production.scheduling.reasons import NOT_YET
from production.scheduling.reliability import buffers, measured
from production.scheduling.work import plant_work

_OPEN = (
    JobState.SUBMITTED,
    JobState.NEEDS_FIX,
    JobState.PROOF_READY,
    JobState.APPROVED,
    JobState.IN_PRODUCTION,
)


class PromiseLine(NamedTuple):
    """A promise of a job. ``before``: another day that was told before it; ``is_new``: it moved by the schedule that
    holds; ``ends``: of its work by that, None without a place; ``spare``: minutes until the end of the day; ``waits``:
    what it waits for: its approval, paper, outside work, or why it has no place.
    """

    number: str
    title: str
    agency: str
    asked: date
    day: date
    before: date | None
    is_new: bool
    words: str
    ends: datetime | None
    spare: int | None
    waits: str


class MachineLine(NamedTuple):
    """How a machine keeps to the schedule: open minutes late, and what is kept to spare for it."""

    name: str
    runs: int
    middle: int
    within: int
    spare: int


@dataclass(frozen=True, slots=True)
class Promises:
    """``lines``: those that moved last first, then those with least to spare."""

    lines: Sequence[PromiseLine]
    machines: Sequence[MachineLine]


def open_promises(session: Session, now: datetime) -> Promises:
    """Every promise of a job that is not made yet, and how machines have kept to the schedule."""
    ranked = (
        select(
            JobPromise,
            func.lag(JobPromise.day)
            .over(partition_by=JobPromise.job_id, order_by=JobPromise.id)
            .label("before"),
            func.row_number()
            .over(partition_by=JobPromise.job_id, order_by=JobPromise.id.desc())
            .label("place"),
        )
        .join(Job, Job.id == JobPromise.job_id)
        .where(Job.state.in_(_OPEN))
        .subquery()
    )
    query = (
        select(ranked, Job.number, Job.title, Job.due, Job.state, Agency.name)
        .join(Job, Job.id == ranked.c.job_id)
        .join(Agency, Agency.id == Job.agency_id)
        .where(ranked.c.place == 1)
        .order_by(Job.id)
    )
    rows = session.execute(query).all()
    ends, hours, waits = _ends(session), plant_hours(session), _waits(session, now)
    plan = session.scalar(select(Schedule.ulid))
    lines = []
    for row in rows:
        end = ends.get(row.job_id)
        spare = int((hours.end_of(row.day) - end).total_seconds()) // 60 if end else None
        moved = row.before if row.before != row.day else None
        lines.append(
            PromiseLine(
                row.number, row.title, row.name, row.due, row.day, moved, moved is not None and row.plan == plan,
                row.words, end, spare, NOT_YET.get(row.state, waits.get(row.job_id, "")),
            )
        )  # fmt: skip
    names = dict(session.execute(select(WorkCenter.code, WorkCenter.name)).all())
    known = measured(session, now)
    spares = buffers(session, now, set(known))
    return Promises(
        sorted(lines, key=lambda one: (not one.is_new, one.spare is None, one.spare or 0, one.number)),
        sorted(
            MachineLine(names[code], one.runs, one.middle, one.within, spares[code].minutes)
            for code, one in known.items()
        ),
    )


def _waits(session: Session, now: datetime) -> Mapping[int, str]:
    """By job what the first of its runs that waits for something waits for, or why one has no place."""
    work = plant_work(session, now)
    whys = {work.rows[run].lot.number: why for run, why in reversed(list(work.waits.items()))}
    whys |= {one.lot: one.why for one in reversed(work.unplaced)}
    query = select(LotShare.job_id, Lot.number).join(Lot, Lot.id == LotShare.lot_id)
    return {job: whys[lot] for job, lot in session.execute(query.where(Lot.number.in_(whys)))} if whys else {}


def _ends(session: Session) -> Mapping[int, datetime]:
    """When the last run of each job ends by the schedule, or by what is held for it."""
    scheduled = (
        select(LotShare.job_id, func.max(ScheduledRun.run_to))
        .join(Operation, Operation.lot_id == LotShare.lot_id)
        .join(ScheduledRun, ScheduledRun.operation_id == Operation.id)
        .where(Operation.state.not_in(FINAL))
        .group_by(LotShare.job_id)
    )
    held = (
        select(Reservation.job_id, func.max(ReservedRun.run_to))
        .join(ReservedRun, ReservedRun.reservation_id == Reservation.id)
        .where(Reservation.job_id.is_not(None))
        .group_by(Reservation.job_id)
    )
    rows = [*session.execute(held), *session.execute(scheduled)]
    return {job_id: ends for job_id, ends in rows if job_id is not None}
