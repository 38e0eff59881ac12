"""Months of the ledger: totals, what is open, closing, and the export."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from itertools import groupby
from typing import NamedTuple

from flask import Blueprint, Response, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing import chargeback, queries, totals
from billing.closing import Check, checks, period_to_close, still_open
from billing.models import BillingPeriod, ExportRun, PeriodState
from billing.periods import ask_to_close
from kernel import clock
from kernel.errors import NotFound
from kernel.money import Money
from production.asked import Asked
from production.people import second_person
from production.people.names import full_name
from store.db import UnitOfWork
from store.files import StoredFile
from web.acts import Knowing, command
from web.charts.bars import Bar, bars
from web.downloads import send_kept
from web.figures import Figure
from web.formats import money, total
from web.forms import Refused
from web.frame import Done, actor, reading, require

blueprint = Blueprint("billing", __name__, url_prefix="/billing")
PAGE, YEAR, LARGEST, OPEN, MINUS = 100, 12, 8, PeriodState.OPEN.value, "\N{MINUS SIGN}"


@blueprint.get("")
@require("bill")
def listing() -> str:
    """The month that closes next as a checklist; every month, newest first; everything that keeps one from closing."""
    before, today = request.args.get("before", ""), clock.today()
    with reading() as session:
        lines = queries.periods(session)
        period = period_to_close(session)
        found = checks(session, period, today, still_open(session, period)) if period else []
        uncharged = queries.uncharged(session)
        suspended = queries.suspended(session, agency_id=None)
    limit = next((line.first_day for line in lines if line.label == before), None)
    shown = [line for line in lines if limit is None or (line.first_day < limit and line.state == OPEN)]
    return render_template(
        "billing/periods.html",
        period=period,
        next=next((line for line in lines if period and line.label == period.label), None),
        checks=_linked(period, found) if period else [],
        periods=shown,
        is_part=limit is not None,
        chart=_months_chart(lines[:YEAR]),
        uncharged=uncharged,
        suspended=suspended,
        listed=queries.LISTED,
    )


def _linked(period: BillingPeriod, found: Sequence[Check]) -> list[tuple[Check, Figure | None]]:
    """Each line of a checklist with the figure that leads to what is open of it."""
    month = partial(url_for, "billing.show", label=period.label)
    urls = {
        "earlier": (url_for("billing.listing", before=period.label, _anchor="months"), ""),
        "meters": (month(_anchor="meters"), ""),
        "delivered": (month(_anchor="delivered"), ""),
        "uncharged": (month(_anchor="uncharged"), "Usage rows"),
        "suspense": (month(_anchor="suspense"), ""),
    }
    return [
        (
            one,
            Figure(one.what, one.number, urls[one.code][0], column=urls[one.code][1])
            if one.code in urls
            else None,
        )
        for one in found
    ]


def _months_chart(lines: Sequence[queries.PeriodLine]) -> Markup:
    rows = [Bar(f"{line.first_day:%B %Y}", line.total.cents, money(line.total)) for line in lines]
    return bars("Charged by month", rows)


@blueprint.get("/<label>")
@require("bill")
def show(label: str) -> str | tuple[str, int]:
    """One month; a page that follows it hears 204 while its export is being written."""
    with reading() as session:
        run, stored = _export_of(session, totals.find_period(session, label))
    is_writing = run is not None and stored is None
    return ("", 204) if is_writing and "since" in request.args else _page(label)


def _page(label: str, refused: Refused | None = None) -> str:
    """Charges by agency and account, open items, and the export with its totals and hash."""
    with reading() as session:
        period = totals.find_period(session, label)
        run, stored = _export_of(session, period)
        accounts = totals.account_totals(session, period, agency_id=None)
        line = next(line for line in queries.periods(session) if line.ulid == period.ulid)
        earlier = totals.open_periods_before(session, period)
        still = still_open(session, period)
        asked_by = full_name(session, still.asked.asked_by) if still.asked else ""
        who_may = second_person.who_may(session, still.asked.asked_by if still.asked else actor().name)
        found = checks(session, period, clock.today(), still) if period.state is PeriodState.OPEN else []
        before = totals.period_before(session, period)
        of_before = totals.account_totals(session, before, agency_id=None) if before else []
    agencies = by_agency(accounts, of_before)
    return render_template(
        "billing/period.html",
        period=period,
        accounts=accounts,
        agencies=agencies,
        largest=bars(
            "The largest agencies", [Bar(one.name, one.total.cents, money(one.total)) for one in agencies[:8]]
        ),
        before=before,
        checks=_linked(period, found),
        meters=still.meters,
        delivered=still.delivered,
        line=line,
        earlier=earlier,
        asked_by=asked_by,
        who_may=who_may,
        uncharged=still.uncharged,
        suspended=still.suspended,
        listed=queries.LISTED,
        run=run,
        stored=stored,
        control=chargeback.frozen_totals(run) if run else None,
        refused=refused,
    )


class AgencyMonth(NamedTuple):
    """An agency's month; ``before``: what the month before came to."""

    code: str
    name: str
    charges: int
    suspense: Money
    total: Money
    before: Money

    @property
    def bar(self) -> Bar:
        """In a chart of agencies."""
        return Bar(self.name, self.total.cents, money(self.total))

    @property
    def change(self) -> str:
        """Against the month before, in tenths of a percent; nothing where there was none."""
        if self.before.cents <= 0:
            return ""
        tenths = (self.total.cents - self.before.cents) * 1000 // self.before.cents
        return (
            f"{'+' if tenths > 0 else MINUS if tenths < 0 else ''}{abs(tenths) // 10:,}.{abs(tenths) % 10}%"
        )


