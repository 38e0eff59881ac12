"""Tickets of print runs: asked for again whenever something of the run changes, and refused once they are replaced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.errors import Conflict
from kernel.ids import new_ulid, show_ulid
from production.jobs.models import Job, Lot, LotShare, Operation, PrintRun, TicketIssue
from production.jobs.states import LotState
from store import outbox
from store.db import UnitOfWork


def ask(uow: UnitOfWork, thing: Job | Lot) -> None:
    """Something changed: the tickets of its print runs on the floor are compared, and issued again where they
    differ.
    """
    uow.session.flush()  # the run may have begun a moment ago
    for run in _on_the_floor(uow.session, thing):
        outbox.request(uow, "ticket", run.ulid, cause=show_ulid(new_ulid(uow.now)))


def _on_the_floor(session: Session, thing: Job | Lot) -> Iterator[PrintRun]:
    query = select(PrintRun).filter_by(state=LotState.IN_PRODUCTION)
    if isinstance(thing, Job):
        query = query.join(LotShare, LotShare.lot_id == PrintRun.id).where(LotShare.job_id == thing.id)
    else:
        query = query.where(PrintRun.id == thing.id)
    yield from session.scalars(query.order_by(PrintRun.id)).all()


def issues(session: Session, lot_id: int) -> Sequence[TicketIssue]:
    """All issues of a run's ticket, the newest first."""
    query = select(TicketIssue).filter_by(lot_id=lot_id).order_by(TicketIssue.number.desc())
    return session.scalars(query).all()


def refuse_replaced(session: Session, operation: Operation, issue: int | None) -> None:
    """Conflict TICKET_REPLACED for a paper that a newer one replaced. A ticket that was typed has no issue."""
    newest = session.scalar(select(func.max(TicketIssue.number)).filter_by(lot_id=operation.lot_id))
    if issue is not None and newest is not None and issue < newest:
        raise Conflict(
            f"This paper is issue {issue} of the ticket; issue {newest} replaced it.",
            code="TICKET_REPLACED",
            remedy="Throw it away and take the new one; the page of the ticket says what changed.",
        )
