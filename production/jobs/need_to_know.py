"""Who sees to whom letters go: the job's agency, and mail operators who said why, once for each job.

Everybody else sees counts. Each look is in the audit chain; the reason stands on the job's timeline, where its agency
reads it.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import Forbidden, refused_field
from production.jobs import lifecycle
from production.jobs.models import Job, JobEvent, Lot, LotShare
from production.jobs.states import JobKind
from production.people.models import Role
from store.db import Actor, UnitOfWork

OPENED = "recipients_opened"
LONGEST_REASON = 200
# Files of a job that name recipients, by role.
WITH_NAMES = frozenset(
    {
        "list", "repairs", "repairs_draft", "accepted_list", "rows_to_fix", "row_faults", "joined_rows",
        "address_changes", "proof",
    }
)  # fmt: skip


def opened(session: Session, actor: Actor, numbers: Iterable[str]) -> set[str]:
    """Those of these jobs whose recipients the actor may see; who prints a form sends it to nobody by name."""
    jobs = session.execute(
        select(Job.id, Job.number, Job.agency_id, Job.kind).where(Job.number.in_(set(numbers)))
    ).all()
    if actor.agency_id is not None:
        return {number for _, number, agency_id, _ in jobs if agency_id == actor.agency_id}
    nobody_named = {number for _, number, _, kind in jobs if kind is JobKind.PRINT}
    if Role.MAIL_OPERATOR.value not in actor.roles:
        return nobody_named
    said = select(JobEvent.job_id).where(
        JobEvent.job_id.in_([key for key, *_ in jobs]), JobEvent.event == OPENED, JobEvent.actor == actor.name
    )
    reasons = set(session.scalars(said))
    return nobody_named | {number for key, number, *_ in jobs if key in reasons}


def may_see(session: Session, actor: Actor, number: str) -> bool:
    """May the actor see the recipients of this job?"""
    return bool(opened(session, actor, [number]))


def open_recipients(uow: UnitOfWork, job: Job, reason: str) -> None:
    """A mail operator says why. Forbidden for others; InvalidInput REASON without words."""
    if uow.actor.agency_id is not None or Role.MAIL_OPERATOR.value not in uow.actor.roles:
        raise Forbidden("To whom letters go is for the job's agency and the mailroom.")
    reason = " ".join(reason.split())
    if not 5 <= len(reason) <= LONGEST_REASON:
        sentence = "Say in a few words why you need to see the recipients; their agency reads it."
        raise refused_field("REASON", "reason", sentence, outcome="The reason is missing.")
    if not may_see(uow.session, uow.actor, job.number):
        lifecycle.note(uow, job, OPENED, reason=reason)


def note_shown(uow: UnitOfWork, number: str, what: str) -> None:
    """Names of recipients were given out: into the audit chain, without them."""
    uow.audit("recipient", None, "names_shown", job=number, what=what)


def note_lot_shown(uow: UnitOfWork, lot_number: str, what: str) -> None:
    """Names of the recipients of every job of a lot were given out: each job's agency can read it."""
    query = select(Job.number).join(LotShare, LotShare.job_id == Job.id).join(Lot, Lot.id == LotShare.lot_id)
    numbers = uow.session.scalars(query.where(Lot.number == lot_number).distinct().order_by(Job.number)).all()
    for number in numbers:
        note_shown(uow, number, what)
