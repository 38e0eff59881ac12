"""Printed pieces that go into the envelopes of a mailing of the same order, or are addressed by it: it waits until they
are made.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from production.catalog.piece_weight import Enclosed
from production.jobs.lifecycle import hold, note
from production.jobs.models import Job
from production.jobs.states import JobState
from production.jobs.stops import depository_copies
from production.jobs.waiting import AWAITS_PRINT
from production.mailings.models import LetterJob
from store.db import UnitOfWork

# Where a print job has its pieces made, or more.
_MADE = (JobState.PRODUCED, JobState.DISPATCHED, JobState.DELIVERED, JobState.BILLED, JobState.CLOSED)


def of(session: Session, job: LetterJob) -> tuple[Enclosed | None, int]:
    """What goes into the envelopes of a job, and of how many copies."""
    if job.encloses_id is None or job.enclosed_oz is None or job.enclosed_in is None:
        return None, 0
    printed = session.get_one(Job, job.encloses_id)
    return Enclosed(job.enclosed_oz, job.enclosed_in), (printed.quantity or 0) - depository_copies(
        session, printed
    )


def put_in(job: LetterJob, printed: Job, piece: Enclosed) -> None:
    """The pieces of a print job go into the envelopes of a mailing."""
    job.encloses_id, job.enclosed_oz, job.enclosed_in = printed.id, piece.weight_oz, piece.thickness_in


def take_out(uow: UnitOfWork, job: LetterJob) -> None:
    """The letters of a mailing go without the printed piece."""
    job.encloses_id = job.enclosed_oz = job.enclosed_in = None
    note(uow, job, "piece_taken_out")


def mailings_of(session: Session, printed: Job) -> Sequence[LetterJob]:
    """The mailings that wait for the pieces of a print job."""
    return session.scalars(select(LetterJob).filter_by(encloses_id=printed.id).order_by(LetterJob.id)).all()


def wait_for_print(uow: UnitOfWork, job: Job) -> None:
    """A mailing that was approved before its pieces are made is held until they are."""
    if not isinstance(job, LetterJob) or job.encloses_id is None:
        return
    printed = uow.session.get_one(Job, job.encloses_id)
    if printed.state not in _MADE:
        what = "the pieces that it addresses" if job.is_addressed else "what goes into its envelopes"
        words = f"waits for {what}: {printed.number}, {printed.title}"
        hold(uow, job, reason=AWAITS_PRINT, words=words)
