"""``indicia order``: what is printed, ordered from the console."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError
from sqlalchemy import select

from kernel.errors import InvalidInput, NotFound
from kernel.findings import Finding, Place, Severity
from kernel.ids import show_ulid
from production.catalog.planning import PlannedOperation
from production.catalog.products.spec import read_spec
from production.frontdesk.orders import print_order
from production.frontdesk.orders.intake import GivenFile
from production.frontdesk.orders.job_page import job_page
from production.frontdesk.orders.print_request import PrintRequest
from production.frontdesk.orders.spec_order import FormAsked
from production.jobs.models import Job, Operation
from production.people.models import Agency, Role, User, UserRole
from production.stockroom.picking import SHELF
from store.db import Actor
from web.commands.console import EXIT_FINDINGS
from web.commands.order_files import file_name, write_files
from web.commands.plant import opened_plant
from web.commands.print_line import Made, made_of_order, rest, run_order, shelf_of_order
from web.commands.sample import load_sample_plant
from web.commands.script import read_script
from web.commands.script_run import Player, play_order
from web.commands.telling import to_json
from web.portal.shelf_prices import Compared

CONSOLE = Actor("console")


@click.group()
def order() -> None:
    """Orders of what is printed."""


@order.command("submit")
@click.argument("spec", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--file", "artwork", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--agency", required=True, help="Code of the agency that orders.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.pass_context
def submit(context: click.Context, /, spec: Path, artwork: Path, agency: str, as_json: bool) -> None:
    """Order what SPEC (JSON: product, title, quantity, due, place, splits, stock, options) says, printed from --file.

    It is checked and quoted at once; exit 2 when it needs a fix.
    """
    request = _request(spec)
    with opened_plant() as plant:
        ref = plant.files.keep_bytes(artwork.read_bytes(), "application/pdf")
        with plant.db.unit_of_work(CONSOLE) as uow:
            found = uow.session.scalars(select(Agency).filter_by(code=agency)).first()
            requester = (
                found
                and uow.session.scalars(
                    select(User)
                    .join(UserRole)
                    .filter(User.agency_id == found.id, UserRole.role == Role.REQUESTER)
                ).first()
            )
            if found is None or requester is None:
                raise NotFound(f"There is no agency {agency} with a person who orders.")
            job = print_order.submit_print(
                uow, request, GivenFile(ref, artwork.name), agency_id=found.id, requester_id=requester.id
            )
        context.obj["drain"](plant)
        with plant.db.read_only(CONSOLE) as session:
            job = session.get_one(Job, job.id)
            page = job_page(session, CONSOLE, job.number)
    total = page.offer.total.plain if page.offer else None
    codes = [group.code for group in page.findings]
    if as_json:
        answer = {"job": job.number, "state": job.state.value, "total": total, "findings": codes}
        click.echo(to_json(answer))
    else:
        click.echo(f"Job {job.number}: {job.state.value.replace('_', ' ')}{f', ${total}' if total else ''}.")
        for group in page.findings:
            click.echo(f"  {group.message} {group.remedy} [{group.code}]")
    context.exit(0 if page.offer else 2)


def _request(spec: Path) -> PrintRequest:
    try:
        return PrintRequest.model_validate_json(spec.read_bytes())
    except ValidationError as error:
        found = [
            Finding(
                "ORDER", Severity.STOP, f"{one['msg']}.", place=Place(column=".".join(map(str, one["loc"])))
            )
            for one in error.errors(include_url=False, include_input=False)
        ]
        raise InvalidInput("This is not a print order.", code="ORDER", findings=found) from error


@order.command("run")
@click.argument("spec", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder for its files."
)
@click.option("--form", default="", help="Number of the form that it is, as in DEX-104 or DEX-104/3.")
@click.option("--from-shelf", is_flag=True, help="Fill it from the shelf, where so many of --form lie there.")
@click.option(
    "--script",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What happens on the floor and after it (JSON), instead of everything as planned.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.pass_context
def run(
    context: click.Context,
    /,
    spec: Path,
    out: Path,
    form: str,
    from_shelf: bool,
    script: Path | None,
    as_json: bool,
) -> None:
    """Order what SPEC (JSON) says and walk it through the plant to its charges, by the verbs of the screens.

    Its files go into --out; of a --script also what each event did, the charge, the cartons and the papers of the
    deliveries. Exit 2 when something has to be fixed.
    """
    if from_shelf and script is not None:
        raise click.UsageError("What is filled from the shelf is not on the floor: leave out --script.")
    started = time.monotonic()
    wanted, events = read_spec(spec.read_bytes()), None if script is None else read_script(script)
    with opened_plant() as plant:
        load_sample_plant(plant)  # into an empty plant; one with a shop stays as it is
        asked = FormAsked.read(form) if form else None
        kept = shelf_of_order(plant, wanted, asked) if asked else None
        if from_shelf and kept is None:
            raise NotFound("Nothing of that form lies on the shelf.", code="STOCK_ITEM", field="form")
        if events is None:
            item = kept.kept.code if from_shelf and kept else ""
            made = run_order(plant, context.obj["drain"], wanted, spec.parent, asked, item)
            write_files(plant, made.files, out)
        else:
            player = Player(plant, context.obj["drain"])
            made = play_order(player, events, wanted, spec.parent, asked, out)
    shelf = {"shelf": _shelf(kept, made)} if kept else {}
    told = _told(made) | shelf | {"seconds": round(time.monotonic() - started, 2)}
    if events is not None:
        told |= {"events": len(player.trail)}
    click.echo(to_json(told) if as_json else _words(made))
    context.exit(0 if made.quote is not None else EXIT_FINDINGS)


@order.command("rest")
@click.argument("job")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.pass_context
def rest_command(context: click.Context, /, job: str, as_json: bool) -> None:
    """What is left of JOB on the floor with its planned counts, then packed, delivered, handed over and charged."""
    with opened_plant() as plant:
        rest(plant, job)
        context.obj["drain"](plant)
        made = made_of_order(plant, job)
    told = {
        "job": job,
        "state": made.job.state.value,
        "delivered": made.delivered,
        "charges": made.charged.plain,
    }
    click.echo(to_json(told) if as_json else _words(made))


def _told(made: Made) -> dict[str, Any]:
    return {
        "order": show_ulid(made.job.ulid),
        "job": made.job.number,
        "quote": made.quote.plain if made.quote is not None else None,
        "charges": made.charged.plain if made.charges else None,
        "operations": [
            {"ticket": one.ticket, "operation": one.made_as.work if one.made_as else one.type, **_counts(one,
            made.plan)} for one in made.operations
        ],
        "delivered": made.delivered,
        "files": [{"kind": one.role, "name": file_name(one), "sha256": one.sha256} for one in made.files],
        "findings": [
            {"code": one.code, "severity": one.severity, "message": one.message, "remedy": one.remedy}
            for one in made.findings
        ],
    }  # fmt: skip


def _shelf(kept: Compared, made: Made) -> dict[str, Any]:
    """What lay on the shelf before, and picking beside printing: what was not ordered is as the last job costs."""
    one, is_picked = kept.kept, made.job.product == SHELF
    printed = kept.printed if is_picked else made.quote
    return {
        "item": one.code, "on_hand": one.on_hand, "free": one.free, "fits": kept.fits,
        "picked": kept.picked.plain if kept.picked is not None else None,
        "printed": printed.plain if printed is not None else None,
        "months": f"{one.months:f}" if one.months is not None else None,
        "recalled": bool(one.recalled), "remarks": list(kept.remarks), "filled_from": is_picked,
    }  # fmt: skip


def _counts(one: Operation, plan: Mapping[int, PlannedOperation]) -> dict[str, int | None]:
    """In the unit of the estimate, as the print contract tells it: the floor counts pieces of a book, and pads."""
    planned = plan.get(one.step)
    given, good = one.given or 0, one.good or 0
    if planned and planned.floor and planned.floor.given:
        given, good = (count * planned.given // planned.floor.given for count in (given, good))
    return {"in": given, "good": good, "spoiled": given - good}


def _words(made: Made) -> str:
    number = made.job.number
    came = f"quoted ${made.quote}, charged ${made.charged}" if made.quote is not None else "needs a fix"
    return "\n".join(
        [
            f"Job {number}: {came}.",
            *(f"  {one.ticket}  {one.type}: {one.given or 0:,} in, {one.good or 0:,} good" for one in made.operations),
            *(f"  {one.message} {one.remedy} [{one.code}]" for one in made.findings),
        ]
    )  # fmt: skip
