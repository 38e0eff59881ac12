"""Projects: an agency asks the shop in its own words; both sides talk, give files, set tasks; the shop enters hours."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated
from urllib.parse import parse_qsl

from flask import Blueprint, render_template, request, url_for
from pydantic import Field
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from billing.queries import job_charges
from kernel import clock
from production.asked import Asked, Day, Dollars, File, Line, Measure, Needed, OneOf, Paragraph, Upload, Why
from production.catalog.press_room.standards import shop_standards
from production.catalog.products.families import families
from production.frontdesk.choosing.answers import completed, has_pages, questions
from production.frontdesk.orders.intake import GivenFile
from production.frontdesk.orders.order_fields import TITLE_LENGTH
from production.frontdesk.orders.queries import open_accounts
from production.frontdesk.projects import asking, hours, queries, taking_on, talking, tasks
from production.frontdesk.projects.models import Project, Side
from production.frontdesk.projects.queries import Line as Listed
from production.frontdesk.quoting.queries import quotes_of
from store.db import UnitOfWork
from web.acts import asks, command
from web.downloads import send_kept
from web.forms import Form, Refused
from web.frame import Done, actor, once, plant, reading, require
from web.portal.jobs import AsShown, as_shown

blueprint = Blueprint("projects", __name__, url_prefix="/projects")
SIDES = {Side.SHOP: "the shop", Side.AGENCY: "the agency"}


class Ask(Asked):
    """A question to the shop."""

    CODE = "PROJECT"
    REFUSED = "Nothing was sent."
    title: Needed = Field(title="What is it about?", max_length=TITLE_LENGTH)
    brief: Paragraph = Field(
        title="What do you need?", max_length=talking.MOST_LETTERS,
        description="In your own words: what it is for, about how many, how it should look, what must not happen.",
    )  # fmt: skip
    wanted_by: Day = Field(title="Wanted by")
    budget: Dollars | None = Field(None, title="Budget, if there is one, $")
    account: Line = Field(
        title="Account",
        description="Pays for hours of consultation, if any are charged. Asking costs nothing.",
    )
    files: list[File] = Field(
        default_factory=list, title="Files", max_length=talking.MOST_FILES,
        description="Drafts, samples, pictures: any kind. They are kept as they are.",
    )  # fmt: skip


class Say(Asked):
    """A message, or a note of the shop."""

    CODE = "PROJECT"
    REFUSED = "Nothing was sent."
    words: Paragraph = Field("", title="Your message", max_length=talking.MOST_LETTERS)
    files: list[File] = Field(default_factory=list, title="Files", max_length=talking.MOST_FILES)
    is_internal: bool = Field(default=False, title="Only for the shop: the agency never sees it")


class Task(Asked):
    """One more thing to do."""

    CODE = "PROJECT"
    REFUSED = "No task was entered."
    task: Why = Field(title="What is to be done")
    side: Annotated[Line, OneOf({side.value: words for side, words in SIDES.items()})] = Field(title="By")
    due: Day = Field(title="Until")


class TickOff(Asked):
    """A task that is done."""

    REFUSED = "The page is not complete. Load it again."
    number: Line


class Hours(Asked):
    """Hours of a day."""

    CODE = "PROJECT"
    REFUSED = "No hours were entered."
    hours: Measure = Field(title="Hours", description="In quarters, as in 1.25.")
    on: Day = Field(title="Day")
    what: Why = Field(title="What was done in them")


@blueprint.get("")
@require("see_jobs")
def listing() -> str:
    """Whose turn it is, the longest wait first; at the end what has ended."""
    who = actor()
    first, second = (Side.SHOP, Side.AGENCY) if who.agency_id is None else (Side.AGENCY, Side.SHOP)
    with reading() as session:
        groups: list[tuple[str, Sequence[Listed]]] = [
            (f"Waiting for {SIDES[side] if who.agency_id is None else _mine(side)}", found)
            for side in (first, second)
            if (found := queries.lines(session, who, queries.waiting_for(side)))
        ]
        if ended := queries.lines(session, who, queries.ended(), limit=25):
            groups.append(("Ended", ended))
    return render_template("portal/projects.html", groups=groups)


def _mine(side: Side) -> str:
    return "you" if side is Side.AGENCY else "the shop"


@blueprint.get("/new")
@require("order")
def new(refused: Refused | None = None) -> str:
    """What is asked of whoever asks. Answers of the catalog go along as words."""
    agency_id = actor().agency_id
    assert agency_id is not None  # nobody else may order  # noqa: S101
    with reading() as session:
        accounts = open_accounts(session, agency_id)
        family, brief = _chosen(session)
    options = [(one.bill_code, f"{one.bill_code} {one.name}") for one in accounts]
    form = Form(Ask, refused, values={"title": family, "brief": brief}, options={"account": options})
    return render_template("portal/project_new.html", form=form, refused=refused, has_accounts=bool(accounts))


def _chosen(session: Session) -> tuple[str, str]:
    """Name of the family that was looked at in the catalog, and what was chosen there in words; both empty for none."""
    family = families().families.get(request.args.get("family", ""))
    if family is None:
        return "", ""
    given = dict(parse_qsl(request.args.get("answers", "")[:2000]))
    asked = questions(family, shop_standards(session), given)
    answers = completed(asked, given)
    said = [
        f"How many: {answers['quantity']}",
        *([f"Pages: {answers['pages']}"] if has_pages(family) else []),
    ]
    for one in asked:
        said += [f"{one.question}: {it.name}" for it in one.choices if it.value == answers[one.code]]
    return family.name, "\n".join(said)


@blueprint.post("/new")
@require("order")
@asks(Ask, again=new)
def ask(said: Ask) -> Response:
    """A project from here on."""
    files = _kept(said.files)
    question = asking.Question(said.title, said.brief, said.wanted_by, said.account, said.budget)

    def work(uow: UnitOfWork) -> Done:
        who = uow.actor
        assert who.agency_id is not None and who.user_id is not None  # noqa: S101
        project = asking.ask(uow, question, files, agency_id=who.agency_id, requester_id=who.user_id)
        return Done(url_for(".show", number=project.number), "Your question is with the shop.")

    return once(work)


def _kept(files: Sequence[Upload]) -> list[GivenFile]:
    """Kept by hash before a row names them; nobody looks into them."""
    store = plant().files
    return [GivenFile(store.keep_stream(one.stream, "application/octet-stream"), one.name) for one in files]


@blueprint.get("/<number>")
@require("see_jobs")
def show(number: str, refused: Refused | None = None) -> str:
    """The thread, and beside it the facts, tasks, files and hours."""
    with reading() as session:
        page = queries.project_page(session, actor(), number)
        quotes = quotes_of(session, actor(), queries.find(session, actor(), number), clock.today())
        charges = job_charges(session, queries.find(session, actor(), number).id, agency_id=actor().agency_id)
    is_shop = actor().agency_id is None
    return render_template(
        "portal/project.html",
        page=page,
        project=page.line,
        is_shop=is_shop,
        is_mine=page.line.waits_for is talking.side_of(actor()),
        charges=charges,
        quotes=quotes,
        hours_in_all=sum((one.hours for one in page.hours), Decimal(0)),
        refused=refused,
        say=Form(Say, refused),
        task=Form(Task, refused),
        hours=Form(Hours, refused, values={"on": clock.today()}),
        sides=SIDES,
    )


@blueprint.get("/<number>/files/<ulid>")
@require("see_jobs")
def file(number: str, ulid: str) -> Response:
    """A file as it was given, only ever to be downloaded."""
    with reading() as session:
        kept = queries.kept_file(session, actor(), number, ulid)
    return send_kept(kept.sha256, "application/octet-stream", kept.given_name)


@blueprint.post("/<number>/say")
@require("talk")
@asks(Say, again=show)
def write(said: Say, number: str) -> Response:
    """A message to the other side, or a note."""
    files = _kept(said.files)

    def work(uow: UnitOfWork) -> Done:
        project = queries.find(uow.session, uow.actor, number)
        talking.say(uow, project, said.words, files, is_internal=said.is_internal)
        return _on(project, "Your note is kept." if said.is_internal else "Your message is sent.")

    return once(work)


@blueprint.post("/<number>/take-on")
@require("estimate")
@command(AsShown, again=show)
def take_on(uow: UnitOfWork, said: AsShown, number: str) -> Done:
    """Look after it from now on."""
    project = _as_shown(uow, said, number)
    taking_on.take_on(uow, project)
    return _on(project, "You look after this project now; the agency is told.")


@blueprint.post("/<number>/end")
@require("estimate")
@command(AsShown, again=show)
def end(uow: UnitOfWork, said: AsShown, number: str) -> Done:
    """The end of it."""
    project = _as_shown(uow, said, number)
    taking_on.conclude(uow, project)
    return _on(project, "The project has ended.")


@blueprint.post("/<number>/withdraw")
@require("order")
@command(AsShown, again=show)
def withdraw(uow: UnitOfWork, said: AsShown, number: str) -> Done:
    """The question is not asked any more."""
    project = _as_shown(uow, said, number)
    asking.withdraw(uow, project)
    return _on(project, "Your question is withdrawn.")


@blueprint.post("/<number>/tasks")
@require("estimate")
@command(Task, again=show)
def set_task(uow: UnitOfWork, said: Task, number: str) -> Done:
    """One more thing to do."""
    project = queries.find(uow.session, uow.actor, number)
    tasks.add(uow, project, said.task, side=Side(said.side), due=said.due)
    return _on(project, "The task is entered.")


@blueprint.post("/<number>/tasks/done")
@require("talk")
@command(TickOff, again=show)
def tick_off(uow: UnitOfWork, said: TickOff, number: str) -> Done:
    """It is done."""
    project = queries.find(uow.session, uow.actor, number)
    tasks.tick_off(uow, project, said.number)
    return _on(project, "Done.")


@blueprint.post("/<number>/hours")
@require("estimate")
@command(Hours, again=show)
def enter_hours(uow: UnitOfWork, said: Hours, number: str) -> Done:
    """Hours that are charged."""
    project = queries.find(uow.session, uow.actor, number)
    hours.enter(uow, project, said.hours, on=said.on, what=said.what)
    return _on(project, "The hours are entered.")


def _as_shown(uow: UnitOfWork, said: AsShown, number: str) -> Project:
    return as_shown(queries.find(uow.session, uow.actor, number), said)


def _on(project: Project, say: str) -> Done:
    return Done(url_for(".show", number=project.number), say)