def by_agency(
    accounts: Sequence[totals.AccountTotal], of_before: Sequence[totals.AccountTotal]
) -> list[AgencyMonth]:
    """The agencies of a month, the largest first."""
    earlier: dict[str, int] = Counter()
    for account in of_before:
        earlier[account.agency] += account.total.cents
    found = []
    for code, rows in groupby(accounts, key=lambda account: account.agency):
        own = list(rows)
        found.append(
            AgencyMonth(
                code, own[0].agency_name, sum(row.charges for row in own), total(row.suspense for row in own),
                total(row.total for row in own), Money(earlier[code]),
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: (-one.total.cents, one.code))


@blueprint.post("/<label>/close")
@require("bill")
@command(Knowing, again=_page)
def close(uow: UnitOfWork, said: Knowing, label: str) -> Done:
    """Ask for a second person to close the month for good; refused while work of it is not charged, which is named."""
    period = totals.find_period(uow.session, label)
    ask_to_close(uow, period, knowing=said.knowing)
    return Done(url_for(".show", label=label), f"{period.name} closes once a second person agrees.")


@blueprint.post("/<label>/export")
@require("bill")
@command(Asked, again=_page)
def export(uow: UnitOfWork, _said: Asked, label: str) -> Done:
    """Number and freeze the month's one export; a step writes the file."""
    chargeback.request_export(uow, totals.find_period(uow.session, label))
    return Done(url_for(".show", label=label), "The export is numbered. Its file is being written.")


@blueprint.get("/<label>/export.csv")
@require("bill")
def export_file(label: str) -> Response:
    """The file as it was written: the same bytes at every download."""
    with reading() as session:
        run, stored = _export_of(session, totals.find_period(session, label))
    if run is None or stored is None:
        raise NotFound(
            "There is no file yet.", remedy="It is written a moment after the export was asked for."
        )
    layout = chargeback.layout_of(run)
    return send_kept(stored.sha256, layout.media_type, f"chargeback-{label}.{layout.suffix}")


@blueprint.get("/<label>/<agency_code>")
@require("bill")
def agency(label: str, agency_code: str) -> str:
    """One agency's month by account and job."""
    with reading() as session:
        agency_id = totals.find_agency(session, agency_code).id
    return statement_page(label, agency_id, back=url_for(".show", label=label))


def statement_page(label: str, agency_id: int, *, back: str) -> str:
    """An agency's month by account and job, keyset-paged by (bill code, job number)."""
    after = (request.args.get("after", "")[:40], request.args.get("job", "")[:20])
    with reading() as session:
        period = totals.find_period(session, label)
        head = queries.statement(session, agency_id=agency_id, period=period)
        jobs = totals.job_totals(session, period, agency_id=agency_id, after=after, limit=PAGE + 1)
    last = jobs[PAGE - 1] if len(jobs) > PAGE else None
    keep = dict(request.view_args or {})
    return render_template(
        "billing/statement.html",
        period=period,
        head=head,
        jobs=jobs[:PAGE],
        back=back,
        first_url=url_for(str(request.endpoint), **keep) if any(after) else None,
        next_url=url_for(str(request.endpoint), after=last.bill_code, job=last.job, **keep) if last else None,
    )


def _export_of(session: Session, period: BillingPeriod) -> tuple[ExportRun | None, StoredFile | None]:
    run = session.scalars(select(ExportRun).filter_by(period_id=period.id)).one_or_none()
    stored = session.get(StoredFile, run.file_sha256) if run and run.file_sha256 else None
    return run, stored
