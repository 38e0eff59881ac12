"""Papers that an agency receives of its jobs, each kept by its hash from the first time it is asked for."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from production.jobs.models import Job, JobFile
from store.db import UnitOfWork
from store.files import FileRef, record_file


def kept_paper(session: Session, job: Job, role: str) -> str | None:
    """Its hash; None before somebody has asked for it."""
    query = select(JobFile.sha256).filter_by(job_id=job.id, revision=job.revision, role=role)
    return session.scalar(query)


def keep_paper(uow: UnitOfWork, job: Job, role: str, ref: FileRef, name: str) -> None:
    """From now on it is this one; nothing happens when somebody else was first, who has kept the same."""
    row = {
        "job_id": job.id, "revision": job.revision, "role": role, "sha256": record_file(uow, ref), "given_name": name,
        "pages": None,
    }  # fmt: skip
    uow.session.execute(insert(JobFile).values(row).on_conflict_do_nothing())
