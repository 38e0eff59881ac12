"""The forms register: every form of an agency, and one revision with those before and after it."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for

from kernel.clock import today
from kernel.errors import NotFound
from production.catalog.forms.queries import register, revisions
from production.catalog.forms.register import POLICIES, STATES, form_of
from production.catalog.products.families import families
from production.stockroom.shelf import shelf_of_form
from web.frame import actor, plant, reading, require
from web.portal.shelf_prices import compared

blueprint = Blueprint("forms", __name__, url_prefix="/forms")


@blueprint.get("")
@require("see_forms")
def listing() -> str:
    """Every revision, or those that hold the words of the address."""
    words = request.args.get("find", "")[:80].strip()
    with reading() as session:
        rows = register(session, actor().agency_id)
    sought = words.lower().split()
    found = [row for row in rows if all(word in f"{row.number} {row.title}".lower() for word in sought)]
    return render_template(
        "portal/forms.html", forms=found, words=words, states=STATES, today=today(), is_empty=not rows
    )


@blueprint.get("/<path:key>")
@require("see_forms")
def show(key: str) -> str:
    """One revision. NotFound, also for that of another agency."""
    with reading() as session:
        form = form_of(session, key)
        if form is None or actor().agency_id not in (None, form.agency_id):
            raise NotFound("There is no such form.")
        others = revisions(session, form)
        kept = shelf_of_form(session, form, today())
        shelf = compared(session, plant().files, kept, None, 0, today()) if kept else None
    return render_template(
        "portal/form.html", shelf=shelf, form=form, others=others, states=STATES, policies=POLICIES, today=today(),
        order_url=_order_url(form.product), in_force=next((one for one in others if one.state == "in_use"), None),
    )  # fmt: skip


def _order_url(product: str) -> str:
    """Where it is ordered: a family by its questions, another product by its steps."""
    if product in families().families:
        return url_for("catalog.product", code=product)
    return url_for("drafting.begin", product=product)
