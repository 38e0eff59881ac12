"""What operators do with a ticket: start, finish, give back, and say what nobody saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import Conflict, IllegalTransition, InvalidInput, NotFound
from kernel.findings import Finding, Place, Severity
from production.catalog.models import OperationType, WorkCenter
from production.catalog.models import Place as Where
from production.catalog.rows import OperationTypeRow
from production.floor.ledger import lines
from production.floor.ledger.book import waits_for
from production.floor.ledger.lines import Counted
from production.floor.ledger.numbers import refuse_gap
from production.floor.models import MakeUp
from production.floor.working import spells
from production.floor.working.measured import refuse_outside
from production.jobs import lifecycle
from production.jobs.counting import Counting, counting_of
from production.jobs.models import Lot, LotShare, Operation
from production.jobs.numbering import parse_ticket
from production.jobs.route import ready_next
from production.jobs.states import LotKind
from production.jobs.states import OperationState as O
from store.db import UnitOfWork
from store.files import FileStore

_COUNTED = (O.RUNNING, O.DONE, O.OUTCOME_UNKNOWN)


def find_ticket(session: Session, text: str) -> Operation:
    """The operation of a scanned or typed ticket. InvalidInput TICKET, or NotFound."""
    ticket = parse_ticket(text)
    operation = session.scalars(select(Operation).filter_by(ticket=str(ticket))).first()
    if operation is None:
        raise NotFound(f"There is no operation with the ticket {ticket}.", code="TICKET")
    return operation


def type_of(session: Session, operation: Operation) -> OperationType:
    """The row of the catalog that says what kind of step it is."""
    return session.get_one(OperationType, operation.type)


def made_as(session: Session, operation: Operation) -> OperationTypeRow:
    """The kind of step it is, as it was when it was laid out."""
    return operation.made_as or OperationTypeRow.model_validate(type_of(session, operation))


def is_of_floor(session: Session, operation: Operation) -> bool:
    """Do people do it at a machine or bench? The system does the rest, or other rooms by verbs of their own."""
    return type_of(session, operation).place is Where.FLOOR


def work_centers(session: Session) -> Sequence[WorkCenter]:
    """Machines and benches in use, by name."""
    query = select(WorkCenter).filter_by(is_active=True).order_by(WorkCenter.name, WorkCenter.code)
    return session.scalars(query).all()


def find_work_center(session: Session, text: str) -> WorkCenter:
    """The machine or bench in use with this code or name, as typed or scanned. InvalidInput WORK_CENTER."""
    said, places = " ".join(text.split()).lower(), work_centers(session)
    for place in places:
        if said in (place.code, place.name.lower()):
            return place
    words = f"There is no machine or bench called {said[:60]}." if said else "Say at which machine or bench."
    remedy = f"Choose one of {', '.join(place.name for place in places)}."
    finding = Finding("WORK_CENTER", Severity.STOP, words, remedy, Place(column="work_center"))
    raise InvalidInput(words, code="WORK_CENTER", remedy=remedy, findings=[finding])


def counting_at(session: Session, operation: Operation) -> Counting:
    """What counts mean where this operation is made."""
    return counting_of(session.get_one(Lot, operation.lot_id).kind)


def locked(uow: UnitOfWork, ticket: str) -> Operation:
    """The operation with its lot locked, so that starts, finishes and spoils of a lot come one by one. Conflict TICKET
    where it is not for the floor.
    """
    operation = find_ticket(uow.session, ticket)
    if not is_of_floor(uow.session, operation):
        raise Conflict(
            f"{operation.ticket} is not for the floor: scan a ticket of a machine or bench.", code="TICKET"
        )
    main = select(MakeUp.of_lot_id).filter_by(lot_id=operation.lot_id)  # counts of a make-up go into its run
    lot = uow.session.get_one(Lot, uow.session.scalars(main).first() or operation.lot_id)
    uow.session.refresh(lot, with_for_update=True)
    uow.session.refresh(operation)
    return operation


def start(
    uow: UnitOfWork, ticket: str, *, work_center: str, reason: str = "", occurred_at: datetime | None = None
) -> Operation:
    """An operator begins. IllegalTransition with the present state when it is not READY; OnHold; Conflict LAG while
    what came before it dries or sets, unless a ``reason`` says why it can begin.
    """
    operation = locked(uow, ticket)
    place = find_work_center(uow.session, work_center)
    lifecycle.refuse_if_held(uow.session, "start", lot_id=operation.lot_id)
    for job_id in uow.session.scalars(select(LotShare.job_id).filter_by(lot_id=operation.lot_id)):
        lifecycle.refuse_if_held(uow.session, "start", job_id=job_id)
    at = spells.moment(uow, operation, occurred_at)
    early = _why_early(uow, operation, at, reason)
    lifecycle.advance(uow, operation, "start", at, work_center=place.name, **early)
    operation.operator, operation.work_center = uow.actor.name, place.code
    operation.started_at, operation.finished_at = at, None
    spells.begin(uow, operation, place.code, spells.first_kind(made_as(uow.session, operation)), at)
    return operation


def finish(
    uow: UnitOfWork,
    ticket: str,
    *,
    files: FileStore,
    good: int | None = None,
    spoiled: str = "",
    reason: str = "",
    numbers: str = "",
    occurred_at: datetime | None = None,
) -> Operation:
    """An operator ends a run; spoils may be named in the same act.

    ``good`` is what came out in all by the machine's count, when it has one: a Conflict COUNT or COUNT_OVER unless it
    can have. ``numbers``: the good ones not counted before, where they have numbers; NUMBER_GAP while some are missing.
    """
    operation = locked(uow, ticket)
    counting = counting_at(uow.session, operation)
    _refuse_early(uow, operation)
    refuse_outside(uow.session, operation)
    at = spells.moment(uow, operation, occurred_at)
    if numbers.strip():
        _refuse_pieces(uow, operation)
        found = lines.of_numbers(uow.session, operation, numbers, Counted(reason=reason, occurred_at=at))
        lines.add(uow, operation, found)
        good = operation.good if good is None else good
    if ordered := lines.numbers_at(operation):
        refuse_gap(lines.counted_numbers(uow.session, operation), ordered, reason)
    if spoiled.strip():
        counting.spoil(uow, operation, named=spoiled, reason=reason)
    count = counting.count(uow.session, operation)
    ended = spells.end_all(uow, operation, at)
    lifecycle.advance(
        uow,
        operation,
        "finish",
        at,
        spells=[one.id for one in ended],
        good=count.good if good is None else good,
        spoiled=count.spoiled,
    )
    _record_done(uow, operation, good, files, at)
    return operation


def count(
    uow: UnitOfWork,
    ticket: str,
    counted: Counted,
    *,
    numbers: str = "",
    occurred_at: datetime | None = None,
) -> Operation:
    """What was counted so far at a step of a print run, perhaps at a second machine, or a correction of that. Conflict
    COUNT_OVER, RANGE_TWICE; InvalidInput COUNT, COUNT_UNIT; IllegalTransition unless it runs or has run.
    """
    operation = locked(uow, ticket)
    _refuse_pieces(uow, operation)
    if operation.state not in _COUNTED:
        raise IllegalTransition(
            f"Nothing can be counted at {operation.ticket} yet: it has not begun.",
            state=operation.state.value,
        )
    if occurred_at is not None:
        counted = replace(counted, occurred_at=spells.no_later(uow, occurred_at))
    if numbers.strip():
        counted = lines.of_numbers(uow.session, operation, numbers, counted)
    line = lines.add(uow, operation, counted)
    lifecycle.note(uow, operation, "counted", counted.occurred_at, line=line.id, **counted.told)
    return operation


def report_spoils(uow: UnitOfWork, ticket: str, *, named: str, reason: str) -> str:
    """What was spoiled at an operation, also found after the run; gives it in words. InvalidInput SPOIL."""
    operation = locked(uow, ticket)
    return counting_at(uow.session, operation).spoil(uow, operation, named=named, reason=reason)


def replace_spoils(uow: UnitOfWork, ticket: str) -> Operation:
    """Have the spoils of this ticket's lot made again; gives the first operation of it. Conflict SPOIL."""
    operation = find_ticket(uow.session, ticket)
    lot = uow.session.get_one(Lot, operation.lot_id)
    return counting_of(lot.kind).replace(uow, lot)


