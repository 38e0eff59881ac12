"""Accepting what preflight stops: by a person, in words, for this file and these findings alone."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import InvalidInput
from production.frontdesk.artwork.holder import SHOP, Holder, of_job
from production.frontdesk.artwork.models import Acceptance
from production.frontdesk.preparation.accepted import Accepted, can_accept, in_words
from production.jobs.models import Job, JobFile
from production.people.names import full_names
from production.prepress.preflight.press_report import PressFinding
from store.db import UnitOfWork


def accept(
    uow: UnitOfWork,
    holder: Holder,
    subject: tuple[str, UUID],
    component: str,
    sha256: str,
    found: Sequence[PressFinding],
    words: str,
) -> Acceptance:
    """Print it as it is. ``subject``: the job or draft as the audit chain names it; ``found``: what is told of the
    file under one code now. InvalidInput NOT_ACCEPTABLE for what nobody can accept, or is not found any more.
    """
    stopping = [one for one in found if can_accept(one)]
    if not stopping:
        raise InvalidInput(
            "This cannot be accepted, or is not found any more.", code="NOT_ACCEPTABLE",
            remedy="Look at the file again.",
        )  # fmt: skip
    row = Acceptance(
        **holder.facts, component=component, sha256=sha256, code=stopping[0].code,
        findings=tuple(map(in_words, stopping)), words=words, author=uow.actor.name, accepted_at=uow.now,
    )  # fmt: skip
    uow.session.add(row)
    kind, ulid = subject
    uow.audit(kind, ulid, "finding_accepted", code=row.code, file=sha256, part=component)
    return row


def acceptances(session: Session, holder: Holder) -> list[Accepted]:
    """All that was accepted, in the order it was said."""
    rows = session.scalars(holder.rows(Acceptance)).all()
    names = full_names(session, {row.author for row in rows}) if rows else {}
    return [
        Accepted(
            row.component,
            row.sha256,
            row.code,
            row.findings,
            row.words,
            names.get(row.author, SHOP),
            row.accepted_at,
        )
        for row in rows
    ]


def standing(session: Session, job: Job) -> list[Accepted]:
    """What was accepted of the files that the job has now, each file and code once: what proof and ticket show."""
    query = select(JobFile.sha256).filter_by(job_id=job.id, revision=job.revision)
    now = set(session.scalars(query))
    said = {(one.component, one.code): one for one in acceptances(session, of_job(job)) if one.sha256 in now}
    return list(said.values())
