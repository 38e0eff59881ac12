"""Which places on the schedule are held free for work that is not laid out yet.

An order that waits for its approval holds its place for some days, a written quote until its day. Nothing has to let go
of a place: whether it is held follows from what became of the order or the quote.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, aliased

from kernel.clock import business_date
from production.catalog.models import OperationType, WorkCenter
from production.floor.schedule.problem import Job as Due
from production.floor.schedule.problem import Operation as Run
from production.floor.schedule.problem import Problem
from production.frontdesk.projects.models import Project
from production.frontdesk.quoting.models import QuoteRevision, WrittenQuote
from production.jobs.models import Job, Lot, LotShare
from production.jobs.states import JobState, LotState
from production.scheduling.models import Reservation, ReservedRun


class HeldPlace(NamedTuple):
    """A reservation with its runs. ``name``: the number of its order, or of its project with the place of the quote."""

    reservation: Reservation
    name: str
    runs: list[ReservedRun]

    def run_name(self, step: int) -> str:
        """Of a run in a problem."""
        return f"{self.name} {step}"


_WAITS = (JobState.SUBMITTED, JobState.NEEDS_FIX, JobState.PROOF_READY, JobState.APPROVED)


def held(today: date) -> ColumnElement[bool]:
    """Whether a reservation still holds its place: an order that waits and is not laid out; a quote that was not
    declined and is no checked order yet (the order takes its place over).
    """
    laid_out = select(LotShare.lot_id).join(Lot, Lot.id == LotShare.lot_id)
    laid_out = laid_out.where(LotShare.job_id == Job.id, Lot.state != LotState.CANCELLED)
    of_job = select(Job.id).where(Job.state.in_(_WAITS), ~laid_out.exists())
    is_accepted = WrittenQuote.accepted_revision == QuoteRevision.number
    of_quote = (
        select(QuoteRevision.id)
        .join(WrittenQuote, WrittenQuote.id == QuoteRevision.quote_id)
        .where(WrittenQuote.sent == QuoteRevision.number)
        .where(WrittenQuote.answered_at.is_(None) | is_accepted)
    )
    return and_(
        Reservation.until >= today,
        or_(Reservation.job_id.in_(of_job), Reservation.quote_revision_id.in_(of_quote)),
    )


def held_places(session: Session, now: datetime, *, but_for: Collection[int] = ()) -> list[HeldPlace]:
    """Every place that is held free, without those of some reservations."""
    project = aliased(Project)
    query = (
        select(Reservation, Job.number, project.number, WrittenQuote.position)
        .outerjoin(Job, Job.id == Reservation.job_id)
        .outerjoin(QuoteRevision, QuoteRevision.id == Reservation.quote_revision_id)
        .outerjoin(WrittenQuote, WrittenQuote.id == QuoteRevision.quote_id)
        .outerjoin(project, project.id == WrittenQuote.job_id)
        .where(held(business_date(now)), Reservation.id.not_in(but_for))
        .order_by(Reservation.id)
    )
    found = [
        HeldPlace(row, number or f"{asked}/{position}", [])
        for row, number, asked, position in session.execute(query)
    ]
    by_id = {one.reservation.id: one.runs for one in found}
    runs = select(ReservedRun).where(ReservedRun.reservation_id.in_(by_id))
    for run in session.scalars(runs.order_by(ReservedRun.reservation_id, ReservedRun.step)) if by_id else ():
        by_id[run.reservation_id].append(run)
    return found


def with_held(session: Session, problem: Problem) -> Problem:
    """The problem with what is held free in it: not pinned, but due as it was promised. What no open machine could do
    any more is left out.
    """
    found = held_places(session, problem.now)
    if not found:
        return problem
    places = _places(session, {one.id for one in problem.work_centers})
    can = [one for one in found if all(places.get(run.type) for run in one.runs)]
    return problem.model_copy(
        update={
            "jobs": (*problem.jobs, *(Due(id=one.name, due=one.reservation.due) for one in can)),
            "operations": (*problem.operations, *(run for one in can for run in _asked(one, places))),
        }
    )


def _asked(one: HeldPlace, places: Mapping[str, Sequence[str]]) -> Iterator[Run]:
    for run in one.runs:
        yield Run(
            id=one.run_name(run.step), job=one.name, minutes=dict.fromkeys(places[run.type], run.minutes),
            needs=tuple(map(one.run_name, run.needs)), lag_minutes=run.lag_minutes, release=one.reservation.release,
        )  # fmt: skip


def _places(session: Session, open_: Collection[str]) -> Mapping[str, Sequence[str]]:
    """Work centers in use, of those that are open, by type of operation."""
    query = select(OperationType.code, WorkCenter.code).order_by(WorkCenter.code)
    query = query.join(WorkCenter, WorkCenter.work_center_class == OperationType.work_center_class)
    found: dict[str, list[str]] = defaultdict(list)
    for kind, code in session.execute(query.where(WorkCenter.is_active, WorkCenter.code.in_(open_))):
        found[kind].append(code)
    return found
