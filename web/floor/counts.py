"""The count sheet of a job: where everything is at each step, what will come out, and what helps where that is
short.
"""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from pydantic import Field

from production.asked import Asked, Count, Line
from production.floor.ledger.of_job import job_ledger
from store.db import UnitOfWork
from web.acts import command
from web.floor.making_up import make_up, offer
from web.forms import Form, Refused
from web.frame import Done, plant, reading, require

blueprint = Blueprint("counts", __name__, url_prefix="/floor/jobs/<number>/counts")


class More(Asked):
    """So many more are made."""

    CODE = "MAKE_UP"
    pieces: Count = Field(title="How many more")
    reason: Line = Field(title="Why", max_length=200)


@blueprint.get("")
@require("see_queue")
def show(number: str, refused: Refused | None = None) -> str:
    """Every step with its counts."""
    with reading() as session:
        found = job_ledger(session, number)
        offered = offer(session, plant().files, number, found.short) if found.short else None
    form = Form(More, refused, values={"pieces": found.short}, action=url_for(".order", number=number))
    return render_template("floor/counts.html", ledger=found, offered=offered, form=form, refused=refused)


@blueprint.post("/make-up")
@require("make_up")
@command(More, again=show)
def order(uow: UnitOfWork, said: More, number: str) -> Done:
    """A lot that makes so many more, which goes on in the run."""
    lot = make_up(uow, plant().files, number, said.pieces, reason=said.reason)
    return Done(url_for(".show", number=number), f"Make-up {lot.number} is ready on the floor.")
