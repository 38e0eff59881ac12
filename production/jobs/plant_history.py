"""What happened at the plant, in words for the plant: who did what to an operation or a lot, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from production.jobs import lifecycle
from production.jobs.models import Job, JobEvent, Lot, Operation
from production.jobs.numbering import parse_ticket
from production.jobs.states import LotKind
from production.jobs.stopped_work import STEPS

_NOTES = {
    "spoiled": "Pieces spoiled",
    "counted": "Counted",
    "run_began": "First good piece: the run began",
    "paused": "Paused",
    "resumed": "Went on",
    "take_back": "Taken back",
    "measured": "First piece measured",
    "first_piece_allowed": "First piece allowed by a second person",
    "help_came": "Helps",
    "help_left": "Stopped helping",
    "taken_over": "Taken over",
    "machine_joined": "A second machine works at it",
    "machine_left": "Done at this machine",
    "reprint": "Reprint made",
    "withdrawn": "Pieces withdrawn before printing",
    "held": "Put on hold",
    "hold_lifted": "Hold lifted",
    "hold_or_mail": "Decided: wait for more mail, or mail at once",
    "sending": "Print file on its way to the print folder",
    "sent_to_folder": "Print file lies in the print folder",
    "sent_to_printer": "Print file on its way to a printer",
    "printer_cancel": "Canceled at the printer",
    "printer_hold": "Held at the printer",
    "printer_release": "Released at the printer",
    "step_refused": "A step was refused",
    "placards": "Container placards printed",
    "maildat": "Mail.dat written",
    "single_piece_accepted": "Single-piece prices accepted for the mailing",
    "least_postage": "Sorted for least postage, as the Postal Service agreed",
    "evidence": "Evidence packet made",
    "ticket_issued": "Ticket issued",
    "tried_again": "A stopped step is tried again",
}
_SHOWN = (
    "decision",
    "recommended",
    "expected_to_save",
    "stops",
    "work_center",
    "printer",
    "attempt",
    "good",
    "spoiled",
    "held",
    "taken",
    "count",
    "measured",
    "before",
    "pieces",
    "issue",
    "postage",
    "reason",
    "way",
    "receipt",
    "agreed_by",
    "writing",
    "step",
    "code",
)

_WORDS = {
    "post_office": "post office",
    **{task: words.lower() for task, words in STEPS.items()},
}  # kept as codes


@dataclass(frozen=True, slots=True)
class Deed:
    """One event: its sentence, what is worth knowing about it, who did it (sign-in name) and when."""

    sentence: str
    details: str
    actor: str
    at: datetime
    of: str  # ticket of the operation, or number of the job; empty for the lot itself
    event: str


def last_event(session: Session, *, lot_number: str | None = None) -> int:
    """The number of the newest event of a lot, or of the whole plant: what a page has seen."""
    query = select(func.max(JobEvent.id))
    if lot_number is not None:
        lot = select(Lot.id).filter_by(number=lot_number).scalar_subquery()
        query = query.where(JobEvent.lot_id == lot)
    return session.scalar(query) or 0


def at_operation(session: Session, ticket: str, *, limit: int = 50) -> tuple[Deed, ...]:
    """The newest events of one operation."""
    return _deeds(session, _events().where(Operation.ticket == str(parse_ticket(ticket))), limit)


def at_lot(session: Session, lot_number: str, *, limit: int = 50) -> tuple[Deed, ...]:
    """The newest events of a lot and all its operations."""
    lot = select(Lot.id).filter_by(number=lot_number).scalar_subquery()
    return _deeds(session, _events().where(JobEvent.lot_id == lot), limit)


def _events() -> Select[JobEvent, str, Job, LotKind]:
    query = select(JobEvent, Operation.ticket, Job, Lot.kind)
    query = query.outerjoin(Operation, Operation.id == JobEvent.operation_id).outerjoin(
        Lot, Lot.id == JobEvent.lot_id
    )
    return query.outerjoin(Job, Job.id == JobEvent.job_id)


def _deeds(session: Session, query: Select[JobEvent, str, Job, LotKind], limit: int) -> tuple[Deed, ...]:
    rows = session.execute(query.order_by(JobEvent.id.desc()).limit(limit))
    return tuple(
        Deed(
            _sentence(event, job, kind),
            _details(event),
            event.actor,
            event.occurred_at,
            ticket or (job.number if job else ""),
            event.event,
        )
        for event, ticket, job, kind in rows
    )


def _sentence(event: JobEvent, job: Job | None, kind: LotKind) -> str:
    known = lifecycle.sentence(event, job=job.kind if job else None, lot=kind) or _NOTES.get(event.event)
    later = " (entered later)" if event.details.get("entered_later") else ""
    return (known or event.event.replace("_", " ").capitalize()) + later


def _details(event: JobEvent) -> str:
    given = {name: event.details[name] for name in _SHOWN if event.details.get(name) not in (None, "")}
    return "; ".join(f"{name.replace('_', ' ')} {_plain(value)}" for name, value in given.items())


def _plain(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else _WORDS.get(str(value), str(value))
