"""What was agreed to: content, by the hashes of everything the work is made from. Nothing is made without."""

from __future__ import annotations

from sqlalchemy import select

from kernel.errors import Conflict
from production.jobs.models import Approval, Job, JobFile
from store.db import UnitOfWork

GIVEN_ROLES = ("template", "fields", "list", "repairs", "certificate", "artwork", "gang", "names", "spec")
_MADE_ROLES = ("accepted_list", "stated", "print_file", "sheets", "layout", "plan", "worksheet")
CONTENT_ROLES = (*GIVEN_ROLES, *_MADE_ROLES)


def of_component(role: str, position: int) -> str:
    """The role of a file of one component, where each has its own: artwork.1."""
    return f"{role}.{position}"


def is_given(role: str) -> bool:
    """Files that somebody gave; all others are made from them."""
    return role.partition(".")[0] in GIVEN_ROLES


def is_content(role: str) -> bool:
    """Files that decide what is made."""
    return role.partition(".")[0] in CONTENT_ROLES


def content_hashes(uow: UnitOfWork, job: Job) -> dict[str, str]:
    """Role to SHA-256 of everything the pieces are made from."""
    rows = uow.session.scalars(select(JobFile).filter_by(job_id=job.id, revision=job.revision))
    return {row.role: row.sha256 for row in rows if is_content(row.role)}


def require_approved(uow: UnitOfWork, job: Job) -> None:
    """Conflict APPROVAL_VOID unless exactly the files of the present revision were approved."""
    approval = standing_approval(uow, job)
    if approval is None or approval.hashes != content_hashes(uow, job):
        raise Conflict(
            f"The files of {job.number} are not those that were approved.",
            code="APPROVAL_VOID",
            remedy="The agency submits the job again and has it approved again.",
        )


def standing_approval(uow: UnitOfWork, job: Job) -> Approval | None:
    """The approval that holds for the present revision, if any."""
    query = select(Approval).filter_by(job_id=job.id, revision=job.revision, voided_at=None)
    return uow.session.scalars(query.order_by(Approval.id.desc())).first()
