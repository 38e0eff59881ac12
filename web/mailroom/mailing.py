"""Mailings: all of them, and one with what is to do, its streams, trays in loading order, papers and handing over."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, render_template, request, url_for
from pydantic import Field
from werkzeug.wrappers import Response

from kernel.errors import NotFound
from kernel.ids import show_ulid
from postal.data.editions import InForce
from postal.money.plan_figures import PlanFigures, figures_of
from postal.sorting.filling import TrayRules, tray_rules
from postal.sorting.presort_plan import PresortPlan
from production.asked import Asked, Line
from production.dock import queries as dock
from production.dock.dispatch import WAYS
from production.dock.evidence.records import request_packet
from production.dock.models import Delivery
from production.jobs.stopped_work import open_holds, stopped_steps
from production.mailings.editions import shop_editions
from production.mailings.planned import PlannedMailing, read_planned
from production.mailings.streams import mailing_by_number, streams_of
from production.mailroom.maildat.kept import REPORT_ROLE
from production.mailroom.papers.placards import make_placards
from production.mailroom.streams import mailing_view, queries
from production.mailroom.streams.shares import mailing_shares
from store.db import UnitOfWork
from web.acts import command
from web.charts.tiles import step_words
from web.downloads import send_kept
from web.forms import Form, Refused, list_place
from web.frame import Done, plant, reading, require
from web.mailroom.mailing_pictures import SHOWN, Wall, wall, where
from web.mailroom.savings import from_stamps

blueprint = Blueprint("mailing", __name__, url_prefix="/mailroom/mailings")
PAGE, TRAYS = 50, 200
# A PDF is drawn by the browser's own viewer, which needs its embedded object and inline styles and nothing else.
_VIEWER = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"


class Placards(Asked):
    """Which trays stand on which container."""

    spans: Line = Field(title="Trays of each container", max_length=2000)


@blueprint.get("")
@require("work_mailroom")
def listing() -> str:
    """Every mailing, or those under way, newest first."""
    before, show = list_place("before", 0) or None, request.args.get("show")
    is_under_way = show == "under_way"
    with reading() as database:
        lines = mailing_view.mailing_lines(database, is_under_way=is_under_way, before=before, limit=PAGE + 1)
        under_way = mailing_view.under_way_count(database)
    return render_template(
        "mailroom/mailings.html",
        mailings=[line for _, line in lines[:PAGE]],
        tabs=[
            (url_for(".listing"), "All", None),
            (url_for(".listing", show="under_way"), "Under way", under_way),
        ],
        is_under_way=is_under_way,
        older=url_for(".listing", before=lines[PAGE - 1][0], show="under_way" if is_under_way else None)
        if len(lines) > PAGE
        else None,
    )


@blueprint.get("/<number>")
@require("work_mailroom")
def show(number: str, refused: Refused | None = None) -> str:
    """The whole mailing on one page."""
    return render_template("mailroom/mailing.html", refused=refused, **_page(number))


@blueprint.get("/<number>/progress")
@require("work_mailroom")
def progress(number: str) -> str | tuple[str, int]:
    """The page's part that follows the server; 204 when nothing has happened since."""
    with reading() as database:
        seen = mailing_view.last_event_of(database, mailing_by_number(database, number))
    if request.args.get("since") == str(seen):
        return "", 204
    return render_template("mailroom/_mailing.html", **_page(number))


def _page(number: str) -> dict[str, object]:
    with reading() as database:
        mailing = mailing_by_number(database, number)
        since = mailing_view.last_event_of(database, mailing)
        page = mailing_view.mailing_overview(database, mailing)
        lots = [stream.number for stream in page.streams]
        holds, stopped = open_holds(database, lots=lots), stopped_steps(database, lots=lots)
        papers = queries.papers(database, mailing.id)
        deliveries = dock.deliveries_of_mailing(database, mailing.id)
        planned = read_planned(database, mailing) if page.is_sorted else None
        shares = mailing_shares(database, planned.streams[0]) if planned else None
    plan = planned.plan(plant().files) if planned else None
    figures = figures_of(plan) if plan else None
    return {
        "page": page,
        "papers": [paper for paper in papers if paper.role != REPORT_ROLE],
        "deliveries": deliveries,
        "ways": WAYS,
        "holds": holds,
        "stopped": stopped,
        "figures": figures,
        "shares": shares,
        "steps": from_stamps(shares.stamped, shares.metered, shares.alone, shares.share) if shares else None,
        "savers": shares.by_agency if shares else (),
        "map": where(plan) if plan else None,
        "wall": _wall(planned, plan, figures) if planned and plan and figures else None,
        "wall_most": SHOWN,
        "shades": [(f"q{step}", words) for step, words in enumerate(step_words())],
        "act": _next_act(page, deliveries),
        "since": since,
        "poll_url": "" if page.is_over else url_for(".progress", number=mailing.number),
    }


