"""One piece of a stream: where it is, what happened to it and why it costs what it costs; and finding it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.errors import Gone, InvalidInput, NotFound
from kernel.ids import parse_job_number
from kernel.money import Extended, Money, Rate, extend
from postal.barcodes.imb import BARCODE_ID, Tracking, decode_any_way, encode
from postal.sorting.explain import explain_piece
from postal.sorting.presort_plan import LevelResult, PresortPlan
from production.catalog.models import WorkCenter
from production.jobs.models import Job, LotRange, Operation
from production.mailings.accepted import read_accepted, routing
from production.mailings.models import PresortShare, PresortStream
from production.mailings.streams import plan_of
from production.mailroom.pieces.models import Spoil
from production.mailroom.pieces.page_marks import Mark, parse_mark
from production.mailroom.serials.models import SerialBlock
from store.files import FileStore

_PIECE = re.compile(r"(\d{2}-?\d{6}-?\d)[\s,/#-]+(\d{1,9})", re.ASCII)
_IMB_DIGITS = (20, 25, 29, 31)  # tracking, then a routing code of 0, 5, 9 or 11 digits
_MARK_DIGITS = 24
_PLACE = func.coalesce(WorkCenter.name, "")
_IMB_LETTERS = 65


@dataclass(frozen=True, slots=True)
class PieceEvent:
    """Something recorded about a piece; ``place``: the machine or bench, where one was named."""

    words: str
    ticket: str
    actor: str
    at: datetime
    place: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A piece as its list has it. ``routing`` has 5, 9 or 11 digits."""

    source_row: int
    recipient: str
    city: str
    routing: str


@dataclass(frozen=True, slots=True)
class PieceStory:
    """Everything about piece n of a stream. ``letter``: what its list says; None where a retention rule removed the
    list, whose hash is ``list_sha256``.
    """

    stream_number: str
    piece: int
    pieces: int
    tray: int
    job_number: str
    title: str
    job_pieces: int
    mail_date: date
    zip5: str
    tracking: str
    letter: Letter | None
    list_sha256: str
    sentences: tuple[str, ...]
    events: tuple[PieceEvent, ...]
    level: str
    place: int  # in its tray
    tray_pieces: int
    tray_to: str
    ready_by: date
    rate: Rate | None
    single_piece_rate: Rate | None
    mark: str  # of its first page
    pages: int | None

    @property
    def barcode(self) -> str:
        """The letters of its Intelligent Mail barcode, without routing where nobody knows that any more."""
        return encode(self.tracking, self.letter.routing if self.letter else "")


@dataclass(frozen=True, slots=True)
class PieceNumber:
    """A piece by the number of its stream and its own."""

    number: str
    piece: int


Meant = PieceNumber | Mark | Tracking


@dataclass(frozen=True, slots=True)
class FoundPiece:
    """A piece that a number or barcode names."""

    stream_number: str
    piece: int
    mail_date: date


@dataclass(frozen=True, slots=True)
class LevelLine:
    """A level of a stream: pieces, price, postage, and what the same pieces cost singly (None: no such price)."""

    code: str
    name: str
    pieces: int
    rate: Rate | None
    postage: Extended
    single_piece: Extended | None
    price: str  # in words, with what is paid a pound; empty where none is loaded


@dataclass(frozen=True, slots=True)
class PriceTable:
    """Levels with pieces, and the totals of the statement."""

    levels: tuple[LevelLine, ...]
    postage: Money
    single_piece: Money | None

    @property
    def saved(self) -> Money | None:
        """What sorting saves against single pieces."""
        return None if self.single_piece is None else self.single_piece - self.postage


@dataclass(frozen=True, slots=True)
class TrayZips:
    """How many pieces of a tray go to each ZIP."""

    zip5: str
    pieces: int


def find(session: Session, text: str) -> tuple[FoundPiece, ...]:
    """Pieces named by stream and piece number, a page mark, or an IMb in digits or letters, newest first.

    Empty when the text is none of these (perhaps a name); InvalidInput when it is one and cannot be read.
    """
    named = meant(text)
    return () if named is None else pieces_of(session, named)


