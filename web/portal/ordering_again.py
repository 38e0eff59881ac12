"""Ordering again: what is different from the last time, before a new order is begun."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, render_template
from sqlalchemy.orm import Session

from billing.pricing import price_line
from billing.rate_cards import card_on
from kernel import clock
from kernel.errors import ShopError
from production.catalog.forms.models import FormState
from production.catalog.forms.queries import revisions
from production.frontdesk.drafting import drafts
from production.frontdesk.drafting.last_time import last_quote, last_time, postage_of
from production.frontdesk.drafting.what_changed import PriceLine, changes, postage, prices, sums
from production.frontdesk.orders import queries
from production.frontdesk.orders.spec_order import form_of
from production.jobs.models import Job
from production.jobs.stops import charged_stops
from production.stockroom.picking import SHELF
from production.stockroom.shelf import shelf_of_form
from web.frame import actor, plant, reading, require
from web.portal.shelf_prices import Compared, compared

blueprint = Blueprint("ordering_again", __name__, url_prefix="/jobs")


@blueprint.get("/<number>/again")
@require("order")
def page(number: str) -> str:
    """Last time and today, side by side; the button begins the new order."""
    with reading() as session:
        job = queries.job_by_number(session, actor(), number)
        product = drafts.product_of(session, job)
        found = changes(last_time(session, job, product))
        lines = list(_prices(session, job))
        shelf = _shelf(session, job)
    then, now = sums(lines)
    return render_template(
        "portal/again.html",
        job=job,
        product=product,
        changes=found,
        lines=lines,
        then=then,
        now=now,
        shelf=shelf,
    )


def _shelf(session: Session, job: Job) -> Compared | None:
    """What lies on the shelf of the form that a job made, in the revision in force, beside printing it again."""
    made, today = form_of(session, job), clock.today()
    in_force = (
        next((one for one in revisions(session, made) if one.state is FormState.IN_USE), None)
        if made
        else None
    )
    kept = shelf_of_form(session, in_force, today) if in_force else None
    if kept is None or not kept.on_hand or job.product == SHELF:
        return None
    stops = charged_stops(session, job)
    return compared(session, plant().files, kept, in_force, job.quantity or 0, today, stops)


def _prices(session: Session, job: Job) -> Iterator[PriceLine]:
    """The lines of the last quote at the prices of today; of a mailing its levels, too."""
    quote = last_quote(session, job)
    if quote is None:
        return
    card = card_on(session, clock.today())
    lines = quote.snapshot.lines
    priced = {line.unit: price_line(card[line.unit], line.quantity) for line in lines if line.unit in card}
    yield from prices(lines, priced)
    if quote.snapshot.plan and quote.postage:
        try:
            now = postage_of(session, plant().files, job, quote.snapshot.plan)
        except ShopError:  # an edition that it was sorted by is not loaded for that day
            now = {}
        yield from postage(quote.snapshot.plan, now)
