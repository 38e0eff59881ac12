"""Stationery by template: what an agency has, and who approved each version."""

from __future__ import annotations

from flask import Blueprint, render_template

from production.catalog.products.families import families
from production.frontdesk.stationery import queries
from web.frame import actor, reading, require

blueprint = Blueprint("stationery", __name__, url_prefix="/stationery")


@blueprint.get("")
@require("see_stationery")
def listing() -> str:
    """What can be ordered, and the register: every version, and who approved it."""
    agency = actor().agency_id
    with reading() as session:
        rows = queries.versions(session, agency)
        in_force = queries.in_force(session, agency)
    names = {code: family.name for code, family in families().families.items()}
    return render_template(
        "portal/stationery.html", offered=in_force if agency is not None else [], rows=rows, names=names,
        in_force={row.ulid for row in in_force},
    )  # fmt: skip