def meant(text: str) -> Meant | None:
    """What a text names: a piece by number, a page mark, or an IMb in digits or letters, also upside down. None when it
    is none of these; InvalidInput when it is one and cannot be read.
    """
    compact = "".join(text.split()).upper()
    match = _PIECE.fullmatch(text.strip())
    if match:
        return _numbered(match[1], int(match[2]))
    if len(compact) == _IMB_LETTERS and set(compact) <= set("FADT"):
        return Tracking.parse(decode_any_way(compact)[0])
    digits = compact.replace("-", "")
    if not (digits.isascii() and digits.isdigit()):
        return None
    if len(digits) == _MARK_DIGITS:
        return parse_mark(digits)
    if len(digits) in _IMB_DIGITS:
        return Tracking.parse(digits[:20])
    raise InvalidInput(
        "These digits are neither a piece, a page mark (24 digits) nor a barcode (20, 25, 29 or 31 digits).",
        code="FIND",
    )


def pieces_of(session: Session, named: Meant) -> tuple[FoundPiece, ...]:
    """What is named, newest first; NotFound."""
    match named:
        case Tracking():
            return _by_tracking(session, named)
        case Mark():
            return _by_mark(session, named)
    return _within(_stream(session, named.number), named.piece)


def story(session: Session, files: FileStore, *, stream_number: str, piece: int) -> PieceStory:
    """The whole story of a piece, without its letter once a rule removed the list; NotFound outside the stream."""
    stream = _stream(session, stream_number)
    if not stream.plan_sha256 or not 1 <= piece <= (stream.pieces or 0):
        raise NotFound(f"Stream {stream.number} has no piece {piece:,}.")
    plan = plan_of(files, stream)
    slices = session.scalars(
        select(PresortShare).filter_by(lot_id=stream.id).order_by(PresortShare.position)
    ).all()
    position = int(plan.job[piece - 1])
    offset = sum(part.pieces for part in slices[:position])
    own = slices[position]
    job = session.get_one(Job, own.job_id)
    why, tray = explain_piece(plan, piece), plan.label(plan.tray_holding(piece))
    pages = stream.pages_per_piece
    return PieceStory(
        stream_number=stream.number,
        piece=piece,
        pieces=plan.pieces,
        tray=why.tray,
        job_number=job.number,
        title=job.title,
        job_pieces=own.pieces,
        mail_date=stream.mail_date,
        zip5=f"{int(plan.zip5[piece - 1]):05d}",
        tracking=_tracking(stream, piece),
        letter=_letter(files, own.accepted_sha256, int(plan.source[piece - 1]) - offset),
        list_sha256=own.accepted_sha256,
        sentences=why.sentences,
        events=_events(session, stream, piece),
        level=why.level,
        place=piece - tray.first_piece + 1,
        tray_pieces=tray.pieces,
        tray_to=tray.line_1,
        ready_by=stream.ready_by,
        rate=why.rate,
        single_piece_rate=why.single_piece_rate,
        mark=f"{stream.id:08d}{piece:08d}{1:04d}{pages or 1:04d}",
        pages=pages,
    )


def _letter(files: FileStore, list_sha256: str, row_number: int) -> Letter | None:
    try:
        path = files.present_path(list_sha256)
    except Gone:
        return None
    row = read_accepted(path).slice(row_number, 1)
    values = {name: row.column(name)[0].as_py() for name in ("source_row", "recipient", "company", "city")}
    codes, digits = routing(row)
    return Letter(
        source_row=values["source_row"],
        recipient=values["recipient"] or values["company"],
        city=values["city"],
        routing=f"{int(codes[0]):0{int(digits[0])}d}",
    )


def price_table(files: FileStore, plan_sha256: str) -> PriceTable:
    """Levels and postage of a plan, with the single-piece price beside them."""
    plan = _plan(files, plan_sha256)
    return PriceTable(level_lines([plan]), plan.postage, plan.single_piece_postage)


def level_lines(plans: Sequence[PresortPlan]) -> tuple[LevelLine, ...]:
    """Levels with pieces, over all streams of a mailing; a level with two prices (by weight) stands twice."""
    found: dict[tuple[str, str, Rate | None], LevelLine] = {}
    for plan in plans:
        for level in plan.levels:
            if not level.pieces:
                continue
            key = level.code, level.price, plan.single_piece_rate
            before = found[key].pieces if key in found else 0
            found[key] = _level_line(level, before + level.pieces, plan.single_piece_rate)
    return tuple(found.values())


