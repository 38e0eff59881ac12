"""The plant is scheduled: computed outside any transaction, and kept in place of the schedule before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, select, text

from kernel import clock
from kernel.ids import new_ulid
from production.floor.schedule.planning import Schedule as Made
from production.floor.schedule.planning import schedule
from production.jobs.models import Operation
from production.jobs.route import FINAL
from production.scheduling.models import Schedule, ScheduledRun
from production.scheduling.work import Work, plant_work
from store.db import Actor, Database, UnitOfWork

SECONDS, SEED = 10, 1
_ONE_AT_A_TIME = "schedule"


def scheduled(db: Database, actor: Actor, *, seconds: float, seed: int) -> tuple[Work, Made]:
    """The open work of this minute and the best schedule found for it. UserError where the work cannot be scheduled."""
    with db.read_only(actor) as session:
        work = plant_work(session, clock.now())
    return work, schedule(work.problem, seconds=seconds, seed=seed)


def keep(uow: UnitOfWork, work: Work, made: Made, *, seconds: float, seed: int) -> Schedule:
    """In place of the one before. What ended while it was made has no place in it."""
    session = uow.session
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": _ONE_AT_A_TIME}
    )
    session.execute(delete(ScheduledRun))
    session.execute(delete(Schedule))
    ids = [row.operation.id for row in work.rows.values()]
    is_open = select(Operation.id).where(Operation.id.in_(ids), Operation.state.not_in(FINAL))
    still = set(session.scalars(is_open))
    due = {one.id: one.due for one in work.problem.jobs}
    for k, one in enumerate(work.problem.operations):
        operation = work.rows[one.id].operation
        if operation.id in still:
            times, minutes = _times(made, k), made.plan.placed[k].minutes
            session.add(
                ScheduledRun(
                    operation_id=operation.id, work_center=_place(made, k), due=due[one.job], minutes=minutes,
                    is_guess=one.id in work.guessed, **times,
                )
            )  # fmt: skip
    row = Schedule(
        id=1, ulid=new_ulid(uow.now), seed=seed, seconds=int(seconds), status=made.status,
        late_weighted=made.plan.weighted, bound=made.bound, made_at=uow.now, made_by=uow.actor.name,
    )  # fmt: skip
    session.add(row)
    uow.audit(
        "schedule", row.ulid, "made", status=made.status, operations=len(still), late=made.plan.late_jobs
    )
    return row


def _place(made: Made, k: int) -> str:
    return made.board.problem.work_centers[made.plan.placed[k].center].id


def _times(made: Made, k: int) -> Mapping[str, datetime | None]:
    """First and last minute of an operation's set-up and run."""
    placed, now = made.plan.placed[k], made.board.problem.now
    open_ = made.board.centers[placed.center].open

    def ends(opened: int, minutes: int) -> tuple[datetime, datetime]:
        spans = open_.spans(opened, minutes)
        return now + timedelta(minutes=spans[0][0]), now + timedelta(minutes=spans[-1][1])

    setup_from, setup_to = ends(placed.setup_at, placed.setup) if placed.setup else (None, None)
    run_from, run_to = ends(placed.opened, placed.minutes)
    return {"setup_from": setup_from, "setup_to": setup_to, "run_from": run_from, "run_to": run_to}
