"""The floor's home: the scan field and what is to be done."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, session, url_for
from pydantic import Field
from werkzeug.wrappers import Response

from production.asked import Asked, Line
from production.catalog.piece_weight import envelope_name
from production.floor import operations, queries, scan_field
from production.jobs.plant_history import last_event
from production.jobs.ranges import Range, size
from production.jobs.states import OperationState as O
from store.db import UnitOfWork
from web.acts import Scan, Scanned, asks, scans
from web.forms import Form, Refused
from web.frame import reading, require

blueprint = Blueprint("floor", __name__, url_prefix="/floor")
WORK_CENTER = "work_center"

# Heading, states, and how many are shown: what nobody can do yet is only glanced at.
GROUPS = (
    ("Needs a person", (O.OUTCOME_UNKNOWN, O.FAILED), 50),
    ("Running", (O.RUNNING,), 100),
    ("Ready", (O.READY,), 100),
    ("Waiting", (O.WAITING,), 20),
)


blueprint.add_app_template_filter(envelope_name)


@blueprint.app_template_filter("range_size")
def range_size(found: tuple[Range, ...]) -> int:
    """How many pieces the runs hold."""
    return size(found)


@blueprint.get("")
@require("work_floor")
def home() -> str:
    """Asks once a session where the person works; then scan and queue."""
    if WORK_CENTER not in session:
        return str(work_center())
    return render_template("floor/home.html", work_center=session[WORK_CENTER], **_queue())


@blueprint.get("/queue")
@require("work_floor")
def queue() -> str | tuple[str, int]:
    """The queue alone, for the page that follows it; 204 when nothing has happened since."""
    with reading() as database:
        seen = last_event(database)
    if request.args.get("since") == str(seen):
        return "", 204
    return render_template("floor/_queue.html", **_queue())


class WorkCenter(Asked):
    """Where somebody works."""

    work_center: Line = Field(title="Machine or bench", max_length=60)


@blueprint.get("/work-center")
@require("work_floor")
def work_center(refused: Refused | None = None) -> str:
    """Where do you work today?"""
    with reading() as database:
        known = [place.name for place in operations.work_centers(database)]
    form = Form(WorkCenter, refused, values={WORK_CENTER: session.get(WORK_CENTER, "")})
    return render_template("floor/work_center.html", known=known, form=form, refused=refused)


@blueprint.post("/work-center")
@require("work_floor")
@asks(WorkCenter, again=work_center)
def choose_work_center(said: WorkCenter) -> Response:
    """Remembered until sign-out."""
    with reading() as database:
        session[WORK_CENTER] = operations.find_work_center(database, said.work_center).name
    return redirect(url_for(".home"), code=303)


@blueprint.post("/scan")
@require("work_floor")
@scans(Scanned, back=".home")
def scan(uow: UnitOfWork, said: Scanned) -> Scan:
    """A ticket: a ready one starts, a running one opens."""
    done = scan_field.scan(uow, said.scan, work_center=session.get(WORK_CENTER, ""))
    running = url_for("operation.show", ticket=done.ticket)
    return Scan(done.sentence, "" if done.has_started else running)


def _queue() -> dict[str, object]:
    with reading() as database:
        pages = queries.queues(database, [(states, limit) for _, states, limit in GROUPS])
        since = last_event(database)
    return {"groups": list(zip([words for words, *_ in GROUPS], pages, strict=True)), "since": since}
