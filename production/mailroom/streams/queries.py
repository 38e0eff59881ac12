"""What the mailroom sees: streams with their segments, trays and open pieces."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, exists, func, select
from sqlalchemy.orm import Session, aliased

from kernel.errors import NotFound
from production.jobs import lifecycle
from production.jobs.counting import SpoilLine
from production.jobs.models import Job, Lot, LotShare, Operation
from production.jobs.states import LotState, OperationCode, OperationState
from production.mailings.models import Mailing, MailingFile, PresortShare, PresortStream, Tray
from production.mailings.stream_summary import StreamSummary
from production.mailings.streams import streams_of
from production.mailroom.pieces.counting import spoil_lines
from production.mailroom.pieces.models import Spoil
from production.mailroom.pieces.reconcile import Reconciliation, account
from production.people.models import Agency
from store.files import StoredFile

SEGMENT_KINDS = (OperationCode.MERGE, OperationCode.PRINT, OperationCode.FOLD_INSERT)


@dataclass(frozen=True, slots=True)
class StreamLine:
    """A stream in a list."""

    ulid: UUID
    number: str
    state: str
    mail_date: date
    pieces: int | None
    jobs: int
    segments: int
    made: int  # segments whose pieces are in their envelopes, or printed where they go without


@dataclass(frozen=True, slots=True)
class SegmentStep:
    """Merge, print or insert of a segment."""

    ticket: str
    kind: str
    state: str
    good: int | None
    spoiled: int | None
    operator: str | None
    finished_at: datetime | None
    file_sha256: str | None
    verbs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment of the plan, or a reprint with exactly its pieces."""

    number: int
    first_piece: int
    last_piece: int
    pieces: int
    is_reprint: bool
    steps: tuple[SegmentStep, ...]  # merge, print, and insert what has envelopes


@dataclass(frozen=True, slots=True)
class StreamJob:
    """A job's part of a stream."""

    number: str
    title: str
    agency: str
    pieces: int
    levels: dict[str, int]


@dataclass(frozen=True, slots=True)
class StreamOverview:
    """Everything about a stream on one screen. ``account`` is None before it is planned."""

    ulid: UUID
    number: str
    state: str
    version: int
    mail_date: date
    envelope: str
    pieces: int | None
    plan_sha256: str | None
    summary: StreamSummary
    verbs: tuple[str, ...]
    jobs: tuple[StreamJob, ...]
    segments: tuple[Segment, ...]
    steps: tuple[SegmentStep, ...]  # those of the whole stream
    trays: int
    account: Reconciliation | None
    spoils: tuple[SpoilLine, ...]
    mailing: str  # the number of its mailing
    together: tuple[str, ...]  # streams mailed with it

    @property
    def has_envelopes(self) -> bool:
        """Its pieces are inserted once they are printed."""
        return any(step.kind == OperationCode.FOLD_INSERT for one in self.segments for step in one.steps)


@dataclass(frozen=True, slots=True)
class TrayLine:
    """A tray and its label."""

    number: int
    level: str
    tray_type: str
    first_piece: int
    last_piece: int
    lines: tuple[str, str, str]
    barcode: str | None  # None without a content identifier


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A paper of a mailing; ``pages`` None for a CSV."""

    role: str
    name: str
    sha256: str
    media_type: str
    size: int
    pages: int | None


def streams(
    session: Session,
    *,
    states: Iterable[LotState] = LotState,
    after: str | None = None,
    limit: int = 50,
) -> tuple[StreamLine, ...]:
    """Streams, newest first; ``after`` is the number of the last one seen."""
    making = (Operation.lot_id == PresortStream.id, makes_ready())
    query = select(
        PresortStream.ulid, PresortStream.number, PresortStream.state, Mailing.mail_date, PresortStream.pieces,
        _count_of(LotShare.lot_id == PresortStream.id), _count_of(*making),
        _count_of(*making, Operation.state == OperationState.DONE),
    ).join(PresortStream.mailing).where(PresortStream.state.in_(tuple(states)))  # fmt: skip
    if after is not None:
        seen = select(Lot.id).where(Lot.number == after).correlate(None).scalar_subquery()
        query = query.where(PresortStream.id < seen)
    rows = session.execute(query.order_by(PresortStream.id.desc()).limit(limit))
    return tuple(
        StreamLine(ulid, number, state.value, mail_date, pieces, jobs, segments, made)
        for ulid, number, state, mail_date, pieces, jobs, segments, made in rows
    )


def makes_ready() -> ColumnElement[bool]:
    """Of operations: that after which the pieces of a segment are ready, inserting, or printing what goes without an
    envelope.
    """
    other = aliased(Operation)
    inserted = exists().where(other.lot_id == Operation.lot_id, other.type == OperationCode.FOLD_INSERT)
    is_print = Operation.type == OperationCode.PRINT
    return (Operation.type == OperationCode.FOLD_INSERT) | (is_print & ~inserted)


def stream_by_number(session: Session, number: str) -> PresortStream:
    """The stream's row, for a verb; NotFound."""
    stream = session.scalars(select(PresortStream).filter_by(number=number)).first()
    if stream is None:
        raise NotFound("There is no such stream.")
    return stream


