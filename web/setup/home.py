"""The administrator's first page: what the plant is set up with, and what is still to do."""

from __future__ import annotations

from flask import Blueprint, render_template

from production.people.setup import latest
from production.setup.kinds import KINDS, kind_of
from web.frame import Entry, reading, require

blueprint = Blueprint("setup", __name__, url_prefix="/setup")
nav = (Entry("administer", "setup.home", "Setup"),)
LATEST = 8


@blueprint.get("")
@require("administer")
def home() -> str:
    """Every kind of row with how many there are, and the latest changes."""
    with reading() as session:
        kinds = [(kind, len(kind.rows(session))) for kind in KINDS]
        changes = [(one, kind_of(one.kind)) for one in latest(session, LATEST)]
    return render_template("setup/home.html", kinds=kinds, changes=changes)
