"""Written quotes for screens: those of a project, one of them, and the desk's lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from kernel.errors import NotFound
from kernel.ids import show_ulid
from kernel.money import Money
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.projects.models import Project
from production.frontdesk.quoting.models import Alternative, QuoteRevision, WrittenQuote
from production.frontdesk.quoting.writing import IN_WORK
from production.jobs.models import Job
from production.people.models import Agency
from store.db import Actor

SOON = timedelta(days=5)


class QuoteState(StrEnum):
    """What became of a quote, on a day."""

    WRITTEN = "draft"
    SENT = "sent"
    EXPIRED = "expired"
    ACCEPTED = "accepted"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Revision:
    """What was offered, or is being written."""

    number: int
    words: str
    valid_until: date | None
    alternatives: Sequence[Alternative]
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class QuotePage:
    """A quote as the reader may see it: revisions newest first. ``order``: the draft or job that it has become."""

    position: int
    state: QuoteState
    author: str
    sent: int
    answered_at: datetime | None
    answered_by: str
    accepted: int | None
    accepted_revision: int | None
    reason: str
    revisions: Sequence[Revision]
    draft: str
    job: str
    is_in_work: bool

    @property
    def offered(self) -> Revision | None:
        """The revision that the agency has."""
        return next((one for one in self.revisions if one.number == self.sent), None)

    @property
    def written(self) -> Revision | None:
        """The one that is being written."""
        return next((one for one in self.revisions if one.sent_at is None), None)

    @property
    def agreed(self) -> Alternative | None:
        """What was accepted last."""
        found = next((one for one in self.revisions if one.number == self.accepted_revision), None)
        return found.alternatives[self.accepted - 1] if found and self.accepted else None

    @property
    def is_change(self) -> bool:
        """Is it a change of what is in work, that waits for an answer?"""
        return self.accepted is not None and self.sent != self.accepted_revision

    @property
    def is_open(self) -> bool:
        """Can the agency still answer?"""
        return self.state is QuoteState.SENT

    @property
    def is_late(self) -> bool:
        """Is it a change whose day went by without an answer, so that the order still waits?"""
        return self.is_change and not self.is_open


@dataclass(frozen=True, slots=True)
class DeskLine:
    """A quote in a list of the desk."""

    number: str
    position: int
    title: str
    agency: str
    state: QuoteState
    amount: Money | None
    valid_until: date | None
    answered_at: datetime | None
    reason: str


class Asking(NamedTuple):
    """A price that has changed in work and waits for its agency: where that answers, of which job, how much by when."""

    project: str
    position: int
    job: str
    title: str
    was: Money
    now: Money
    until: date


def asking(session: Session, agency_id: int, job: str | None = None) -> Sequence[Asking]:
    """Changed prices that an agency has not answered, also those whose day is past, for they hold their orders; of one
    job, if said.
    """
    made = aliased(Job)
    query = (
        select(WrittenQuote, QuoteRevision, Project.number, made.number, made.title)
        .join(Project, Project.id == WrittenQuote.job_id)
        .join(
            QuoteRevision,
            (QuoteRevision.quote_id == WrittenQuote.id) & (QuoteRevision.number == WrittenQuote.sent),
        )
        .join(OrderDraft, OrderDraft.id == WrittenQuote.order_draft_id)
        .join(made, made.id == OrderDraft.job_id)
        .where(WrittenQuote.sent != WrittenQuote.accepted_revision, Project.agency_id == agency_id)
        .where(made.state.in_(IN_WORK))
        .order_by(QuoteRevision.valid_until, WrittenQuote.id)
    )
    if job is not None:
        query = query.where(made.number == job)
    return [
        Asking(
            project, quote.position, number, title, quote.accepted_total, revision.alternatives[0].total,
            revision.valid_until,
        )
        for quote, revision, project, number, title in session.execute(query)
        if quote.accepted_total is not None and revision.valid_until is not None  # always, once accepted and sent
    ]  # fmt: skip


def state_of(quote: WrittenQuote, valid_until: date | None, today: date) -> QuoteState:
    """By what happened, else by the day."""
    if quote.accepted is not None:
        is_change = quote.sent != quote.accepted_revision and not (valid_until and valid_until < today)
        return QuoteState.SENT if is_change else QuoteState.ACCEPTED
    if quote.answered_at is not None:
        return QuoteState.DECLINED
    if not quote.sent:
        return QuoteState.WRITTEN
    return QuoteState.EXPIRED if valid_until and valid_until < today else QuoteState.SENT


def quote_of(session: Session, project: Project, position: int) -> WrittenQuote:
    """NotFound also for one that was never sent and is not the reader's."""
    found = session.scalars(select(WrittenQuote).filter_by(job_id=project.id, position=position)).first()
    if found is None:
        raise NotFound("There is no such quote.")
    return found


