"""The director's overview: volume, savings against the claim, what is late. Figures: no titles, no people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import accumulate
from typing import NamedTuple

from flask import Blueprint, render_template, request, url_for
from markupsafe import Markup

from billing.totals import AgencyPeriod, agency_periods
from kernel import clock
from kernel.clock import fiscal_year
from kernel.money import ZERO, Money
from production.frontdesk.orders import queries
from production.mailroom.savings.sorted_together import MonthLine, months
from web.charts.bars import Bar, bars
from web.charts.lines import Series, line_chart, sparkline
from web.figures import Figure
from web.formats import count, money, total
from web.frame import actor, reading, require
from web.portal.jobs import GROUPS, list_key

blueprint = Blueprint("overview", __name__, url_prefix="/overview")
CLAIM = Money(100_000_000)  # a year: what the shop says presorting saves against metered letters
STATES = tuple(state.value for state in queries.OPEN)


class Month(NamedTuple):
    """A month of the fiscal year. ``so_far``: saved from July to its end; ``claim``: the part of the claim for that."""

    first_day: date
    pieces: int
    paid: Money
    saved: Money  # against metered letters, zero where a job has no such price
    so_far: Money
    claim: Money
    charged: Money


@blueprint.get("")
@require("oversee")
def home() -> str:
    """How the shop is doing in this fiscal year."""
    today = clock.today()
    start = date(fiscal_year(today) - 1, 7, 1)
    with reading() as session:
        mailed = months(session, since=start, limit=12)
        charged = agency_periods(session, agency_id=None, year=start.year + 1)
        late, still_open, *by_state = queries.counts_of(
            session, actor(), (GROUPS[show].which(today) for show in ("late", "open", *STATES))
        )
    lines = year_by_month(start, today, mailed, charged)
    return render_template(
        "home/director.html",
        start=start,
        today=today,
        months=lines,
        ahead=lines[-1].so_far - claim_until(start, today),
        is_begun=any(line.pieces or line.charged for line in lines),
        unpriced=[line.month for line in mailed if line.saved.against_metered is None],
        older=sum(line.older for line in mailed),
        figures=_figures(lines, late, still_open),
        savings=_savings_chart(start, lines),
        volume=_volume_chart(lines),
        states=[
            Figure(GROUPS[show].label, number, url_for(".jobs", show=show))
            for show, number in zip(STATES, by_state, strict=True)
        ],
        state_bars=[
            Bar(GROUPS[show].label, number, count(number))
            for show, number in zip(STATES, by_state, strict=True)
        ],
        late=late,
    )


@blueprint.get("/jobs")
@require("oversee")
def jobs() -> str:
    """The jobs behind a figure, by number: nobody's titles or names."""
    show = request.args.get("show", "open")
    group = GROUPS.get(show, GROUPS["open"])
    today = clock.today()
    with reading() as session:
        page = queries.job_lines(
            session, actor(), which=group.which(today), before=list_key("before"), after=list_key("after")
        )
    return render_template(
        "home/director_jobs.html",
        group=group,
        page=page,
        days_late=lambda line: max(0, (today - line.day).days),
        newer_url=url_for(".jobs", show=show, after=page.newer) if page.newer else None,
        older_url=url_for(".jobs", show=show, before=page.older) if page.older else None,
    )


def year_by_month(
    start: date, today: date, mailed: Sequence[MonthLine], charged: Sequence[AgencyPeriod]
) -> list[Month]:
    """The months that have begun, July first."""
    by_month = {line.month: line.saved for line in mailed}
    money_of = {line.first_day: line.total for line in charged}
    days = [day for day in _months_of(start) if day <= today]
    saved = [(found.against_metered or ZERO) if (found := by_month.get(day)) else ZERO for day in days]
    return [
        Month(
            day,
            by_month[day].pieces if day in by_month else 0,
            by_month[day].paid if day in by_month else ZERO,
            saved[place],
            so_far,
            claim_after(place + 1),
            money_of.get(day, ZERO),
        )
        for place, (day, so_far) in enumerate(zip(days, accumulate(saved), strict=True))
    ]


def claim_after(count_of_months: int) -> Money:
    """What the claim comes to after so many months of the year."""
    return Money(CLAIM.cents * count_of_months // 12)


def claim_until(start: date, today: date) -> Money:
    """What the claim comes to up to a day, that day included."""
    year = start.replace(year=start.year + 1) - start
    return Money(CLAIM.cents * ((today - start).days + 1) // year.days)


def _months_of(start: date) -> list[date]:
    return [date(start.year + (month > 12), (month - 1) % 12 + 1, 1) for month in range(7, 19)]


def _figures(lines: Sequence[Month], late: int, still_open: int) -> list[Figure]:
    volume, saved = (url_for(".home", _anchor=name) for name in ("volume", "saved"))
    mailed = sum(line.pieces for line in lines)
    return [
        Figure(
            "Pieces mailed",
            mailed,
            volume,
            "this fiscal year",
            "Pieces mailed",
            _spark("Pieces mailed", lines),
        ),
        Figure("Saved this year", total(line.saved for line in lines), saved, "", "Saved"),
        Figure(
            "Charged",
            total(line.charged for line in lines),
            volume,
            "to agencies, this fiscal year",
            "Charged",
        ),
        Figure("Late now", late, url_for(".jobs", show="late"), "still here after their day"),
        Figure("Jobs not left yet", still_open, url_for(".jobs", show="open")),
    ]


def _spark(title: str, lines: Sequence[Month]) -> Markup | str:
    says = f"{count(lines[0].pieces)} in {lines[0].first_day:%B}, {count(lines[-1].pieces)} in {lines[-1].first_day:%B}"
    return sparkline(title, [line.pieces for line in lines], says) if len(lines) > 1 else ""


def _savings_chart(start: date, lines: Sequence[Month]) -> Markup:
    names = [f"{day:%b}" for day in _months_of(start)]
    series = [
        Series("Saved", [line.so_far.cents / 100 for line in lines]),
        Series("Claim", [claim_after(month).cents / 100 for month in range(1, 13)]),
    ]
    return line_chart("Saved so far, against the claim", series, names, words=_short_money)


def _short_money(dollars: float) -> str:
    return f"${dollars / 1_000_000:g}M" if dollars >= 1_000_000 else f"${dollars / 1_000:,.0f}k"


def _volume_chart(lines: Sequence[Month]) -> Markup:
    rows = [
        Bar(f"{line.first_day:%B}", line.pieces, f"{count(line.pieces)} for {money(line.paid)}")
        for line in lines
    ]
    return bars("Pieces mailed by month", rows)
