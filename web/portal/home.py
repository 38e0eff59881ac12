"""The agency's first page: what needs a requester, what is on its way, what arrived."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from flask import Blueprint, render_template, url_for
from sqlalchemy.orm import Session

from billing.totals import charged_in
from kernel import clock
from kernel.clock import fiscal_year
from production.catalog import queries as catalog
from production.catalog.shop_calendar import ShopCalendar, shop_calendar
from production.frontdesk.approving.queries import open_approvals
from production.frontdesk.approving.standing import Standing
from production.frontdesk.drafting import drafts
from production.frontdesk.orders import queries
from production.frontdesk.orders.day import DayLine, day_lines
from production.frontdesk.orders.queries import ARRIVED, ON_ITS_WAY, Which
from production.jobs.states import JobKind
from production.jobs.states import JobState as J
from web.figures import Figure
from web.formats import day_words
from web.frame import actor, reading, require

blueprint = Blueprint("home", __name__)
SHOWN, ARRIVALS = 8, 4
PARTS = ("Checked", "Approved", "Made", "Left the plant", "Arrived")
# How many of the five parts are behind a job, and how the next one stands.
_TRACK = {
    J.SUBMITTED: (0, "running"),
    J.PROOF_READY: (1, "proof_ready"),
    J.APPROVED: (2, "waiting"),
    J.IN_PRODUCTION: (2, "running"),
    J.PRODUCED: (3, "ready"),
    J.DISPATCHED: (4, "running"),
}
_PLACES = {
    J.SUBMITTED: "Being checked",
    J.APPROVED: "At the plant, not begun",
    J.IN_PRODUCTION: "Being made",
    J.PRODUCED: "Ready at the dock",
    J.DISPATCHED: "On the road",
}


class Deadline(NamedTuple):
    """What silence costs, and how urgent that is."""

    words: str
    tone: str


@blueprint.get("/home")
@require("order")
def home() -> str:
    """A requester's day."""
    who, today = actor(), clock.today()
    assert who.agency_id is not None  # nobody else may order  # noqa: S101
    to_fix, way, arrived = Which((J.NEEDS_FIX,)), Which(ON_ITS_WAY), Which(ARRIVED)
    with reading() as session:
        numbers = queries.counts_of(session, who, (to_fix, way, arrived))
        needs, coming = (day_lines(session, who, which, limit=SHOWN) for which in (to_fix, way))
        back = day_lines(session, who, arrived, newest=True, limit=ARRIVALS)
        unfinished = drafts.open_drafts(session, who)
        offered = catalog.products(session)
        standings = open_approvals(session, who.agency_id)
        asked = [number for number, one in standings.items() if one.question]
        to_answer = (
            day_lines(session, who, Which((J.PROOF_READY,), numbers=asked), limit=SHOWN) if asked else []
        )
        year = year_figure(session, who.agency_id, today)
        calendar = shop_calendar(session)
    return render_template(
        "portal/home.html",
        today=today,
        needs=needs,
        coming=coming,
        back=back,
        unfinished=unfinished,
        offered=offered,
        year=year,
        deadline=lambda line: deadline(line, today, calendar),
        track=track,
        to_answer=to_answer,
        standings=standings,
        where=lambda line: where(line, standings),
        days_late=lambda line: (today - line.due).days,
        figures=[
            Figure(words, number, url_for("jobs.listing", show=show))
            for words, number, show in zip(
                ("jobs to fix", "on their way", "arrived"),
                numbers,
                ("needs_fix", "way", "arrived"),
                strict=True,
            )
        ],
    )


def year_figure(session: Session, agency_id: int, today: date) -> Figure:
    """What the agency was charged in this fiscal year."""
    year = fiscal_year(today)
    url = url_for("charges.listing", year=year, _anchor="months")
    return Figure(
        "Charged this fiscal year", charged_in(session, year, agency_id=agency_id), url, column="Amount"
    )


def deadline(line: DayLine, today: date, calendar: ShopCalendar) -> Deadline:
    """By when somebody must act to keep the job's day, and what happens until then."""
    day = day_words(line.due, today)
    until = "Until then nothing is mailed." if line.is_mailed else "Until then nothing is printed."
    if line.due < today:
        return Deadline(f"Its day, {day}, is over. {until}", "stop")
    if line.kind is JobKind.PRINT:
        return Deadline(f"Needed by {day}. {until}", "attention")
    last = calendar.act_by(line.due)
    if last < today:
        return Deadline(f"Mailing {day} is at risk: the usual time for it is too short now. {until}", "stop")
    return Deadline(f"By {day_words(last, today)} keeps the mailing date, {day}. {until}", "attention")


def track(line: DayLine) -> list[str]:
    """The state of each of the five parts."""
    done, now = _TRACK.get(line.state, (len(PARTS), ""))
    return (["done"] * done + [now] + ["waiting"] * len(PARTS))[: len(PARTS)]


def where(line: DayLine, standings: Mapping[str, Standing]) -> str:
    """Where a job is, in words."""
    if line.state is not J.PROOF_READY:
        return _PLACES.get(line.state, "")
    able = standings[line.number].able
    return (
        f"With {able[0]} to approve"
        if len(able) == 1
        else "With an approver"
        if able
        else "Nobody can approve it"
    )
