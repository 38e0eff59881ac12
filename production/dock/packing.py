"""Packing: what was made goes into cartons, stop by stop, each counted and closed before anything leaves.

A row is a closed carton. Open ones are worked out anew from what is left to pack, so that a count which is otherwise
than planned moves the rest by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import count, islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import Conflict, IllegalTransition, InvalidInput, NotFound
from production.catalog.products.cartons import InCartons, filled
from production.dock.models import Carton, Delivery
from production.dock.pick_up import announce
from production.dock.stops import STANDS
from production.jobs import lifecycle
from production.jobs.made import MadeOf, made_of
from production.jobs.models import DeliveryStop, Job
from production.jobs.numbering import carton_code, parse_carton
from production.jobs.states import JobKind, JobState
from production.jobs.stops import stops_of
from store.db import UnitOfWork

_DIGITS = 7  # of a count; more are a ticket or another code
_MADE = (JobState.PRODUCED, JobState.DISPATCHED, JobState.DELIVERED, JobState.BILLED, JobState.CLOSED)


@dataclass(frozen=True, slots=True)
class CartonLine:
    """A carton, closed or as it is planned. ``of``: which one of its stop it is, of how many."""

    number: int
    pieces: int
    lb: Decimal | None
    stop_id: int | None
    position: int  # of its stop in the order; 0 without one
    place: str
    of: tuple[int, int]
    closed_at: datetime | None = None
    closed_by: str = ""
    inside: str = ""  # the label of the carton of another job that it lies in


@dataclass(frozen=True, slots=True)
class Packing:
    """All cartons of a job in the order of their numbers; ``too_many``: pieces in closed ones beyond what was made."""

    made: MadeOf
    cartons: tuple[CartonLine, ...]
    too_many: int

    @property
    def sum(self) -> int:
        """Pieces in all of them."""
        return sum(one.pieces for one in self.cartons)

    @property
    def open(self) -> tuple[CartonLine, ...]:
        """Those to be packed, the next one first."""
        return tuple(one for one in self.cartons if one.closed_at is None)

    @property
    def closed(self) -> tuple[CartonLine, ...]:
        """Those that were counted."""
        return tuple(one for one in self.cartons if one.closed_at is not None)

    @property
    def packed_stops(self) -> Mapping[int, str]:
        """Places all of whose pieces are in closed cartons, by their place in the order; 0: of a job without stops."""
        waiting = {one.position for one in self.open}
        return {one.position: one.place for one in self.cartons if one.position not in waiting}

    def carton(self, number: int) -> CartonLine:
        """NotFound CARTON."""
        found = next((one for one in self.cartons if one.number == number), None)
        if found is None:
            raise NotFound(f"There is no carton {number} of this job.", code="CARTON")
        return found


@dataclass(frozen=True, slots=True)
class _Share:
    """What goes to a stop of all that was made, and its closed cartons; ``inside``: labels of those they lie in."""

    stop: DeliveryStop | None
    pieces: int
    closed: tuple[Carton, ...]
    inside: Mapping[int, str]

    @property
    def key(self) -> int | None:
        return self.stop.id if self.stop else None

    @property
    def left(self) -> int:
        return self.pieces - sum(one.pieces for one in self.closed)


def packing_of(session: Session, job: Job, by: InCartons | None) -> Packing:
    """Closed cartons and those that the rest is planned to go into; one for all of a stop where no carton is known.
    IllegalTransition before it is made.
    """
    if job.kind is not JobKind.PRINT or job.state not in _MADE:
        raise IllegalTransition(
            f"{job.number} is not made yet: nothing can be packed.", state=job.state.value
        )
    made = made_of(session, job)
    shares = _shares(session, job, made.to_leave)
    taken = {one.number for share in shares for one in share.closed}
    free = (number for number in count(1) if number not in taken)
    lines = [line for share in shares for line in _lines(share, by, free)]
    too_many = sum(max(-share.left, 0) for share in shares)
    return Packing(made, tuple(sorted(lines, key=lambda line: line.number)), too_many)


def _lines(share: _Share, by: InCartons | None, free: Iterator[int]) -> Iterator[CartonLine]:
    left = max(share.left, 0)
    planned = list(filled(left, by.per_carton if by else max(left, 1)))
    own = {one.number: one for one in share.closed}
    pieces = {number: one.pieces for number, one in own.items()} | dict(
        zip(islice(free, len(planned)), planned, strict=True)
    )
    stop: tuple[int | None, int, str] = (None, 0, "")
    if share.stop:
        stop = (share.stop.id, share.stop.position, share.stop.place)
    for at, number in enumerate(sorted(pieces), start=1):
        row, of = own.get(number), (at, len(pieces))
        if row:
            inside = share.inside.get(number, "")
            yield CartonLine(number, row.pieces, row.lb, *stop, of, row.closed_at, row.closed_by, inside)
        else:
            yield CartonLine(number, pieces[number], by.weight(pieces[number]) if by else None, *stop, of)


def close(uow: UnitOfWork, job: Job, by: InCartons | None, number: int, pieces: int | None = None) -> int:
    """A carton is full, with as many as were planned unless counted otherwise; gives how many. InvalidInput
    CARTON_WEIGHT above what the carton may weigh, CARTON_COUNT above what is left for its stop; Conflict CARTON_CLOSED.
    """
    found = _to_change(uow, job, by).carton(number)
    if found.closed_at is not None:
        raise Conflict(f"Carton {number} is closed already.", code="CARTON_CLOSED")
    counted = found.pieces if pieces is None else pieces
    shares = _shares(uow.session, job, made_of(uow.session, job).to_leave)
    left = next(share.left for share in shares if share.key == found.stop_id)
    if not 0 < counted <= left:
        raise InvalidInput(
            f"{left:,} pieces are left to pack here, and {counted:,} cannot be in carton {number}.",
            code="CARTON_COUNT", field="pieces", remedy="Count again.",
        )  # fmt: skip
    if by and by.pounds(counted) > by.max_lb:
        raise InvalidInput(
            f"{counted:,} pieces weigh {by.weight(counted)} lb; carton {by.carton} may weigh {by.max_lb:g} lb.",
            code="CARTON_WEIGHT", field="pieces", remedy=f"Put in {by.per_carton:,} at most.",
        )  # fmt: skip
    _close(uow, job, by, replace(found, pieces=counted))
    _tell_if_packed(uow, job, by)
    return counted


def close_scanned(uow: UnitOfWork, job: Job, by: InCartons | None, number: int, text: str) -> tuple[int, int]:
    """What the packer typed or scanned at a carton: nothing closes it as planned, digits are its count, a label closes
    the carton that it names, that of another job's carton puts the pieces into that. Gives carton and pieces.
    InvalidInput CARTON_COUNT, CARTON.
    """
    typed = text.strip().replace(",", "")
    if not typed:
        return number, close(uow, job, by, number)
    if typed.isascii() and typed.isdigit() and len(typed) <= _DIGITS:
        return number, close(uow, job, by, number, int(typed))
    of, named = parse_carton(typed)
    if of != job.number:
        return number, close_into(uow, job, by, number, _host(uow.session, job, of, named))
    return named, close(uow, job, by, named)


def close_into(uow: UnitOfWork, job: Job, by: InCartons | None, number: int, host: Carton) -> int:
    """The pieces planned for a carton go into a closed one of another job for the same place. InvalidInput CARTON where
    that is elsewhere or has left, CARTON_WEIGHT where it gets too heavy; Conflict CARTON_CLOSED.
    """
    found = _to_change(uow, job, by).carton(number)
    if found.closed_at is not None:
        raise Conflict(f"Carton {number} is closed already.", code="CARTON_CLOSED")
    stop = uow.session.get(DeliveryStop, host.stop_id) if host.stop_id else None
    gone = host.stop_id in _left(uow.session, uow.session.get_one(Job, host.job_id))
    if gone or (stop.place if stop else "").casefold() != found.place.casefold():
        raise InvalidInput("That carton goes elsewhere, or has left.", code="CARTON", field="pieces")
    others = uow.session.scalars(select(Carton.lb).filter_by(inside_id=host.id)).all()
    own = by.pounds(found.pieces) - by.empty_lb if by else None
    known = [host.lb, *others, own]
    if by and None not in known and sum(lb for lb in known if lb is not None) > by.max_lb:
        raise InvalidInput(
            f"With these it would weigh more than {by.max_lb:g} lb.", code="CARTON_WEIGHT", field="pieces",
            remedy="Use a carton of its own.",
        )  # fmt: skip
    lb = own.quantize(Decimal("0.01")) if own is not None else None
    _add(uow, job, replace(found, lb=lb), inside_id=host.id)
    _tell_if_packed(uow, job, by)
    return found.pieces


def _host(session: Session, job: Job, of: str, number: int) -> Carton:
    """A closed carton of another job of the same agency, which lies in none itself. InvalidInput CARTON."""
    query = select(Carton).join(Job, Job.id == Carton.job_id)
    query = query.where(Job.number == of, Job.agency_id == job.agency_id, Carton.number == number)
    found = session.scalars(query.where(Carton.inside_id.is_(None))).first()
    if found is None:
        raise InvalidInput(
            f"Carton {number} of job {of} is not closed, or not of this agency.",
            code="CARTON",
            field="pieces",
        )
    return found


def close_all(uow: UnitOfWork, job: Job, by: InCartons | None) -> int:
    """All that are open, each as planned: how many."""
    waiting = _to_change(uow, job, by).open
    for one in waiting:
        _close(uow, job, by, one)
    if waiting:
        _tell_if_packed(uow, job, by)
    return len(waiting)


def _close(uow: UnitOfWork, job: Job, by: InCartons | None, line: CartonLine) -> None:
    _add(uow, job, replace(line, lb=by.weight(line.pieces) if by else None))


def _add(uow: UnitOfWork, job: Job, line: CartonLine, inside_id: int | None = None) -> None:
    uow.session.add(
        Carton(
            job_id=job.id, stop_id=line.stop_id, number=line.number, pieces=line.pieces, lb=line.lb,
            closed_at=uow.now, closed_by=uow.actor.name, inside_id=inside_id,
        )
    )  # fmt: skip
    uow.audit("carton", job.ulid, "closed", of=job.number, number=line.number, pieces=line.pieces)


def _tell_if_packed(uow: UnitOfWork, job: Job, by: InCartons | None) -> None:
    uow.session.flush()
    for share in _shares(uow.session, job, made_of(uow.session, job).to_leave):
        if share.stop and not share.left:
            announce(uow, job, share.stop)
    now = packing_of(uow.session, job, by)
    if not now.open:
        lifecycle.note(uow, job, "packed", cartons=len(now.cartons), pieces=now.sum)


def reopen(uow: UnitOfWork, job: Job, number: int) -> None:
    """A closed carton is counted anew. NotFound CARTON; Conflict STOP_LEFT once its stop has left."""
    uow.session.refresh(job, with_for_update={"of": Job})
    row = uow.session.scalars(select(Carton).filter_by(job_id=job.id, number=number)).first()
    if row is None:
        raise NotFound(f"There is no closed carton {number} of this job.", code="CARTON")
    if job.state is not JobState.PRODUCED or row.stop_id in _left(uow.session, job):
        raise Conflict(f"Carton {number} has left already.", code="STOP_LEFT")
    if uow.session.scalars(select(Carton.id).filter_by(inside_id=row.id)).first() is not None:
        raise Conflict(
            f"Pieces of another job lie in carton {number}.",
            code="CARTON_CLOSED",
            remedy="Open theirs first.",
        )
    uow.session.delete(row)
    uow.session.flush()
    lifecycle.note(uow, job, "carton_opened", number=number, pieces=row.pieces)


def unpacked(session: Session, job: Job) -> dict[int | None, int]:
    """Pieces by stop that no closed carton holds, less than 0 where more are packed than were made; its place in the
    order is the key, None of a job without stops. Nothing of a job that is packed otherwise than in cartons.
    """
    if job.kind is not JobKind.PRINT:
        return {}
    shares = _shares(session, job, made_of(session, job).to_leave)
    return {share.stop.position if share.stop else None: share.left for share in shares}


def refuse_uncounted(session: Session, job: Job, stop: DeliveryStop | None) -> None:
    """Conflict UNCOUNTED while what goes to the stop is not in closed cartons, piece by piece; DELIVERY_OVER where more
    is packed for it than was made.
    """
    left = unpacked(session, job).get(stop.position if stop else None, 0)
    if left > 0:
        raise Conflict(
            f"{job.number} cannot leave: {left:,} pieces for it are not packed.", code="UNCOUNTED",
            remedy="Count them into cartons at the pack station.",
        )  # fmt: skip
    if left < 0:
        raise Conflict(
            f"{job.number} cannot leave: {-left:,} more pieces are packed for it than were made.",
            code="DELIVERY_OVER", remedy="Open a carton at the pack station and count it again.",
        )  # fmt: skip


def _to_change(uow: UnitOfWork, job: Job, by: InCartons | None) -> Packing:
    uow.session.refresh(job, with_for_update={"of": Job})
    return packing_of(uow.session, job, by)


def _left(session: Session, job: Job) -> set[int | None]:
    return set(session.scalars(select(Delivery.stop_id).where(Delivery.job_id == job.id, STANDS)))


def _shares(session: Session, job: Job, pieces: int) -> list[_Share]:
    """Each stop gets what was ordered for it; what was made more or less, the first that is still here and is no
    depository, then the others. A stop that has left has got what was in its cartons.
    """
    cartons = session.scalars(select(Carton).filter_by(job_id=job.id).order_by(Carton.number)).all()
    stops, inside = stops_of(session, job), _inside(session, cartons)
    if not stops:
        return [_Share(None, pieces, tuple(cartons), inside)]
    of_stop = {stop.id: tuple(one for one in cartons if one.stop_id == stop.id) for stop in stops}
    left = _left(session, job)
    gets = {
        stop.id: sum(one.pieces for one in of_stop[stop.id])
        if stop.id in left and of_stop[stop.id]
        else stop.quantity
        for stop in stops
    }
    here = sorted(
        (stop for stop in stops if stop.id not in left), key=lambda stop: (stop.is_depository, stop.position)
    )
    off = pieces - sum(gets.values())
    for stop in here:
        change = max(off, -gets[stop.id])
        gets[stop.id] += change
        off -= change
    return [_Share(stop, gets[stop.id], of_stop[stop.id], inside) for stop in stops]


def _inside(session: Session, cartons: Sequence[Carton]) -> Mapping[int, str]:
    """The label of the carton that each lies in, of those that lie in one."""
    hosts = {one.inside_id: one.number for one in cartons if one.inside_id is not None}
    if not hosts:
        return {}
    query = select(Carton.id, Job.number, Carton.number).join(Job, Job.id == Carton.job_id)
    rows = {
        key: carton_code(of, number) for key, of, number in session.execute(query.where(Carton.id.in_(hosts)))
    }
    return {one.number: rows[one.inside_id] for one in cartons if one.inside_id is not None}
