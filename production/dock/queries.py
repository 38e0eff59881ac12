"""What the dock sees: what is ready to leave, and what left with whom and what proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, aliased

from kernel.errors import NotFound
from postal.sorting.presort_plan import stream_name
from production.dock.models import Carton, Delivery
from production.dock.packing import unpacked
from production.dock.stops import STANDS, StopLine, stop_lines
from production.jobs.models import DeliveryStop, Job, LotShare
from production.jobs.ranges import Range
from production.jobs.states import JobKind, JobState, LotState
from production.mailings.models import Mailing, MailJob, PresortStream
from production.mailings.streams import mailing_by_number, state_of, streams_of
from production.mailroom.pieces.reconcile import account


@dataclass(frozen=True, slots=True)
class CargoLine:
    """A mailing, or a job without one, that is ready to leave. ``titles`` of what is in it, a mailing's ``mail_class``;
    ``waiting``: streams of it that are not finished.
    """

    number: str
    is_mailing: bool
    titles: tuple[str, ...]
    pieces: int | None  # or copies
    mail_date: date | None
    due: date | None = None  # of what is not mailed
    streams: int = 1
    waiting: int = 0
    place: str = ""  # where its order says it goes
    mail_class: str = ""


@dataclass(frozen=True, slots=True)
class CargoStream:
    """A stream at the dock's door, with the pieces that keep it here (in words, with ranges)."""

    name: str
    number: str
    state: str
    pieces: int | None
    open: dict[str, tuple[Range, ...]]


@dataclass(frozen=True, slots=True)
class Cargo:
    """A mailing or job about to leave: what it is, and its streams; ``pieces``: of those that can leave."""

    number: str
    state: str
    titles: tuple[str, ...]
    mail_date: date | None
    pieces: int | None
    is_mailing: bool
    streams: tuple[CargoStream, ...] = ()
    due: date | None = None  # of what is not mailed
    stops: tuple[StopLine, ...] = ()  # of a job by itself
    unpacked: Mapping[int | None, int] = field(default_factory=dict)  # its pieces without a carton, by stop

    def stop(self, position: int | None) -> StopLine | None:
        """The stop that leaves: the one asked for, else the first that is still here."""
        here = [stop for stop in self.stops if stop.left_at is None]
        return next((stop for stop in here if stop.position == position), here[0] if here else None)

    @property
    def open(self) -> dict[str, tuple[Range, ...]]:
        """The pieces that keep a stream here which is finished; of all streams where none is."""
        ready = [one for one in self.streams if one.state == LotState.PRODUCED] or self.streams
        return {words: runs for one in ready for words, runs in one.open.items()}

    @property
    def waiting(self) -> tuple[CargoStream, ...]:
        """Streams that are not finished, where another one is."""
        unready = (LotState.PLANNING.value, LotState.IN_PRODUCTION.value)
        waiting = tuple(one for one in self.streams if one.state in unready)
        return waiting if any(one.state == LotState.PRODUCED for one in self.streams) else ()


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """A handing over. ``received_at`` None: on its way. ``exception``: why a part of its mailing stayed behind."""

    ulid: UUID
    number: str  # of the mailing or job
    is_mailing: bool
    way: str
    place: str
    pieces: int | None  # of a job's stop
    taken_by: str
    left_at: datetime
    received_by: str | None
    receipt: str | None
    received_at: datetime | None
    exception: str | None
    carrier: str | None = None
    proof_place: str | None = None
    counted: int | None = None
    known_by: str | None = None
    unscanned: str | None = None
    has_signature: bool = False
    has_photo: bool = False
    came_back_at: datetime | None = None
    came_back_why: str | None = None


