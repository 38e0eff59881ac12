"""What the mailroom sees of mailings: all of them, and one with its streams, what is to do next, and its trays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from postal.sorting.filling import TrayRules
from postal.sorting.presort_plan import PresortPlan, stream_name
from production.catalog.piece_weight import envelopes
from production.jobs.models import JobEvent, LotShare, Operation
from production.jobs.states import LotState, OperationCode, OperationState
from production.mailings.models import Mailing, MailingFile, PresortStream
from production.mailings.planned import PlannedMailing
from production.mailings.streams import state_of, streams_of
from production.mailroom.streams.queries import StreamJob, makes_ready, stream_jobs
from production.mailroom.streams.tray_map import tray_inches

UNDER_WAY = (LotState.PLANNING, LotState.IN_PRODUCTION, LotState.PRODUCED, LotState.DISPATCHED)
_PLACES = [*UNDER_WAY, LotState.DELIVERED]
_PARTS = ("sorted", "made", "explained", "left")
_LEFT = (LotState.DISPATCHED, LotState.DELIVERED)


@dataclass(frozen=True, slots=True)
class MailingLine:
    """A mailing in a list."""

    number: str
    state: str
    mail_date: date
    mail_class: str
    pieces: int | None  # None before any is sorted
    streams: int
    jobs: int
    ready_by: date | None  # of its streams, the first
    segments: int
    made: int  # segments whose pieces are in their envelopes, or printed where they go without

    @property
    def parts(self) -> list[tuple[str, str]]:
        """Its way in four parts, each with how it stands."""
        reached = _PLACES.index(LotState(self.state))
        is_made = reached > 1 or (self.segments and self.made == self.segments)
        done = (reached > 0, is_made, reached > 1, reached > 2)
        now = next((place for place, is_done in enumerate(done) if not is_done), len(done))
        return [
            (what, "done" if is_done else "running" if place == now else "waiting")
            for place, (what, is_done) in enumerate(zip(_PARTS, done, strict=True))
        ]


@dataclass(frozen=True, slots=True)
class StreamLine:
    """A stream of a mailing; of its ``segments``, how many are printed and how many are in their envelopes."""

    name: str
    number: str
    state: str
    envelope: str
    pieces: int | None
    is_sorter: bool
    jobs: tuple[StreamJob, ...]
    segments: int
    printed: int
    inserted: int

    @property
    def has_envelopes(self) -> bool:
        """Its pieces are inserted once they are printed."""
        known = envelopes().get(self.envelope)
        return known is None or known.is_inserted


@dataclass(frozen=True, slots=True)
class ToDo:
    """One act of a mailing; the first that is not done is the next. ``code`` names it, ``words`` say how far it is,
    ``stream`` is the number of the first stream that it waits for.
    """

    code: str
    what: str
    is_done: bool
    words: str = ""
    stream: str = ""


@dataclass(frozen=True, slots=True)
class MailingOverview:
    """One mailing on one screen."""

    mailing: Mailing
    state: str
    streams: tuple[StreamLine, ...]
    to_do: tuple[ToDo, ...]

    @property
    def pieces(self) -> int:
        """Of all streams that are sorted."""
        return sum(stream.pieces or 0 for stream in self.streams)

    @property
    def is_sorted(self) -> bool:
        """Every stream has its plan."""
        return bool(self.streams) and all(stream.pieces for stream in self.streams)

    @property
    def is_over(self) -> bool:
        """Nothing happens to it any more."""
        return self.state in (LotState.DELIVERED, LotState.CANCELLED)

    @property
    def next(self) -> ToDo | None:
        """What is to be done now."""
        return next((one for one in self.to_do if not one.is_done), None)


@dataclass(frozen=True, slots=True)
class TrayPlace:
    """A tray in loading order. ``mates``: places of trays of the same destination from other streams; ``fill``: of its
    ``inches`` inside, the part that is mail.
    """

    place: int
    stream: str
    stream_number: str
    tray: int
    level: str
    line_1: str
    pieces: int
    together: int  # pieces of its destination at its level in all streams
    mates: tuple[tuple[int, str], ...]
    level_name: str
    inches: float
    fill: float


def mailing_lines(
    session: Session, *, is_under_way: bool = False, before: int | None = None, limit: int = 50
) -> list[tuple[int, MailingLine]]:
    """Mailings with their keys, newest first, older than ``before``; only those that are not handed over yet."""
    query = select(Mailing).order_by(Mailing.id.desc()).limit(limit)
    if is_under_way:
        query = query.where(Mailing.id.in_(_under_way()))
    if before is not None:
        query = query.where(Mailing.id < before)
    mailings = session.scalars(query).all()
    of_mailing: dict[int, list[PresortStream]] = {mailing.id: [] for mailing in mailings}
    streams = select(PresortStream).where(
        PresortStream.mailing_id.in_(of_mailing), PresortStream.state != LotState.CANCELLED
    )
    for stream in session.scalars(streams.order_by(PresortStream.id)):
        of_mailing[stream.mailing_id].append(stream)
    shares = (
        select(PresortStream.mailing_id, func.count())
        .join(LotShare, LotShare.lot_id == PresortStream.id)
        .where(PresortStream.mailing_id.in_(of_mailing), PresortStream.state != LotState.CANCELLED)
    )
    jobs = dict(session.execute(shares.group_by(PresortStream.mailing_id)).all())
    segments = _segments(session, list(of_mailing))
    return [
        (
            mailing.id,
            MailingLine(
                mailing.number, state_of(own).value, mailing.mail_date, mailing.mail_class,
                sum(stream.pieces or 0 for stream in own) or None, len(own), jobs.get(mailing.id, 0),
                min((stream.ready_by for stream in own), default=None), *segments.get(mailing.id, (0, 0)),
            ),
        )
        for mailing in mailings
        for own in (of_mailing[mailing.id],)
    ]  # fmt: skip


def under_way_count(session: Session) -> int:
    """How many mailings are under way."""
    return session.scalar(select(func.count()).select_from(_under_way().subquery())) or 0


def _under_way() -> Select[int]:
    """Keys of mailings with a stream that is not handed over yet."""
    return select(PresortStream.mailing_id).where(PresortStream.state.in_(UNDER_WAY)).distinct()


def _segments(session: Session, mailings: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Segments to be made, and those that are, by mailing."""
    query = (
        select(
            PresortStream.mailing_id,
            func.count(),
            func.count().filter(Operation.state == OperationState.DONE),
        )
        .join(Operation, Operation.lot_id == PresortStream.id)
        .where(PresortStream.mailing_id.in_(mailings), PresortStream.state != LotState.CANCELLED)
        .where(makes_ready())
        .group_by(PresortStream.mailing_id)
    )
    return {mailing: (segments, made) for mailing, segments, made in session.execute(query)}


