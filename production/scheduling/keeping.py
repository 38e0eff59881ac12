"""The plant is scheduled: computed outside any transaction, and kept in place of the schedule before."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kernel import clock
from kernel.errors import UserError
from kernel.ids import new_ulid
from production.catalog.hours import Window
from production.catalog.models import WorkCenter
from production.floor.schedule.moving import Moved, held, moved
from production.floor.schedule.planning import Schedule as Made
from production.floor.schedule.planning import schedule
from production.jobs.models import Operation
from production.jobs.route import FINAL
from production.scheduling.following import follow
from production.scheduling.held import held_places
from production.scheduling.helping import late_helps
from production.scheduling.models import Before, LateHelp, MovedWas, Schedule, ScheduledRun, ScheduleRefusal
from production.scheduling.reliability import record_outcomes
from production.scheduling.reserving import one_at_a_time
from production.scheduling.setup import schedule_rules
from production.scheduling.standing import Kept, kept
from production.scheduling.work import Work, plant_work
from store.db import Actor, Database, UnitOfWork

SECONDS, SEED = 10, 1


class Scheduled(NamedTuple):
    """The open work, the best schedule found for it, and what helps the lots that it makes late."""

    work: Work
    made: Made
    helps: tuple[LateHelp, ...]


def scheduled(db: Database, actor: Actor, *, seconds: float, seed: int) -> Scheduled:
    """As of this minute. What is pinned stays, and so does what begins soon; pinned runs that have not begun in time go
    first. UserError where the work cannot be scheduled.
    """
    with db.read_only(actor) as session:
        work, stands = plant_work(session, clock.now()), kept(session)
        frozen = timedelta(hours=schedule_rules(session).frozen_hours)
    problem = held(work.problem, stands.standing, work.problem.now + frozen, work.overdue)
    made = schedule(problem, seconds=seconds, seed=seed)
    with db.read_only(actor) as session:
        helps = late_helps(session, made)
    return Scheduled(replace(work, problem=problem), made, helps)


def moved_lots(session: Session, work: Work, made: Made, by_hand: str = "") -> list[Moved]:
    """The lots that another schedule has done at another time than the one that holds, or that lose their place;
    ``by_hand``: the run that a person has changed.
    """
    stands, names = kept(session), dict(session.execute(select(WorkCenter.code, WorkCenter.name)).all())
    left_out = {one.lot: one.why for one in reversed(work.unplaced)}
    found = moved(made.board, made.plan, stands.standing, stands.lots, names, by_hand)
    lost = {lot: end for lot, end in stands.ends().items() if lot in left_out}
    return [one for one in found if one.job not in left_out] + [
        Moved(lot, end, None, left_out[lot]) for lot, end in lost.items()
    ]


def keep(
    uow: UnitOfWork,
    work: Work,
    made: Made,
    helps: tuple[LateHelp, ...] = (),
    *,
    seconds: float,
    seed: int,
    before: Before | None = None,
    by_hand: str = "",
) -> Schedule:
    """In place of the one before. What ended while it was made has no place in it."""
    session = uow.session
    one_at_a_time(session)
    record_outcomes(uow)
    was = kept(session)
    moves = moved_lots(session, work, made, by_hand)
    first = {(one.operation_id, one.part): one.first_to for one in session.scalars(select(ScheduledRun))}
    session.execute(delete(ScheduledRun))
    session.execute(delete(Schedule))
    session.execute(delete(ScheduleRefusal))
    ids = [row.operation.id for row in work.rows.values()]
    is_open = select(Operation.id).where(Operation.id.in_(ids), Operation.state.not_in(FINAL))
    still = set(session.scalars(is_open))
    free = {one.run_name(run.step): run for one in held_places(session, uow.now) for run in one.runs}
    due = {one.id: one.due for one in work.problem.jobs}
    for k, one in enumerate(work.problem.operations):
        setup, (begins, ends) = _times(made, k)
        center, known = _place(made, k), work.rows.get(one.id)
        if known is None and (run := free.get(one.id)):
            run.work_center, run.run_from, run.run_to = center, begins, ends
        elif known is not None and known.operation.id in still:
            session.add(
                ScheduledRun(
                    operation_id=known.operation.id, part=known.part, work_center=center, setup_from=setup[0],
                    setup_to=setup[1], run_from=begins, run_to=ends, due=due[one.job],
                    minutes=made.plan.placed[k].minutes, is_guess=one.id in work.guessed,
                    first_to=first.get((known.operation.id, known.part), ends),
                )
            )  # fmt: skip
    row = Schedule(
        id=1, ulid=new_ulid(uow.now), seed=seed, seconds=int(seconds), status=made.status,
        late_weighted=made.plan.weighted, bound=made.bound, made_at=uow.now, made_by=uow.actor.name, before=before,
        moved=tuple(MovedWas(one.job, one.before, one.after, one.because) for one in moves), helps=helps,
    )  # fmt: skip
    session.add(row)
    uow.audit(
        "schedule", row.ulid, "made", status=made.status, operations=len(still), late=made.plan.late_jobs
    )
    if newly := _newly_late(work, made, was):
        words = f"{len(newly)} {'lots' if len(newly) > 1 else 'lot'}: {', '.join(newly[:5])}"
        uow.audit("schedule", row.ulid, "late", reason=words)
    session.flush()  # promises name it
    follow(uow, work, made.board, made.plan, was.standing, by_hand=before is not None)
    return row


def _newly_late(work: Work, made: Made, was: Kept) -> list[str]:
    """Lots that will be late and were not in the schedule before, so that they are told once."""
    before = was.ends()
    return [
        job.id
        for job, late in zip(work.problem.jobs, made.plan.late, strict=True)
        if late and before.get(job.id, job.due) <= job.due
    ]


def refuse(uow: UnitOfWork, error: UserError) -> None:
    """It could not be scheduled: the board says why until it can."""
    session = uow.session
    one_at_a_time(session)
    session.execute(delete(ScheduleRefusal))
    runs = tuple(error.details.get("operations", ()))
    row = ScheduleRefusal(
        id=1, code=error.instance_code, sentence=error.sentence, runs=runs, refused_at=uow.now
    )
    session.add(row)


def _place(made: Made, k: int) -> str:
    return made.board.problem.work_centers[made.plan.placed[k].center].id


def _times(made: Made, k: int) -> tuple[tuple[datetime | None, datetime | None], Window]:
    """First and last minute of an operation's set-up, if it has one, and of its run."""
    placed, now = made.plan.placed[k], made.board.problem.now
    open_ = made.board.centers[placed.center].open

    def ends(opened: int, minutes: int) -> Window:
        spans = open_.spans(opened, minutes)
        return now + timedelta(minutes=spans[0][0]), now + timedelta(minutes=spans[-1][1])

    setup = ends(placed.setup_at, placed.setup) if placed.setup else (None, None)
    return setup, ends(placed.opened, placed.minutes)
