"""The ticket of a print run on the screen, and every issue of it on paper."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from werkzeug.wrappers import Response

from kernel.errors import NotFound
from production.asked import Asked
from production.frontdesk.tickets.contents import changes, compared, contents
from production.frontdesk.tickets.run import run_by_number, run_of
from production.jobs import tickets
from store.db import UnitOfWork
from web.acts import command
from web.charts.drawings import drawing
from web.downloads import send_kept
from web.forms import Refused
from web.frame import Done, plant, reading, require

blueprint = Blueprint("ticket", __name__, url_prefix="/floor/runs/<number>/ticket")
blueprint.add_app_template_filter(drawing)


@blueprint.get("")
@require("see_queue")
def show(number: str, refused: Refused | None = None) -> str:
    """As the run is now, and the papers that were issued of it."""
    with reading() as session:
        lot = run_by_number(session, number)
        issues = tickets.issues(session, lot.id)
        paper = contents(run_of(session, plant().files, lot), issues[0].number if issues else 1)
    unsaid = changes(issues[0].said, compared(paper)) if issues else ()
    return render_template(
        "floor/ticket.html", number=number, paper=paper, issues=issues, unsaid=unsaid, refused=refused
    )


@blueprint.get("/<int:issue>.pdf")
@require("see_queue")
def paper(number: str, issue: int) -> Response:
    """An issue as it was printed."""
    with reading() as session:
        lot = run_by_number(session, number)
        found = next((one for one in tickets.issues(session, lot.id) if one.number == issue), None)
    if found is None:
        raise NotFound("There is no such issue of this ticket.")
    name = f"ticket-{number}-{issue}.pdf"
    return send_kept(found.sha256, "application/pdf", name, as_attachment=False)


@blueprint.post("")
@require("see_queue")
@command(Asked, again=show)
def issue_again(uow: UnitOfWork, _said: Asked, number: str) -> Done:
    """Have it compared with how the run is, and issued where it differs."""
    tickets.ask(uow, run_by_number(uow.session, number))
    words = "The ticket is compared; where something is otherwise, a new issue is here in a moment."
    return Done(url_for(".show", number=number), words)
