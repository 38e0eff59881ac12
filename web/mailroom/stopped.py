"""What stands still: holds to be lifted, steps to be tried again."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for

from production.asked import Asked
from production.jobs import stopped_work
from store.db import UnitOfWork
from web.acts import command
from web.forms import Refused
from web.frame import Done, reading, require

blueprint = Blueprint("stopped", __name__, url_prefix="/stopped")


@blueprint.get("")
@require("restart")
def listing(refused: Refused | None = None, **_where: str | int) -> str:
    """Everything that waits for a person."""
    with reading() as database:
        holds, steps = stopped_work.open_holds(database), stopped_work.stopped_steps(database)
    return render_template("mailroom/stopped.html", holds=holds, steps=steps, refused=refused)


@blueprint.post("/steps/<key>/again")
@require("restart")
@command(Asked, again=listing)
def again(uow: UnitOfWork, _said: Asked, key: str) -> Done:
    """Ask for the step once more; its hold is lifted."""
    stopped_work.try_again(uow, key)
    return Done(url_for(".listing"), "The step is tried again; look at its mailing or job in a moment.")


@blueprint.post("/holds/<int:hold>/lift")
@require("restart")
@command(Asked, again=listing)
def lift(uow: UnitOfWork, _said: Asked, hold: int) -> Done:
    """Let the job or stream go on."""
    number = stopped_work.lift(uow, hold)
    return Done(url_for(".listing"), f"{number} goes on.")
