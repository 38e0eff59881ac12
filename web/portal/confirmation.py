"""The confirmation of an order for the agency: what was approved, to whom it goes and what it costs, on paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from flask import Blueprint
from markupsafe import Markup
from werkzeug.wrappers import Response

from kernel.clock import long_date
from kernel.errors import NotFound
from production.dock.stops import StopLine, stop_lines
from production.frontdesk.orders.confirmation import ConfirmationPaper, confirmation_paper
from production.frontdesk.orders.job_page import Consent, JobPage, Offer, job_page
from production.frontdesk.orders.queries import job_by_number
from production.prepress.papers.agency_paper import PriceTable
from production.scheduling.promises import promises_of
from web.agency_papers import send_paper
from web.formats import count, days_in_words, exact_time, money
from web.frame import actor, reading, require
from web.portal.quote_rows import quote_rows

blueprint = Blueprint("confirmation", __name__)
_SMALL = (
    "Actual quantities are charged at the prices of their day. Spoils are the shop's.",
    "A change of files, quantity or price needs a new approval.",
)


@blueprint.get("/jobs/<number>/confirmation.pdf")
@require("see_jobs")
def paper(number: str) -> Response:
    """What was approved last and still stands."""
    with reading() as session:
        page = job_page(session, actor(), number)
        job = job_by_number(session, actor(), number)
        stops, promises = stop_lines(session, job), promises_of(session, job)
    consent, offer = page.consent, page.offer
    if consent is None or offer is None:
        raise NotFound("This order is not approved: there is nothing to confirm yet.")
    name = f"confirmation-{page.facts.number}.pdf"
    promised = next((one.day for one in promises if one.made_at <= consent.approved_at), None)
    made = _told(page, consent, offer, stops, promised)
    return send_paper(number, f"confirmation.{consent.id}", name, lambda: confirmation_paper(made))


def _told(
    page: JobPage, consent: Consent, offer: Offer, stops: Sequence[StopLine], promised: date | None
) -> ConfirmationPaper:
    facts = page.facts
    rows, sums = quote_rows(offer)
    lines = [(row.what, row.quantity, row.price, _plain(row.amount)) for row in rows]
    return ConfirmationPaper(
        title=facts.title,
        number=f"{facts.number}, version {facts.revision}",
        about=[
            ("For", facts.agency), ("Ordered by", facts.requester), ("Ordered", exact_time(facts.created_at)),
            ("Approved by", consent.approver), ("Approved", exact_time(consent.approved_at)),
            ("Prices", days_in_words(offer.rate_card)), *([("Promised for", long_date(promised))] if promised else []),
        ],
        facts=list(_facts(page)),
        stops=list(_stops(page, stops)),
        prices=PriceTable(lines, sums["amount"]),
        shares=[f"Account {one.bill_code} pays {money(one.money)}." for one in offer.shares],
        small=_SMALL,
    )  # fmt: skip


def _plain(amount: str | Markup) -> str:
    return amount.striptags() if isinstance(amount, Markup) else amount


def _facts(page: JobPage) -> Iterator[tuple[str, str]]:
    facts = page.facts
    if facts.made is not None:
        yield from ((str(what), str(said)) for what, said in facts.made.facts)
        return
    yield "Letters", count(facts.quantity)
    if facts.mail is not None:
        yield "Class of mail", facts.mail.mail_class
        yield "Envelope or card", facts.mail.envelope


def _stops(page: JobPage, stops: Sequence[StopLine]) -> Iterator[str]:
    for one in stops:
        yield f"{count(one.quantity)} to {one.place}, {one.way}, by {long_date(one.day)}"
    if not stops:
        how = "Mailed on" if page.facts.mail is not None else "Needed by"
        yield f"{how} {long_date(page.facts.due)}"
