"""``indicia pack``: the cartons of a print job."""

from __future__ import annotations

import click
from sqlalchemy import select

from kernel.errors import NotFound
from production.dock.packing import Packing, packing_of
from production.frontdesk.preparation.worksheet import cartons_of
from production.jobs.models import Job
from web.commands.line import CONSOLE_ACTOR
from web.commands.plant import opened_plant
from web.commands.telling import to_json


@click.command("pack")
@click.argument("job")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def pack(job: str, as_json: bool) -> None:
    """The cartons of JOB, closed or as they are planned; their sum is the good count less the overs that stay."""
    with opened_plant() as plant, plant.db.read_only(CONSOLE_ACTOR) as session:
        row = session.scalars(select(Job).filter_by(number=job)).first()
        if row is None:
            raise NotFound(f"There is no job {job}.")
        found = packing_of(session, row, cartons_of(session, plant.files, row))
    click.echo(to_json(_told(found)) if as_json else _words(job, found))


def _told(found: Packing) -> dict[str, object]:
    cartons = [
        {"number": one.number, "pieces": one.pieces, "lb": None if one.lb is None else float(one.lb)}
        for one in found.cartons
    ]
    return {"cartons": cartons, "sum": found.sum}


def _words(job: str, found: Packing) -> str:
    lines = [
        f"  carton {one.number}: {one.pieces:,}" + (f", {one.lb} lb" if one.lb is not None else "")
        + ("" if one.closed_at else ", to be packed")
        for one in found.cartons
    ]  # fmt: skip
    kept = f"; {found.made.kept:,} overs stay in the shop" if found.made.kept else ""
    cartons = "1 carton" if len(found.cartons) == 1 else f"{len(found.cartons):,} cartons"
    return "\n".join([f"Job {job}: {found.sum:,} pieces in {cartons}{kept}.", *lines])
