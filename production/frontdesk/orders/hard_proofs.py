"""Proofs on paper: what was sent, who signed it, and on which day. It is written down for whoever asks later; the order
is approved by its approver all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.clock import business_date
from kernel.errors import InvalidInput, StaleVersion, refused_field
from production.jobs import lifecycle
from production.jobs.models import Job, JobEvent
from store.db import UnitOfWork

_SIGNED = "hard_proof_signed"


@dataclass(frozen=True, slots=True)
class HardProof:
    """The version that was on paper, what was sent, who signed it on which day, and who wrote that down."""

    revision: int
    sent: str
    signed_by: str
    signed_on: date
    recorded_by: str
    recorded_at: datetime


def record(uow: UnitOfWork, job: Job, *, revision: int, sent: str, signed_by: str, signed_on: date) -> None:
    """A version that somebody signed on paper. InvalidInput HARD_PROOF for a day that cannot be; StaleVersion
    PROOF_STALE when another version is the present one.
    """
    if job.revision != revision:
        raise StaleVersion(
            f"Version {revision} was signed; by now it is version {job.revision}. Have that one signed.",
            code="PROOF_STALE",
        )
    if signed_on > business_date(uow.now):
        raise _refusal("That day is still to come.")
    if signed_on < business_date(job.created_at):
        raise _refusal("It was not ordered yet on that day.")
    lifecycle.note(
        uow, job, _SIGNED, revision=revision, sent=sent, signed_by=signed_by, signed_on=signed_on.isoformat()
    )


def hard_proofs_of(session: Session, job: Job) -> Sequence[HardProof]:
    """All of a job, the newest first."""
    query = select(JobEvent).filter_by(job_id=job.id, event=_SIGNED).order_by(JobEvent.id.desc())
    return [
        HardProof(
            int(str(one.details["revision"])), str(one.details["sent"]), str(one.details["signed_by"]),
            date.fromisoformat(str(one.details["signed_on"])), one.actor, one.recorded_at,
        )
        for one in session.scalars(query)
    ]  # fmt: skip


def _refusal(sentence: str) -> InvalidInput:
    return refused_field("HARD_PROOF", "signed_on", sentence, outcome="The signature was not recorded.")
