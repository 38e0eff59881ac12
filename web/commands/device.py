"""``indicia device``: the machines themselves."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

import click

from production.floor.operations import find_ticket
from production.floor.printers import following, printing
from production.floor.printers.counted import differences
from production.floor.printers.models import ON_PRINTER, DeviceJob, Phase
from production.floor.printers.setup import printer_of, reached
from store.plant import Plant
from web.commands.line import CONSOLE_ACTOR
from web.commands.plant import opened_plant
from web.commands.telling import to_json

_LOOK = 0.5  # seconds between two looks at a job
_NOT_PRINTED = (Phase.REFUSED, Phase.AWAY, Phase.UNKNOWN, Phase.ABORTED, Phase.CANCELED)


@click.group()
def device() -> None:
    """Printers and machines."""


@device.command("print")
@click.argument("ticket")
@click.option("--printer", required=True, help="Its code, or its address: ipp://host:631/ipp/print.")
@click.option("--finishing", multiple=True, help="What the printer does in line: staple, punch, fold, ...")
@click.option("--reason", default="", help="Why again, where it was sent before.")
@click.option(
    "--wait", default=60.0, type=click.FloatRange(0, 86_400), show_default=True, help="Seconds for its end."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.pass_context
def print_ticket(
    context: click.Context, /, ticket: str, printer: str, finishing: tuple[str, ...], reason: str, wait: float,
    as_json: bool,
) -> None:  # fmt: skip
    """Send the print file of TICKET to a printer, and follow it. Exit 2 when the printer lacks what is asked, or it did
    not print.
    """
    with opened_plant() as plant:
        _require_there(plant, printer)
        with plant.db.unit_of_work(CONSOLE_ACTOR) as uow:
            job = printing.ask(
                uow, ticket, printer=printer, files=plant.files, finishing=finishing, reason=reason
            )
        context.obj["drain"](plant)
        job = _followed(plant, job, wait)
        with plant.db.read_only(CONSOLE_ACTOR) as session:
            operation = find_ticket(session, ticket)
            told = _told(job) | {"findings": [asdict(one) for one in differences(operation, [job])]}
    click.echo(to_json(told) if as_json else _words(job))
    if job.phase in _NOT_PRINTED:
        context.exit(2)


def _require_there(plant: Plant, named: str) -> None:
    """DEVICE_AWAY before anything is asked: whoever stands at the console can see to it."""
    with plant.db.read_only(CONSOLE_ACTOR) as session:
        printer = reached(session, printer_of(session, named), plant.settings.data_dir)
    printer.capabilities()


def _followed(plant: Plant, job: DeviceJob, seconds: float) -> DeviceJob:
    """Until the printer has ended it, or so long."""
    until = time.monotonic() + seconds
    with plant.db.read_only(CONSOLE_ACTOR) as session:
        job = printing.find(session, job.ulid)
    while job.phase in ON_PRINTER and time.monotonic() < until:
        time.sleep(_LOOK)
        job = following.look(plant, CONSOLE_ACTOR, job.ulid)
    return job


def _told(job: DeviceJob) -> dict[str, Any]:
    """As the print contract says, and why."""
    return {
        "job_id": job.device_id,
        "state": job.phase,
        "impressions": job.impressions,
        "media_sheets": job.media_sheets,
        "refused": [one.attribute for one in job.lacks],
        "lacks": [asdict(one) for one in job.lacks],
        "name": job.name,
        "reasons": job.reasons,
        "words": job.words,
        **({"code": "DEVICE_REFUSED"} if job.phase is Phase.REFUSED else {}),
    }


def _words(job: DeviceJob) -> str:
    counted = f", {job.impressions:,} impressions" if job.impressions is not None else ""
    lines = [f"{job.name}: {job.phase}{counted}. {job.words}".strip()]
    lines += [f"  {one.attribute} {one.asked}: offered are {one.offered or 'none'}." for one in job.lacks]
    return "\n".join(lines)
