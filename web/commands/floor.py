"""``indicia floor`` and ``indicia ledger``: what operators start, count and finish, and where every sheet of a job
is.
"""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from itertools import islice
from typing import Any

import click

from production.catalog.hours import plant_hours
from production.floor import operations
from production.floor.ledger.lines import Counted
from production.floor.ledger.of_job import JobLedger, LedgerLine, job_ledger
from production.floor.models import SpellKind
from production.floor.working import first_piece, helping, pausing, spells, taking_back
from production.jobs.models import Operation
from production.jobs.ranges import Range
from store.db import Actor, UnitOfWork
from web.commands.line import CONSOLE_ACTOR, first_place
from web.commands.plant import opened_plant
from web.commands.telling import to_json

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
_MOST_NUMBERS = 100_000  # of a list that a program reads
_MINUTES = ("make_ready", "run", "paused", "helped")
_COUNT = click.IntRange(0, 10**9)
_WHO = click.option("--person", default="", help="Who does it, by name; else who sits at the console.")


@click.group("floor")
def floor() -> None:
    """Operations of print runs and mailings, by their tickets."""


def operator(person: str) -> Actor:
    """Who does it: somebody by name, else whoever sits at the console."""
    return Actor(person or f"console:{getpass.getuser()}")


_AT = click.option("--work-center", default="", help="Which machine, where several work at it.")
_OCCURRED = click.option(
    "--occurred-at", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z"]),
    help="When it happened, with its offset from UTC, where that was not now.",
)  # fmt: skip


@floor.command("start")
@click.argument("ticket")
@click.option("--work-center", default="", help="Machine or bench; else the first one of its kind.")
@click.option("--reason", default="", help="Why it can begin before what came before it is dry.")
@_OCCURRED
@_WHO
@_JSON
def start(
    ticket: str, *, work_center: str, reason: str, occurred_at: datetime | None, person: str, as_json: bool
) -> None:
    """Begin the operation of a TICKET."""
    with opened_plant() as plant, plant.db.unit_of_work(operator(person)) as uow:
        operation = operations.find_ticket(uow.session, ticket)
        place = work_center or first_place(uow.session, operation.type)
        operation = operations.start(
            uow, operation.ticket, work_center=place, reason=reason, occurred_at=occurred_at
        )
        told = told_of(uow, operation)
    click.echo(to_json(told) if as_json else f"Started {told['ticket']} at {told['work_center']}.")


@floor.command("finish")
@click.argument("ticket")
@click.option("--good", type=_COUNT, help="What came out in all; else as planned, without what was spoiled.")
@click.option("--spoiled", type=_COUNT, default=0, help="Not reported before.")
@click.option("--reason", default="", help="Why spoiled, or why numbers are missing.")
@click.option(
    "--numbers", default="", help="Of the good ones, where they have numbers, as in 1-500, 502-2000."
)
@_WHO
@_JSON
def finish(
    ticket: str, *, good: int | None, spoiled: int, reason: str, numbers: str, person: str, as_json: bool
) -> None:
    """End the operation of a TICKET with its counts."""
    with opened_plant() as plant, plant.db.unit_of_work(operator(person)) as uow:
        operation = operations.finish(
            uow, ticket, files=plant.files, good=good, spoiled=str(spoiled or ""), reason=reason, numbers=numbers
        )  # fmt: skip
        told = told_of(uow, operation)
    click.echo(to_json(told) if as_json else _words(told))


@floor.command("run")
@click.argument("ticket")
@click.option(
    "--measured",
    multiple=True,
    metavar="CHECK=VALUE",
    help="Of the first piece, once for each check of the step.",
)
@_AT
@_OCCURRED
@_WHO
@_JSON
def run(
    ticket: str,
    *,
    measured: tuple[str, ...],
    work_center: str,
    occurred_at: datetime | None,
    person: str,
    as_json: bool,
) -> None:
    """The first good piece at the operation of a TICKET: making ready is over, the run begins."""
    values = dict(map(_measured, measured))
    with opened_plant() as plant, plant.db.unit_of_work(operator(person)) as uow:
        rows = []
        if values:
            rows = first_piece.measure(
                uow, ticket, values, files=plant.files, work_center=work_center, occurred_at=occurred_at
            )
        if any(row.stops for row in rows):
            operation = operations.find_ticket(uow.session, ticket)
        else:
            operation = pausing.run(uow, ticket, work_center=work_center, occurred_at=occurred_at)
        told = told_of(uow, operation)
    click.echo(to_json(told) if as_json else f"{told['ticket']} {told['doing'].replace('_', ' ')}.")


