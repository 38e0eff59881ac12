"""What has no place on the board: operations that came since it was made, or cannot be placed, and orders that wait."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import UserError
from production.floor.schedule.board import board_of
from production.floor.schedule.moving import Standing, held, standing_of
from production.floor.schedule.placing import NoRoom, place
from production.jobs.models import Job, Lot, LotShare
from production.scheduling.held import held_places
from production.scheduling.reasons import NOT_YET
from production.scheduling.standing import kept
from production.scheduling.work import AHEAD, Unplaced, Work


class Fit(NamedTuple):
    """A work center and the first moment there."""

    work_center: str
    start: datetime


class OffBoard(NamedTuple):
    """An operation without a place by its ticket, or an order by its number, and why; ``fits``: where it would
    begin first, of an order the place that is held for it.
    """

    name: str
    title: str
    due: date
    why: str
    fits: Fit | None
    is_order: bool


def off_board(session: Session, work: Work, *, is_kept: bool) -> list[OffBoard]:
    """Operations, then orders. Without a kept schedule nothing is missing on it."""
    standing = kept(session).standing
    came = [
        Unplaced(run, row.lot.number, "NOT_SCHEDULED", "It came after the plant was scheduled.")
        for run, row in work.rows.items()
        if is_kept and run not in standing
    ]
    fits = first_fits(work, standing) if came else {}
    left = [*came, *work.unplaced]
    return [*_operations(session, left, fits), *_orders(session, work.problem.now)]


def first_fits(work: Work, standing: Standing) -> Mapping[str, Fit]:
    """Where and when each run that does not stand could begin first, beside all that does; of none where that cannot go
    on as it stands.
    """
    try:
        board = board_of(held(work.problem, standing, work.problem.now + AHEAD, work.overdue))
        plan = place(board, [-float(one.tail) for one in board.works], {})
    except (UserError, NoRoom):
        return {}
    found = standing_of(board, plan)
    return {run: Fit(*found[run][:2]) for run in work.rows if run not in standing}


def _operations(session: Session, left: Sequence[Unplaced], fits: Mapping[str, Fit]) -> Iterator[OffBoard]:
    query = select(Lot.number, Lot.ready_by, Job.title).where(Lot.number.in_({one.lot for one in left}))
    first = (LotShare.lot_id == Lot.id) & (LotShare.position == 0)
    query = query.outerjoin(LotShare, first).outerjoin(Job, Job.id == LotShare.job_id)
    lots = {number: (title or "", due) for number, due, title in session.execute(query)} if left else {}
    for one in left:
        yield OffBoard(one.ticket, *lots[one.lot], one.why, fits.get(one.ticket), is_order=False)


def _orders(session: Session, now: datetime) -> Iterator[OffBoard]:
    """Those that hold a place until they are approved."""
    places = {one.reservation.job_id: one for one in held_places(session, now)}
    jobs = session.scalars(select(Job).where(Job.id.in_(places)).order_by(Job.due, Job.id)) if places else ()
    for job in jobs:
        run = min(places[job.id].runs, key=lambda run: run.run_from, default=None)
        fit = Fit(run.work_center, run.run_from) if run else None
        why = NOT_YET.get(job.state, "It is being prepared for the floor.")
        yield OffBoard(job.number, job.title, job.due, why, fit, is_order=True)
