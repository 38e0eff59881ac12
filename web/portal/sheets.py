"""The press sheets of a job, side by side with what their layout says and what the checker read of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from kernel.errors import NotFound
from production.frontdesk.drafting.ganged_names import GangedName, ganged_names
from production.frontdesk.orders import queries
from production.frontdesk.preparation import looking
from production.frontdesk.preparation.kept_sheets import KeptSheets, kept_sheets, sheets_at
from production.frontdesk.preparation.looking import Source
from production.jobs.models import Job
from production.prepress.sheet_drawings import cut_words, overlay, side_name
from web.downloads import send_png
from web.frame import actor, plant, reading, require

blueprint = Blueprint("sheets", __name__, url_prefix="/jobs/<number>/sheets")
_POINTS = 72
_HEADS = {0: "up", 90: "right", 180: "down", 270: "left"}
# How pages come to their places, in words.
_STYLES = {
    "saddle": "sheets inside one another", "perfect": "signatures on one another",
    "stepandrepeat": "the same in every place", "cutstack": "cut and stacked in order",
    "work-turn": "one form for both sides, turned left to right", "nup": "side by side",
    "work-tumble": "one form for both sides, turned head to foot", "perfecting": "both sides in one pass",
    "sheetwise": "front, then back", "simplex": "one side",
}  # fmt: skip
# What can be laid over the picture: kind of line, and its name for people.
OVERLAYS = (("trim", "Trim"), ("bleed", "Bleed"), ("cut", "Cuts"), ("fold", "Folds"), ("mark", "Marks"))


class Place(NamedTuple):
    """Where a page stands on a side: inches of its lower left corner and of its size; ``whose``: of several names."""

    page: str
    whose: str
    head: str
    place: str
    size: str


@blueprint.get("")
@require("see_jobs")
def first(number: str) -> Response:
    """The first side of the first component."""
    job, found = _of(number)
    if not found:
        raise NotFound("There are no sheets yet.", remedy="Open the job: it says what it waits for.")
    return redirect(url_for(".show", number=job.number, component=found[0].position, side=1))


@blueprint.get("/<int:component>/<int:side>")
@require("see_jobs")
def show(number: str, component: int, side: int) -> str:
    """A side of a component's sheets."""
    job, found = _of(number)
    one = sheets_at(found, component, side)
    with reading() as session:
        names = ganged_names(session, plant().files, job)
    return render_template(
        "portal/sheets.html", job=job, found=found, one=one, side=side, name=side_name(one.layout, side),
        overlay=overlay(one.layout, side), overlays=OVERLAYS,
        style=_STYLES.get(one.layout.style, one.layout.style), places=_places(one, side, names), has_names=bool(names),
        cuts=list(cut_words(one.layout)),
    )  # fmt: skip


@blueprint.get("/<int:component>/<int:side>.png")
@require("see_jobs")
def picture(number: str, component: int, side: int) -> Response:
    """The side as the press prints it."""
    _, found = _of(number)
    one = sheets_at(found, component, side)
    return send_png(looking.picture(plant().files, Source(one.layout.sides, one.sheets), side))


def _of(number: str) -> tuple[Job, Sequence[KeptSheets]]:
    with reading() as session:
        job = queries.job_by_number(session, actor(), number)
        return job, kept_sheets(session, plant().files, job)


def _places(one: KeptSheets, side: int, names: Sequence[GangedName]) -> list[Place]:
    """As they are read: rows from the top, each from the left."""
    placed = sorted(
        (each for each in one.layout.placements if each.side == side),
        key=lambda each: (-round(each.trim[1]), each.trim[0]),
    )
    return [
        Place(
            "blank" if each.page is None else f"{each.page:,}",
            next((who.name for who in names if each.page in who.pages), ""), _HEADS[each.rotate],
            f"{left:g} from the left, {low:g} from the foot", f"{right - left:g} x {high - low:g}",
        )
        for each in placed
        for left, low, right, high in [[round(at / _POINTS, 3) for at in each.trim]]
    ]  # fmt: skip