def _wall(planned: PlannedMailing, plan: PresortPlan, figures: PlanFigures) -> Wall:
    return wall(
        mailing_view.tray_places(planned, plan, _rules(plan), limit=SHOWN),
        [line.name for line in figures.postage_lines],
    )


def _rules(plan: PresortPlan) -> TrayRules:
    return tray_rules(InForce(plan.mail_date, shop_editions(plant().files)))


def _next_act(page: mailing_view.MailingOverview, deliveries: Sequence[Delivery]) -> tuple[str, str]:
    """(address, words) of where the next act is done; empty where nothing is for a person to do."""
    number, act = page.mailing.number, page.next
    open_deliveries = [one for one in deliveries if one.received_at is None]
    match act.code if act else "":
        case "dispatch":
            return url_for("dock.leave", number=number), "Dispatch"
        case "receipt" if open_deliveries:
            return url_for("dock.delivery", ulid=show_ulid(open_deliveries[0].ulid)), "Hand over"
        case _ if act and act.stream:
            return url_for("stream.show", number=act.stream), f"Go to stream {act.stream}"
    return "", ""


@blueprint.get("/<number>/trays")
@require("work_mailroom")
def trays(number: str, refused: Refused | None = None) -> str:
    """All trays of all streams in loading order, and their placards. NotFound before the mailing is sorted."""
    after = list_place("after", 0)
    with reading() as database:
        mailing = mailing_by_number(database, number)
        if any(stream.plan_sha256 is None for stream in streams_of(database, mailing.id)):
            raise NotFound(f"Mailing {mailing.number} is not sorted yet.")
        planned = read_planned(database, mailing)
    plan = planned.plan(plant().files)
    lines = mailing_view.tray_places(planned, plan, _rules(plan), after=after, limit=TRAYS + 1)
    return render_template(
        "mailroom/mailing_trays.html",
        mailing=mailing,
        streams=len(planned.streams),
        trays=lines[:TRAYS],
        total=len(planned.trays),
        form=Form(Placards, refused, values={"spans": f"1-{len(planned.trays)}"}),
        refused=refused,
        more=url_for(".trays", number=mailing.number, after=after + TRAYS) if len(lines) > TRAYS else None,
    )


@blueprint.get("/<number>/papers/<role>")
@require("work_mailroom")
def paper(number: str, role: str) -> Response:
    """A paper: a PDF in the browser, a CSV as a file. NotFound before it is made."""
    with reading() as database:
        papers = queries.papers(database, mailing_by_number(database, number).id)
    found = next((paper for paper in papers if paper.role == role), None)
    if found is None:
        raise NotFound("There is no such paper yet.")
    answer = send_kept(found.sha256, found.media_type, found.name, as_attachment=False)
    if found.media_type == "application/pdf":
        answer.headers["Content-Security-Policy"] = _VIEWER
    return answer


@blueprint.post("/<number>/placards")
@require("work_mailroom")
@command(Placards, again=trays)
def placards(uow: UnitOfWork, said: Placards, number: str) -> Done:
    """A placard for each container the trays stand on."""
    mailing = mailing_by_number(uow.session, number)
    with plant().files.scratch_folder() as folder:
        count = make_placards(uow, plant().files, mailing, said.spans, folder)
    words = f"{count:,} {'placard is' if count == 1 else 'placards are'} among the papers."
    return Done(url_for(".show", number=number), words)


@blueprint.post("/<number>/evidence")
@require("work_mailroom")
@command(Asked, again=show)
def evidence(uow: UnitOfWork, _said: Asked, number: str) -> Done:
    """Have the packet made that shows what was mailed."""
    request_packet(uow, mailing_by_number(uow.session, number))
    return Done(
        url_for(".show", number=number), "The evidence packet is being made; it shows among the papers."
    )
