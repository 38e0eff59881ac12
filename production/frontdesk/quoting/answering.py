"""The agency's answer to a written quote: accepted, and an order is drafted from it; or declined, with why."""

from __future__ import annotations

from sqlalchemy import select

from kernel.clock import business_date
from kernel.errors import Conflict, StaleVersion
from kernel.money import Money
from production.catalog import queries as catalog
from production.frontdesk.drafting import drafts
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.projects.models import Project, Side
from production.frontdesk.projects.talking import turn_to
from production.frontdesk.quoting.models import QuoteRevision, WrittenQuote
from production.frontdesk.steps.base import put
from production.frontdesk.steps.spec_answers import CHOICES, DETAILS, ChoicesAnswers
from production.jobs.lifecycle import note
from production.people.names import full_name
from store.db import UnitOfWork


def accept(
    uow: UnitOfWork, project: Project, quote: WrittenQuote, *, revision: int, place: int, total: Money
) -> OrderDraft:
    """The draft of an order with the choices of the alternative at this place, from 1. StaleVersion where revision or
    money are not what was shown; Conflict QUOTE_EXPIRED after its day, QUOTE_ACCEPTED once it was answered so.
    """
    offered = _offered(uow, quote, revision)
    if offered.valid_until is not None and offered.valid_until < business_date(uow.now):
        raise Conflict(
            f"This quote held until {offered.valid_until:%B} {offered.valid_until.day}.",
            code="QUOTE_EXPIRED",
            remedy="Write to the shop below: it quotes again at the prices of the day.",
        )
    if not 1 <= place <= len(offered.alternatives) or offered.alternatives[place - 1].total != total:
        raise StaleVersion("The quote is not the one that was shown. Look again.")
    chosen = offered.alternatives[place - 1]
    draft = drafts.begin(uow, catalog.product(uow.session, chosen.family))
    put(draft, CHOICES, ChoicesAnswers(answers=chosen.answers))
    draft.typed = {DETAILS: {"title": [project.title], "due": [project.due.isoformat()]}}
    uow.session.flush()  # the quote names it
    quote.accepted, quote.accepted_total, quote.order_draft_id = place, chosen.total, draft.id
    _answered(uow, project, quote, "quote_accepted", total=chosen.total.plain)
    return draft


def decline(uow: UnitOfWork, project: Project, quote: WrittenQuote, *, revision: int, reason: str) -> None:
    """The agency does not want it. StaleVersion, Conflict as for the other answer."""
    _offered(uow, quote, revision)
    quote.reason = reason
    _answered(uow, project, quote, "quote_declined", reason=reason)


def _offered(uow: UnitOfWork, quote: WrittenQuote, revision: int) -> QuoteRevision:
    uow.session.refresh(quote, with_for_update=True)
    if quote.accepted is not None:
        raise Conflict("This quote was accepted before.", code="QUOTE_ACCEPTED")
    if quote.sent != revision or not revision:
        raise StaleVersion("The shop has sent another revision of this quote. Look again.")
    return uow.session.scalars(select(QuoteRevision).filter_by(quote_id=quote.id, number=revision)).one()


def _answered(uow: UnitOfWork, project: Project, quote: WrittenQuote, event: str, **details: str) -> None:
    quote.answered_at, quote.answered_by = uow.now, full_name(uow.session, uow.actor.name)
    turn_to(uow, project, Side.SHOP)
    note(uow, project, event, quote=quote.position, revision=quote.sent, **details)
