"""What stands still until a person acts: holds on jobs and lots, and steps that ended without a result."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import Conflict, InvalidInput, NotFound
from kernel.ids import parse_ulid
from production.jobs import lifecycle
from production.jobs.models import Hold, Job, Lot, Operation
from production.jobs.states import LotKind, Stops
from store import outbox
from store.db import UnitOfWork
from store.outbox import OutboxMessage

PARKED = "step_parked"  # the hold that a parked step places; trying the step again lifts it
BY_PERSON = "by_person"
STOPS = {
    Stops.PRODUCTION: "Production and leaving",
    Stops.LEAVING: "Leaving only",
    Stops.BILLING: "Billing only",
    Stops.REMOVAL: "Removal of old files and names only",
}

# What a step is called where people read that it stopped, by its task.
STEPS = {
    "prepare": "The check of the files",
    "match_addresses": "The matching of addresses",
    "presort": "The sort",
    "merge": "The merge",
    "papers": "The drawing of the papers",
    "maildat": "The writing of Mail.dat",
    "read_maildat": "The reading of a Mail.dat set",
    "evidence": "The making of the evidence packet",
    "meter_check": "The check of a meter's day",
    "sorter_plan": "The bin plan",
    "sorter_log": "The reading of a sorter's log",
    "sorter_presort": "The sort of what the sorter read",
    "charge": "Charging",
    "export": "The chargeback export",
    "send_mail": "The sending of an e-mail",
    "send_vendor_mail": "The sending of an e-mail to a vendor",
}


# What a lot is called there, by its kind; others are what they are called by.
JOB, MAILING, STREAM = "Job", "Mailing", "Stream"
LOTS = {
    LotKind.PRESORT: STREAM,
    LotKind.SORTER: STREAM,
    LotKind.METER_DAY: "Meter sheet",
    LotKind.PRINT_RUN: "Print run",
}

# What people call a subject that no job, lot or operation has (its sort and its number), and its lots: told by the room
# that knows such subjects.
Shared = Callable[[Session, UUID], tuple[str, str, Sequence[Lot]] | None]
SHARED: list[Shared] = []


@dataclass(frozen=True, slots=True)
class OpenHold:
    """A hold that nobody has lifted. ``what`` and ``number`` of the job or lot it stops; ``may_lift``: it ends by a
    person's word, else when its parked step is tried again.
    """

    id: int
    number: str
    what: str
    words: str
    owner: str
    placed_at: datetime
    is_of_step: bool
    stops: str  # in words
    may_lift: bool


@dataclass(frozen=True, slots=True)
class StoppedStep:
    """A step that was parked or refused, with its cause in words; ``what`` and ``number`` of the job, lot or mailing,
    empty for a period. ``lots``: the numbers of the lots that wait for it.
    """

    key: str
    task: str
    words: str
    stopped_at: datetime | None
    what: str
    number: str
    lots: tuple[str, ...]


def open_holds(session: Session, *, lots: Collection[str] = ()) -> tuple[OpenHold, ...]:
    """Holds in force, oldest first; of some lots if they are named."""
    query = (
        select(Hold, Lot.number, Lot.kind, Job.number)
        .outerjoin(Lot, Lot.id == Hold.lot_id)
        .outerjoin(Job, Job.id == Hold.job_id)
        .where(Hold.lifted_at.is_(None))
        .order_by(Hold.id)
    )
    if lots:
        query = query.where(Lot.number.in_(lots))
    return tuple(
        OpenHold(
            hold.id, of_lot or of_job or "", LOTS[kind] if kind else JOB, hold.words, hold.owner, hold.placed_at,
            hold.reason == PARKED, STOPS[hold.stops], _may_lift(hold),
        )
        for hold, of_lot, kind, of_job in session.execute(query)
    )  # fmt: skip


def counts(session: Session) -> tuple[int, int]:
    """How many holds a person may lift, and how many steps wait for one."""
    holds = session.scalars(select(Hold).where(Hold.lifted_at.is_(None)))
    return sum(_may_lift(hold) for hold in holds), len(outbox.parked(session))


def stopped_steps(session: Session, *, lots: Collection[str] = ()) -> tuple[StoppedStep, ...]:
    """Steps that wait for a person, oldest first; of some lots and their operations if they are named."""
    lines = [_line(session, message) for message in outbox.parked(session)]
    return tuple(line for line in lines if not lots or set(lots) & set(line.lots))


def try_again(uow: UnitOfWork, key: str) -> str:
    """Ask for a stopped step once more and lift the hold it placed."""
    message = uow.session.scalars(select(OutboxMessage).filter_by(key=key)).first()
    new_key = outbox.try_parked(uow, key)
    assert message is not None  # try_parked has found it  # noqa: S101
    for thing in owners_of(uow.session, parse_ulid(message.subject)):
        lifecycle.lift(uow, thing, PARKED, words=message.failure)
        lifecycle.note(uow, thing, "tried_again", step=message.task)
    return new_key


def place(uow: UnitOfWork, lot: Lot, *, words: str, stops: Stops = Stops.PRODUCTION) -> None:
    """Stop a lot until the hold is lifted. InvalidInput HOLD without words."""
    if not words.strip():
        raise InvalidInput("Say why it is stopped.", code="HOLD")
    lifecycle.hold(uow, lot, reason=BY_PERSON, words=words.strip()[:500], stops=stops)


def lift(uow: UnitOfWork, hold_id: int) -> str:
    """Lift a hold; gives the number it stopped. Conflict HOLD where a parked step's result is needed to go on: that is
    tried again instead. What only keeps mail here may leave without it, on a person's word.
    """
    hold = uow.session.scalars(select(Hold).filter_by(id=hold_id, lifted_at=None).with_for_update()).first()
    if hold is None:
        raise NotFound("There is no such hold; perhaps it is lifted already.")
    if not _may_lift(hold):
        raise Conflict("A step stands still here. Try the step again; that lifts the hold.", code="HOLD")
    owner = (Lot, hold.lot_id) if hold.lot_id is not None else (Job, hold.job_id)
    thing: Job | Lot = uow.session.get_one(*owner)
    lifecycle.lift(uow, thing, hold.reason, id=hold.id)
    return thing.number


def _may_lift(hold: Hold) -> bool:
    return hold.reason != PARKED or hold.stops is Stops.LEAVING


def owners_of(session: Session, subject: UUID) -> Sequence[Job | Lot]:
    """The job or lots that people look at for a step's subject; none for periods."""
    return _named(session, subject)[2]


def _named(session: Session, subject: UUID) -> tuple[str, str, Sequence[Job | Lot]]:
    """What people call the subject: its sort and its number; and whom its steps stop."""
    operation = session.scalars(select(Operation).filter_by(ulid=subject)).first()
    thing: Job | Lot | None
    if operation is not None:
        thing = session.get_one(Lot, operation.lot_id)
    else:
        thing = (
            session.scalars(select(Job).filter_by(ulid=subject)).first()
            or session.scalars(select(Lot).filter_by(ulid=subject)).first()
        )
    if thing is not None:
        return LOTS[thing.kind] if isinstance(thing, Lot) else JOB, thing.number, [thing]
    return next((found for shared in SHARED if (found := shared(session, subject))), ("", "", []))


def _line(session: Session, message: OutboxMessage) -> StoppedStep:
    what, number, things = _named(session, parse_ulid(message.subject))
    return StoppedStep(
        key=message.key,
        task=STEPS.get(message.task, message.task),
        words=message.failure or "",
        stopped_at=message.done_at,
        what=what,
        number=number,
        lots=tuple(thing.number for thing in things if isinstance(thing, Lot)),
    )
