"""A proof as its reader has it in hand (spreads, parts of a set, panels of a fold, each name of several), and files
as they were given, with their boxes over them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, render_template
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from kernel.errors import NotFound
from production.catalog.press_limits import order_limits
from production.catalog.products.spec import read_spec
from production.frontdesk.choosing.answers import component_name
from production.frontdesk.drafting.ganged_names import ganged_names
from production.frontdesk.orders import queries
from production.frontdesk.orders.job_page import kept_file
from production.frontdesk.orders.spec_order import SPEC
from production.frontdesk.preparation import looking
from production.frontdesk.preparation.kept_sheets import KeptSheets, kept_sheets
from production.frontdesk.preparation.looking import Proof
from production.frontdesk.preparation.opened import Opening, Shown, openings
from production.frontdesk.preparation.worksheet import worksheet_of
from production.jobs.models import Job
from production.prepress.papers.drawing import Drawing, Frame
from production.prepress.templates.answers import Frames
from web.downloads import send_png
from web.forms import list_place
from web.frame import actor, plant, reading, require

blueprint = Blueprint("opened", __name__, url_prefix="/jobs/<number>/proof")
_POINTS = 72
# Ways of looking at a proof, in words.
WAYS = {"spreads": "Spreads", "parts": "Parts of the set", "panels": "Panels", "names": "Names"}
BOXES = (("trim", "Trim"), ("bleed", "Bleed"), ("safe", "Safe zone"))


@blueprint.get("/<any(spreads, parts, panels, names):way>")
@require("see_jobs")
def show(number: str, way: str) -> str:
    """One opening, with what its pages say."""
    files = plant().files
    with reading() as session:
        job = queries.job_by_number(session, actor(), number)
        proof, found = looking.proof_of(session, files, job), ways_of(session, job)
        names, sheets = ganged_names(session, files, job), kept_sheets(session, files, job)
    if way not in found:
        raise NotFound("This product is not looked at so.", remedy="Look at its pages.")
    at = min(max(1, list_place("at", 1)), len(found[way]))
    opening = found[way][at - 1]
    return render_template(
        "portal/opened.html", job=job, way=way, ways=found, words=WAYS, at=at, opening=opening,
        said=_said(proof, opening), whose=names[at - 1] if way == "names" else None, sheets=sheets,
    )  # fmt: skip


@blueprint.get("/boxes/<int:component>/<int:at>")
@require("see_jobs")
def boxes(number: str, component: int, at: int) -> str:
    """A page of a component's file with what is cut off."""
    job, found, one = _of(number, component, at)
    _, frames = looking.whole(plant().files, one.artwork or "", at)
    safe = order_limits(job.product or "").safe_zone_in * _POINTS
    with reading() as session:
        ways = ways_of(session, job)
    return render_template(
        "portal/boxes.html", job=job, ways=ways, words=WAYS, found=found, one=one, at=at, boxes=BOXES,
        overlay=_overlay(frames, safe), frames=frames, called=component_name,
    )  # fmt: skip


@blueprint.get("/boxes/<int:component>/<int:at>.png")
@require("see_jobs")
def whole(number: str, component: int, at: int) -> Response:
    """The same as a picture."""
    _, _, one = _of(number, component, at)
    return send_png(looking.whole(plant().files, one.artwork or "", at)[0])


def ways_of(session: Session, job: Job) -> Mapping[str, tuple[Opening, ...]]:
    """How this proof can be looked at besides page by page; none of letters, and of what goes by options."""
    files = plant().files
    sheet, found = worksheet_of(session, files, job), kept_sheets(session, files, job)
    counts = [one.pages for one in found if one.pages]
    if sheet is None or len(counts) != len(sheet.components):
        return {}
    spec = read_spec(files.checked_path(kept_file(session, actor(), job.number, SPEC).sha256).read_bytes())
    width, height = (float(side) for side in spec.trim)
    names = tuple(
        Opening(one.name, tuple(Shown(page, width) for page in one.pages[: one.leaf]), height)
        for one in ganged_names(session, files, job)
    )
    return {"names": names} if names else openings(spec, sheet, counts)


def _of(number: str, component: int, at: int) -> tuple[Job, Sequence[KeptSheets], KeptSheets]:
    with reading() as session:
        job = queries.job_by_number(session, actor(), number)
        found = kept_sheets(session, plant().files, job)
    for one in found:
        if one.position == component and one.artwork and 1 <= at <= (one.pages or 0):
            return job, found, one
    raise NotFound("There is no such page.")


def _said(proof: Proof, opening: Opening) -> Sequence[tuple[int, str]]:
    """Page of the proof, and its text, each once."""
    source, _ = looking.source_of(proof, plant().files, 0)
    texts = looking.texts(plant().files, source)
    return [(page, texts[page - 1]) for page in dict.fromkeys(one.page for one in opening.pages)]


def _overlay(frames: Frames, safe: float) -> Drawing:
    width, height = frames.size
    left, low, right, high = frames.trim
    trim = (left, low, width - right, height - high)
    inner = (trim[0] + safe, trim[1] + safe, trim[2] - safe, trim[3] - safe)
    bleed = (frames.bleed[0], frames.bleed[1], width - frames.bleed[2], height - frames.bleed[3])
    shapes = (Frame(*bleed, "bleed"), Frame(*trim, "trim"), Frame(*inner, "safe"))
    return Drawing(width, height, "Bleed, trim and safe zone of the page.", shapes)
