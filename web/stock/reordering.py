"""What to buy again, with why; each line begins an order to a vendor."""

from __future__ import annotations

from flask import Blueprint, render_template

from kernel import clock
from production.stockroom.models import ItemKind
from production.stockroom.reordering import advice
from web.frame import reading, require

blueprint = Blueprint("stock_reordering", __name__, url_prefix="/stock/reorder")


@blueprint.get("")
@require("work_stock")
def listing() -> str:
    """The most pressing first."""
    with reading() as session:
        found = advice(session, clock.today())
    return render_template("stock/reorder.html", found=found, form=ItemKind.FORM)