def ready_to_leave(session: Session, *, limit: int = 200) -> tuple[CargoLine, ...]:
    """Everything produced and not dispatched, by mail date."""
    is_ready = PresortStream.state == LotState.PRODUCED
    is_waiting = PresortStream.state.in_((LotState.PLANNING, LotState.IN_PRODUCTION))
    inside = (
        select(func.array_agg(aggregate_order_by(Job.title, LotShare.lot_id, LotShare.position)))
        .join(LotShare, LotShare.job_id == Job.id)
        .where(LotShare.lot_id.in_(select(PresortStream.id).where(PresortStream.mailing_id == Mailing.id)))
        .correlate(Mailing)
        .scalar_subquery()
    )
    mailings = (
        select(
            Mailing.number, Mailing.mail_class, inside, Mailing.mail_date,
            func.sum(PresortStream.pieces).filter(is_ready), func.count(), func.count().filter(is_waiting),
        )
        .join_from(PresortStream, Mailing)
        .where(PresortStream.state != LotState.CANCELLED)
        .group_by(Mailing.id)
        .having(func.count().filter(is_ready) > 0)
        .order_by(Mailing.mail_date, Mailing.id)
        .limit(limit)
    )  # fmt: skip
    left = select(Delivery.id).where(Delivery.stop_id == DeliveryStop.id, STANDS)
    here = select(DeliveryStop).where(DeliveryStop.job_id == Job.id, ~left.exists()).correlate(Job)
    places = func.array_to_string(
        func.array_agg(aggregate_order_by(DeliveryStop.place, DeliveryStop.position)), "; "
    )
    pieces = here.with_only_columns(func.sum(DeliveryStop.quantity)).scalar_subquery()
    jobs = (
        select(
            Job.number,
            Job.title,
            func.coalesce(pieces, Job.quantity).label("quantity"),
            Job.due,
            here.with_only_columns(places).scalar_subquery().label("place"),
        )
        .where(Job.kind == JobKind.PRINT, (Job.state == JobState.PRODUCED) | _is_back())
        .order_by(Job.due, Job.id)
        .limit(limit)
    )
    lines = [
        CargoLine(
            number, is_mailing=True, titles=tuple(dict.fromkeys(titles or ())), pieces=pieces, mail_date=day,
            streams=streams, waiting=waiting, mail_class=mail_class,
        )
        for number, mail_class, titles, day, pieces, streams, waiting in session.execute(mailings)
    ]  # fmt: skip
    lines += [
        CargoLine(
            row.number,
            titles=(row.title,),
            pieces=row.quantity,
            mail_date=None,
            is_mailing=False,
            due=row.due,
            place=row.place or "",
        )
        for row in session.execute(jobs)
    ]
    return tuple(sorted(lines, key=lambda line: (line.mail_date or line.due or date.max, line.number)))


def _is_back() -> ColumnElement[bool]:
    """Has something of a job come back that has not left again?"""
    again = aliased(Delivery)
    later = select(again.id).where(
        again.job_id == Delivery.job_id,
        again.stop_id.is_not_distinct_from(Delivery.stop_id),
        again.id > Delivery.id,
    )
    back = select(Delivery.id).where(Delivery.job_id == Job.id, ~STANDS, ~later.exists())
    return (Job.state == JobState.DISPATCHED) & back.exists()


def on_the_way(session: Session, *, after: UUID | None = None, limit: int = 50) -> tuple[DeliveryLine, ...]:
    """Deliveries without proof yet, newest first, older than ``after``."""
    return _lines(session, _deliveries().where(Delivery.received_at.is_(None), STANDS), after, limit)


def handed_over(session: Session, *, after: UUID | None = None, limit: int = 50) -> tuple[DeliveryLine, ...]:
    """Deliveries with their proof, newest first, older than ``after``."""
    return _lines(session, _deliveries().where(Delivery.received_at.is_not(None)), after, limit)


def delivery_line(session: Session, ulid: UUID) -> DeliveryLine:
    """One handing over; NotFound."""
    lines = _lines(session, _deliveries().where(Delivery.ulid == ulid), None, 1)
    if not lines:
        raise NotFound("There is no such delivery.")
    return lines[0]


def delivery_row(session: Session, ulid: UUID) -> Delivery:
    """The row of a handing over, for a verb; NotFound."""
    row = session.scalars(select(Delivery).filter_by(ulid=ulid)).first()
    if row is None:
        raise NotFound("There is no such delivery.")
    return row


def rows_of(session: Session, number: str) -> tuple[Mailing | None, Job | None]:
    """The mailing or the job with this number, for a verb; a stream's number means its mailing. NotFound."""
    job = session.scalars(select(Job).filter_by(number=number)).first()
    if job is not None:
        return None, job
    try:
        return mailing_by_number(session, number), None
    except NotFound:
        raise NotFound("There is no such mailing or job.") from None


