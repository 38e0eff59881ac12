"""The pack station: what was made goes into cartons, each counted and closed."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from pydantic import Field
from sqlalchemy.orm import Session

from kernel.errors import NotFound
from production.asked import Asked, Count
from production.catalog.products.cartons import InCartons
from production.dock.packing import close, close_all, packing_of, reopen
from production.dock.queries import rows_of
from production.frontdesk.preparation.worksheet import cartons_of
from production.jobs.models import Job
from store.db import UnitOfWork
from web.acts import command
from web.forms import Form, Refused
from web.frame import Done, plant, reading, require

blueprint = Blueprint("packing", __name__, url_prefix="/dock/pack/<number>")


class Close(Asked):
    """A carton is full. The count is the planned one unless it says another."""

    carton: Count = Field(title="Carton")
    pieces: Count | None = Field(None, title="Pieces in it", description="Count what is really in it.")


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
    values = {"pieces": following.pieces} if following else {}
    return render_template(
        "dock/packing.html", job=job, packing=found, by=by, following=following,
        form=Form(Close, refused, values=values), refused=refused,
    )  # fmt: skip


@blueprint.post("")
@require("work_floor")
@command(Close, again=station)
def close_carton(uow: UnitOfWork, said: Close, number: str) -> Done:
    """It is full."""
    job = _job(uow.session, number)
    pieces = close(uow, job, _by(uow.session, job), said.carton, said.pieces)
    return Done(_station(number), f"Carton {said.carton} is closed with {pieces:,} pieces.")


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


def _station(number: str) -> str:
    return url_for(".station", number=number)


def _job(session: Session, number: str) -> Job:
    job = rows_of(session, number)[1]
    if job is None:
        raise NotFound("A mailing is not packed into cartons.")
    return job


def _by(session: Session, job: Job) -> InCartons | None:
    return cartons_of(session, plant().files, job)