def last_event_of(session: Session, mailing: Mailing) -> int:
    """The number of the newest event of a mailing's streams: what its page has seen."""
    query = select(func.max(JobEvent.id)).join(PresortStream, PresortStream.id == JobEvent.lot_id)
    return session.scalar(query.where(PresortStream.mailing_id == mailing.id)) or 0


def mailing_overview(session: Session, mailing: Mailing) -> MailingOverview:
    """A mailing with its streams and what is to do, in order."""
    streams = streams_of(session, mailing.id)
    lines = tuple(_line(session, place, stream) for place, stream in enumerate(streams))
    papers = set(session.scalars(select(MailingFile.role).filter_by(mailing_id=mailing.id)))
    return MailingOverview(mailing, state_of(streams).value, lines, tuple(_to_do(streams, lines, papers)))


def _line(session: Session, place: int, stream: PresortStream) -> StreamLine:
    query = select(Operation.type, Operation.state, func.count()).filter_by(lot_id=stream.id)
    counts = {
        (kind, state): count
        for kind, state, count in session.execute(query.group_by(Operation.type, Operation.state))
    }

    def done(kind: OperationCode) -> int:
        return counts.get((kind, OperationState.DONE), 0)

    return StreamLine(
        name=stream_name(place),
        number=stream.number,
        state=stream.state.value,
        envelope=stream.envelope,
        pieces=stream.pieces,
        is_sorter=any(kind == OperationCode.SORT for kind, _ in counts),
        jobs=stream_jobs(session, stream),
        segments=sum(count for (kind, _), count in counts.items() if kind == OperationCode.MERGE),
        printed=done(OperationCode.PRINT),
        inserted=done(OperationCode.FOLD_INSERT),
    )