def mailing_of(session: Session, number: str) -> Sequence[PresortStream]:
    """The streams of the mailing that a stream is of, by number; a dissolved one is by itself. NotFound."""
    stream = stream_by_number(session, number)
    return streams_of(session, stream.mailing_id) or [stream]


def papers(session: Session, mailing_id: int) -> tuple[PaperLine, ...]:
    """The papers of a mailing that are made, by role."""
    query = (
        select(MailingFile, StoredFile)
        .join(StoredFile, StoredFile.sha256 == MailingFile.sha256)
        .where(MailingFile.mailing_id == mailing_id)
        .order_by(MailingFile.role)
    )
    return tuple(
        PaperLine(paper.role, paper.given_name, paper.sha256, stored.media_type, stored.size, paper.pages)
        for paper, stored in session.execute(query)
    )


def stream_overview(session: Session, number: str) -> StreamOverview:
    """One stream by its number; NotFound."""
    stream = stream_by_number(session, number)
    operations = session.scalars(
        select(Operation).filter_by(lot_id=stream.id).order_by(Operation.segment, Operation.step)
    ).all()
    trays = session.scalar(select(func.count()).select_from(Tray).where(Tray.lot_id == stream.id))
    return StreamOverview(
        ulid=stream.ulid,
        number=stream.number,
        state=stream.state.value,
        version=stream.version,
        mail_date=stream.mail_date,
        envelope=stream.envelope,
        pieces=stream.pieces,
        plan_sha256=stream.plan_sha256,
        summary=stream.summary,
        verbs=tuple(lifecycle.verbs(stream)),
        jobs=stream_jobs(session, stream),
        segments=_segments(session, stream, [row for row in operations if row.type in SEGMENT_KINDS]),
        steps=tuple(_step(row) for row in operations if row.type not in SEGMENT_KINDS),
        trays=trays or 0,
        account=account(session, stream) if stream.pieces else None,
        spoils=spoil_lines(session, Spoil.lot_id == stream.id),
        mailing=stream.mailing.number,
        together=tuple(one.number for one in streams_of(session, stream.mailing_id) if one.id != stream.id),
    )


def trays(session: Session, stream_number: str, *, after: int = 0, limit: int = 200) -> tuple[TrayLine, ...]:
    """Trays of a stream by number, behind ``after``."""
    query = (
        select(Tray)
        .join(PresortStream, PresortStream.id == Tray.lot_id)
        .where(PresortStream.number == stream_number, Tray.number > after)
        .order_by(Tray.number)
        .limit(limit)
    )
    return tuple(
        TrayLine(
            row.number, row.level, row.tray_type, row.first_piece, row.last_piece,
            (row.line_1, row.line_2, row.line_3), row.barcode,
        )
        for row in session.scalars(query)
    )  # fmt: skip


def elsewhere(session: Session, stream: PresortStream, number: int) -> tuple[int, int]:
    """Pieces and trays that other streams of the mailing have for the destination of a tray, at its level."""
    own = select(Tray.level, Tray.line_1).filter_by(lot_id=stream.id, number=number)
    found = session.execute(own).first()
    others = [one.id for one in streams_of(session, stream.mailing_id) if one.id != stream.id]
    if found is None or not others:
        return 0, 0
    pieces = func.coalesce(func.sum(Tray.last_piece - Tray.first_piece + 1), 0)
    there = select(pieces, func.count()).where(
        Tray.lot_id.in_(others), Tray.level == found.level, Tray.line_1 == found.line_1
    )
    total, trays = session.execute(there).one()
    return int(total), trays


def _count_of(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    """How many rows hang on the stream of a line."""
    return select(func.count()).where(*conditions).correlate(PresortStream).scalar_subquery()


def _counts(session: Session, column: Any, *conditions: Any) -> dict[int, int]:
    return dict(session.execute(select(column, func.count()).where(*conditions).group_by(column)).all())


def stream_jobs(session: Session, stream: PresortStream) -> tuple[StreamJob, ...]:
    """The jobs of a stream in the order of its plan."""
    query = (
        select(PresortShare, Job, Agency.name)
        .join(Job, Job.id == PresortShare.job_id)
        .join(Agency, Agency.id == Job.agency_id)
        .where(PresortShare.lot_id == stream.id)
        .order_by(PresortShare.position)
    )
    return tuple(
        StreamJob(job.number, job.title, agency, part.pieces, part.levels)
        for part, job, agency in session.execute(query)
    )


def _segments(
    session: Session, stream: PresortStream, operations: Iterable[Operation]
) -> tuple[Segment, ...]:
    reprinted = _counts(session, Spoil.replacement_id, Spoil.lot_id == stream.id)
    grouped: dict[int, list[Operation]] = defaultdict(list)
    for operation in operations:
        grouped[operation.segment or 0].append(operation)
    return tuple(
        Segment(
            number=number,
            first_piece=steps[0].first_piece or 0,
            last_piece=steps[0].last_piece or 0,
            pieces=reprinted.get(steps[0].id, steps[0].pieces),
            is_reprint=steps[0].id in reprinted,
            steps=tuple(_step(row) for row in steps),
        )
        for number, steps in sorted(grouped.items())
    )


def _step(row: Operation) -> SegmentStep:
    return SegmentStep(
        row.ticket, row.type, row.state.value, row.good, row.spoiled, row.operator, row.finished_at,
        row.file_sha256, tuple(lifecycle.verbs(row)),
    )  # fmt: skip
