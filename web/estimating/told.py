"""A quote in words: the lines of its alternatives, what a revision changed, and all of it as its paper says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise

from kernel.clock import business_date, long_date
from production.frontdesk.orders.snapshot import PricedLine
from production.frontdesk.projects.queries import ProjectPage
from production.frontdesk.quoting.changes import Change, changes
from production.frontdesk.quoting.models import Alternative
from production.frontdesk.quoting.queries import QuotePage, Revision
from production.frontdesk.quoting.quote_paper import OfferPaper, QuotePaper
from production.prepress.papers.agency_paper import PriceTable
from web.formats import count, days_in_words, money, rate

_SMALL = (
    "Good pieces are charged by the price list of the day on which they are made. Spoils are the shop's.",
    "To accept it, or to say why not, open the quote in Indicia.",
)


def rows_of(lines: Sequence[PricedLine]) -> list[dict[str, str]]:
    """Lines of a price: what for, how many, at what price, how much."""
    return [
        {
            "what": line.description, "quantity": _quantity(line.quantity), "price": rate(line.rate),
            "amount": money(line.money),
        }
        for line in lines
    ]  # fmt: skip


def _quantity(number: Decimal) -> str:
    return count(int(number)) if number == int(number) else f"{number.normalize():,f}"


def changes_of(quote: QuotePage) -> dict[int, list[Change]]:
    """What each revision has changed, by its number; nothing for the first, and where nothing was sent before."""
    return {
        one.number: changes(before, one) for one, before in pairwise(quote.revisions)
    }  # the newest is first


def on_paper(project: ProjectPage, quote: QuotePage, revision: int, names: Mapping[str, str]) -> QuotePaper:
    """A revision that was sent. ``names``: of units."""
    line = project.line
    sent = next(one for one in quote.revisions if one.number == revision)
    return QuotePaper(
        title=f"Quote for {line.title}", number=f"{line.number}, quote {quote.position}, revision {revision}",
        revision=revision, about=_about(project, quote, sent),
        words=[one for one in sent.words.splitlines() if one.strip()],
        offers=[_offer(place, one, names) for place, one in enumerate(sent.alternatives, start=1)],
        changes=[_sentence(one) for one in changes_of(quote).get(revision, ())], small=_SMALL,
    )  # fmt: skip


def _about(project: ProjectPage, quote: QuotePage, sent: Revision) -> list[tuple[str, str]]:
    assert sent.sent_at is not None and sent.valid_until is not None  # noqa: S101
    cards = sorted({days_in_words(one.snapshot.rate_card) for one in sent.alternatives})
    return [
        ("For", project.line.agency), ("Asked by", project.line.requester), ("From", quote.author),
        ("Sent", long_date(business_date(sent.sent_at))), ("Holds until", long_date(sent.valid_until)),
        ("Prices", "; ".join(cards)),
    ]  # fmt: skip


def _offer(place: int, one: Alternative, names: Mapping[str, str]) -> OfferPaper:
    lines = [
        (row["what"], row["quantity"], row["price"], row["amount"]) for row in rows_of(one.snapshot.lines)
    ]
    added = [f"Added: {names[it.unit]}, {_quantity(it.quantity)}. {it.reason}" for it in one.extras]
    facts = [*one.facts, ("Each", rate(one.each))]
    if one.promised:
        facts.append(("Made by", f"{long_date(one.promised)}, if it is accepted while the quote holds"))
    return OfferPaper(f"Alternative {place}: {one.name}", facts, added, PriceTable(lines, money(one.total)))


def _sentence(change: Change) -> str:
    if not change.before or not change.now:
        return f"{change.what}: {'new, ' + change.now if change.now else 'no longer offered, was ' + change.before}."
    more = f" ({money(change.more)} more)" if change.more and change.more.cents > 0 else ""
    less = f" ({money(-change.more)} less)" if change.more and change.more.cents < 0 else ""
    return f"{change.what}: {change.now} instead of {change.before}{more}{less}."
