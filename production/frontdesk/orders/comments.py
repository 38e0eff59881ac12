"""Comments on a proof: words, the page they are about, and perhaps the place on it. They stay with the job, and are
ticked off one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import IllegalTransition, InvalidInput, NotFound, refused_field
from kernel.ids import named_ulid, new_ulid, show_ulid
from production.frontdesk.orders.models import ProofComment
from production.jobs.models import Job
from production.jobs.states import JobState as J
from production.people.names import full_names
from store.db import UnitOfWork

MOST_LETTERS = 1000
_OPEN = (J.PROOF_READY, J.NEEDS_FIX)  # between the first proof and the consent


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as it is shown; ``number`` on its page, ``done_by`` empty while it is open."""

    ulid: str
    number: int
    page: int
    left: Decimal | None
    top: Decimal | None
    words: str
    author: str
    made_at: datetime
    revision: int
    done_by: str


def can_comment(job_state: J) -> bool:
    """While somebody can still act on what is said."""
    return job_state in _OPEN


def comment(
    uow: UnitOfWork, job: Job, *, page: int, words: str, left: Decimal | None, top: Decimal | None
) -> ProofComment:
    """Say something about a page (from 1), at a place in percent of its width and height, or of the whole page.
    InvalidInput PROOF_COMMENT; IllegalTransition once the job was approved.
    """
    _refuse_after_consent(job)
    if (left is None) != (top is None):
        raise _refusal("left" if left is None else "top", "A place needs both numbers, or neither.")
    for name, share in (("left", left), ("top", top)):
        if share is not None and share > 100:
            raise _refusal(name, "This is beyond the page.")
    if not words:
        raise _refusal("words", "Say what is to be changed or asked.")
    said = ProofComment(
        ulid=new_ulid(uow.now), job_id=job.id, revision=job.revision, page=page, left_percent=left, top_percent=top,
        words=words, author=uow.actor.name, made_at=uow.now,
    )  # fmt: skip
    uow.session.add(said)
    is_own = job.requester_id == uow.actor.user_id
    uow.audit("job", job.ulid, "proof_answered" if is_own else "proof_commented", of=job.number, page=page)
    return said


def tick_off(uow: UnitOfWork, job: Job, ulid: str) -> ProofComment:
    """What was asked is done; nothing happens when it was ticked off before. NotFound."""
    _refuse_after_consent(job)
    query = select(ProofComment).filter_by(job_id=job.id, ulid=named_ulid(ulid, "comment"))
    said = uow.session.scalars(query.with_for_update()).first()
    if said is None:
        raise NotFound("There is no such comment.")
    if said.done_at is None:
        said.done_at, said.done_by = uow.now, uow.actor.name
        uow.audit("job", job.ulid, "proof_comment_done", of=job.number, page=said.page)
    return said


def comments_of(session: Session, job: Job) -> Sequence[Comment]:
    """All of a job, page by page in the order they were made; numbered on each page."""
    query = select(ProofComment).filter_by(job_id=job.id).order_by(ProofComment.page, ProofComment.id)
    rows = session.scalars(query).all()
    people = {name for row in rows for name in (row.author, row.done_by) if name}
    names = full_names(session, people) if people else {}
    found: list[Comment] = []
    for row in rows:
        before = found[-1].number if found and found[-1].page == row.page else 0
        found.append(
            Comment(
                show_ulid(row.ulid), before + 1, row.page, row.left_percent, row.top_percent, row.words,
                names.get(row.author, row.author), row.made_at, row.revision,
                names.get(row.done_by or "", row.done_by or ""),
            )
        )  # fmt: skip
    return found


def as_reason(comments: Sequence[Comment]) -> str:
    """What is still open, as the reason with which a proof is sent back."""
    return " ".join(f"Page {one.page}: {one.words}" for one in comments if not one.done_by)


def _refuse_after_consent(job: Job) -> None:
    if not can_comment(job.state):
        raise IllegalTransition("There is no proof to comment on, or not any more.", state=job.state.value)


def _refusal(field: str, sentence: str) -> InvalidInput:
    return refused_field("PROOF_COMMENT", field, sentence, outcome="The comment was not kept.")