def give_back(uow: UnitOfWork, ticket: str, *, reason: str, occurred_at: datetime | None = None) -> Operation:
    """Stop without an outcome: nothing was made; the operation waits for somebody else."""
    return _advance_with_reason(uow, ticket, "give_back", reason, occurred_at)


def doubt(uow: UnitOfWork, ticket: str, *, reason: str, occurred_at: datetime | None = None) -> Operation:
    """Nobody knows whether the run happened: only ``confirm`` or ``deny`` by a person leads on."""
    return _advance_with_reason(uow, ticket, "doubt", reason, occurred_at)


def confirm(uow: UnitOfWork, ticket: str, *, reason: str, files: FileStore) -> Operation:
    """A person saw that the run happened: evidence and usage as if it had been finished."""
    operation = _advance_with_reason(uow, ticket, "confirm", reason)
    _record_done(uow, operation, None, files, uow.now)
    return operation


def deny(uow: UnitOfWork, ticket: str, *, reason: str) -> Operation:
    """A person saw that the run did not happen: FAILED, to be tried again."""
    return _advance_with_reason(uow, ticket, "deny", reason)


def fail(uow: UnitOfWork, ticket: str, *, reason: str, occurred_at: datetime | None = None) -> Operation:
    """The run broke off and nothing of it counts."""
    return _advance_with_reason(uow, ticket, "fail", reason, occurred_at)


