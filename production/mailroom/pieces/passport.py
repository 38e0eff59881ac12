"""The whole life of one letter, from its row of the list to its charge: what happened with its proof, what is to come.

Scans after the dock are not here: the Postal Service's are not read in yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.clock import business_date
from kernel.errors import NotFound
from production.jobs.expected import Expected
from production.jobs.models import Job, JobEvent, Operation
from production.jobs.states import JobState, LotState, OperationCode
from production.jobs.states import OperationState as O
from production.mailings.models import PresortStream
from production.mailroom.pieces.story import PieceEvent, PieceStory

_EXPLAINED = (LotState.PRODUCED, LotState.DISPATCHED, LotState.DELIVERED)
_CHARGED = (JobState.BILLED, JobState.CLOSED)
_MADE = (("Printed", OperationCode.PRINT), ("Inserted", OperationCode.FOLD_INSERT))


class Proof(StrEnum):
    """Who can say that it happened: a machine or the system, or a person who did or saw it."""

    MACHINE = "machine"
    PERSON = "person"


class HandedOver(NamedTuple):
    """How its mailing left: both halves of custody in words; ``received_at`` None while it is on the road."""

    left_at: datetime
    words: str
    received_at: datetime | None
    receipt: str


@dataclass(frozen=True, slots=True)
class LifeStep:
    """One step. ``state`` is done, reprint, withdrawn or waiting; ``actor`` did it; ``expected`` while it waits."""

    name: str
    state: str
    words: str = ""
    at: datetime | None = None
    actor: str = ""
    proof: Proof | None = None
    expected: Expected | None = None


@dataclass(frozen=True, slots=True)
class Copies:
    """How often it was printed and spoiled, by the evidence of its copies."""

    printed: int
    spoiled: int

    @property
    def is_single(self) -> bool:
        """Exactly one good copy exists: every other one was spoiled."""
        return self.printed == self.spoiled + 1

    @property
    def is_too_many(self) -> bool:
        """A copy exists that nobody can explain."""
        return self.printed > self.spoiled + 1


def copies(events: Sequence[PieceEvent]) -> Copies:
    """Counted from what is recorded of a piece."""
    words = [event.words for event in events]
    return Copies(words.count("Printed"), sum(word.startswith("Spoiled") for word in words))


def life(
    session: Session, story: PieceStory, handed_over: Sequence[HandedOver], now: datetime
) -> list[LifeStep]:
    """Every step in its order, those to come with the day they are expected."""
    stream = session.scalars(select(PresortStream).filter_by(number=story.stream_number)).first()
    job = session.scalars(select(Job).filter_by(number=story.job_number)).first()
    if stream is None or job is None:
        raise NotFound("There is no such piece.")
    query = (
        select(Operation.type, func.max(JobEvent.occurred_at))
        .outerjoin(JobEvent, (JobEvent.operation_id == Operation.id) & (JobEvent.to_state == O.DONE.value))
        .where(Operation.lot_id == stream.id)
        .group_by(Operation.type)
    )
    ended: dict[str, datetime | None] = dict(session.execute(query).all())
    steps = [_listed(story, job), _sorted(story, ended.get(OperationCode.PRESORT))]
    steps += [_recorded(event) for event in story.events]
    if any(event.words == "Withdrawn" for event in story.events):
        return steps
    made = [_to_make(name, story) for name, code in _MADE if code in ended]
    steps += [step for step in made if step is not None]
    steps.append(
        LifeStep(
            "Every piece accounted for",
            "done",
            "Its stream is whole.",
            ended.get(OperationCode.RECONCILE),
            proof=Proof.MACHINE,
        )
        if stream.state in _EXPLAINED
        else LifeStep(
            "Every piece accounted for", "waiting", expected=Expected("usually by", stream.ready_by)
        )
    )
    steps += [*_left(stream, handed_over), _charged(session, job, stream)]
    return [_still_expected(step, now) for step in steps]


def _listed(story: PieceStory, job: Job) -> LifeStep:
    row = f"Row {story.letter.source_row:,} of the job's list. " if story.letter else ""
    return LifeStep(
        "In the list", "done", f"{row}ZIP Code {story.zip5}.", job.created_at, proof=Proof.MACHINE
    )


def _sorted(story: PieceStory, at: datetime | None) -> LifeStep:
    words = f"{story.level}, place {story.place:,} of {story.tray_pieces:,} in tray {story.tray:,}."
    return LifeStep("Sorted and barcoded", "done", words, at, proof=Proof.MACHINE)


def _recorded(event: PieceEvent) -> LifeStep:
    is_spoil = event.words.startswith("Spoiled")
    state = "reprint" if is_spoil else "withdrawn" if event.words == "Withdrawn" else "done"
    words = f"{event.place}, {event.ticket}." if event.place else f"{event.ticket}."
    if is_spoil:
        words += " That copy is destroyed; a reprint replaces it."
    return LifeStep(event.words, state, words, event.at, event.actor, Proof.PERSON)


def _to_make(name: str, story: PieceStory) -> LifeStep | None:
    """Still to be done at a machine; after a spoil, once more."""
    since = [event.words for event in story.events]
    spoils = [place for place, words in enumerate(since) if words.startswith("Spoiled")]
    if name in since[spoils[-1] + 1 if spoils else 0 :]:
        return None
    return LifeStep(name, "waiting", expected=Expected("usually by", story.ready_by))


def _left(stream: PresortStream, handed_over: Sequence[HandedOver]) -> Iterator[LifeStep]:
    planned = Expected("planned for", stream.mail_date)
    if not handed_over:
        yield LifeStep("Left the plant", "waiting", expected=planned)
        yield LifeStep("Handed over, with proof", "waiting", expected=planned)
    for one in handed_over:
        yield LifeStep("Left the plant", "done", one.words, one.left_at, proof=Proof.PERSON)
        if one.received_at:
            yield LifeStep(
                "Handed over, with proof", "done", one.receipt, one.received_at, proof=Proof.PERSON
            )
        else:
            yield LifeStep("Handed over, with proof", "waiting", expected=planned)


def _charged(session: Session, job: Job, stream: PresortStream) -> LifeStep:
    if job.state not in _CHARGED:
        return LifeStep("Charged", "waiting", expected=Expected(f"on the bill of {stream.mail_date:%B}"))
    moved = select(JobEvent.occurred_at).filter_by(job_id=job.id, to_state=JobState.BILLED.value)
    return LifeStep("Charged", "done", "With its job.", session.scalar(moved), proof=Proof.MACHINE)


def _still_expected(step: LifeStep, now: datetime) -> LifeStep:
    """A day that is over is expected no more."""
    at = step.expected.at if step.expected else None
    if at is None or isinstance(at, datetime) or at >= business_date(now):
        return step
    return LifeStep(step.name, step.state, step.words)
