"""Projects for screens: the page of one, and lists by whose turn it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from kernel import clock
from kernel.errors import NotFound
from kernel.ids import named_ulid, show_ulid
from kernel.money import Money
from production.frontdesk.orders.queries import SHOP, canonical, own
from production.frontdesk.projects.models import Project, ProjectFile, ProjectMessage, ProjectTask, Side
from production.frontdesk.projects.talking import OPEN
from production.jobs.models import ChargeSplit, Usage
from production.jobs.states import JobState
from production.jobs.usage_evidence import HoursEvidence
from production.people.models import Agency, BudgetUnit, User
from store.db import Actor


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A file beside a message."""

    ulid: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Message:
    """Something said."""

    side: Side
    author: str
    words: str
    is_internal: bool
    made_at: datetime
    files: Sequence[GivenFile]


@dataclass(frozen=True, slots=True)
class Task:
    """Something to be done; ``done_by`` is empty while it is open."""

    ulid: str
    words: str
    side: Side
    due: date
    done_by: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of a day."""

    on: date
    who: str
    what: str
    hours: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """A project in a list."""

    number: str
    title: str
    agency: str
    state: JobState
    shown: str
    owner: str
    due: date
    waits_for: Side
    since: datetime
    requester: str

    @property
    def is_open(self) -> bool:
        """Is it still somebody's turn?"""
        return self.state in OPEN


@dataclass(frozen=True, slots=True)
class ProjectPage:
    """All that the page of one shows; the first message is the brief."""

    line: Line
    version: int
    budget: Money | None
    account: str
    created_at: datetime
    messages: Sequence[Message]
    tasks: Sequence[Task]
    hours: Sequence[Hours]

    @property
    def files(self) -> Sequence[GivenFile]:
        """All that were given, the newest first."""
        return [file for message in reversed(self.messages) for file in message.files]


def find(session: Session, actor: Actor, number: str) -> Project:
    """The project with this number, if the actor may see it; NotFound otherwise."""
    found = session.scalars(own(select(Project).filter_by(number=canonical(number)), actor)).first()
    if found is None:
        raise NotFound("There is no such project.")
    return found


def project_page(session: Session, actor: Actor, number: str) -> ProjectPage:
    """The page of one; NotFound. Notes of the shop are only for the shop."""
    project = find(session, actor, number)
    line = lines(session, actor, Project.id == project.id)[0]
    accounts = select(BudgetUnit.bill_code).join(ChargeSplit).where(ChargeSplit.job_id == project.id)
    return ProjectPage(
        line, project.version, project.budget, ", ".join(session.scalars(accounts)), project.created_at,
        _messages(session, actor, project), _tasks(session, project), hours_of(session, project),
    )  # fmt: skip


def lines(session: Session, actor: Actor, which: ColumnElement[bool], *, limit: int = 100) -> Sequence[Line]:
    """Projects, those that wait longest first."""
    query: Select[*tuple[Any, ...]] = own(
        select(Project, Agency.name, func.coalesce(User.full_name, SHOP))
        .join(Agency, Agency.id == Project.agency_id)
        .outerjoin(User, User.id == Project.requester_id)
        .where(which)
        .order_by(Project.since, Project.id)
        .limit(limit),
        actor,
    )
    return [
        Line(
            one.number, one.title, agency, one.state, one.shown, one.owner, one.due, one.waits_for, one.since, who
        )
        for one, agency, who in session.execute(query)
    ]  # fmt: skip


def waiting_for(side: Side) -> ColumnElement[bool]:
    """Open, and it is the turn of that side."""
    return Project.state.in_(OPEN) & (Project.waits_for == side)


def ended() -> ColumnElement[bool]:
    """Answered, given up or charged."""
    return Project.state.not_in(OPEN)


def kept_file(session: Session, actor: Actor, number: str, ulid: str) -> ProjectFile:
    """A file of a project; NotFound also for one of a note that the actor may not read."""
    project = find(session, actor, number)
    query = (
        select(ProjectFile)
        .join(ProjectMessage, ProjectMessage.id == ProjectFile.message_id)
        .where(_readable(project, actor), ProjectFile.ulid == named_ulid(ulid, "file"))
    )
    found = session.scalars(query).first()
    if found is None:
        raise NotFound("There is no such file.")
    return found


def hours_of(session: Session, project: Project) -> Sequence[Hours]:
    """Hours entered, by day."""
    query = select(Usage).filter_by(job_id=project.id).order_by(Usage.usage_date, Usage.id)
    return [
        Hours(one.usage_date, one.evidence.who, one.evidence.what, one.quantity)
        for one in session.scalars(query)
        if isinstance(one.evidence, HoursEvidence)
    ]


def _readable(project: Project, actor: Actor) -> Any:
    of_project = ProjectMessage.job_id == project.id
    return of_project if actor.agency_id is None else of_project & ~ProjectMessage.is_internal


def _messages(session: Session, actor: Actor, project: Project) -> Sequence[Message]:
    query = (
        select(ProjectMessage, ProjectFile)
        .outerjoin(ProjectFile, ProjectFile.message_id == ProjectMessage.id)
        .where(_readable(project, actor))
        .order_by(ProjectMessage.id, ProjectFile.id)
    )
    said: dict[ProjectMessage, list[GivenFile]] = {}
    for message, file in session.execute(query):
        files = said.setdefault(message, [])
        if file is not None:
            files.append(GivenFile(show_ulid(file.ulid), file.given_name, file.size))
    return [
        Message(one.side, one.author, one.words, one.is_internal, one.made_at, files)
        for one, files in said.items()
    ]


def _tasks(session: Session, project: Project) -> Sequence[Task]:
    query = select(ProjectTask).filter_by(job_id=project.id).order_by(ProjectTask.due, ProjectTask.id)
    today = clock.today()
    return [
        Task(show_ulid(one.ulid), one.words, one.side, one.due, one.done_by, not one.done_by and one.due < today)
        for one in session.scalars(query)
    ]  # fmt: skip
