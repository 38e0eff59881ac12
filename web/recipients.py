"""Names of recipients on screens and in files: shown to those who may see them, each look in the audit chain."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from kernel.errors import Forbidden, InvalidInput
from production.frontdesk.orders.queries import canonical, job_by_number
from production.jobs import need_to_know
from store.db import UnitOfWork
from web.forms import errors_of
from web.frame import Done, actor, once, own_path, plant, reading, require
from web.policies import may

blueprint = Blueprint("recipients", __name__, url_prefix="/jobs")
nav = ()


def ask_first(number: str, what: str) -> Response | None:
    """None when the person may see the job's recipients: the look is noted. Else the page that asks why; Forbidden
    for those whose role has no business with them.
    """
    if not may(actor(), "see_recipients"):
        raise Forbidden("To whom letters go is for the job's agency and the mailroom; you see counts.")
    with reading() as session:
        job = job_by_number(session, actor(), number)
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


@blueprint.get("/<number>/recipients")
@require("open_recipients")
def why(number: str) -> str:
    """The question."""
    return _page(number, {})


@blueprint.post("/<number>/recipients")
@require("open_recipients")
def open_them(number: str) -> Response | tuple[str, int]:
    """The answer, once for each job."""

    def work(uow: UnitOfWork) -> Done:
        job = job_by_number(uow.session, uow.actor, canonical(number))
        need_to_know.open_recipients(uow, job, request.form.get("reason", ""))
        return Done(_back(job.number), "Your reason is on the job's timeline.")

    try:
        return once(work)
    except InvalidInput as error:
        return _page(number, errors_of(error)), 422


def _back(number: str) -> str:
    """The page that was wanted, if it is one of ours."""
    return own_path(request.values.get("next", "")) or url_for("jobs.show", number=number)


def _page(number: str, errors: dict[str, str]) -> str:
    with reading() as session:
        job = job_by_number(session, actor(), number)
        agency = job.agency.name
    return render_template(
        "mailroom/why_recipients.html",
        job=job,
        agency=agency,
        errors=errors,
        next=request.values.get("next", ""),
    )
