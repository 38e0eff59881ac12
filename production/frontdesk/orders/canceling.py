"""Canceling a job that is not in production yet, and what becomes of the job that is printed or mailed with it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy.orm import Session

from kernel.errors import Conflict, InvalidInput, StaleVersion
from kernel.findings import Finding, Place, Severity
from production.frontdesk.orders.intake import submit_revision, void_approval
from production.jobs.lifecycle import advance, verbs
from production.jobs.models import Job
from production.jobs.states import JobState
from production.jobs.waiting import waits_no_more
from production.mailings import enclosures
from production.mailings.models import LetterJob
from store.db import UnitOfWork


class Beside(StrEnum):
    """What becomes of the jobs beside the one that is canceled."""

    CANCEL = "cancel"
    KEEP = "keep"


def beside(session: Session, job: Job) -> Sequence[Job]:
    """What can still be canceled with a job: the mailings of its pieces, or the print job whose pieces it mails."""
    linked: Sequence[Job] = enclosures.mailings_of(session, job)
    if isinstance(job, LetterJob) and job.encloses_id is not None:
        linked = [session.get_one(Job, job.encloses_id)]
    return [one for one in linked if "cancel" in verbs(one)]


def cancel(uow: UnitOfWork, job: Job, reason: str, *, others: Beside | None = None) -> None:
    """Stop a job; all or nothing with what is ``beside`` it: that is stopped too, or goes on, a mailing without the
    printed piece. InvalidInput BESIDE where that must be said and was not.
    """
    found = beside(uow.session, job)
    if found and others is None:
        raise _unsaid(found)
    if others is Beside.KEEP:
        _refuse_nothing_left(found)
    if others is Beside.CANCEL and not found:
        raise StaleVersion("The other job of this order can no longer be canceled. Look again.")
    for one in [job, *found] if others is Beside.CANCEL else [job]:
        _stop(uow, one, reason)
    for one in found if others is Beside.KEEP else ():
        if isinstance(one, LetterJob):
            _mail_alone(uow, one)


def _refuse_nothing_left(found: Sequence[Job]) -> None:
    """A mailing of nothing but the piece that is not printed any more cannot go on."""
    for one in found:
        if isinstance(one, LetterJob) and one.is_addressed:
            sentence = f"{one.number} mails the printed card itself: without it nothing is left to mail."
            said = Finding("BESIDE", Severity.STOP, sentence, "Cancel both.", Place(column="others"))
            raise InvalidInput(sentence, code="BESIDE", findings=[said])


def _stop(uow: UnitOfWork, job: Job, reason: str) -> None:
    void_approval(uow, job, "cancelled")
    advance(uow, job, "cancel", reason=reason[:200])
    waits_no_more(uow, job)


def _mail_alone(uow: UnitOfWork, mailing: LetterJob) -> None:
    """Another piece of mail than the one that was weighed, priced and perhaps approved: it is checked anew."""
    if mailing.state is JobState.SUBMITTED:
        raise Conflict(
            f"The mailing {mailing.number} is being checked at this moment. Wait a minute, or cancel both.",
            code="STATE_BUSY",
        )
    enclosures.take_out(uow, mailing)
    submit_revision(uow, mailing, {})


def _unsaid(found: Sequence[Job]) -> InvalidInput:
    numbers = ", ".join(one.number for one in found)
    sentence = f"Say what becomes of {numbers}, ordered with it."
    said = Finding("BESIDE", Severity.STOP, sentence, place=Place(column="others"))
    return InvalidInput(sentence, code="BESIDE", findings=[said])