def _measured(text: str) -> tuple[str, Decimal]:
    name, _, value = text.rpartition("=")
    try:
        return name.strip(), Decimal(value.strip())
    except InvalidOperation:
        raise click.BadParameter(f"Write a check and a number, as in Width=8.5; not {text!r}.") from None


@floor.command("pause")
@click.argument("ticket")
@click.option(
    "--reason", required=True, help="One of those that its kind of step knows, or Other: and words."
)
@_AT
@_OCCURRED
@_WHO
@_JSON
def pause(
    ticket: str, *, reason: str, work_center: str, occurred_at: datetime | None, person: str, as_json: bool
) -> None:
    """The operation of a TICKET stands, for a reason."""
    verb = partial(
        pausing.pause, ticket=ticket, reason=reason, work_center=work_center, occurred_at=occurred_at
    )
    act(verb, person=person, as_json=as_json)


def _plain(name: str, verb: Callable[..., Operation], words: str) -> None:
    """A command of a verb that asks for nothing more than where and when."""

    @floor.command(name, help=words)
    @click.argument("ticket")
    @_AT
    @_OCCURRED
    @_WHO
    @_JSON
    def done(
        ticket: str, *, work_center: str, occurred_at: datetime | None, person: str, as_json: bool
    ) -> None:
        of = partial(verb, ticket=ticket, work_center=work_center, occurred_at=occurred_at)
        act(of, person=person, as_json=as_json)


for _name, _verb, _does in (
    ("resume", pausing.resume, "The operation of a TICKET goes on."),
    ("help", helping.join, "You help at the operation of a TICKET."),
    (
        "leave",
        helping.leave,
        "Your help at the operation of a TICKET ends, or one of its machines is done.",
    ),
    (
        "take-over",
        helping.take_over,
        "You go on with the operation of a TICKET, which was another operator's.",
    ),
):
    _plain(_name, _verb, _does)


@floor.command("split")
@click.argument("ticket")
@click.option("--work-center", required=True, help="The second machine.")
@_OCCURRED
@_WHO
@_JSON
def split(ticket: str, *, work_center: str, occurred_at: datetime | None, person: str, as_json: bool) -> None:
    """A second machine works at the operation of a TICKET; the counts of both add up."""
    verb = partial(helping.split, ticket=ticket, work_center=work_center, occurred_at=occurred_at)
    act(verb, person=person, as_json=as_json)


@floor.command("undo")
@click.argument("ticket")
@_WHO
@_JSON
def undo(ticket: str, *, person: str, as_json: bool) -> None:
    """Take back the last act at the operation of a TICKET, within its shift."""
    with opened_plant() as plant, plant.db.unit_of_work(operator(person)) as uow:
        taken = taking_back.take_back(uow, ticket, shifts=plant_hours(uow.session).shifts_at)
        told = told_of(uow, operations.find_ticket(uow.session, ticket)) | {"undone": taken}
    click.echo(to_json(told) if as_json else f"{told['ticket']}: {taken.lower()} taken back.")


def act(verb: Callable[[UnitOfWork], Operation], *, person: str, as_json: bool) -> None:
    """An act at a step by somebody, and how the step stands after it."""
    with opened_plant() as plant, plant.db.unit_of_work(operator(person)) as uow:
        told = told_of(uow, verb(uow))
    click.echo(to_json(told) if as_json else f"{told['ticket']} {told['doing'].replace('_', ' ')}.")


