"""A print step and its printers: send, follow, hold, release, cancel, send again; and what each printer can."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from pydantic import Field
from werkzeug.wrappers import Response

from kernel.ids import named_ulid
from production.asked import Asked, Line, Needed
from production.floor.printers import following, offers, printing, queries
from store.db import UnitOfWork
from web.acts import asks, command
from web.forms import Form, Refused
from web.frame import Done, actor, plant, reading, require

blueprint = Blueprint("printers", __name__, url_prefix="/floor/<ticket>/printers")
_DONE = {
    "cancel": "Taken back. Look at its tray: what is printed already lies there.",
    "hold": "The printer holds it.",
    "release": "The printer goes on with it.",
}


class ToPrinter(Asked):
    """To a printer, for the second time with a reason."""

    printer: Needed = Field(title="Printer", max_length=60)
    in_line: bool = Field(default=False, title="Finish in the same pass")
    reason: Line = Field(
        "", title="Sent before. Why again?", description="A second copy may come out.", max_length=200
    )


class Again(Asked):
    """To the same printer once more."""

    reason: Line = Field(
        "", title="Why again", description="Needed unless nothing can have been printed.", max_length=200
    )


class Ask(Asked):
    """Ask a printer what it can."""

    printer: Needed = Field(title="Printer", max_length=60)


@blueprint.get("")
@require("work_floor")
def show(ticket: str, refused: Refused | None = None, **_where: str) -> str:
    """The page."""
    found = _panel(ticket)
    forms = {one.code: Form(ToPrinter, refused, key=one.code) for one in found.choices}
    again = {
        one.key: Form(
            Again, refused, action=url_for(".again", ticket=ticket, ulid=one.key), key=str(one.row.attempt)
        )
        for one in found.jobs
    }
    return render_template("floor/printers.html", panel=found, forms=forms, again=again, refused=refused)


@blueprint.get("/now")
@require("work_floor")
def now(ticket: str) -> str | tuple[str, int]:
    """The jobs alone; 204 while nothing has changed."""
    found = _panel(ticket)
    if request.args.get("since") == found.since:
        return "", 204
    return render_template("floor/_printer_jobs.html", panel=found)


def _panel(ticket: str) -> queries.Panel:
    with reading() as session:
        return queries.panel(session, plant().files, ticket)


@blueprint.post("/send")
@require("work_floor")
@command(ToPrinter, again=show)
def send(uow: UnitOfWork, said: ToPrinter, ticket: str) -> Done:
    """The print file to a printer; a worker hands it over."""
    finishing = queries.done_in_line(uow.session, ticket, said.printer) if said.in_line else ()
    job = printing.ask(
        uow, ticket, printer=said.printer, files=plant().files, finishing=finishing, reason=said.reason
    )
    return Done(url_for(".show", ticket=ticket), f"{job.name} is on its way to {job.printer}.")


@blueprint.post("/ask")
@require("work_floor")
@asks(Ask, again=show)
def ask(said: Ask, ticket: str) -> Response:
    """Read again what a printer can."""
    row = offers.read_again(plant(), actor(), said.printer)
    flash(row.words or "The printer said what it can.", "error" if row.words else "success")
    return redirect(url_for(".show", ticket=ticket), code=303)


@blueprint.post("/jobs/<ulid>/<any(cancel, hold, release):verb>")
@require("work_floor")
@asks(Asked, again=show)
def steer(_said: Asked, ticket: str, ulid: str, verb: str) -> Response:
    """What is done to a job at its printer."""
    following.steer(plant(), actor(), ticket, named_ulid(ulid, "job"), verb)
    flash(_DONE[verb], "success")
    return redirect(url_for(".show", ticket=ticket), code=303)


@blueprint.post("/jobs/<ulid>/again")
@require("work_floor")
@asks(Again, again=show)
def again(said: Again, ticket: str, ulid: str) -> Response:
    """Once more to the same printer, unless it has the job after all."""
    job, is_sent = following.restart(plant(), actor(), ticket, named_ulid(ulid, "job"), said.reason)
    after_all = f"The printer has {job.name} after all: nothing was sent again."
    flash(f"{job.name} is on its way." if is_sent else after_all, "success")
    return redirect(url_for(".show", ticket=ticket), code=303)
