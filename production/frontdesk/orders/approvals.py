"""Consent: to content, named by the hashes of what will be printed, and to money, by the quote's total."""

from __future__ import annotations

from sqlalchemy import select

from kernel.errors import Forbidden, StaleVersion
from kernel.money import Money
from production.frontdesk.orders.models import Quote
from production.jobs.consent import content_hashes
from production.jobs.lifecycle import advance
from production.jobs.models import Approval, Job, JobEvent
from production.jobs.states import JobKind
from store import outbox
from store.db import UnitOfWork


def approve(uow: UnitOfWork, job: Job, *, revision: int, total: Money) -> Approval:
    """Approve the revision and total that were on the screen. Forbidden to the requester and to whoever
    submitted this revision; StaleVersion if revision or total have changed since.
    """
    if job.requester_id == uow.actor.user_id or uow.actor.name == _submitter(uow, job):
        raise Forbidden("The person who ordered cannot approve; ask another approver.", code="APPROVAL_SELF")
    quote = uow.session.scalars(select(Quote).filter_by(job_id=job.id, revision=job.revision)).first()
    if job.revision != revision or quote is None or quote.total != total:
        raise StaleVersion("The order or its price has changed since this page was shown. Look again.")
    approval = Approval(
        job_id=job.id,
        revision=job.revision,
        approver=uow.actor.name,
        hashes=content_hashes(uow, job),
        total=total,
        approved_at=uow.now,
    )
    uow.session.add(approval)
    advance(uow, job, "approve", total=total.plain, hashes=approval.hashes)
    if job.kind is JobKind.PRINT:  # mail waits in the pool for what it is sorted with
        outbox.request(uow, "release", job.ulid, revision=job.revision)
    return approval


def reject(uow: UnitOfWork, job: Job, reason: str) -> None:
    """Send back to the requester with a reason."""
    advance(uow, job, "reject", reason=reason[:500])


def _submitter(uow: UnitOfWork, job: Job) -> str | None:
    """Who submitted the present revision; perhaps not the person who ordered."""
    query = select(JobEvent.actor).filter_by(job_id=job.id, event="submit")
    return uow.session.scalars(query.order_by(JobEvent.id.desc()).limit(1)).first()
