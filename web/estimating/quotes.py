"""A written quote: written and sent by the estimator, accepted or declined by the agency."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from pydantic import Field
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from billing.quoting import Prices, alternative, changed, made_by, prices_on
from kernel import clock
from kernel.errors import Conflict, NotFound
from kernel.ids import show_ulid
from kernel.money import Money
from production.asked import Asked, Count, Day, Dollars, Measure, Paragraph, Why
from production.catalog import queries as catalog
from production.catalog.products.families import families
from production.frontdesk.orders.queries import job_by_number
from production.frontdesk.preparation.spec_plan import planned
from production.frontdesk.projects import queries as projects
from production.frontdesk.projects.models import Project
from production.frontdesk.quoting import answering, queries, writing
from production.frontdesk.quoting.models import Alternative
from production.frontdesk.quoting.queries import QuotePage
from production.frontdesk.quoting.quote_paper import quote_paper
from production.scheduling.quote_promises import Making, promise_quote
from store.db import UnitOfWork
from web.acts import asks, command
from web.agency_papers import send_paper
from web.estimating import workbench
from web.estimating.putting_in import PutIn, extras_of
from web.estimating.told import changes_of, on_paper, rows_of
from web.forms import Form, Refused
from web.frame import Done, actor, once, reading, require

blueprint = Blueprint("quotes", __name__)
_AT = "/projects/<number>/quotes/<int:page>"


class Send(Asked):
    """A quote to the agency."""

    CODE = "QUOTE"
    REFUSED = "The quote was not sent."
    words: Paragraph = Field(
        "", title="What the agency should know", max_length=2000,
        description="What is in it and what is not, what you assumed, what would make it cheaper.",
    )  # fmt: skip
    valid_until: Day = Field(title="Holds until")


class TakeOut(Asked):
    """An alternative less."""

    page: Count


class Accept(Asked):
    """Consent to an alternative as it was shown."""

    REFUSED = "The page is not complete. Load it again."
    revision: Count
    page: Count  # which alternative
    total_cents: Count


class Change(Asked):
    """A change of an accepted price while the order is made, and why."""

    CODE = "QUOTE"
    REFUSED = "The change was not sent."
    hand_hours: Measure | None = Field(None, title="More hand work, hours")
    outside: Dollars | None = Field(None, title="Work done outside, its cost, $")
    why: Why = Field(
        title="Why does it change?", description="The agency reads it, and an approver accepts it."
    )


class AcceptChange(Asked):
    """Consent to another price as it was shown."""

    REFUSED = "The page is not complete. Load it again."
    revision: Count
    total_cents: Count


class Decline(Asked):
    """No, and why."""

    CODE = "QUOTE"
    REFUSED = "Say in a few words why: the shop quotes better by it."
    revision: Count
    reason: Why = Field(title="Why not?")


@blueprint.get(_AT)
@require("see_jobs")
def show(number: str, page: int, refused: Refused | None = None) -> str:
    """The quote as the reader may see it."""
    with reading() as session:
        project = projects.project_page(session, actor(), number)
        quote = _quote(session, number, page)
        names = catalog.unit_names(session)
    until = clock.today() + writing.USUAL
    return render_template(
        "estimating/quote.html",
        project=project.line,
        quote=quote,
        names=names,
        rows=rows_of,
        changes=changes_of(quote),
        refused=refused,
        send=Form(Send, refused, values={"valid_until": until}),
        change=Form(Change, refused),
        decline=Form(Decline, refused, values={"revision": quote.sent}),
    )


def _quote(session: Session, number: str, page: int) -> QuotePage:
    project = projects.find(session, actor(), number)
    for one in queries.quotes_of(session, actor(), project, clock.today()):
        if one.position == page:
            return one
    raise NotFound("There is no such quote.")


@blueprint.get(f"{_AT}/revisions/<int:revision>.pdf")
@require("see_jobs")
def paper(number: str, page: int, revision: int) -> Response:
    """A revision that was sent, on paper."""
    with reading() as session:
        project = projects.project_page(session, actor(), number)
        quote = _quote(session, number, page)
        names = catalog.unit_names(session)
    if revision not in [one.number for one in quote.revisions if one.sent_at]:
        raise NotFound("This revision was not sent.")
    name = f"quote-{project.line.number}-{page}-{revision}.pdf"
    return send_paper(
        number, f"quote.{page}.{revision}", name, lambda: quote_paper(on_paper(project, quote, revision, names))
    )  # fmt: skip


# --- the estimator -----------------------------------------------------------------------------------------


@blueprint.post("/workbench/<code>")
@require("estimate")
@asks(PutIn, again=workbench.show)
def put_in(said: PutIn, code: str) -> Response:
    """Into the quote that is being written, or into a new one."""
    family, extras = families().family(code), extras_of(said)
    with reading() as session:
        project = projects.find(session, actor(), said.number)
        offered = alternative(_prices(session, project), family, said.answers, extras)

    def work(uow: UnitOfWork) -> Done:
        project = projects.find(uow.session, uow.actor, said.number)
        is_new = not said.page
        quote = (
            writing.begin(uow, project) if is_new else queries.quote_of(uow.session, project, int(said.page))
        )
        writing.put_in(uow, quote, offered)
        return _on(project, quote.position, f"{offered.name}, {offered.quantity:,}: ${offered.total} put in.")

    return once(work)


def making(prices: Prices, offered: Alternative) -> Making:
    """How an alternative is made: by the standards of today, which may be others than it was worked out by."""
    way = made_by(prices, offered)
    return Making(tuple(planned(way)), way.buys_paper)


def _prices(session: Session, project: Project) -> Prices:
    """By the card of the day on which it is wanted."""
    return prices_on(session, max(project.due, clock.today()))


@blueprint.post(f"{_AT}/take-out")
@require("estimate")
@command(TakeOut, again=show)
def take_out(uow: UnitOfWork, said: TakeOut, number: str, page: int) -> Done:
    """An alternative less."""
    project = projects.find(uow.session, uow.actor, number)
    writing.take_out(uow, queries.quote_of(uow.session, project, page), said.page)
    return _on(project, page, "The alternative is taken out.")


@blueprint.post(f"{_AT}/send")
@require("estimate")
@asks(Send, again=show)
def send(said: Send, number: str, page: int) -> Response:
    """To the agency, with a day for each alternative where a schedule is kept."""
    with reading() as session:
        prices = _prices(session, projects.find(session, actor(), number))
        written = _quote(session, number, page).written
    makings = [making(prices, one) for one in (written.alternatives if written else ())]

    def work(uow: UnitOfWork) -> Done:
        project = projects.find(uow.session, uow.actor, number)
        quote = queries.quote_of(uow.session, project, page)
        writing.send(uow, project, quote, said.words, valid_until=said.valid_until)
        promise_quote(uow, quote, makings, project.due)
        return _on(project, page, "The quote is sent.")

    return once(work)


@blueprint.post(f"{_AT}/revise")
@require("estimate")
@asks(Asked, again=show)
def revise(_said: Asked, number: str, page: int) -> Response:
    """The same alternatives at the prices of today, to be changed and sent in place of what the agency has."""
    with reading() as session:
        prices = _prices(session, projects.find(session, actor(), number))
        offered = _quote(session, number, page).offered
    anew = [
        alternative(prices, families().family(one.family), one.answers, one.extras)
        for one in (offered.alternatives if offered else ())
    ]

    def work(uow: UnitOfWork) -> Done:
        project = projects.find(uow.session, uow.actor, number)
        writing.revise(uow, queries.quote_of(uow.session, project, page), anew)
        return _on(
            project,
            page,
            "A new revision is begun at the prices of today. The agency sees it when you send it.",
        )

    return once(work)


@blueprint.post(f"{_AT}/change")
@require("estimate")
@asks(Change, again=show)
def change(said: Change, number: str, page: int) -> Response:
    """What is in work costs otherwise: by what came out so far, and with what is added."""
    extras = extras_of(said)
    with reading() as session:
        quote = _quote(session, number, page)
        if quote.agreed is None or not quote.job:
            raise Conflict("Nothing is made by this quote right now.", code="QUOTE_ACCEPTED")
        offered = changed(session, job_by_number(session, actor(), quote.job), quote.agreed, extras)

    def work(uow: UnitOfWork) -> Done:
        project = projects.find(uow.session, uow.actor, number)
        job = job_by_number(uow.session, uow.actor, quote.job)
        found = queries.quote_of(uow.session, project, page)
        writing.change(uow, project, found, job, offered, reason=said.why)
        return _on(
            project, page, "The change is sent. The order does not leave before the agency has answered."
        )

    return once(work)


# --- the agency --------------------------------------------------------------------------------------------


@blueprint.post(f"{_AT}/accept")
@require("order")
@command(Accept, again=show)
def accept(uow: UnitOfWork, said: Accept, number: str, page: int) -> Done:
    """On to the steps of the order."""
    project = projects.find(uow.session, uow.actor, number)
    draft = answering.accept(
        uow, project, queries.quote_of(uow.session, project, page), revision=said.revision, place=said.page,
        total=Money(said.total_cents),
    )  # fmt: skip
    go = url_for("drafting.step", ulid=show_ulid(draft.ulid), step="details")
    return Done(go, "The quote is accepted. Say where it goes and send the files: then it is ordered.")


@blueprint.post(f"{_AT}/accept-change")
@require("approve")
@command(AcceptChange, again=show)
def accept_change(uow: UnitOfWork, said: AcceptChange, number: str, page: int) -> Done:
    """The approver's yes to another price."""
    project = projects.find(uow.session, uow.actor, number)
    quote = queries.quote_of(uow.session, project, page)
    answering.accept_change(uow, project, quote, revision=said.revision, total=Money(said.total_cents))
    return _on(project, page, "The new price is approved in place of the old one.")


@blueprint.post(f"{_AT}/decline")
@require("order")
@command(Decline, again=show)
def decline(uow: UnitOfWork, said: Decline, number: str, page: int) -> Done:
    """No, and why."""
    project = projects.find(uow.session, uow.actor, number)
    quote = queries.quote_of(uow.session, project, page)
    answering.decline(uow, project, quote, revision=said.revision, reason=said.reason)
    return _on(project, page, "The shop is told.")


def _on(project: Project, page: int, say: str) -> Done:
    return Done(url_for(".show", number=project.number, page=page), say)
