"""What is promised, for planners: which days have moved and why, what has little to spare, how machines keep to it."""

from __future__ import annotations

from flask import Blueprint, render_template

from kernel import clock
from production.scheduling.promise_lines import open_promises
from production.scheduling.setup import promise_rule
from web.frame import reading, require

blueprint = Blueprint("promises", __name__, url_prefix="/schedule/promises")


@blueprint.get("")
@require("plan")
def show() -> str:
    """Every promise that is still to be kept."""
    with reading() as session:
        found, rule = open_promises(session, clock.now()), promise_rule(session)
    return render_template("floor/promises.html", promises=found, rule=rule)