def retry(uow: UnitOfWork, ticket: str, *, reason: str) -> Operation:
    """A failed operation may be started again."""
    return _advance_with_reason(uow, ticket, "retry", reason)


def _refuse_pieces(uow: UnitOfWork, operation: Operation) -> None:
    """Pieces of mail are told apart: they are reported one by one, not counted."""
    if uow.session.get_one(Lot, operation.lot_id).kind is not LotKind.PRINT_RUN:
        raise InvalidInput(
            f"{operation.ticket} is counted by its pieces.",
            code="COUNT_UNIT",
            remedy="Name the spoiled pieces.",
        )


def _why_early(uow: UnitOfWork, operation: Operation, at: datetime, reason: str) -> dict[str, str]:
    """What a start says of the wait after the steps before it that is not over; Conflict LAG without a reason."""
    until = dry_at(uow.session, operation)
    if operation.state is not O.READY or until is None or at >= until:
        return {}
    if not reason.strip():
        raise Conflict(
            f"What comes before {operation.ticket} must dry or set until {spells.shown(until)}.", code="LAG",
            remedy="Wait for it; or say why it can begin now.",
        )  # fmt: skip
    return {"reason": reason.strip()[:200], "before": spells.shown(until)}


def dry_at(session: Session, operation: Operation) -> datetime | None:
    """When the wait of its route is over: drying, glue. None without one."""
    before = spells.done_before(session, operation) if operation.lag_minutes else None
    return before and before + timedelta(minutes=operation.lag_minutes or 0)


def _refuse_early(uow: UnitOfWork, operation: Operation) -> None:
    """A step that a make-up still feeds is counted and not ended."""
    waits = waits_for(uow.session, operation)
    if waits:
        raise Conflict(
            f"{waits[0].ticket} of the make-up still feeds it.", code="COUNT",
            remedy="Count what is done; finish it when that has come.",
        )  # fmt: skip


def _advance_with_reason(
    uow: UnitOfWork, ticket: str, verb: str, reason: str, occurred_at: datetime | None = None
) -> Operation:
    if not reason.strip():
        raise InvalidInput("Say why, in a few words.", code="REASON")
    operation = locked(uow, ticket)
    at = spells.moment(uow, operation, occurred_at)
    lifecycle.advance(uow, operation, verb, at, reason=reason.strip()[:200])
    spells.end_all(uow, operation, at)
    return operation


def _record_done(
    uow: UnitOfWork, operation: Operation, good: int | None, files: FileStore, at: datetime
) -> None:
    """Counts, evidence and usage of a run that happened, and what comes next."""
    operation.finished_at = at
    operation.operator = operation.operator or uow.actor.name
    count = counting_at(uow.session, operation).done(uow, operation, good=good, files=files)
    operation.good, operation.spoiled = count.good, count.spoiled
    ready_next(uow, operation)