def quotes_of(session: Session, actor: Actor, project: Project, today: date) -> Sequence[QuotePage]:
    """Those that the actor may see, the newest first."""
    query = (
        select(WrittenQuote, QuoteRevision, OrderDraft, Job.number, Job.state)
        .where(WrittenQuote.job_id == project.id)
        .join(QuoteRevision, QuoteRevision.quote_id == WrittenQuote.id)
        .outerjoin(OrderDraft, OrderDraft.id == WrittenQuote.order_draft_id)
        .outerjoin(Job, Job.id == OrderDraft.job_id)
        .order_by(WrittenQuote.position.desc(), QuoteRevision.number.desc())
    )
    if actor.agency_id is not None:
        query = query.where(QuoteRevision.sent_at.is_not(None))
    found: dict[WrittenQuote, list[QuoteRevision]] = {}
    became: dict[WrittenQuote, tuple[str, str, bool]] = {}
    for quote, revision, draft, number, state in session.execute(query):
        found.setdefault(quote, []).append(revision)
        became[quote] = show_ulid(draft.ulid) if draft else "", number or "", state in IN_WORK
    return [_page(quote, rows, became[quote], today) for quote, rows in found.items()]


def _page(
    quote: WrittenQuote, rows: Sequence[QuoteRevision], became: tuple[str, str, bool], today: date
) -> QuotePage:
    revisions = [
        Revision(one.number, one.words, one.valid_until, one.alternatives, one.sent_at) for one in rows
    ]
    offered = next((one for one in revisions if one.number == quote.sent), None)
    state = state_of(quote, offered.valid_until if offered else None, today)
    return QuotePage(
        quote.position, state, quote.author, quote.sent, quote.answered_at, quote.answered_by, quote.accepted,
        quote.accepted_revision, quote.reason, revisions, *became,
    )  # fmt: skip


def desk_lines(session: Session, today: date, *, limit: int = 200) -> Sequence[DeskLine]:
    """All quotes of open projects and the latest that were answered, newest first; for the shop alone."""
    query = (
        select(WrittenQuote, QuoteRevision, Project.number, Project.title, Agency.name)
        .join(Project, Project.id == WrittenQuote.job_id)
        .join(Agency, Agency.id == Project.agency_id)
        .outerjoin(
            QuoteRevision,
            (QuoteRevision.quote_id == WrittenQuote.id) & (QuoteRevision.number == WrittenQuote.sent),
        )
        .order_by(WrittenQuote.id.desc())
        .limit(limit)
    )
    return [_line(*row, today) for row in session.execute(query)]


def _line(
    quote: WrittenQuote, sent: QuoteRevision | None, number: str, title: str, agency: str, today: date
) -> DeskLine:
    valid_until = sent.valid_until if sent else None
    least = min((one.total for one in sent.alternatives), default=None) if sent else None
    return DeskLine(
        number, quote.position, title, agency, state_of(quote, valid_until, today),
        quote.accepted_total or least, valid_until, quote.answered_at, quote.reason,
    )  # fmt: skip


def accepted_for(session: Session, job: Job) -> Alternative | None:
    """The alternative of an accepted quote that a job was ordered by; None where it was ordered otherwise."""
    query = (
        select(WrittenQuote.accepted, QuoteRevision.alternatives)
        .join(OrderDraft, OrderDraft.id == WrittenQuote.order_draft_id)
        .join(
            QuoteRevision,
            (QuoteRevision.quote_id == WrittenQuote.id)
            & (QuoteRevision.number == WrittenQuote.accepted_revision),
        )
        .where(OrderDraft.job_id == job.id)
    )
    found = session.execute(query).first()
    return found.alternatives[found.accepted - 1] if found else None
