"""What is bought: what closes, what is to be opened and awarded; a vendor's record."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from kernel import clock
from kernel.clock import business_date
from production.purchasing import order_queries, queries
from production.purchasing.ordering import vendor_of
from production.purchasing.queries import AWARDED, CANCELED, CLOSED, OPEN, TO_AWARD, WAITS
from web.frame import reading, require
from web.purchasing.orders import LOOKS

blueprint = Blueprint("purchasing", __name__, url_prefix="/purchasing")
STATES = {
    OPEN: "Open for bids", CLOSED: "To open", TO_AWARD: "To award", WAITS: "Waits for a second person",
    AWARDED: "Awarded", CANCELED: "Canceled",
}  # fmt: skip
_OPEN_STATES = (CLOSED, TO_AWARD, WAITS, OPEN)


@blueprint.get("")
@require("purchase")
def home() -> str | Response:
    """What needs somebody today first."""
    if number := request.args.get("job", "")[:20].strip():
        return redirect(url_for("deciding.show", number=number))
    with reading() as session:
        lines = queries.request_lines(session, clock.now())
        to_ask = queries.to_ask(session)
    today = clock.today()
    return render_template(
        "purchasing/home.html",
        lines=[line for state in _OPEN_STATES for line in lines if line.state == state],
        past=[line for line in reversed(lines) if line.state in (AWARDED, CANCELED)],
        to_ask=to_ask, states=STATES,
        closing_today=sum(line.state == OPEN and business_date(line.request.closes_at) == today for line in lines),
    )  # fmt: skip


@blueprint.get("/vendors/<code>")
@require("see_purchases")
def vendor(code: str) -> str:
    """How a vendor keeps its word, its orders, and what it was asked for."""
    today = clock.today()
    with reading() as session:
        row = vendor_of(session, code)
        asked = queries.asked_of(session, row)
        open_ones, ended = (
            order_queries.orders(session, today, vendor=row.id, is_open=is_open) for is_open in (True, False)
        )
        record = order_queries.vendor_record(session, row.id)
    won = sum(award is not None and award.vendor_id == row.id for _, award in asked)
    return render_template(
        "purchasing/vendor.html", vendor=row, asked=asked, won=won, record=record, orders=open_ones + ended, looks=LOOKS
    )  # fmt: skip
