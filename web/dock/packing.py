"""The pack station: what was made goes into cartons, each counted and closed."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, render_template, request, send_file, url_for
from pydantic import Field
from sqlalchemy.orm import Session

from kernel.errors import NotFound
from production.asked import Asked, Count, Line
from production.catalog.products.cartons import InCartons
from production.dock import papers
from production.dock.packing import close_all, close_scanned, packing_of, reopen
from production.dock.queries import rows_of
from production.frontdesk.orders.spec_order import form_of
from production.frontdesk.preparation.worksheet import cartons_of
from production.jobs.models import Job
from production.prepress.papers import dock_papers
from store.db import UnitOfWork
from web.acts import command
from web.downloads import safe_name
from web.forms import Form, Refused
from web.frame import Done, plant, reading, require

blueprint = Blueprint("packing", __name__, url_prefix="/dock/pack/<number>")


class Close(Asked):
    """A carton is full, with as many as were planned unless it says otherwise."""

    carton: Count = Field(title="Carton")
    pieces: Line = Field("", title="Pieces in it, or a label scanned", max_length=40)


class Nothing(Asked):
    """An act that asks nothing."""


class Reopen(Asked):
    """A closed carton is counted anew."""

    carton: Count = Field(title="Carton")


@blueprint.get("")
@require("work_floor")
def station(number: str, refused: Refused | None = None) -> str:
    """The carton that is next, and all of them."""
    with reading() as database:
        job = _job(database, number)
        by = _by(database, job)
        found = packing_of(database, job, by)
    following = found.open[0] if found.open else None
    return render_template(
        "dock/packing.html", job=job, packing=found, by=by, following=following,
        form=Form(Close, refused), refused=refused,
    )  # fmt: skip


@blueprint.post("")
@require("work_floor")
@command(Close, again=station)
def close_carton(uow: UnitOfWork, said: Close, number: str) -> Done:
    """It is full."""
    job = _job(uow.session, number)
    carton, pieces = close_scanned(uow, job, _by(uow.session, job), said.carton, said.pieces)
    return Done(_station(number), f"Carton {carton} is closed with {pieces:,} pieces.")


@blueprint.post("/all")
@require("work_floor")
@command(Nothing, again=station)
def close_planned(uow: UnitOfWork, _said: Nothing, number: str) -> Done:
    """All that are open hold what was planned."""
    job = _job(uow.session, number)
    closed = close_all(uow, job, _by(uow.session, job))
    return Done(_station(number), f"{closed:,} {'carton is' if closed == 1 else 'cartons are'} closed.")


@blueprint.post("/open")
@require("work_floor")
@command(Reopen, again=station)
def open_carton(uow: UnitOfWork, said: Reopen, number: str) -> Done:
    """Its count does not hold any more."""
    reopen(uow, _job(uow.session, number), said.carton)
    return Done(_station(number), f"Carton {said.carton} is open again.")


@blueprint.get("/labels.pdf")
@require("work_floor")
def labels(number: str) -> Response:
    """Labels of the closed cartons, or of the one that is asked for."""
    asked = request.args.get("carton", type=int)
    return _paper(number, "labels", lambda packed, out: papers.carton_labels(**packed, out=out, number=asked))


@blueprint.get("/<any(slip, note, pallets):paper>-<int:position>.pdf")
@require("work_floor")
def paper(number: str, paper: str, position: int) -> Response:
    """A paper of a stop, by its place in the order; 0: of a job without stops."""

    def draw(packed: dict[str, Any], out: Path) -> None:
        if paper == "pallets":
            papers.pallet_tags(**packed, position=position, out=out)
        else:
            setter = dock_papers.packing_slip if paper == "slip" else dock_papers.delivery_note
            setter(papers.stop_paper(**packed, position=position), out)

    return _paper(number, f"{paper}-{position}", draw)


def _paper(number: str, name: str, draw: Callable[[dict[str, Any], Path], None]) -> Response:
    with reading() as database, plant().files.scratch_folder() as folder:
        job = _job(database, number)
        form = form_of(database, job)
        packed = {
            "session": database, "job": job, "by": _by(database, job),
            "form": f"{form.number}/{form.revision}" if form else "",
        }  # fmt: skip
        draw(packed, folder / "paper.pdf")
        data = (folder / "paper.pdf").read_bytes()
    return send_file(
        BytesIO(data), mimetype="application/pdf", download_name=safe_name(f"{number}-{name}.pdf")
    )


def _station(number: str) -> str:
    return url_for(".station", number=number)


def _job(session: Session, number: str) -> Job:
    job = rows_of(session, number)[1]
    if job is None:
        raise NotFound("A mailing is not packed into cartons.")
    return job


def _by(session: Session, job: Job) -> InCartons | None:
    return cartons_of(session, plant().files, job)