def _level_line(level: LevelResult, pieces: int, single: Rate | None) -> LevelLine:
    return LevelLine(
        level.code,
        level.name,
        pieces,
        level.rate,
        level.postage_of(pieces),
        None if single is None else extend(single, pieces),
        level.price,
    )


def zips_of_tray(files: FileStore, plan_sha256: str, first: int, last: int) -> tuple[TrayZips, ...]:
    """The ZIPs of pieces first..last with their pieces, in order."""
    zips, counts = np.unique(_plan(files, plan_sha256).zip5[first - 1 : last], return_counts=True)
    return tuple(
        TrayZips(f"{code:05d}", count) for code, count in zip(zips.tolist(), counts.tolist(), strict=True)
    )


def _plan(files: FileStore, sha256: str) -> PresortPlan:
    return plan_of(files, PresortStream(plan_sha256=sha256))


def _stream(session: Session, number: str) -> PresortStream:
    stream = session.scalars(select(PresortStream).filter_by(number=number)).first()
    if stream is None:
        raise NotFound("There is no such stream.")
    return stream


def _numbered(number: str, piece: int) -> PieceNumber:
    try:
        return PieceNumber(parse_job_number(number), piece)
    except ValueError as error:
        raise InvalidInput(f"Number not accepted: {error}.", code="FIND") from error


def _by_mark(session: Session, mark: Mark) -> tuple[FoundPiece, ...]:
    stream = session.get(PresortStream, mark.lot_id)
    if stream is None:
        raise NotFound("No stream carries this page mark.")
    return _within(stream, mark.piece)


def _within(stream: PresortStream, piece: int) -> tuple[FoundPiece, ...]:
    if not 1 <= piece <= (stream.pieces or 0):
        raise NotFound(f"Stream {stream.number} has pieces 1 to {stream.pieces or 0:,}.")
    return (FoundPiece(stream.number, piece, stream.mail_date),)


def _by_tracking(session: Session, tracking: Tracking) -> tuple[FoundPiece, ...]:
    """Serials repeat after 45 days, so one barcode can name pieces of several years."""
    serial = int(tracking.serial)
    query = (
        select(SerialBlock.first, PresortStream)
        .join(PresortStream, PresortStream.id == SerialBlock.lot_id)
        .where(
            SerialBlock.mailer_id == tracking.mailer_id,
            SerialBlock.first <= serial,
            SerialBlock.last >= serial,
        )
        .order_by(SerialBlock.mail_date.desc())
    )
    found = [
        FoundPiece(stream.number, serial - first + 1, stream.mail_date)
        for first, stream in session.execute(query)
    ]
    if not found:
        raise NotFound("No piece of ours carries this barcode.")
    return tuple(found)


def _tracking(stream: PresortStream, piece: int) -> str:
    service_type = stream.service_type_of(piece)
    if stream.mailer_id is None or service_type is None or stream.first_serial is None:
        return ""
    serial = f"{stream.first_serial + piece - 1:0{15 - len(stream.mailer_id)}d}"
    return Tracking(BARCODE_ID, service_type, stream.mailer_id, serial).text


def _events(session: Session, stream: PresortStream, piece: int) -> tuple[PieceEvent, ...]:
    ranges = session.execute(
        select(LotRange.status, Operation.ticket, LotRange.actor, LotRange.occurred_at, _PLACE)
        .join(Operation, Operation.id == LotRange.operation_id)
        .outerjoin(WorkCenter, WorkCenter.code == Operation.work_center)
        .where(LotRange.lot_id == stream.id, LotRange.first <= piece, LotRange.last >= piece)
        .order_by(LotRange.id)
    )
    spoils = session.execute(
        select(Spoil.reason, Operation.ticket, Spoil.actor, Spoil.recorded_at, _PLACE)
        .join(Operation, Operation.id == Spoil.operation_id)
        .outerjoin(WorkCenter, WorkCenter.code == Operation.work_center)
        .where(Spoil.lot_id == stream.id, Spoil.piece == piece)
        .order_by(Spoil.id)
    )
    events = [PieceEvent(row[0].value.capitalize(), *row[1:]) for row in ranges]
    events += [PieceEvent(f"Spoiled: {row[0]}", *row[1:]) for row in spoils]
    return tuple(sorted(events, key=lambda event: event.at))
