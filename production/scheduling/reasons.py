"""Why a promise moves: what has become of a job since its agency was told a day, in words that the agency reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from production.catalog.hours import PlantHours, open_minutes
from production.catalog.models import OperationType, WorkCenter
from production.floor.models import MakeUp
from production.floor.schedule.moving import Standing
from production.floor.schedule.problem import Operation as Run
from production.jobs.models import Hold, Job, Operation
from production.jobs.route import FINAL, lots_of
from production.jobs.states import JobState
from production.jobs.states import Stops as What
from production.scheduling.models import Cause, JobPromise

NOT_YET = {
    JobState.SUBMITTED: "It is being checked.",
    JobState.NEEDS_FIX: "It waits for what the check has asked for.",
    JobState.PROOF_READY: "It waits for its approval.",
}


class Reason(NamedTuple):
    """Of a move, with the operation and work center that it is about."""

    cause: Cause
    words: str
    operation_id: int | None = None
    work_center: str | None = None


def reason_of(
    session: Session,
    hours: PlantHours,
    job: Job,
    told: JobPromise,
    runs: Sequence[Run],
    stood: Standing,
    now: datetime,
    waits: Mapping[str, str],
    *,
    by_hand: bool,
) -> Reason:
    """Of a later day: the first of what is known to put a job off. ``runs``: what is still to be run of it; ``stood``:
    where everything stood until now; ``waits``: what each run's release is for; ``by_hand``: a person has moved a run.
    """
    begins = [stood[run.id].start for run in runs if run.id in stood]
    if job.state in NOT_YET and begins and min(begins) < now:
        return Reason(Cause.APPROVAL, NOT_YET[job.state])
    reasons = chain(
        _of_the_job(session, job, told, stood, now), _of_the_plan(session, hours, runs, stood, waits)
    )
    known = next(reasons, None)
    if known is None and by_hand:
        return Reason(Cause.PLANNER, "The shop has given other work its place.")
    return known or Reason(Cause.OTHER_WORK, "Other work that is needed sooner goes first.")


def _of_the_job(
    session: Session, job: Job, told: JobPromise, stood: Standing, now: datetime
) -> Iterator[Reason]:
    """What has become of it since it was told."""
    lots = lots_of(job)
    held = select(Hold.words).where((Hold.job_id == job.id) | Hold.lot_id.in_(lots))
    held = held.where(Hold.stops == What.PRODUCTION, Hold.lifted_at > told.made_at)
    for words in session.scalars(held.order_by(Hold.lifted_at.desc())):
        yield Reason(Cause.HOLD, f"It was on hold: {words}")
    again = select(MakeUp.reason).where(MakeUp.of_lot_id.in_(lots), MakeUp.ordered_at > told.made_at)
    for words in session.scalars(again.order_by(MakeUp.ordered_at.desc())):
        yield Reason(Cause.TOOK_LONGER, f"A part of it is made again: {words}")
    query = select(Operation, OperationType.name).join(OperationType, OperationType.code == Operation.type)
    query = query.where(Operation.lot_id.in_(lots)).order_by(Operation.step, Operation.id)
    for row, name in session.execute(query):
        was = stood.get(row.ticket)
        if was and row.started_at and (row.finished_at or now) > was.end:
            yield Reason(Cause.TOOK_LONGER, f"{name} took longer than planned.", row.id, row.work_center)
        elif was and not row.started_at and was.start < now and row.state not in FINAL:
            words = f"{name} has not begun when it was planned to."
            yield Reason(Cause.TOOK_LONGER, words, row.id, was.work_center)


def _of_the_plan(
    session: Session, hours: PlantHours, runs: Sequence[Run], stood: Standing, waits: Mapping[str, str]
) -> Iterator[Reason]:
    """Why its runs cannot stand where they stood."""
    names = dict(session.execute(select(WorkCenter.code, WorkCenter.name)).all())
    waiting = [(run, stood[run.id]) for run in runs if run.id in stood and run.fixed is None]
    for run, was in waiting:
        if open_minutes(hours.windows(was.work_center, was.start, was.end)) < min(run.minutes.values()):
            words = f"{names[was.work_center]} does not run when it was to run."
            yield Reason(Cause.MACHINE, words, None, was.work_center)
    for run, was in waiting:
        if run.release and run.release > was.start:
            yield Reason(Cause.MATERIAL, waits.get(run.id, "What it is made of comes later than planned."))
