"""What sorting together saves: by month and agency, and the shares of one stream's jobs in words."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, render_template, request
from markupsafe import Markup

from kernel.errors import NotFound
from kernel.money import Money
from production.mailroom.savings import sorted_together as found
from production.mailroom.streams import queries
from production.mailroom.streams.shares import mailing_shares
from web.charts.bars import Bar
from web.charts.waterfalls import Step, waterfall
from web.formats import money
from web.frame import actor, reading, require
from web.policies import may

blueprint = Blueprint("savings", __name__, url_prefix="/mailroom")


@blueprint.get("/savings")
@require("see_savings_months")
def home() -> str:
    """Months, newest first."""
    with reading() as session:
        months = found.months(session)
    bars = [
        Bar(f"{line.month:%B %Y}", max(0, saved.cents), money(saved))
        for line in months
        if (saved := line.saved.against_metered) is not None
    ]
    return render_template("mailroom/savings.html", months=months, bars=bars)


@blueprint.get("/savings/<label>")
@require("see_savings_months")
def month(label: str) -> str:
    """The agencies of a month, or the jobs of one of them."""
    first_day = _month(label)
    code = request.args.get("agency", "") if may(actor(), "see_savings") else ""
    with reading() as session:
        agencies = found.agencies(session, first_day)
        jobs = found.jobs(session, first_day, code) if code else ()
    chosen = next((line for line in agencies if line.code == code), None)
    whole = found.together([line.saved for line in agencies])
    return render_template(
        "mailroom/savings_month.html",
        label=label,
        month=first_day,
        agencies=agencies,
        whole=whole,
        steps=from_stamps(whole.stamped, whole.metered, whole.alone, whole.paid) if whole.pieces else None,
        chosen=chosen,
        jobs=jobs,
    )


@blueprint.get("/streams/<number>/shares")
@require("see_savings")
def shares(number: str) -> str:
    """Each job's share of a mailing's postage, what it is compared with, and why it is what it is."""
    with reading() as session:
        stream = queries.stream_by_number(session, number)
        shared = mailing_shares(session, stream)
    return render_template("mailroom/shares.html", stream=stream, shared=shared)


def from_stamps(stamped: Money | None, metered: Money | None, alone: Money, paid: Money) -> Markup | None:
    """From stamps to what was paid, step by step; nothing where a price to compare with is missing."""
    if stamped is None or metered is None:
        return None
    sums = [stamped, metered, alone, paid]
    names = ("Meter", "Sorted alone", "Together")
    steps = [
        Step(name, (now - before).cents, money(now - before))
        for name, before, now in zip(names, sums, sums[1:], strict=False)
    ]
    first, last = Step("Stamps", sums[0].cents, money(sums[0])), Step("Paid", sums[-1].cents, money(sums[-1]))
    return waterfall("From stamps to what was paid", first, steps, last)


def _month(label: str) -> date:
    try:
        return date.fromisoformat(f"{label}-01")
    except ValueError as error:
        raise NotFound("There is no such month.") from error
