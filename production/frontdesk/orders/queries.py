"""What the agency's counter shows: small frozen values, every query scoped by the actor's agency."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.orm import Session

from kernel.errors import NotFound
from kernel.ids import parse_job_number
from production.jobs.models import Job
from production.jobs.states import JobKind, JobState, shown
from production.people.models import Agency, BudgetUnit, User
from store.db import Actor

PAGE = 25
SHOP = "the shop"


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
    kind: JobKind

    @property
    def shown(self) -> str:
        """Its state as people read it."""
        return shown(self.kind, self.state)


@dataclass(frozen=True, slots=True)
class JobPage:
    """A page of jobs, newest first. ``newer`` and ``older`` are the keys of the neighbors' pages, if any."""

    lines: Sequence[JobLine]
    newer: int | None
    older: int | None


SOON = timedelta(days=3)
J = JobState
# Not out of the house yet, and not given up.
OPEN = (J.SUBMITTED, J.NEEDS_FIX, J.PROOF_READY, J.APPROVED, J.IN_PRODUCTION, J.PRODUCED)
ON_ITS_WAY = (J.SUBMITTED, J.PROOF_READY, J.APPROVED, J.IN_PRODUCTION, J.PRODUCED, J.DISPATCHED)
ARRIVED = (J.DELIVERED, J.BILLED, J.CLOSED)


class Which(NamedTuple):
    """Jobs that a list shows: of some states (none: of all), due in a span of days from its first to before its end, or
    those with some numbers.
    """

    states: Sequence[JobState] = ()
    since: date | None = None
    before: date | None = None
    numbers: Sequence[str] = ()

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """For a query of jobs; a project is none, and has lists of its own."""
        found: list[ColumnElement[bool]] = [Job.kind != JobKind.CONSULTATION]
        found += [Job.state.in_(self.states)] if self.states else []
        found += [Job.due >= self.since] if self.since else []
        found += [Job.number.in_(self.numbers)] if self.numbers else []
        return found + ([Job.due < self.before] if self.before else [])


def late(today: date) -> Which:
    """Their day is over, and they have not left."""
    return Which(OPEN, before=today)


def due_soon(today: date) -> Which:
    """Due today or on one of the next two days, and still here."""
    return Which(OPEN, since=today, before=today + SOON)


Query = TypeVar("Query", bound=Select[*tuple[Any, ...]])


def own(query: Query, actor: Actor) -> Query:
    """Only jobs of the actor's agency; plant staff see all."""
    return query if actor.agency_id is None else query.where(Job.agency_id == actor.agency_id)


def job_lines(
    session: Session,
    actor: Actor,
    *,
    which: Which | None = None,
    words: str = "",
    before: int | None = None,
    after: int | None = None,
) -> JobPage:
    """One page of the actor's jobs, before (older than) or after (newer than) a key; ``words`` in number or title."""
    query: Select[*tuple[Any, ...]] = own(
        select(
            Job.id, Job.number, Job.title, Agency.code, Job.state, Job.due, Job.quantity,
            func.coalesce(User.full_name, SHOP),
            Job.created_at, Job.kind,
        )
        .join(Agency, Agency.id == Job.agency_id)
        .outerjoin(User, User.id == Job.requester_id),  # people of the shop are none that an agency sees
        actor,
    )  # fmt: skip
    query = query.where(*(which or Which()).conditions)
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


def counts_of(session: Session, actor: Actor, lists: Iterable[Which]) -> list[int]:
    """How many jobs some lists hold, asked for at once."""
    lists = list(lists)
    query = own(select(*(func.count().filter(true(), *which.conditions) for which in lists)), actor)
    if all(which.states for which in lists):  # what is closed need not be looked at
        query = query.where(Job.state.in_({state for which in lists for state in which.states}))
    return list(session.execute(query.select_from(Job)).one())


def job_by_number(session: Session, actor: Actor, number: str) -> Job:
    """The job with this number, if the actor may see it; NotFound otherwise, also for a mistyped number."""
    job = session.scalars(own(select(Job).filter_by(number=_number(number)), actor)).first()
    if job is None:
        raise NotFound(
            "There is no such job.", remedy="Check the number: a job number looks like 27-004218-1."
        )
    return job


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