def _to_do(streams: Sequence[PresortStream], lines: Sequence[StreamLine], papers: set[str]) -> list[ToDo]:
    both = "both streams" if len(lines) == 2 else "all streams" if len(lines) > 2 else "the pieces"
    made = [line for line in lines if not line.is_sorter]
    inserted = [line for line in made if line.has_envelopes]
    is_sorted = bool(streams) and all(stream.plan_sha256 for stream in streams)
    waiting = [one.number for one in streams if one.state not in (LotState.PRODUCED, *_LEFT)]
    return [
        ToDo("sort", "Sort and barcode", is_sorted, "Trays and postage show when it is done."),
        ToDo("papers", "Draw the papers", "statement" in papers, "They show here by themselves."),
        *([_at_machines("print", f"Print {both}", made, "printed", is_sorted)] if made else []),
        *([_at_machines("insert", "Insert and count", inserted, "inserted", is_sorted)] if inserted else []),
        ToDo(
            "account",
            "Explain every piece",
            not waiting,
            "Its account closes when none is open.",
            *waiting[:1],
        ),
        ToDo("maildat", "Write Mail.dat", "maildat" in papers, "One set for all streams."),
        ToDo(
            "dispatch",
            "Dispatch",
            all(stream.state in _LEFT for stream in streams),
            "Every piece is explained.",
        ),
        ToDo(
            "receipt",
            "Hand over with the receipt",
            all(stream.state is LotState.DELIVERED for stream in streams),
            "The post office's number is the proof.",
        ),
    ]


def _at_machines(code: str, what: str, lines: Sequence[StreamLine], counted: str, is_sorted: bool) -> ToDo:
    """A step of the segments of all streams."""
    done, all_of_them = sum(getattr(line, counted) for line in lines), sum(line.segments for line in lines)
    open_at = [line.number for line in lines if getattr(line, counted) < line.segments]
    words = f"{done:,} of {all_of_them:,} segments are {counted}."
    return ToDo(code, what, is_sorted and not open_at, words, *open_at[:1])


def tray_places(
    planned: PlannedMailing, plan: PresortPlan, rules: TrayRules, *, after: int = 0, limit: int = 200
) -> list[TrayPlace]:
    """Trays in loading order behind place ``after``, each with those of its destination from the other streams."""
    inches, levels = tray_inches(plan, rules), plan.tray_levels
    placed = planned.placed(plan)
    same: dict[tuple[str, str], list[int]] = {}
    for index, tray in enumerate(placed):
        same.setdefault((tray.row.level, tray.row.line_1), []).append(index)
    found = []
    for row, tray in enumerate(placed[after : after + limit], start=after):
        there = [placed[index] for index in same[tray.row.level, tray.row.line_1]]
        found.append(
            TrayPlace(
                place=tray.place,
                stream=stream_name(tray.stream),
                stream_number=planned.streams[tray.stream].number,
                tray=tray.row.number,
                level=tray.row.level,
                line_1=tray.row.line_1,
                pieces=tray.label.pieces,
                together=sum(one.label.pieces for one in there),
                mates=tuple(
                    (one.place, stream_name(one.stream)) for one in there if one.stream != tray.stream
                ),
                level_name=levels[int(plan.trays.level[row])].name,
                inches=float(inches[row]),
                fill=min(1.0, float(plan.trays.stack_inches[row] / inches[row])),
            )
        )
    return found
