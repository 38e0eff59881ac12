"""``indicia promise``: by when the plant could make an order, beside what it has promised already."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from kernel import clock
from kernel.clock import SHOP_ZONE
from production.catalog.press_room.standards import shop_standards
from production.catalog.products.families import families
from production.catalog.products.spec import read_spec
from production.catalog.products.standards import read_standards
from production.frontdesk.estimates.estimate import estimate
from production.frontdesk.preparation.spec_plan import planned
from production.scheduling.promising import Promise, promise_of
from store.db import Actor
from web.commands.given import read_given
from web.commands.plant import opened_plant
from web.formats import exact_time

_MOST_BYTES = 4 << 20  # as of an estimate


@click.command("promise")
@click.argument("spec", type=click.Path(path_type=Path))
@click.option(
    "--standards", type=click.Path(path_type=Path), help="Papers, machines and rates for this call."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def promise_command(spec: Path, standards: Path | None, as_json: bool) -> None:
    """By when what SPEC.json orders could be made; what is scheduled already does not move (docs/schedule.md)."""
    asked = read_spec(_read(spec))
    with opened_plant() as plant, plant.db.read_only(Actor("console")) as session:
        known = read_standards(_read(standards)) if standards else shop_standards(session)
        way = estimate(asked, known, families()).chosen
        plan = tuple(planned(way))
        found = promise_of(session, plan, asked.due, clock.now(), buys_paper=way.buys_paper)
    click.echo(json.dumps(_answer(found), ensure_ascii=False) if as_json else _words(found))


def _read(path: Path) -> bytes:
    return read_given(path, _MOST_BYTES, larger=f"{path} is larger than any order or shop.")


def _answer(found: Promise) -> dict[str, Any]:
    return {
        "promise": _at(found.promise),
        "earliest": _at(found.earliest),
        "slack_minutes": found.slack_minutes,
        "critical": [
            {
                "operation": one.operation, "work_centre": one.work_center,
                "start": _at(one.start), "finish": _at(one.finish),
            }
            for one in found.critical
        ],
        "findings": [
            {"code": one.code, "severity": one.severity.value, "message": one.message, "remedy": one.remedy}
            for one in found.findings
        ],
    }  # fmt: skip


def _at(moment: datetime) -> str:
    return moment.astimezone(SHOP_ZONE).isoformat()


def _words(found: Promise) -> str:
    lines = [f"By {exact_time(found.promise)}; it could be made by {exact_time(found.earliest)}."]
    lines += [
        f"{exact_time(one.start)} to {exact_time(one.finish)}  {one.operation} at {one.work_center}"
        for one in found.critical
    ]
    lines += [f"{one.severity}: {one.message} {one.remedy} [{one.code}]" for one in found.findings]
    return "\n".join(lines)
