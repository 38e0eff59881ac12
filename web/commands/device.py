"""``indicia device``: the machines themselves."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from production.floor.operations import find_ticket
from production.floor.printers import following, printing
from production.floor.printers.counted import differences
from production.floor.printers.models import ON_PRINTER, DeviceJob, Phase
from production.floor.printers.setup import printer_of, reached
from production.floor.xjdf import folder as xjdf_folder
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
            told = _told(job) | {"findings": [asdict(one) for one in differences(session, operation, [job])]}
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


_FOLDER = click.Path(path_type=Path, file_okay=False)
_SCHEMA = click.option(
    "--schema",
    type=click.Path(exists=True, dir_okay=False),
    help="CIP4's xjdf.xsd, where the shop has it.",
)


@device.command("xjdf")
@click.argument("ticket")
@click.option("--out", type=_FOLDER, required=True, help="The folder that the machine watches.")
@_SCHEMA
@click.option("--reason", default="", help="Why again, where it was sent before.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def xjdf(ticket: str, out: Path, schema: str | None, reason: str, as_json: bool) -> None:
    """Put TICKET as XJDF with its print file into a folder; both appear whole, the ticket last."""
    with opened_plant() as plant:
        sent = xjdf_folder.send(plant, CONSOLE_ACTOR, ticket, out, schema=schema or "", reason=reason)
    words = f"{sent.xjdf} and {sent.pdf} lie in {out}, checked by {sent.checked_by}."
    click.echo(to_json(asdict(sent)) if as_json else words)


@device.command("read")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@_SCHEMA
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.pass_context
def read(context: click.Context, /, folder: Path, schema: str | None, as_json: bool) -> None:
    """Read what machines put into FOLDER: XJMF messages, and tickets that came back. Each report counts once. Exit 2
    when a file is no message, or tells of a ticket that is not ours.
    """
    with opened_plant() as plant:
        taken = list(xjdf_folder.take_in(plant, CONSOLE_ACTOR, folder, schema=schema or ""))
    if as_json:
        click.echo(to_json({"files": [asdict(one) for one in taken], "new": sum(one.new for one in taken)}))
    else:
        for one in taken:
            click.echo(f"{one.file}: {one.new:,} of {one.reports:,} reports new.")
            for finding in one.findings:
                click.echo(f"  {finding.message} {finding.remedy}")
    if any(one.findings for one in taken):
        context.exit(2)
