"""The floor's home: the scan field and what is to be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, redirect, render_template, request, session, url_for
from pydantic import Field
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from kernel import clock
from production.asked import Asked, Line
from production.catalog.models import WorkCenter as CatalogRow
from production.catalog.piece_weight import envelope_name
from production.floor import operations, queries, scan_field
from production.floor.queries import Part, QueueItem
from production.floor.working.queries import doing
from production.jobs.plant_history import last_event
from production.jobs.ranges import Range, size
from production.jobs.states import OperationState as O
from production.scheduling.at_floor import Planned, planned
from store.db import UnitOfWork
from web.acts import Scan, Scanned, asks, scans
from web.figures import Figure
from web.forms import Form, Refused
from web.frame import reading, require

blueprint = Blueprint("floor", __name__, url_prefix="/floor")
WORK_CENTER = "work_center"

PAGE, NEXT, GLANCE = 50, 3, 20
# What a list of operations shows, in words.
SHOWS = {
    "trouble": "Needs a person", "running": "Running", "ready": "Ready", "held": "On hold", "waiting": "Waiting",
}  # fmt: skip
DONE = "done"  # today, at one machine


blueprint.add_app_template_filter(envelope_name)


@blueprint.app_template_filter("range_size")
def range_size(found: tuple[Range, ...]) -> int:
    """How many pieces the runs hold."""
    return size(found)


@blueprint.get("")
@require("work_floor")
def home() -> str:
    """Asks once a session where the person works; then the scan field and what that machine has to do."""
    if WORK_CENTER not in session:
        return str(work_center())
    return render_template("floor/home.html", work_center=session[WORK_CENTER], **_mine())


@blueprint.get("/queue")
@require("work_floor")
def queue() -> str | tuple[str, int]:
    """What the machine has to do, for the page that follows it; 204 when nothing has happened since."""
    with reading() as database:
        seen = last_event(database)
    if request.args.get("since") == str(seen):
        return "", 204
    return render_template("floor/_mine.html", **_mine())


@blueprint.get("/operations")
@require("see_queue")
def listing() -> str:
    """All operations of the floor that stand alike, at machines of a class if one is named."""
    show, at = request.args.get("show", "ready"), request.args.get("at", "")[:40]
    show = show if show in (*SHOWS, DONE) else "ready"
    part, after = _part(show, at), request.args.get("after", "")[:40] or None
    with reading() as database:
        page = queries.queue(database, part, after=after, limit=PAGE)
        numbers = queries.counts_of(database, [_part(one, at if show != DONE else "") for one in SHOWS])
        known = operations.work_centers(database)
    here = [place.name for place in known if at in (place.code, place.work_center_class)]
    return render_template(
        "floor/operations.html",
        show=show,
        words=SHOWS.get(show, "Done today"),
        at=at,
        machines=", ".join(here),
        tabs=[
            (list_url(one, at), words, number)
            for (one, words), number in zip(SHOWS.items(), numbers, strict=True)
        ],
        page=page,
        older_url=url_for(".listing", show=show, at=at or None, after=page.after) if page.after else None,
    )


def list_url(show: str, at: str = "") -> str:
    """The list of operations that stand so, at machines of a class, or of what is done at one machine."""
    return url_for("floor.listing", show=None if show == "ready" else show, at=at or None)


def _part(show: str, at: str) -> Part:
    """``at``: a class of machines; of what is done today, one machine."""
    if show == DONE:
        return Part((O.DONE,), work_center=at, since=clock.start_of(clock.today()))
    return queries.BY_STANDING[show]._replace(machines=at)


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


def _mine() -> dict[str, object]:
    """Of the place chosen; before one is, of all machines and benches."""
    with reading() as database:
        place = _place(database)
        machines, code = (place.work_center_class, place.code) if place else ("", "")
        shown = [
            (_part("trouble", machines), GLANCE),
            (_part("running", machines)._replace(work_center=code), GLANCE),
            (_part("ready", machines), GLANCE),
        ]
        trouble, running, ready = queries.queues(database, shown)
        tickets = [item.ticket for item in (*running.items, *ready.items)]
        plans = planned(database, tickets)
        at_it = doing(database, [item.ticket for item in running.items])
        lists = {
            "trouble": ("need a person", machines),
            "ready": ("Ready for this machine", machines),
            "held": ("On hold", machines),
            "waiting": ("Waiting for a step before it", machines),
            DONE: ("Done here today", code),
        }
        numbers = queries.counts_of(database, [_part(show, at) for show, (_, at) in lists.items()])
        since = last_event(database)
    figures = {
        show: Figure(words, number, list_url(show, at))
        for (show, (words, at)), number in zip(lists.items(), numbers, strict=True)
    }
    today = clock.today()
    paper = next((_paper(item) for item in running.items), "")
    return {
        "mine": {
            "trouble": trouble.items,
            "running": running.items,
            "next": _in_order(ready.items, plans)[:NEXT],
            "figures": figures,
        },
        "plans": plans,
        "doing": at_it,
        "same_paper": lambda item: paper and _paper(item) == paper,
        "since": since,
        "days_late": lambda item: (today - item.ready_by).days,
    }


def _in_order(items: Sequence[QueueItem], plans: Mapping[str, Planned]) -> list[QueueItem]:
    """As the kept schedule has them; behind those what it does not know, the nearest day first."""
    known = [item for item in items if item.ticket in plans]
    known.sort(key=lambda item: plans[item.ticket].begins)
    return known + [item for item in items if item.ticket not in plans]


def _paper(item: QueueItem) -> str:
    return str(dict(item.facts).get("Paper", ""))


def _place(database: Session) -> CatalogRow | None:
    """The machine or bench chosen, while it is in use."""
    known = operations.work_centers(database)
    return next((one for one in known if one.name == session.get(WORK_CENTER)), None)
