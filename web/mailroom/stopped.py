"""What stands still: holds to be lifted, steps to be tried again."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from werkzeug.wrappers import Response

from kernel.errors import ShopError
from production.jobs import stopped_work
from store.db import UnitOfWork
from web import acts
from web.frame import Done, reading, require

blueprint = Blueprint("stopped", __name__, url_prefix="/stopped")


@blueprint.get("")
@require("restart")
def listing(error: ShopError | None = None) -> str:
    """Everything that waits for a person."""
    with reading() as database:
        holds, steps = stopped_work.open_holds(database), stopped_work.stopped_steps(database)
    words = acts.sentence_of(error) if error else ""
    return render_template("mailroom/stopped.html", holds=holds, steps=steps, error=words)


@blueprint.post("/steps/<key>/again")
@require("restart")
def again(key: str) -> Response | tuple[str, int]:
    """Ask for the step once more; its hold is lifted."""

    def work(uow: UnitOfWork) -> Done:
        stopped_work.try_again(uow, key)
        return Done(url_for(".listing"), "The step is tried again; look at its batch or job in a moment.")

    return acts.act(work, again=listing)


@blueprint.post("/holds/<int:hold>/lift")
@require("restart")
def lift(hold: int) -> Response | tuple[str, int]:
    """Let the job or batch go on."""

    def work(uow: UnitOfWork) -> Done:
        number = stopped_work.lift(uow, hold)
        return Done(url_for(".listing"), f"{number} goes on.")

    return acts.act(work, again=listing)
