"""``indicia standards``: what the floor really took, and the standards that follow from it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click
from sqlalchemy.orm import Session

from kernel import clock
from production.frontdesk.estimates.rejections import plain
from production.learning import measured
from production.learning.effect import effect
from production.learning.proposing import Figure, Group, Learned
from production.learning.runs import length_words
from production.learning.spread import SURE, Spread
from store.db import Actor
from store.files import FileStore
from web.commands.plant import opened_plant
from web.commands.telling import to_json


@click.group()
def standards() -> None:
    """Standards that are learned from finished runs."""


@standards.command("propose")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def propose(as_json: bool) -> None:
    """Actual against standard of all that was worked by, and what should change. Nothing does until a person accepts it
    under Setup, Standards measured.
    """
    now = clock.now()
    with opened_plant() as plant, plant.db.read_only(Actor("console")) as session:
        how, found = measured.rules(session), measured.all_learned(session, now)
        since = now - timedelta(days=how.days)
        if as_json:
            told = [_told(session, plant.files, one, how.run_lengths, since) for one in found]
            click.echo(to_json({"days": how.days, "standards": told}))
            return
    for one in found:
        click.echo(f"{one.current.name}, {one.runs:,} runs")
        for figure in one.figures:
            click.echo(f"  {_words(figure)}")


def _told(session: Session, files: FileStore, one: Learned, ends: Any, since: Any) -> dict[str, Any]:
    current, told = one.current, None
    if one.proposals:
        does = effect(session, files, current.kind, current.key, one.proposals, since=since)
        told = {
            "looked_at": does.looked_at, "quotes": does.quotes, "before": does.before.plain, "after": does.after.plain,
            "difference": does.difference.plain,
            "changed": [
                {"job": row.job, "before": row.before.plain, "after": row.after.plain if row.after else None}
                for row in does.changed
            ],
        }  # fmt: skip
    return {
        "kind": current.kind, "key": current.key, "name": current.name, "runs": one.runs,
        "figures": [_figure(figure) for figure in one.figures],
        "proposals": {field: plain(value) for field, value in one.proposals.items()},
        "effect": told,
        "groups": [_group(group, ends) for group in one.groups],
        "findings": [
            {"code": row.code, "field": row.place.column, "message": row.message, "remedy": row.remedy}
            for row in one.findings
        ],
    }  # fmt: skip


def _figure(one: Figure) -> dict[str, Any]:
    held = one.measured
    return {
        "field": one.standing.field, "title": one.standing.title, "standard": plain(one.standing.now),
        "runs": held.count if held else 0, "spread": _spread(held),
        "confidence": {"share": SURE, "from": held.least, "to": held.most} if held else None,
        "proposed": plain(one.proposed),
        "left_out": [{"ticket": row.ticket, "value": row.value, "why": row.why} for row in one.strays],
    }  # fmt: skip


def _group(one: Group, ends: Any) -> dict[str, Any]:
    return {
        "work_center": one.work_center, "stock": one.stock, "length": length_words(one.length, ends), "runs": one.runs,
        "setup_minutes": _spread(one.setup), "speed": _spread(one.speed), "spoiled_percent": one.spoiled,
    }  # fmt: skip


def _spread(one: Spread | None) -> dict[str, float] | None:
    return {"low": one.low, "median": one.middle, "high": one.high} if one else None


def _words(one: Figure) -> str:
    now = "none" if one.standing.now is None else f"{one.standing.now:,f}"
    if one.finding:
        return f"{one.standing.title}: {now}. {one.finding.message} [{one.finding.code}]"
    if one.proposed is None:
        return f"{one.standing.title}: {now} stays."
    return f"{one.standing.title}: {one.proposed:,f} instead of {now}."
