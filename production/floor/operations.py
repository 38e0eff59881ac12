"""What operators do with a ticket: start, finish, give back, and say what nobody saw."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.errors import Conflict, InvalidInput, NotFound
from kernel.ids import show_ulid
from production.floor.copies import Copies, copies_of
from production.floor.spoilage import report_spoils
from production.jobs import lifecycle
from production.jobs.models import Operation, PresortBatch
from production.jobs.numbering import parse_ticket
from production.jobs.route import FINAL, batch_operation, make_ready, segment_operation
from production.jobs.states import OperationKind as K
from production.jobs.usage import Unit, record_usage
from production.mailroom.pieces.by_job import split_by_job
from production.mailroom.pieces.models import PieceRange, PieceStatus
from production.mailroom.pieces.ranges import Run, from_pieces
from store.db import UnitOfWork
from store.files import FileStore

FLOOR_KINDS = (K.PRINT, K.FOLD_INSERT)  # what people do; the system runs the rest or has its own verbs


def find_ticket(session: Session, text: str) -> Operation:
    """The operation of a scanned or typed ticket. InvalidInput TICKET, or NotFound."""
    ticket = parse_ticket(text)
    operation = session.scalars(select(Operation).filter_by(ticket=str(ticket))).first()
    if operation is None:
        raise NotFound(f"There is no operation with the ticket {ticket}.", code="TICKET")
    return operation


def start(uow: UnitOfWork, ticket: str, *, work_center: str) -> Operation:
    """An operator begins. IllegalTransition with the present state when it is not READY; OnHold."""
    operation = _locked(uow, ticket)
    if not work_center.strip():
        raise InvalidInput("Say at which machine or bench.", code="WORK_CENTER")
    lifecycle.refuse_if_held(uow.session, "start", batch_id=operation.batch_id)
    lifecycle.advance(uow, operation, "start", work_center=work_center.strip())
    operation.operator, operation.work_center = uow.actor.name, work_center.strip()
    operation.started_at, operation.finished_at = uow.now, None
    return operation


def finish(
    uow: UnitOfWork,
    ticket: str,
    *,
    files: FileStore,
    good: int | None = None,
    spoiled_pieces: str = "",
    reason: str = "",
) -> Operation:
    """An operator ends a run; spoiled pieces may be named in the same act.

    ``good`` is the machine's count, when it has one: a Conflict COUNT unless it is what must have come out.
    """
    operation = _locked(uow, ticket)
    if spoiled_pieces.strip():
        report_spoils(uow, operation, pieces=spoiled_pieces, reason=reason)
    copies = copies_of(uow.session, operation)
    lifecycle.advance(uow, operation, "finish", good=len(copies.good), spoiled=len(copies.spoiled))
    if good is not None and good != len(copies.good):
        raise Conflict(
            f"The machine counted {good:,} good pieces; {len(copies.good):,} are expected "
            f"({len(copies.pieces):,} in the segment, {len(copies.spoiled):,} spoiled, "
            f"{len(copies.withdrawn):,} withdrawn).",
            code="COUNT",
            remedy="Report the missing pieces as spoiled, or correct the count.",
        )
    _record_done(uow, operation, copies, files)
    return operation


def give_back(uow: UnitOfWork, ticket: str, *, reason: str) -> Operation:
    """Stop without an outcome: nothing was made; the operation waits for somebody else."""
    return _advance_with_reason(uow, ticket, "give_back", reason)


def doubt(uow: UnitOfWork, ticket: str, *, reason: str) -> Operation:
    """Nobody knows whether the run happened: only ``confirm`` or ``deny`` by a person leads on."""
    return _advance_with_reason(uow, ticket, "doubt", reason)


def confirm(uow: UnitOfWork, ticket: str, *, reason: str, files: FileStore) -> Operation:
    """A person saw that the run happened: evidence and usage as if it had been finished."""
    operation = _advance_with_reason(uow, ticket, "confirm", reason)
    _record_done(uow, operation, copies_of(uow.session, operation), files)
    return operation


def deny(uow: UnitOfWork, ticket: str, *, reason: str) -> Operation:
    """A person saw that the run did not happen: FAILED, to be tried again."""
    return _advance_with_reason(uow, ticket, "deny", reason)


def fail(uow: UnitOfWork, ticket: str, *, reason: str) -> Operation:
    """The run broke off and nothing of it counts."""
    return _advance_with_reason(uow, ticket, "fail", reason)


def retry(uow: UnitOfWork, ticket: str, *, reason: str) -> Operation:
    """A failed operation may be started again."""
    return _advance_with_reason(uow, ticket, "retry", reason)


def _locked(uow: UnitOfWork, ticket: str) -> Operation:
    """The operation with its batch locked, so that starts, finishes and spoils of a batch come one by one."""
    operation = find_ticket(uow.session, ticket)
    if operation.kind not in FLOOR_KINDS:
        raise Conflict(
            f"{operation.ticket} is not for the floor: scan a ticket of print or fold and insert.",
            code="TICKET",
        )
    batch = uow.session.get_one(PresortBatch, operation.batch_id)
    uow.session.refresh(batch, with_for_update=True)
    uow.session.refresh(operation)
    return operation


def _advance_with_reason(uow: UnitOfWork, ticket: str, verb: str, reason: str) -> Operation:
    if not reason.strip():
        raise InvalidInput("Say why, in a few words.", code="REASON")
    operation = _locked(uow, ticket)
    lifecycle.advance(uow, operation, verb, reason=reason.strip()[:200])
    return operation


def _record_done(uow: UnitOfWork, operation: Operation, copies: Copies, files: FileStore) -> None:
    """Counts, evidence, what comes next, and usage of a run that happened."""
    batch = uow.session.get_one(PresortBatch, operation.batch_id)
    operation.good, operation.spoiled = len(copies.good), len(copies.spoiled)
    operation.finished_at = uow.now
    operation.operator = operation.operator or uow.actor.name
    if operation.kind is K.PRINT:
        _evidence(uow, operation, PieceStatus.PRINTED, from_pieces(copies.pieces))
        make_ready(uow, segment_operation(uow.session, batch, K.FOLD_INSERT, operation.segment))
    else:
        _evidence(uow, operation, PieceStatus.INSERTED, from_pieces(copies.good))
        _ready_to_reconcile(uow, batch)
    if not copies.is_reprint:  # a piece is charged once, however many copies the plant needed
        _record_usage(uow, operation, batch, copies, files)


def _evidence(uow: UnitOfWork, operation: Operation, status: PieceStatus, runs: Iterable[Run]) -> None:
    uow.session.add_all(
        PieceRange(
            batch_id=operation.batch_id,
            operation_id=operation.id,
            status=status,
            first_piece=first,
            last_piece=last,
            actor=uow.actor.name,
            occurred_at=uow.now,
            recorded_at=uow.now,
        )
        for first, last in runs
    )


def _ready_to_reconcile(uow: UnitOfWork, batch: PresortBatch) -> None:
    unfinished = uow.session.scalar(
        select(func.count())
        .select_from(Operation)
        .filter_by(batch_id=batch.id, kind=K.FOLD_INSERT)
        .where(Operation.state.not_in(FINAL))
    )
    if not unfinished:
        make_ready(uow, batch_operation(uow.session, batch, K.RECONCILE))


def _record_usage(
    uow: UnitOfWork, operation: Operation, batch: PresortBatch, copies: Copies, files: FileStore
) -> None:
    runs = from_pieces(copies.mailable)
    for job, pieces in split_by_job(uow.session, batch, runs, files=files):
        pages = job.pages or batch.pages_per_piece or 0
        unit, quantity = (
            (Unit.IMPRESSION, pieces * pages) if operation.kind is K.PRINT else (Unit.INSERTED_PIECE, pieces)
        )
        record_usage(
            uow,
            job,
            unit=unit,
            quantity=quantity,
            source=f"{show_ulid(operation.ulid)}:{job.number}",
            evidence={"ticket": operation.ticket, "pieces": pieces, "pages": pages, "runs": len(runs)},
            operation=operation,
            batch=batch,
        )