@floor.command("count")
@click.argument("ticket")
@click.option("--good", type=int, default=0)
@click.option("--spoiled", type=int, default=0)
@click.option("--held", type=int, default=0, help="Set aside until somebody decides.")
@click.option("--taken", type=int, default=0, help="Put in beyond the plan, at a first step.")
@click.option("--numbers", default="", help="Of the good ones, where they have numbers.")
@click.option("--reason", default="", help="Needed for what is held or put in, and for a correction.")
@click.option("--work-center", default="", help="Where, if not where it was started.")
@_WHO
@_JSON
def count(
    ticket: str, *, good: int, spoiled: int, held: int, taken: int, numbers: str, reason: str, work_center: str,
    person: str, as_json: bool,
) -> None:  # fmt: skip
    """Count a part at the operation of a TICKET, or correct a count by numbers less than none."""
    with opened_plant() as plant, plant.db.unit_of_work(operator(person)) as uow:
        place = operations.find_work_center(uow.session, work_center).code if work_center else None
        counted = Counted(good, spoiled, held, taken, reason, place)
        told = told_of(uow, operations.count(uow, ticket, counted, numbers=numbers))
    click.echo(to_json(told) if as_json else _words(told))


def told_of(uow: UnitOfWork, operation: Operation) -> dict[str, Any]:
    """A step for a program: where it is worked, its counts and its minutes."""
    counted = operations.counting_at(uow.session, operation).count(uow.session, operation)
    uow.session.flush()
    at_it = spells.open_spells(uow.session, operation, with_help=True)
    doing = [one.kind.value for one in at_it if one.kind is not SpellKind.HELP]
    minutes = spells.worked_at(uow.session, [operation.id]).get(operation.id)
    return {
        "ticket": operation.ticket,
        "operation": operation.type if operation.made_as is None else operation.made_as.work,
        "state": operation.state.value,
        "doing": doing[-1] if doing else operation.state.value,
        "work_center": operation.work_center,
        "at_it": [
            {"person": one.person, "work_center": one.work_center, "doing": one.kind.value} for one in at_it
        ],
        "unit": counted.unit,
        "in": counted.into,
        "good": counted.counted if counted.into is not None else counted.good,
        "spoiled": counted.spoiled,
        "held": counted.held,
        "left": counted.left,
        "minutes": {name: round(float(getattr(minutes, name)), 2) for name in _MINUTES} if minutes else {},
    }


def _words(told: dict[str, Any]) -> str:
    counts = ", ".join(f"{told[name]:,} {name}" for name in ("good", "spoiled", "held", "left") if told[name])
    return f"{told['ticket']} {told['state']}: {counts or 'nothing counted'}."


@click.command("ledger")
@click.argument("job")
@_JSON
def ledger(job: str, as_json: bool) -> None:
    """Where everything of a JOB is: in, good, spoiled, held and left at every step, and what will come out."""
    with opened_plant() as plant, plant.db.read_only(CONSOLE_ACTOR) as session:
        found = job_ledger(session, job)
    if as_json:
        click.echo(to_json(as_contract(found)))
        return
    for line in found.lines:
        into, good, spoiled, held = line.balance
        counts = f"{into:,} in, {good:,} good, {spoiled:,} spoiled, {held:,} held, {line.balance.left:,} left"
        click.echo(f"{line.ticket}  {line.name} ({line.unit}s): {counts}")
    click.echo(
        f"{found.good:,} of {found.ordered:,} will come out{f', {found.short:,} short' if found.short else ''}."
    )


def as_contract(found: JobLedger) -> dict[str, Any]:
    """Exactly as the print contract has it."""
    return {
        "balanced": found.balanced,
        "operations": [_line(line) for line in found.lines],
        "forecast": {"good": found.good, "short": found.short},
        "numbers": {
            "missing": list(islice(_numbers(found.missing), _MOST_NUMBERS)),
            "repeated": list(islice(_numbers(found.repeated), _MOST_NUMBERS)),
        },
    }


def _line(line: LedgerLine) -> dict[str, Any]:
    into, good, spoiled, held = line.balance
    return {
        "ticket": line.ticket, "operation": line.operation, "unit": line.unit, "in": into, "good": good,
        "spoiled": spoiled, "held": held, "left": line.balance.left,
    }  # fmt: skip


def _numbers(ranges: Sequence[Range]) -> Iterator[int]:
    for one in ranges:
        yield from range(one.first, one.last + 1)
