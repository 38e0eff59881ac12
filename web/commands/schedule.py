"""``indicia schedule``: when what runs where. Needs no plant for a problem from a file."""

from __future__ import annotations

import json
import time
from pathlib import Path

import click

from production.floor.schedule.answer import answer
from production.floor.schedule.planning import Schedule, schedule
from production.floor.schedule.problem import REFUSED, read_problem
from web.commands.given import read_given

_STATUS = {"optimal": "nothing better is possible", "feasible": "improved", "rules": "as a rule made it"}
_MOST_BYTES = 64 << 20  # 20,000 operations are some 10 MB


@click.command("schedule")
@click.argument("problem", type=click.Path(path_type=Path))
@click.option(
    "--seconds", default=10.0, type=click.FloatRange(0, 3_600), show_default=True,
    help="What it may cost: a fixed number of trials, whatever the machine.",
)  # fmt: skip
@click.option(
    "--seed", default=1, type=click.IntRange(0, 2**31 - 1), show_default=True, help="Of the trials."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def schedule_command(problem: Path, seconds: float, seed: int, as_json: bool) -> None:
    """Every operation of PROBLEM.json on a work center, with its set-up, so that little is late (docs/schedule.md)."""
    began = time.perf_counter()
    made = schedule(read_problem(_read(problem)), seconds=seconds, seed=seed)
    told = answer(made, seed=seed, seconds=time.perf_counter() - began)
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else _words(made))


def _read(path: Path) -> bytes:
    larger = f"{REFUSED} {path} is larger than any plant."
    return read_given(path, _MOST_BYTES, larger=larger, code="TOO_LARGE")


def _words(made: Schedule) -> str:
    plan = made.plan
    late = f"{plan.late_jobs:,} jobs late, {plan.weighted:,} weighted minutes"
    return (
        f"{len(plan.placed):,} operations: {late}, {plan.setup:,} minutes of set-up; {_STATUS[made.status]}.\n"
        f"Best rule: {made.rule.name}, {made.by_rule:,}. No plan falls below {made.bound:,}."
    )
