"""Months of the ledger: totals, what is open, closing, and the export."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing import chargeback, queries, totals
from billing.models import BillingPeriod, ExportRun
from billing.periods import ask_to_close
from kernel.errors import NotFound
from production.asked import Asked
from production.people import second_person
from production.people.names import full_name
from production.people.second_person import Act
from store.db import UnitOfWork
from store.files import StoredFile
from web.acts import Knowing, command
from web.downloads import send_kept
from web.forms import Refused
from web.frame import Done, actor, reading, require

blueprint = Blueprint("billing", __name__, url_prefix="/billing")
PAGE = 100


@blueprint.get("")
@require("bill")
def listing() -> str:
    """Every month, newest first, and everything that keeps one from closing."""
    with reading() as session:
        periods = queries.periods(session)
        uncharged = queries.uncharged(session)
        suspended = queries.suspended(session, agency_id=None)
    return render_template(
        "billing/periods.html",
        periods=periods,
        uncharged=uncharged,
        suspended=suspended,
        listed=queries.LISTED,
    )


@blueprint.get("/<label>")
@require("bill")
def show(label: str) -> Response:
    """One month; the browser asks again while its export is being written."""
    answer = make_response(_page(label))
    with reading() as session:
        run, stored = _export_of(session, totals.find_period(session, label))
    if run is not None and stored is None:
        answer.headers["Refresh"] = "2"
    return answer


def _page(label: str, refused: Refused | None = None) -> str:
    """Charges by agency and account, open items, and the export with its totals and hash."""
    with reading() as session:
        period = totals.find_period(session, label)
        run, stored = _export_of(session, period)
        accounts = totals.account_totals(session, period, agency_id=None)
        line = next(line for line in queries.periods(session) if line.ulid == period.ulid)
        earlier = totals.open_periods_before(session, period)
        asked = second_person.asked(session, Act.CLOSE_PERIOD, period.ulid)
        asked_by = full_name(session, asked.asked_by) if asked else ""
        who_may = second_person.who_may(session, asked.asked_by if asked else actor().name)
        uncharged = queries.uncharged(session, through=period.last_day)
        suspended = queries.suspended(session, agency_id=None, period=period)
    return render_template(
        "billing/period.html",
        period=period,
        accounts=accounts,
        line=line,
        earlier=earlier,
        asked_by=asked_by,
        who_may=who_may,
        uncharged=uncharged,
        suspended=suspended,
        listed=queries.LISTED,
        run=run,
        stored=stored,
        control=chargeback.frozen_totals(run) if run else None,
        refused=refused,
    )


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
