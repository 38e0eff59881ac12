"""The estimator writes a quote: alternatives put in and taken out, sent with a day until which it holds, revised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import func, select

from kernel.clock import business_date
from kernel.errors import Conflict, InvalidInput, refused_field
from production.catalog import queries as catalog
from production.catalog.overs import policy_of
from production.frontdesk.orders.models import Quote
from production.frontdesk.projects.models import Project, Side
from production.frontdesk.projects.talking import refuse_if_ended, turn_to
from production.frontdesk.quoting.models import Alternative, QuoteRevision, WrittenQuote
from production.jobs.lifecycle import hold, lift, note
from production.jobs.models import Job
from production.jobs.states import JobState, Stops
from production.people.names import full_name
from store.db import UnitOfWork

MOST = 10  # alternatives: more than anybody compares
LONGEST = timedelta(days=365)
USUAL = timedelta(days=30)  # shop to confirm
IN_WORK = (JobState.IN_PRODUCTION, JobState.PRODUCED)
CHANGED = "quote_changed"  # the hold of a job whose agency is asked


def begin(uow: UnitOfWork, project: Project) -> WrittenQuote:
    """A quote without alternatives yet, that only the shop sees."""
    refuse_if_ended(project)
    if project.owner_id is None:
        raise InvalidInput("Take the project on first, so that the agency knows who quotes.", code="PROJECT")
    last = uow.session.scalar(select(func.max(WrittenQuote.position)).filter_by(job_id=project.id)) or 0
    quote = WrittenQuote(
        job_id=project.id, position=last + 1, author=full_name(uow.session, uow.actor.name), sent=0, made_at=uow.now,
        answered_at=None, answered_by="", accepted=None,
        accepted_revision=None, accepted_total=None, reason="", order_draft_id=None,
    )  # fmt: skip
    uow.session.add(quote)
    uow.session.flush()  # its revision hangs on its key
    _add_revision(uow, quote, 1, ())
    return quote


def draft_of(uow: UnitOfWork, quote: WrittenQuote) -> QuoteRevision:
    """The revision that is being written, locked. Conflict QUOTE_SENT where there is none."""
    query = select(QuoteRevision).filter_by(quote_id=quote.id, sent_at=None).with_for_update()
    found = uow.session.scalars(query).first()
    if found is None:
        raise Conflict("This quote was sent; a change of it is a new revision.", code="QUOTE_SENT")
    return found


def put_in(uow: UnitOfWork, quote: WrittenQuote, alternative: Alternative) -> None:
    """One more alternative. InvalidInput QUOTE when there are too many."""
    draft = draft_of(uow, quote)
    if len(draft.alternatives) >= MOST:
        raise InvalidInput(f"A quote has at most {MOST} alternatives.", code="QUOTE")
    draft.alternatives = (*draft.alternatives, _with_policy(uow, quote, alternative))


def _with_policy(uow: UnitOfWork, quote: WrittenQuote, alternative: Alternative) -> Alternative:
    """How many would come and be charged of an order today."""
    job, product = uow.session.get_one(Job, quote.job_id), catalog.product(uow.session, alternative.family)
    policy = policy_of(uow.session, business_date(uow.now), job.agency.code, product, alternative.quantity)
    return replace(alternative, facts=(*alternative.facts, ("You get", policy.words)))


def take_out(uow: UnitOfWork, quote: WrittenQuote, place: int) -> None:
    """Without the alternative at this place, from 1."""
    draft = draft_of(uow, quote)
    draft.alternatives = tuple(one for at, one in enumerate(draft.alternatives, start=1) if at != place)


def send(uow: UnitOfWork, project: Project, quote: WrittenQuote, words: str, *, valid_until: date) -> None:
    """To the agency, in place of an earlier revision. InvalidInput QUOTE without alternatives, or for a day that is
    past or too far; an answer to an earlier revision no longer counts.
    """
    refuse_if_ended(project)
    draft, today = draft_of(uow, quote), business_date(uow.now)
    if not draft.alternatives:
        raise InvalidInput("The quote has no alternative yet.", code="QUOTE")
    if not today <= valid_until <= today + LONGEST:
        raise refused_field("QUOTE", "valid_until", "Choose a day from today to a year from now.")
    draft.words, draft.valid_until, draft.sent_at = words, valid_until, uow.now
    quote.sent, quote.answered_at, quote.answered_by, quote.reason = draft.number, None, "", ""
    turn_to(uow, project, Side.AGENCY)
    note(uow, project, "quote_sent", quote=quote.position, revision=draft.number)


def revise(uow: UnitOfWork, quote: WrittenQuote, alternatives: Sequence[Alternative]) -> QuoteRevision:
    """A new revision to be written, beside the one that the agency has. Conflict QUOTE_ACCEPTED when that is."""
    if quote.accepted is not None:
        raise Conflict("This quote was accepted. Quote a change as one more.", code="QUOTE_ACCEPTED")
    found = uow.session.scalars(select(QuoteRevision).filter_by(quote_id=quote.id, sent_at=None)).first()
    told = tuple(_with_policy(uow, quote, one) for one in alternatives)
    return found or _add_revision(uow, quote, quote.sent + 1, told)


def change(
    uow: UnitOfWork, project: Project, quote: WrittenQuote, job: Job, alternative: Alternative, *, reason: str
) -> None:
    """A change of an accepted quote while ``job`` is made of it, sent at once: nothing leaves the plant before the
    agency has answered. Conflict QUOTE_ACCEPTED where nothing is in work; QUOTE_SENT while another change waits, which
    one whose day is past no longer does; InvalidInput QUOTE where nothing would be otherwise.
    """
    uow.session.refresh(quote, with_for_update=True)
    if quote.accepted is None or job.state not in IN_WORK:
        raise Conflict("Nothing is made by this quote right now.", code="QUOTE_ACCEPTED")
    if quote.sent != quote.accepted_revision and not _is_past(uow, quote):
        raise Conflict("A change of this quote waits for its answer.", code="QUOTE_SENT")
    before = uow.session.scalars(select(Quote).filter_by(job_id=job.id, revision=job.revision)).one()
    if before.snapshot.lines == alternative.snapshot.lines:
        raise InvalidInput("Nothing would cost other than it does.", code="QUOTE")
    last = uow.session.scalar(select(func.max(QuoteRevision.number)).filter_by(quote_id=quote.id)) or 0
    row = _add_revision(uow, quote, last + 1, (alternative,))
    row.words, row.valid_until, row.sent_at = reason, business_date(uow.now) + USUAL, uow.now
    quote.sent, quote.answered_at, quote.answered_by, quote.reason = row.number, None, "", ""
    lift(uow, job, CHANGED)
    words = "The price has changed in work: the agency is asked to accept it."
    hold(uow, job, reason=CHANGED, words=words, stops=Stops.LEAVING)
    turn_to(uow, project, Side.AGENCY)
    note(uow, project, "quote_changed", quote=quote.position, revision=row.number)


def _is_past(uow: UnitOfWork, quote: WrittenQuote) -> bool:
    """Has the day of what the agency has gone by?"""
    query = select(QuoteRevision.valid_until).filter_by(quote_id=quote.id, number=quote.sent)
    until = uow.session.scalars(query).one()
    return until is not None and until < business_date(uow.now)


def _add_revision(
    uow: UnitOfWork, quote: WrittenQuote, number: int, alternatives: tuple[Alternative, ...]
) -> QuoteRevision:
    row = QuoteRevision(
        quote_id=quote.id, number=number, words="", valid_until=None, alternatives=alternatives, made_at=uow.now,
        sent_at=None,
    )  # fmt: skip
    uow.session.add(row)
    uow.session.flush()
    return row
