"""The agency's answer to a written quote: accepted, and an order is drafted from it; or declined, with why."""

from __future__ import annotations

from sqlalchemy import select

from kernel.clock import business_date
from kernel.errors import Conflict, StaleVersion
from kernel.money import Money
from production.catalog import queries as catalog
from production.frontdesk.approving.approvals import reprice
from production.frontdesk.drafting import drafts
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.orders.print_order import print_item
from production.frontdesk.projects.models import Project, Side
from production.frontdesk.projects.talking import turn_to
from production.frontdesk.quoting.models import Alternative, QuoteRevision, WrittenQuote
from production.frontdesk.quoting.writing import CHANGED, IN_WORK
from production.frontdesk.steps.base import put
from production.frontdesk.steps.spec_answers import CHOICES, DETAILS, ChoicesAnswers
from production.jobs.counting import OFF_QUANTITY
from production.jobs.lifecycle import lift, note
from production.jobs.models import Job
from production.jobs.usage import record_usage
from production.jobs.usage_evidence import ChangeEvidence
from production.people.names import full_name
from store.db import UnitOfWork


def accept(
    uow: UnitOfWork, project: Project, quote: WrittenQuote, *, revision: int, place: int, total: Money
) -> OrderDraft:
    """The draft of an order with the choices of the alternative at this place, from 1. StaleVersion where revision or
    money are not what was shown; Conflict QUOTE_EXPIRED after its day, QUOTE_ACCEPTED once it was answered so.
    """
    if quote.accepted is not None:
        raise Conflict("This quote was accepted before.", code="QUOTE_ACCEPTED")
    offered = _still_offered(uow, quote, revision)
    if not 1 <= place <= len(offered.alternatives) or offered.alternatives[place - 1].total != total:
        raise StaleVersion("The quote is not the one that was shown. Look again.")
    chosen = offered.alternatives[place - 1]
    draft = drafts.begin(uow, catalog.product(uow.session, chosen.family))
    put(draft, CHOICES, ChoicesAnswers(answers=chosen.answers))
    draft.typed = {DETAILS: {"title": [project.title], "due": [project.due.isoformat()]}}
    uow.session.flush()  # the quote names it
    quote.accepted, quote.accepted_revision, quote.accepted_total = place, revision, chosen.total
    quote.order_draft_id = draft.id
    _answered(uow, project, quote, "quote_accepted", total=chosen.total.plain)
    return draft


def accept_change(
    uow: UnitOfWork, project: Project, quote: WrittenQuote, *, revision: int, total: Money
) -> None:
    """What is in work costs otherwise, by consent of an approver: the approval of the old price ends, one of the new
    price of the same files begins, and what was added is used. Errors as ``accept``; Forbidden as for an approval.
    """
    (chosen,) = _still_offered(uow, quote, revision).alternatives
    if quote.accepted is None or chosen.total != total:
        raise StaleVersion("The quote is not the one that was shown. Look again.")
    job, before = _in_work(uow, quote), _accepted(uow, quote)
    reason = f"revision {revision} of quote {quote.position} replaces its price"
    reprice(uow, job, chosen.snapshot, reason=reason)
    for place, extra in enumerate(chosen.extras[len(before.extras) :], start=1):
        record_usage(
            uow, job, unit=extra.unit, quantity=extra.quantity,
            source=f"{job.number}:{quote.position}.{revision}.{place}",
            evidence=ChangeEvidence(f"{project.number}/{quote.position}", revision, extra.reason),
        )  # fmt: skip
    lift(uow, job, CHANGED)
    item = print_item(uow.session, job)
    if chosen.quantity < item.least:  # the agency takes what comes out
        item.least = chosen.quantity
        lift(uow, job, OFF_QUANTITY)
    quote.accepted, quote.accepted_revision, quote.accepted_total = 1, revision, total
    _answered(uow, project, quote, "quote_accepted", total=total.plain)


def _in_work(uow: UnitOfWork, quote: WrittenQuote) -> Job:
    query = (
        select(Job).join(OrderDraft, OrderDraft.job_id == Job.id).where(OrderDraft.id == quote.order_draft_id)
    )
    job = uow.session.scalars(query.with_for_update(of=Job)).one()
    if job.state not in IN_WORK:
        raise Conflict("Nothing is made by this quote right now.", code="QUOTE_ACCEPTED")
    return job


def _accepted(uow: UnitOfWork, quote: WrittenQuote) -> Alternative:
    query = select(QuoteRevision).filter_by(quote_id=quote.id, number=quote.accepted_revision)
    return uow.session.scalars(query).one().alternatives[(quote.accepted or 1) - 1]


def decline(uow: UnitOfWork, project: Project, quote: WrittenQuote, *, revision: int, reason: str) -> None:
    """The agency does not want it. StaleVersion, Conflict as for the other answer."""
    _offered(uow, quote, revision)
    quote.reason = reason
    _answered(uow, project, quote, "quote_declined", reason=reason)
    if quote.accepted_revision is not None:  # a change: what was accepted goes on
        quote.sent = quote.accepted_revision
        lift(uow, _in_work(uow, quote), CHANGED)


def _offered(uow: UnitOfWork, quote: WrittenQuote, revision: int) -> QuoteRevision:
    uow.session.refresh(quote, with_for_update=True)
    if quote.accepted_revision is not None and quote.accepted_revision == quote.sent:
        raise Conflict("This quote was accepted before.", code="QUOTE_ACCEPTED")
    if quote.sent != revision or not revision:
        raise StaleVersion("The shop has sent another revision of this quote. Look again.")
    return uow.session.scalars(select(QuoteRevision).filter_by(quote_id=quote.id, number=revision)).one()


def _still_offered(uow: UnitOfWork, quote: WrittenQuote, revision: int) -> QuoteRevision:
    offered = _offered(uow, quote, revision)
    if offered.valid_until is not None and offered.valid_until < business_date(uow.now):
        raise Conflict(
            f"This quote held until {offered.valid_until:%B} {offered.valid_until.day}.",
            code="QUOTE_EXPIRED",
            remedy="Write to the shop below: it quotes again at the prices of the day.",
        )
    return offered


def _answered(uow: UnitOfWork, project: Project, quote: WrittenQuote, event: str, **details: str) -> None:
    quote.answered_at, quote.answered_by = uow.now, full_name(uow.session, uow.actor.name)
    turn_to(uow, project, Side.SHOP)
    note(uow, project, event, quote=quote.position, revision=quote.sent, **details)