def cargo(session: Session, number: str) -> Cargo:
    """A mailing or job at the dock's door; NotFound."""
    mailing, job = rows_of(session, number)
    if mailing is not None:
        return _mailing_cargo(session, mailing)
    assert job is not None  # rows_of has found one  # noqa: S101
    return Cargo(
        job.number, job.state.value, (job.title,), None, job.quantity, is_mailing=False, due=job.due,
        stops=tuple(stop_lines(session, job)), unpacked=unpacked(session, job),
    )  # fmt: skip


def _mailing_cargo(session: Session, mailing: Mailing) -> Cargo:
    streams = streams_of(session, mailing.id)
    titles = (
        select(MailJob.title)
        .where(MailJob.lot_id.in_([stream.id for stream in streams]))
        .order_by(MailJob.number)
    )
    found = [account(session, stream) if stream.pieces else None for stream in streams]
    lines = tuple(
        CargoStream(
            stream_name(place), stream.number, stream.state.value, one.mailable if one else stream.pieces,
            one.open if one else {},
        )
        for place, (stream, one) in enumerate(zip(streams, found, strict=True))
    )  # fmt: skip
    ready = [line for line in lines if line.state == LotState.PRODUCED] or lines
    return Cargo(
        mailing.number,
        ready[0].state if ready else state_of(streams).value,
        tuple(dict.fromkeys(session.scalars(titles))),
        mailing.mail_date,
        sum(line.pieces or 0 for line in ready),
        is_mailing=True,
        streams=lines,
    )


def deliveries(session: Session, *, after: UUID | None = None, limit: int = 50) -> tuple[DeliveryLine, ...]:
    """All deliveries, newest first, older than ``after``."""
    return _lines(session, _deliveries(), after, limit)


def deliveries_of_mailing(session: Session, mailing_id: int) -> Sequence[Delivery]:
    """How a mailing left, earliest first."""
    return session.scalars(select(Delivery).filter_by(mailing_id=mailing_id).order_by(Delivery.id)).all()


def _deliveries() -> Any:
    return (
        select(Delivery, Mailing.number, Job.number, DeliveryStop.quantity)
        .outerjoin(Mailing, Mailing.id == Delivery.mailing_id)
        .outerjoin(Job, Job.id == Delivery.job_id)
        .outerjoin(DeliveryStop, DeliveryStop.id == Delivery.stop_id)
    )


def _lines(session: Session, query: Any, after: UUID | None, limit: int) -> tuple[DeliveryLine, ...]:
    if after is not None:
        query = query.where(Delivery.ulid < after)
    rows = session.execute(query.order_by(Delivery.ulid.desc()).limit(limit))
    return tuple(
        DeliveryLine(
            row.ulid, mailing or job, mailing is not None, row.way, row.place, pieces, row.taken_by,
            row.left_at, row.received_by, row.receipt, row.received_at, row.exception, row.carrier, row.proof_place,
            row.counted, row.known_by, row.unscanned, row.signature_sha256 is not None, row.photo_sha256 is not None,
            row.came_back_at, row.came_back_why,
        )
        for row, mailing, job, pieces in rows
    )  # fmt: skip


def proof_file(session: Session, ulid: UUID, what: str, job: Job | None = None) -> str:
    """The hash of the signature or the photo of a delivery, of a job where that is said; NotFound."""
    row = delivery_row(session, ulid)
    found = row.signature_sha256 if what == "signature" else row.photo_sha256
    if found is None or (job is not None and row.job_id != job.id):
        raise NotFound("There is no such picture.")
    return found


class CartonOfJob(NamedTuple):
    """A closed carton as the agency reads it: what is in it, where it goes, and whether it was scanned there."""

    number: int
    pieces: int
    lb: Decimal | None
    place: str
    handed_at: datetime | None


def cartons_of(session: Session, job: Job) -> Sequence[CartonOfJob]:
    """In the order of their numbers."""
    query = select(Carton, DeliveryStop.place).outerjoin(DeliveryStop, DeliveryStop.id == Carton.stop_id)
    rows = session.execute(query.where(Carton.job_id == job.id).order_by(Carton.number))
    return [CartonOfJob(one.number, one.pieces, one.lb, place or "", one.handed_at) for one, place in rows]
