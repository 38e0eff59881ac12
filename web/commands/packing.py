"""``indicia pack``: the cartons of a print job."""

from __future__ import annotations

import click

from production.dock import packing
from production.dock.packing import Packing, packing_of
from production.frontdesk.orders.queries import job_by_number
from production.frontdesk.preparation.worksheet import cartons_of
from web.commands.line import CONSOLE_ACTOR
from web.commands.plant import opened_plant
from web.commands.telling import to_json


@click.command("pack")
@click.argument("job")
@click.option("--close", type=int, help="Close the carton of this number.")
@click.option("--pieces", type=int, help="How many are in it, if not as many as planned.")
@click.option("--close-all", is_flag=True, help="Close all that are open, each as planned.")
@click.option("--open", "reopened", type=int, help="Open the carton of this number, to count it anew.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def pack(
    job: str, *, close: int | None, pieces: int | None, close_all: bool, reopened: int | None, as_json: bool
) -> None:
    """The cartons of JOB, closed or as they are planned; their sum is the good count less the overs that stay."""
    with opened_plant() as plant, plant.db.unit_of_work(CONSOLE_ACTOR) as uow:
        row = job_by_number(uow.session, CONSOLE_ACTOR, job)
        by = cartons_of(uow.session, plant.files, row)
        if reopened is not None:
            packing.reopen(uow, row, reopened)
        if close is not None:
            packing.close(uow, row, by, close, pieces)
        if close_all:
            packing.close_all(uow, row, by)
        found = packing_of(uow.session, row, by)
    click.echo(to_json(told_packing(found)) if as_json else _words(job, found))


def told_packing(found: Packing) -> dict[str, object]:
    """Exactly as the print contract has it."""
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
    kept += f"; {found.made.recycled:,} overs are recycled" if found.made.recycled else ""
    cartons = "1 carton" if len(found.cartons) == 1 else f"{len(found.cartons):,} cartons"
    return "\n".join([f"Job {job}: {found.sum:,} pieces in {cartons}{kept}.", *lines])
