"""The estimator's day: what was asked, whose turn it is, what ends soon, what was won and lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import Blueprint, render_template, url_for

from kernel import clock
from kernel.clock import business_date, fiscal_year
from kernel.money import ZERO, Money
from production.frontdesk.projects import queries as projects
from production.frontdesk.projects.models import Side
from production.frontdesk.quoting.queries import SOON, DeskLine, QuoteState, desk_lines
from web.figures import Figure
from web.frame import actor, reading, require

blueprint = Blueprint("desk", __name__, url_prefix="/quotes")
_ANSWERED = (QuoteState.ACCEPTED, QuoteState.DECLINED, QuoteState.EXPIRED)


@blueprint.get("")
@require("estimate")
def home() -> str:
    """Before anybody asks."""
    who, today = actor(), clock.today()
    with reading() as session:
        ours = projects.lines(session, who, projects.waiting_for(Side.SHOP))
        theirs = projects.lines(session, who, projects.waiting_for(Side.AGENCY))
        quotes = desk_lines(session, today)
    new = [one for one in ours if not one.owner]
    ours = [one for one in ours if one.owner]
    open_now = [one for one in quotes if one.state is QuoteState.SENT]
    ending = [one for one in open_now if one.valid_until and one.valid_until - today <= SOON]
    answered = [one for one in quotes if one.state in _ANSWERED and _is_of_year(one, today)]
    lists = {
        "new": ("Nobody has taken on", len(new)),
        "ours": ("Waiting for the shop", len(ours)),
        "theirs": ("Waiting for the agency", len(theirs)),
        "ending": ("Quotes that end in five days", len(ending)),
    }
    return render_template(
        "estimating/desk.html",
        new=new,
        ours=ours,
        theirs=theirs,
        open_now=sorted(open_now, key=lambda one: (one.valid_until or today, one.number)),
        answered=answered,
        figures=[
            Figure(words, number, url_for(".home", _anchor=f"{place}-head"))
            for place, (words, number) in lists.items()
        ],
        won=_sum(answered, QuoteState.ACCEPTED),
        lost=_sum(answered, QuoteState.DECLINED, QuoteState.EXPIRED),
        days_left=lambda one: (one.valid_until - today).days,
    )


def _is_of_year(line: DeskLine, today: date) -> bool:
    """Answered, or over, in the fiscal year of today."""
    day = business_date(line.answered_at) if line.answered_at else line.valid_until
    return day is not None and fiscal_year(day) == fiscal_year(today)


def _sum(lines: Sequence[DeskLine], *states: QuoteState) -> tuple[int, Money]:
    found = [one.amount or ZERO for one in lines if one.state in states]
    return len(found), sum(found, ZERO)
