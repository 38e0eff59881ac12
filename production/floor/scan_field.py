"""The scan field at a press or an inserter: what one scan means where it is made."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.errors import Conflict, InvalidInput
from production.floor.copies import copies_of
from production.floor.operations import FLOOR_KINDS, find_ticket, finish, start
from production.floor.spoilage import make_reprint, report_spoils
from production.jobs.models import Operation, PresortBatch
from production.jobs.states import OperationKind as K
from production.jobs.states import OperationState as O
from production.mailroom.pieces.models import Spoil
from production.mailroom.pieces.ranges import from_pieces, size, words
from store.db import UnitOfWork
from store.files import FileStore

# Offered on the screen; a report may give another reason in its own words.
SPOIL_REASONS = ("Jam", "Torn or creased", "Poor print", "Double feed", "Wrong insert", "Missing")
_DOING = {K.PRINT: "print", K.FOLD_INSERT: "fold and insert"}
_NOT_NOW = {
    O.WAITING: "what comes before it is not done",
    O.DONE: "it is finished",
    O.SKIPPED: "it is not needed",
    O.FAILED: "it failed and waits to be tried again",
    O.OUTCOME_UNKNOWN: "somebody must confirm or deny that it ran",
}
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan did: the sentence for the operator, the ticket it is about, and what it changed."""

    sentence: str
    ticket: str
    has_started: bool = False
    has_finished: bool = False


def scan(uow: UnitOfWork, text: str, *, work_center: str) -> Scanned:
    """A scan at no ticket in particular: starts a ready operation, finds a running one. Conflict otherwise."""
    if text.strip().isdigit():
        raise InvalidInput("Scan the ticket first, then the spoiled page.", code="SCAN")
    operation = find_ticket(uow.session, text)
    if operation.state is O.READY and operation.kind in FLOOR_KINDS:
        operation = start(uow, operation.ticket, work_center=work_center)
        count = len(copies_of(uow.session, operation).mailable)
        sentence = f"Started: {_DOING[operation.kind]} {operation.ticket}, {count:,} pieces."
        return Scanned(sentence, operation.ticket, has_started=True)
    if operation.state is O.RUNNING and operation.kind in FLOOR_KINDS:
        return Scanned(f"{operation.ticket} is running.", operation.ticket)
    raise Conflict(f"{operation.ticket} cannot be started: {_why_not(operation)}.", code="TICKET")


def scan_at(uow: UnitOfWork, ticket: str, text: str, *, reason: str, files: FileStore) -> Scanned:
    """A scan at a running operation: its own ticket finishes it, a page mark or piece numbers are spoiled."""
    operation = find_ticket(uow.session, ticket)
    if any(letter.isalpha() for letter in text):
        other = find_ticket(uow.session, text)
        if other.id != operation.id:
            raise Conflict(
                f"{other.ticket} is another ticket. Finish {operation.ticket} first.", code="TICKET"
            )
        operation = finish(uow, ticket, files=files)
        sentence = f"Finished: {_DOING[operation.kind]} {ticket}, {operation.good or 0:,} good pieces"
        spoiled = f", {operation.spoiled:,} spoiled." if operation.spoiled else "."
        return Scanned(sentence + spoiled, operation.ticket, has_finished=True)
    runs = from_pieces(report_spoils(uow, operation, pieces=text, reason=reason))
    noun = "Piece" if size(runs) == 1 else "Pieces"
    return Scanned(f"{noun} {words(runs, limit=_NAMED)} spoiled: {reason.strip()}.", operation.ticket)


def work_centers(session: Session, *, limit: int = 12) -> tuple[str, ...]:
    """Machines and benches named lately, the most recent first."""
    query = (
        select(Operation.work_center)
        .where(Operation.work_center.is_not(None))
        .group_by(Operation.work_center)
        .order_by(func.max(Operation.started_at).desc())
        .limit(limit)
    )
    return tuple(session.scalars(query))


def waiting_for_reprint(session: Session, batch_number: str) -> int:
    """How many spoiled pieces of a batch have no replacement yet."""
    query = select(func.count(Spoil.id)).join(PresortBatch, PresortBatch.id == Spoil.batch_id)
    query = query.where(PresortBatch.number == batch_number, Spoil.replacement_id.is_(None))
    return session.scalar(query) or 0


def reprint_of(uow: UnitOfWork, ticket: str) -> Operation:
    """A reprint for the batch of this ticket; gives its merge."""
    operation = find_ticket(uow.session, ticket)
    return make_reprint(uow, uow.session.get_one(PresortBatch, operation.batch_id))


def _why_not(operation: Operation) -> str:
    if operation.kind not in FLOOR_KINDS:
        return "it is not a ticket of the floor"
    return _NOT_NOW.get(operation.state, operation.state.value)
