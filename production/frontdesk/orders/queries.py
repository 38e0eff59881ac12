"""What the agency's counter shows: small frozen values, every query scoped by the actor's agency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from kernel.errors import NotFound
from kernel.ids import parse_job_number
from kernel.money import Money
from production.frontdesk.orders.models import Quote
from production.jobs.models import Job
from production.jobs.states import JobState
from production.people.models import Agency, BudgetUnit, User
from store.db import Actor

PAGE = 25
_SHOP = "the shop"


@dataclass(frozen=True, slots=True)
class JobLine:
    """A job in a list."""

    id: int
    number: str
    title: str
    agency_code: str
    state: JobState
    day: date  # mailed or due
    quantity: int | None
    requester: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class JobPage:
    """A page of jobs, newest first. ``newer`` and ``older`` are the keys of the neighbors' pages, if any."""

    lines: Sequence[JobLine]
    newer: int | None
    older: int | None


Query = TypeVar("Query", bound=Select[*tuple[Any, ...]])


def own(query: Query, actor: Actor) -> Query:
    """Only jobs of the actor's agency; plant staff see all."""
    return query if actor.agency_id is None else query.where(Job.agency_id == actor.agency_id)


def job_lines(
    session: Session,
    actor: Actor,
    *,
    states: Sequence[JobState] = (),
    words: str = "",
    before: int | None = None,
    after: int | None = None,
) -> JobPage:
    """One page of the actor's jobs, before (older than) or after (newer than) a key; ``words`` in number or title."""
    query = own(
        select(
            Job.id, Job.number, Job.title, Agency.code, Job.state, Job.due, Job.quantity,
            func.coalesce(User.full_name, _SHOP),
            Job.created_at,
        )
        .join(Agency, Agency.id == Job.agency_id)
        .outerjoin(User, User.id == Job.requester_id),  # people of the shop are none that an agency sees
        actor,
    )  # fmt: skip
    if states:
        query = query.where(Job.state.in_(states))
    if words:
        query = query.where(Job.title.icontains(words, autoescape=True) | (Job.number == _number(words)))
    if after is not None:
        rows = session.execute(query.where(Job.id > after).order_by(Job.id).limit(PAGE + 1)).all()
        lines = [JobLine(*row) for row in rows[:PAGE]][::-1]
        newer = lines[0].id if len(rows) > PAGE else None
        return JobPage(lines, newer, lines[-1].id if lines else None)
    if before is not None:
        query = query.where(Job.id < before)
    rows = session.execute(query.order_by(Job.id.desc()).limit(PAGE + 1)).all()
    lines = [JobLine(*row) for row in rows[:PAGE]]
    older = lines[-1].id if len(rows) > PAGE else None
    return JobPage(lines, lines[0].id if before is not None and lines else None, older)


def state_counts(session: Session, actor: Actor) -> dict[JobState, int]:
    """How many jobs stand in each state."""
    query = own(select(Job.state, func.count()), actor).group_by(Job.state)
    return {row[0]: row[1] for row in session.execute(query)}


def job_by_number(session: Session, actor: Actor, number: str) -> Job:
    """The job with this number, if the actor may see it; NotFound otherwise, also for a mistyped number."""
    job = session.scalars(own(select(Job).filter_by(number=_number(number)), actor)).first()
    if job is None:
        raise NotFound(
            "There is no such job.", remedy="Check the number: a job number looks like 27-004218-1."
        )
    return job


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A job that waits for consent."""

    number: str
    title: str
    requester: str
    is_own: bool  # the reader ordered it and cannot approve it
    day: date  # mailed or due
    quantity: int | None
    total: Money


def waiting_for_approval(session: Session, actor: Actor) -> list[WaitingLine]:
    """Jobs with proof and quote, the nearest day first."""
    query = (
        select(Job, User.full_name, Quote.total)
        .join(User, User.id == Job.requester_id)
        .join(Quote, (Quote.job_id == Job.id) & (Quote.revision == Job.revision))
        .where(Job.state == JobState.PROOF_READY)
        .order_by(Job.due, Job.id)
    )
    return [
        WaitingLine(
            job.number,
            job.title,
            requester,
            job.requester_id == actor.user_id,
            job.due,
            job.quantity,
            total,
        )
        for job, requester, total in session.execute(own(query, actor))
    ]


def waiting_for(session: Session, actor: Actor) -> int:
    """How many jobs wait for this very approver: what they ordered themselves waits for somebody else."""
    query = select(Job.id).where(Job.state == JobState.PROOF_READY, Job.requester_id != actor.user_id)
    return session.scalar(select(func.count()).select_from(own(query, actor).subquery())) or 0


def canonical(text: str) -> str:
    """The number of a job as it is kept; empty when it is none."""
    return _number(text)


def _number(text: str) -> str:
    try:
        return parse_job_number(text)
    except ValueError:
        return ""


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An open account of an agency."""

    bill_code: str
    name: str


def open_accounts(session: Session, agency_id: int) -> list[AccountLine]:
    """Accounts an order of this agency can be charged to."""
    query = select(BudgetUnit.bill_code, BudgetUnit.name).filter_by(agency_id=agency_id, closed_at=None)
    return [AccountLine(*row) for row in session.execute(query.order_by(BudgetUnit.bill_code))]
