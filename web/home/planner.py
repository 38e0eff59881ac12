"""The planner's day: what is late, what is due soon, and what waits at which machines."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for

from kernel import clock
from production.floor import queries as floor
from production.frontdesk.orders import queries
from production.frontdesk.orders.day import day_lines
from web.charts.bars import Bar, bars
from web.figures import Figure
from web.floor.queue import list_url
from web.formats import count, minutes
from web.frame import actor, reading, require
from web.portal.jobs import GROUPS

blueprint = Blueprint("today", __name__, url_prefix="/today")
SHOWN = 10
LISTS = ("late", "soon", "open")


@blueprint.get("")
@require("plan")
def home() -> str:
    """Today, before anybody asks."""
    who, today = actor(), clock.today()
    with reading() as session:
        numbers = queries.counts_of(session, who, (GROUPS[show].which(today) for show in LISTS))
        late, soon = (
            day_lines(session, who, which(today), limit=SHOWN) for which in (queries.late, queries.due_soon)
        )
        loads = floor.loads(session)
    urls = {show: url_for("jobs.listing", show=show) for show in LISTS}
    words = ("Late", "Due in three days", "Not left yet")
    figures = [Figure(*row) for row in zip(words, numbers, urls.values(), strict=True)]
    trouble = sum(load.trouble for load in loads)
    figures.append(Figure("Operations that need a person", trouble, list_url("trouble")))
    return render_template(
        "home/planner.html",
        today=today,
        figures=figures,
        late=late,
        soon=soon,
        loads=loads,
        figure=lambda load, show: Figure(
            f"{show} at {load.machines}",
            getattr(load, show),
            list_url(show, load.code),
        ),
        days_late=lambda line: (today - line.due).days,
        has_minutes=any(load.minutes for load in loads),
        chart=bars(
            "Minutes planned of what is ready",
            [
                Bar(load.machines, load.minutes, f"{minutes(load.minutes)}, {count(load.ready)} ready")
                for load in loads
                if load.minutes
            ],
        ),
    )
