"""Promises follow the plan: where the work of a job comes to an end on another day than its agency was told, the job
gets a new day with the reason. Once a move, and only where the day is another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.clock import business_date, long_date
from production.catalog.hours import PlantHours, plant_hours
from production.floor.schedule.board import Board
from production.floor.schedule.moving import Standing
from production.floor.schedule.placing import Plan
from production.floor.schedule.problem import Operation as Run
from production.jobs.lifecycle import note
from production.jobs.models import Job, LotShare, Operation
from production.scheduling.held import held_places
from production.scheduling.models import Cause, JobPromise, Schedule
from production.scheduling.reasons import Reason, reason_of
from production.scheduling.reliability import buffers
from production.scheduling.work import Work
from store.db import UnitOfWork


class Stand(NamedTuple):
    """When the machines are done with a job by a plan, the work center where it ends, and what is still to be run."""

    ends: datetime
    work_center: str
    runs: tuple[Run, ...]


class Move(NamedTuple):
    """A promise that moved."""

    job: str
    before: date
    after: date
    because: str


def follow(
    uow: UnitOfWork, work: Work, board: Board, plan: Plan, stood: Standing, *, by_hand: bool = False
) -> list[Move]:
    """Every job that was promised a day and is in the plan; ``stood``: where everything stood;
    ``by_hand``: a person has moved a run.
    """
    session = uow.session
    stands = _stands(session, work, board, plan)
    told = _last_told(session, stands)
    jobs = session.scalars(select(Job).where(Job.id.in_(told)).order_by(Job.id)).all() if told else ()
    hours, moves = plant_hours(session), list[Move]()
    spare = buffers(session, uow.now, {stand.work_center for stand in stands.values()})
    for job in jobs:
        stand, last = stands[job.id], told[job.id]
        day = _day(hours, stand, last.day, job.due or last.day, spare[stand.work_center].minutes)
        if day == last.day:
            continue
        why = Reason(Cause.SOONER, "There is room for it sooner.")
        if day > last.day:
            why = reason_of(
                session, hours, job, last, stand.runs, stood, uow.now, work.waits, by_hand=by_hand
            )
        moves.append(_tell(uow, job, last, stand, day, why, hours))
    return moves


def _day(hours: PlantHours, stand: Stand, told: date, asked: date, minutes: int) -> date:
    """The day to tell: as it was while the work ends on it, else one with the minutes to spare; the day that was asked
    for, or one nearer to it, as soon as that can be kept again.
    """
    safe = business_date(hours.after(stand.work_center, stand.ends, minutes))
    if stand.ends > hours.end_of(told):
        return safe
    return min(told, max(asked, safe))


def _tell(
    uow: UnitOfWork, job: Job, last: JobPromise, stand: Stand, day: date, why: Reason, hours: PlantHours
) -> Move:
    plan = uow.session.get(Schedule, 1)
    slack = int((hours.end_of(day) - stand.ends).total_seconds()) // 60
    uow.session.add(
        JobPromise(
            job_id=job.id, day=day, expected=stand.ends, slack_minutes=max(0, slack),
            plan=plan.ulid if plan else None, why=why.cause, words=why.words[:300], operation_id=why.operation_id,
            work_center=why.work_center, made_at=uow.now,
        )
    )  # fmt: skip
    words = f"Now {long_date(day)} instead of {long_date(last.day)}. {why.words}"
    note(uow, job, "promise_moved", before=last.day.isoformat(), after=day.isoformat(), reason=words)
    return Move(job.number, last.day, day, why.words)


def _last_told(session: Session, jobs: Collection[int]) -> dict[int, JobPromise]:
    """What each was told last, of those that were told anything."""
    last = select(func.max(JobPromise.id)).where(JobPromise.job_id.in_(jobs)).group_by(JobPromise.job_id)
    return {row.job_id: row for row in session.scalars(select(JobPromise).where(JobPromise.id.in_(last)))}


def _stands(session: Session, work: Work, board: Board, plan: Plan) -> dict[int, Stand]:
    """By key of the job. One with work that has no place has no end that could be told."""
    out = select(Operation.lot_id).where(Operation.ticket.in_([one.ticket for one in work.unplaced]))
    stuck = set(session.scalars(out))
    jobs: dict[int, list[int]] = defaultdict(list)
    lots = stuck | {row.lot.id for row in work.rows.values()}
    shares = select(LotShare.lot_id, LotShare.job_id).where(LotShare.lot_id.in_(lots))
    for lot_id, job_id in session.execute(shares):
        jobs[lot_id].append(job_id)
    held = {one.name: one.reservation.job_id for one in held_places(session, work.problem.now)}
    runs: dict[int, list[int]] = defaultdict(list)
    for k, one in enumerate(board.problem.operations):
        row = work.rows.get(one.id)
        for owner in jobs[row.lot.id] if row else [held.get(one.job)]:
            if owner is not None:
                runs[owner].append(k)
    without = {job_id for lot_id in stuck for job_id in jobs[lot_id]}
    return {job_id: _stand(board, plan, own) for job_id, own in runs.items() if job_id not in without}


def _stand(board: Board, plan: Plan, runs: list[int]) -> Stand:
    last = max(runs, key=lambda k: plan.placed[k].end)
    placed = plan.placed[last]
    ends = board.problem.now + timedelta(minutes=placed.end)
    place = board.problem.work_centers[placed.center].id
    return Stand(ends, place, tuple(board.problem.operations[k] for k in runs))
