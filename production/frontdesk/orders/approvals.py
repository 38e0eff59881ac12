"""Consent: to content, named by the hashes of what will be printed, and to money, by the quote's total."""

from __future__ import annotations

from sqlalchemy import select

from kernel.errors import Forbidden, IllegalTransition, StaleVersion
from kernel.money import Money
from production.frontdesk.orders.models import Quote
from production.jobs.consent import content_hashes
from production.jobs.lifecycle import advance
from production.jobs.models import Approval, Job, JobEvent
from production.jobs.states import JobKind, JobState
from production.people.approval_rules import limit_of, who_may_approve
from production.people.models import User
from store import outbox
from store.db import UnitOfWork


def approve(uow: UnitOfWork, job: Job, *, revision: int, total: Money) -> Approval:
    """Approve the revision and total that were on the screen. Forbidden to the requester, to whoever submitted this
    revision, and above the person's limit; StaleVersion if revision or total have changed since.
    """
    if job.requester_id == uow.actor.user_id or uow.actor.name == _submitter(uow, job):
        sentence = "The person who ordered cannot approve; ask another approver."
        raise Forbidden(sentence, code="APPROVAL_SELF", remedy=_whom_to_ask(uow, job, total))
    limit = limit_of(uow.session, uow.actor.user_id)
    if limit is not None and total > limit:
        sentence = f"You may approve up to ${limit} of one job, and this one costs ${total}."
        raise Forbidden(sentence, code="APPROVAL_LIMIT", remedy=_whom_to_ask(uow, job, total))
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


def ask(uow: UnitOfWork, job: Job) -> list[str]:
    """Ask those who may approve to look, or, where nobody else may, the plant for an approver; once a day. Gives the
    names of who is asked, none for the plant.
    """
    if job.state is not JobState.PROOF_READY:
        raise IllegalTransition("This job does not wait for an approval.", state=job.state.value)
    quote = uow.session.scalars(select(Quote).filter_by(job_id=job.id, revision=job.revision)).first()
    total = quote.total if quote else None
    names = who_may_approve(uow.session, job.agency_id, total, besides=_ordered_by(uow, job))
    asked = "approval_asked_again" if names else "approver_asked_for"
    uow.audit("job", job.ulid, asked, of=job.number, **({"total": total.plain} if total else {}))
    return names


def _ordered_by(uow: UnitOfWork, job: Job) -> str:
    return uow.session.scalar(select(User.sign_in_name).filter_by(id=job.requester_id)) or ""


def _whom_to_ask(uow: UnitOfWork, job: Job, total: Money) -> str:
    names = who_may_approve(uow.session, job.agency_id, total, besides=uow.actor.name)
    if names:
        return f"This can be approved by {', '.join(names)}."
    return "Nobody else of your agency may approve this: the plant's administrator can name somebody."


def reject(uow: UnitOfWork, job: Job, reason: str) -> None:
    """Send back to the requester with a reason."""
    advance(uow, job, "reject", reason=reason[:500])


def _submitter(uow: UnitOfWork, job: Job) -> str | None:
    """Who submitted the present revision; perhaps not the person who ordered."""
    query = select(JobEvent.actor).filter_by(job_id=job.id, event="submit")
    return uow.session.scalars(query.order_by(JobEvent.id.desc()).limit(1)).first()
