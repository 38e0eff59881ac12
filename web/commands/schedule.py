"""``indicia schedule``: when what runs where. Needs no plant for a problem from a file."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from production.floor.schedule.answer import answer
from production.floor.schedule.moving import Moved
from production.floor.schedule.planning import Schedule, schedule
from production.floor.schedule.problem import REFUSED, read_problem
from production.scheduling.keeping import keep, moved_lots, scheduled
from production.scheduling.work import GUESS, Work
from store.db import Actor
from web.commands.given import read_given
from web.commands.plant import opened_plant

CONSOLE = Actor("console")
_STATUS = {"optimal": "nothing better is possible", "feasible": "improved", "rules": "as a rule made it"}
_MOST_BYTES = 64 << 20  # 20,000 operations are some 10 MB


@click.command("schedule")
@click.argument("problem", type=click.Path(path_type=Path), required=False)
@click.option(
    "--seconds", default=10.0, type=click.FloatRange(0, 3_600), show_default=True,
    help="What it may cost: a fixed number of trials, whatever the machine.",
)  # fmt: skip
@click.option(
    "--seed", default=1, type=click.IntRange(0, 2**31 - 1), show_default=True, help="Of the trials."
)
@click.option("--keep", "is_kept", is_flag=True, help="Of the plant: it is the schedule from now on.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def schedule_command(problem: Path | None, seconds: float, seed: int, is_kept: bool, as_json: bool) -> None:
    """Every operation of PROBLEM.json, or of the plant, on a work center with its set-up, so that little is late
    (docs/schedule.md).
    """
    began = time.perf_counter()
    if problem and is_kept:
        raise click.UsageError("A problem from a file is not kept: leave --keep out.")
    more: dict[str, Any] = {}
    moved: Sequence[Moved] = ()
    if problem:
        made = schedule(read_problem(_read(problem)), seconds=seconds, seed=seed)
    else:
        work, made, moved = _of_plant(seconds, seed, is_kept=is_kept)
        more = _left_out(work)
    told = answer(made, seed=seed, seconds=time.perf_counter() - began, moved=moved) | more
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else _words(made, told))


def _of_plant(seconds: float, seed: int, *, is_kept: bool) -> tuple[Work, Schedule, Sequence[Moved]]:
    """With the lots that are done at another time than in the schedule that is kept."""
    with opened_plant() as plant:
        work, made, helps = scheduled(plant.db, CONSOLE, seconds=seconds, seed=seed)
        with plant.db.read_only(CONSOLE) as session:
            moved = moved_lots(session, work, made)
        if is_kept:
            with plant.db.unit_of_work(CONSOLE) as uow:
                keep(uow, work, made, helps, seconds=seconds, seed=seed)
    return work, made, moved


def _left_out(work: Work) -> dict[str, Any]:
    """What is not placed and why, and which minutes are a guess."""
    guesses = [
        {
            "id": ticket, "code": "STANDARD_MISSING",
            "message": f"No standard of {work.rows[ticket].kind.name.lower()}: {GUESS} minutes are a guess.",
            "remedy": "Enter its standard under Setup, Standards.",
        }
        for ticket in sorted(work.guessed)
    ]  # fmt: skip
    left = [{"id": one.ticket, "code": one.code, "message": one.why} for one in work.unplaced]
    return {"guessed": guesses, "not_placed": left}


def _read(path: Path) -> bytes:
    larger = f"{REFUSED} {path} is larger than any plant."
    return read_given(path, _MOST_BYTES, larger=larger, code="TOO_LARGE")


def _words(made: Schedule, told: dict[str, Any]) -> str:
    plan = made.plan
    late = f"{plan.late_jobs:,} jobs late, {plan.weighted:,} weighted minutes"
    lines = [
        f"{len(plan.placed):,} operations: {late}, {plan.setup:,} minutes of set-up; {_STATUS[made.status]}.",
        f"Best rule: {made.rule.name if made.rule else '-'}, {made.by_rule:,}. No plan falls below {made.bound:,}.",
    ]
    lines += [
        f"not placed: {one['id']}: {one['message']} [{one['code']}]" for one in told.get("not_placed", ())
    ]
    lines += [
        f"moved: {one['job']}: {one['before'] or 'no place'} -> {one['after'] or 'no place'}: {one['because']}"
        for one in told["moved"]
    ]
    if guessed := told.get("guessed"):
        lines.append(f"{len(guessed):,} with guessed minutes, such as {guessed[0]['id']} [STANDARD_MISSING].")
    return "\n".join(lines)
