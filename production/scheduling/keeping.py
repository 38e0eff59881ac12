"""The plant is scheduled: computed outside any transaction, and kept in place of the schedule before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from kernel import clock
from kernel.ids import new_ulid
from production.catalog.models import WorkCenter
from production.floor.schedule.moving import Moved, Standing, Stands, held, moved
from production.floor.schedule.planning import Schedule as Made
from production.floor.schedule.planning import schedule
from production.jobs.models import Lot, Operation
from production.jobs.route import FINAL
from production.scheduling.models import Before, Schedule, ScheduledRun
from production.scheduling.work import Work, plant_work
from store.db import Actor, Database, UnitOfWork

SECONDS, SEED = 10, 1
_ONE_AT_A_TIME = "schedule"


class Kept(NamedTuple):
    """Where runs stand in the schedule that holds, by ticket, and the lot of each."""

    standing: Standing
    lots: Mapping[str, str]


def kept(session: Session) -> Kept:
    """As it stands."""
    query = select(ScheduledRun, Operation.ticket, Lot.number)
    query = query.join(Operation, Operation.id == ScheduledRun.operation_id).join(
        Lot, Lot.id == Operation.lot_id
    )
    rows = session.execute(query.order_by(Operation.ticket)).all()
    return Kept(
        {ticket: Stands(run.work_center, run.run_from, run.run_to) for run, ticket, _ in rows},
        {ticket: lot for _, ticket, lot in rows},
    )


def scheduled(db: Database, actor: Actor, *, seconds: float, seed: int) -> tuple[Work, Made]:
    """The open work of this minute and the best schedule found for it. What is pinned stays, and so do pinned runs that
    have not begun in time: they go first. UserError where the work cannot be scheduled.
    """
    with db.read_only(actor) as session:
        work, stands = plant_work(session, clock.now()), kept(session)
    problem = held(work.problem, stands.standing, work.problem.now, work.overdue)
    return replace(work, problem=problem), schedule(problem, seconds=seconds, seed=seed)


def moved_lots(session: Session, made: Made) -> list[Moved]:
    """The lots that another schedule has done at another time than the one that holds."""
    stands, names = kept(session), dict(session.execute(select(WorkCenter.code, WorkCenter.name)).all())
    return moved(made.board, made.plan, stands.standing, stands.lots, names)


def one_at_a_time(session: Session) -> None:
    """Nobody else changes the schedule until this transaction is over."""
    name = {"name": _ONE_AT_A_TIME}
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), name)


def keep(
    uow: UnitOfWork, work: Work, made: Made, *, seconds: float, seed: int, before: Before | None = None
) -> Schedule:
    """In place of the one before. What ended while it was made has no place in it."""
    session = uow.session
    one_at_a_time(session)
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
        late_weighted=made.plan.weighted, bound=made.bound, made_at=uow.now, made_by=uow.actor.name, before=before,
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
