"""An agency asks the shop for something that nobody can order by answering questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, select

from kernel.clock import business_date
from kernel.errors import InvalidInput, refused_field
from kernel.findings import Finding, Place, of_field
from kernel.money import Money
from production.frontdesk.orders import intake
from production.frontdesk.orders.intake import GivenFile
from production.frontdesk.projects.models import Project, Side
from production.frontdesk.projects.talking import add_message
from production.jobs.lifecycle import advance
from production.people.models import Role, User, UserRole
from production.people.names import full_name
from store.db import UnitOfWork


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, in the words of who asks. ``account``: the bill code that pays for hours, if any are charged."""

    title: str
    brief: str
    wanted_by: date
    account: str
    budget: Money | None = None


def ask(
    uow: UnitOfWork, question: Question, files: Sequence[GivenFile], *, agency_id: int, requester_id: int
) -> Project:
    """A new project, waiting for the shop. InvalidInput lists everything wrong with the question."""
    project = _begun(uow, question, agency_id=agency_id, requester_id=requester_id)
    advance(uow, project, "ask")
    add_message(uow, project, question.brief, files, side=Side.AGENCY)
    return project


def offer(uow: UnitOfWork, question: Question, *, whom: str) -> Project:
    """A project that the shop begins, to quote somebody of an agency (``whom``, by sign-in name) something that was
    asked elsewhere; the actor looks after it. InvalidInput as for a question, PROJECT for nobody who orders.
    """
    person = uow.session.scalars(ordering().where(User.sign_in_name == whom)).first()
    if person is None or person.agency_id is None:
        raise refused_field("PROJECT", "whom", "Choose somebody who orders for the agency.")
    project = _begun(uow, question, agency_id=person.agency_id, requester_id=person.id)
    project.owner_id, project.owner = uow.actor.user_id, full_name(uow.session, uow.actor.name)
    advance(uow, project, "offer", who=project.owner)
    add_message(uow, project, question.brief, (), side=Side.SHOP)
    return project


def ordering() -> Select[User]:
    """Everybody of an agency who orders, by name."""
    orders = select(UserRole.user_id).where(UserRole.role == Role.REQUESTER)
    able = User.agency_id.is_not(None), User.disabled_at.is_(None), User.id.in_(orders)
    return select(User).where(*able).order_by(User.full_name, User.id)


def _begun(uow: UnitOfWork, question: Question, *, agency_id: int, requester_id: int) -> Project:
    accounts = intake.own_accounts(uow, agency_id)
    splits = {question.account: 1} if question.account else {}
    problems = [
        *intake.title_problems(question.title),
        *_problems(question, business_date(uow.now)),
        *(_of_account(one) for one in intake.account_problems(splits, accounts)),
    ]
    if problems:
        raise InvalidInput("Nothing was sent.", code=problems[0].code, findings=problems)
    return intake.new_job(
        uow, Project, agency_id=agency_id, requester_id=requester_id, units=[(accounts[question.account], 1)],
        title=question.title.strip(), due=question.wanted_by, budget=question.budget, owner="",
        waits_for=Side.SHOP, since=uow.now,
    )  # fmt: skip


def withdraw(uow: UnitOfWork, project: Project) -> None:
    """It is not asked any more. IllegalTransition once the shop has taken it on."""
    advance(uow, project, "cancel")


def _problems(question: Question, today: date) -> list[Finding]:
    found = []
    if not question.brief.strip():
        found.append(
            of_field("PROJECT", "brief", "Say what you need.", "A few words are enough to begin with.")
        )
    if question.wanted_by < today:
        found.append(of_field("PROJECT", "wanted_by", "This day is past.", "Write today or a later day."))
    if question.budget is not None and question.budget.cents <= 0:
        found.append(
            of_field("PROJECT", "budget", "A budget is more than zero.", "Leave it empty if there is none.")
        )
    return found


def _of_account(found: Finding) -> Finding:
    return Finding(found.code, found.severity, found.message, found.remedy, Place(column="account"))
