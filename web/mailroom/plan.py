"""The plan of a stream: the map of its trays, the groups of each level, and what it would be otherwise."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, render_template, request

from kernel.money import Money
from postal.data.mail_days import mail_date_finding
from postal.sorting.explain import explain_level
from postal.sorting.presort import LEAST, TOP_DOWN
from production.mailings.streams import plan_of
from production.mailroom.streams import plan_view
from production.mailroom.streams.prediction import draft_of_streams, predict
from production.mailroom.streams.queries import mailing_of
from production.mailroom.streams.sort_figures import added
from web.forms import list_place
from web.frame import plant, reading, require

blueprint = Blueprint("plan", __name__, url_prefix="/mailroom/streams/<number>/plan")
OVERVIEW_CELLS = 24  # of each level, where all are shown
CELLS = 240  # of one level
GROUPS = 100
_WORDS = {TOP_DOWN: "level by level", LEAST: "least postage"}


@blueprint.get("")
@require("work_mailroom")
def show(number: str) -> str:
    """Trays by level, all or those asked for."""
    level, owner = request.args.get("level", ""), request.args.get("owner", "")
    is_loose, after = "loose" in request.args, list_place("after", 0)
    with reading() as database:
        facts = plan_view.plan_facts(database, number)
    plan = plan_view.open_plan(plant().files, facts)
    found = plan_view.bands(
        plant().files,
        plan,
        owners=facts.positions(owner),
        level=level,
        loose=is_loose,
        cells=CELLS if level else OVERVIEW_CELLS,
        after=after,
    )
    return render_template(
        "mailroom/plan.html",
        facts=facts,
        plan=plan,
        bands=found,
        levels=plan_view.level_lines(plan),
        level=level,
        owner=owner,
        loose=is_loose,
        tray_levels=[(one.code, one.name) for one in plan.tray_levels if one.trays],
        owners=_owners(facts),
    )


@blueprint.get("/levels/<code>")
@require("work_mailroom")
def level(number: str, code: str) -> str:
    """The groups of one level: formed, missed, or nearly formed, and the level in words."""
    kind, owner = request.args.get("show", plan_view.FORMED), request.args.get("owner", "")
    after = list_place("after", 0)
    with reading() as database:
        facts = plan_view.plan_facts(database, number)
    plan = plan_view.open_plan(plant().files, facts)
    page = plan_view.group_page(
        plan, code, show=kind, owners=facts.positions(owner), after=after, limit=GROUPS
    )
    return render_template(
        "mailroom/plan_level.html",
        facts=facts,
        page=page,
        show=kind,
        owner=owner,
        owners=_owners(facts),
        after=after,
        limit=GROUPS,
        sentences=explain_level(plan, code),
    )


@blueprint.get("/what-if")
@require("work_mailroom")
def what_if(number: str) -> str:
    """The mailing sorted otherwise, on another day, or less some jobs, beside what it is."""
    with reading() as database:
        mailing = mailing_of(database, number)
        facts = plan_view.plan_facts(database, number)
        draft = draft_of_streams(database, mailing)
    left = [part for part in draft.parts if part.number in request.args.getlist("leave")]
    sort_as, _, policy = request.args.get("way", "").partition(" ")
    day, error = _day(request.args.get("mail_date", ""), draft.mail_date)
    kept = draft.without([part.number for part in left])
    plans = [plan_of(plant().files, stream) for stream in mailing if stream.plan_sha256]
    found = None
    if kept.streams:
        found = predict(
            plant().files,
            kept.on(day),
            sort_as=sort_as or draft.sort_plan,
            policy=policy or facts.stream.policy,
        )
    asides = [
        predict(plant().files, draft.only(part.number).on(day), sort_as=draft.sort_plan) for part in left
    ]
    return render_template(
        "mailroom/what_if.html",
        facts=facts,
        draft=draft,
        day=day,
        error=error,
        way=f"{found.sort_plan} {found.policy}" if found else "",
        ways=[
            (f"{one.sort_plan} {one.policy}", f"{one.title}, {_WORDS[one.policy]}") for one in found.options
        ]
        if found
        else [],
        found=found,
        left=left,
        left_alone=added([aside.figures.postage if aside.figures else None for aside in asides]),
        now=Money(sum(plan.postage.cents for plan in plans)),
        pieces=sum(plan.pieces for plan in plans),
    )


def _owners(facts: plan_view.PlanFacts) -> list[tuple[str, str]]:
    """Choices of whose pieces to look at: everybody, an agency, a job."""
    agencies = [(name, name) for name in facts.agencies] if len(facts.jobs) > 1 else []
    jobs = [(job.number, f"Job {job.number}, {job.title}") for job in facts.jobs]
    return [("", "Everybody's"), *agencies, *jobs]


def _day(text: str, usual: date) -> tuple[date, str]:
    """The mailing date asked for, and what is wrong with it."""
    try:
        day = date.fromisoformat(text) if text else usual
    except ValueError:
        return usual, "Type the mailing date as year-month-day."
    closed = mail_date_finding(day)
    return (usual, f"{closed.message} {closed.remedy}") if closed else (day, "")
