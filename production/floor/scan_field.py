"""The scan field at a press or an inserter: what one scan means where it is made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kernel.errors import Conflict, InvalidInput
from production.floor.operations import (
    counting_at,
    find_ticket,
    finish,
    is_of_floor,
    report_spoils,
    start,
    type_of,
)
from production.jobs.models import Operation
from production.jobs.numbering import looks_like_ticket, parse_ticket
from production.jobs.states import OperationState as O
from production.jobs.tickets import refuse_replaced
from store.db import UnitOfWork
from store.files import FileStore

_NOT_NOW = {
    O.WAITING: "what comes before it is not done",
    O.DONE: "it is finished",
    O.SKIPPED: "it is not needed",
    O.FAILED: "it failed and waits to be tried again",
    O.OUTCOME_UNKNOWN: "somebody must confirm or deny that it ran",
}


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan did: the sentence for the operator, the ticket it is about, and what it changed."""

    sentence: str
    ticket: str
    has_started: bool = False
    has_finished: bool = False


def scan(uow: UnitOfWork, text: str, *, work_center: str, occurred_at: datetime | None = None) -> Scanned:
    """A scan at no ticket in particular: starts a ready operation, finds a running one. Conflict otherwise."""
    if text.strip().isdigit() and not looks_like_ticket(text):
        raise InvalidInput("Scan the ticket first, then the spoiled page.", code="SCAN")
    operation = find_ticket(uow.session, text)
    refuse_replaced(uow.session, operation, parse_ticket(text).issue)
    if not is_of_floor(uow.session, operation):
        raise Conflict(
            f"{operation.ticket} cannot be started: it is not a ticket of the floor.", code="TICKET"
        )
    if operation.state is O.READY:
        operation = start(uow, operation.ticket, work_center=work_center, occurred_at=occurred_at)
        count = counting_at(uow.session, operation).count(uow.session, operation)
        sentence = f"Started: {_doing(uow, operation)} {operation.ticket}, {count.expected:,} {count.unit}s."
        return Scanned(sentence, operation.ticket, has_started=True)
    if operation.state is O.RUNNING:
        return Scanned(f"{operation.ticket} is running.", operation.ticket)
    why = _NOT_NOW.get(operation.state, operation.state.value)
    raise Conflict(f"{operation.ticket} cannot be started: {why}.", code="TICKET")


def scan_at(
    uow: UnitOfWork,
    ticket: str,
    text: str,
    *,
    reason: str,
    files: FileStore,
    occurred_at: datetime | None = None,
) -> Scanned:
    """A scan at a running operation: its own ticket finishes it, anything else names spoils."""
    operation = find_ticket(uow.session, ticket)
    if looks_like_ticket(text) or any(letter.isalpha() for letter in text):
        other = find_ticket(uow.session, text)
        if other.id != operation.id:
            raise Conflict(
                f"{other.ticket} is another ticket. Finish {operation.ticket} first.", code="TICKET"
            )
        refuse_replaced(uow.session, operation, parse_ticket(text).issue)
        operation = finish(uow, ticket, files=files, occurred_at=occurred_at)
        sentence = f"Finished: {_doing(uow, operation)} {ticket}, {good_words(uow, operation)}"
        spoiled = f", {operation.spoiled:,} spoiled." if operation.spoiled else "."
        return Scanned(sentence + spoiled, operation.ticket, has_finished=True)
    named = report_spoils(uow, ticket, named=text, reason=reason)
    return Scanned(f"{named} spoiled: {reason.strip()}.", operation.ticket)


def good_words(uow: UnitOfWork, operation: Operation) -> str:
    """``488 good sheets``: what came out of a finished operation."""
    unit = counting_at(uow.session, operation).count(uow.session, operation).unit
    return f"{operation.good or 0:,} good {unit}s"


def _doing(uow: UnitOfWork, operation: Operation) -> str:
    name = type_of(uow.session, operation).name
    return name[0].lower() + name[1:]
