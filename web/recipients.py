"""Names of recipients on screens and in files: shown to those who may see them, each look in the audit chain."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import Field
from werkzeug.wrappers import Response

from kernel.errors import Forbidden
from production.asked import Asked, Line
from production.frontdesk.orders.queries import canonical, job_by_number
from production.jobs import need_to_know
from production.jobs.states import JobKind
from store import audit_reading
from store.db import UnitOfWork
from web.acts import command
from web.forms import Form, Refused
from web.frame import Done, actor, own_path, plant, reading, require
from web.names import who
from web.policies import may

blueprint = Blueprint("recipients", __name__, url_prefix="/jobs")
LOOKS = 200


def ask_first(number: str, what: str) -> Response | None:
    """None when the person may see the job's recipients: the look is noted. Else the page that asks why; Forbidden
    for those whose role has no business with them. A printed form has none.
    """
    with reading() as session:
        job = job_by_number(session, actor(), number)
        if job.kind is not JobKind.PRINT and not may(actor(), "see_recipients"):
            raise Forbidden("To whom letters go is for the job's agency and the mailroom; you see counts.")
        is_open = need_to_know.may_see(session, actor(), job.number)
    if not is_open:
        back = request.full_path.rstrip("?")
        return redirect(url_for("recipients.why", number=job.number, next=back), code=303)
    note(job.number, what)
    return None


def note(number: str, what: str) -> None:
    """Names of this job's recipients go out now."""
    with plant().db.unit_of_work(actor()) as uow:
        need_to_know.note_shown(uow, number, what)


def note_lot(number: str, what: str) -> None:
    """Names of the recipients of every job of a lot go out now."""
    with plant().db.unit_of_work(actor()) as uow:
        need_to_know.note_lot_shown(uow, number, what)


@blueprint.get("/recipients-seen")
@require("find_letter")
def seen() -> str:
    """Who was shown to whom the agency's letters go, newest first."""
    with reading() as session:
        looks = [
            {
                "at": one.at,
                "who": who(one.actor),
                "job": one.details["job"],
                "what": str(one.details.get("what", "")),
            }
            for one in audit_reading.looks_at_recipients(session, limit=LOOKS)
        ]
    return render_template("portal/seen.html", looks=looks, most=LOOKS)


class OpenRecipients(Asked):
    """Why somebody needs to see to whom the letters of a job go."""

    reason: Line = Field(
        title="Reason",
        description="Asked once for each job. It stands on the job's timeline, where the agency reads it, and in the "
        "audit chain.",
        max_length=need_to_know.LONGEST_REASON,
    )
    next: str = ""  # judged by own_path


@blueprint.get("/<number>/recipients")
@require("open_recipients")
def why(number: str, refused: Refused | None = None) -> str:
    """The question."""
    with reading() as session:
        job = job_by_number(session, actor(), number)
        agency = job.agency.name
    form = Form(OpenRecipients, refused, values={"next": request.args.get("next", "")})
    return render_template("mailroom/why_recipients.html", job=job, agency=agency, form=form, refused=refused)


@blueprint.post("/<number>/recipients")
@require("open_recipients")
@command(OpenRecipients, again=why)
def open_them(uow: UnitOfWork, said: OpenRecipients, number: str) -> Done:
    """The answer, once for each job; then on to the page that was wanted, if it is one of ours."""
    job = job_by_number(uow.session, uow.actor, canonical(number))
    need_to_know.open_recipients(uow, job, said.reason)
    back = own_path(said.next) or url_for("jobs.show", number=job.number)
    return Done(back, "Your reason is on the job's timeline.")
