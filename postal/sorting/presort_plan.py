"""The values of a presort: pieces as columns going in; levels, groups, trays and tray order coming out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from kernel.errors import InvalidInput
from kernel.findings import Finding
from kernel.money import Extended, Money, Rate, to_cents, total
from postal.admission.incentives import FULL_SERVICE, STATEMENT, Earned
from postal.piece.mailpiece import pounds
from postal.plans.routes import ROUTES
from postal.prices.piece_price import ByPound, each, postage_of, price_text

Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]
UInt8s = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]

ZIP5S = 100_000
SUFFIXES = 1_000_000  # ZIP+4 and delivery point behind the ZIP: six digits


@dataclass(frozen=True, slots=True, eq=False)
class PieceColumns:
    """The pieces of a mailing as columns of one length. ``zip11``: ZIP, ZIP+4 and delivery point as a number,
    -1 = no usable delivery point. ``job``: index into the caller's jobs. ``ids``: breaks ties of one address.
    ``route``: carrier route as a number (postal/plans/routes.py), -1 = none;
    ``sequence``: walk sequence in the route.
    """

    zip5: Int32s
    zip11: Int64s
    job: Int32s
    ids: Int64s
    route: Int32s | None = None
    sequence: Int32s | None = None

    def __len__(self) -> int:
        return len(self.zip5)

    @classmethod
    def of(
        cls,
        zip5: npt.ArrayLike,
        zip11: npt.ArrayLike,
        *,
        job: npt.ArrayLike | None = None,
        ids: npt.ArrayLike | None = None,
        route: npt.ArrayLike | None = None,
        sequence: npt.ArrayLike | None = None,
    ) -> PieceColumns:
        """Check and hold the columns; job 0 and ids 0.. where not given. InvalidInput PIECE_COLUMNS."""
        zips = np.ascontiguousarray(zip5, dtype=np.int32)
        routing = np.ascontiguousarray(zip11, dtype=np.int64)
        count = len(zips)
        jobs = np.zeros(count, np.int32) if job is None else np.ascontiguousarray(job, dtype=np.int32)
        names = np.arange(count, dtype=np.int64) if ids is None else np.ascontiguousarray(ids, dtype=np.int64)
        routes, places = (
            None if given is None else np.ascontiguousarray(given, dtype=np.int32)
            for given in (route, sequence)
        )
        lengths = {len(column) for column in (routing, jobs, names, routes, places) if column is not None}
        if lengths != {count}:
            raise InvalidInput("The columns of a mailing are of different lengths.", code="PIECE_COLUMNS")
        suffix = routing - zips.astype(np.int64) * SUFFIXES
        if count and (zips.min() < 0 or zips.max() >= ZIP5S or jobs.min() < 0):
            raise InvalidInput("A ZIP is not five digits or a job index is negative.", code="PIECE_COLUMNS")
        is_outside = suffix.view(np.uint64) >= SUFFIXES  # negative ones, too
        if np.any(is_outside & (routing >= 0)):
            raise InvalidInput(
                "A delivery point does not begin with the ZIP of its piece.", code="PIECE_COLUMNS"
            )
        if count and routes is not None and (routes.min() < -1 or routes.max() >= ROUTES):
            raise InvalidInput("A carrier route is out of range.", code="PIECE_COLUMNS")
        if count and places is not None and (places.min() < 0 or places.max() >= SUFFIXES):
            raise InvalidInput("A walk sequence is out of range.", code="PIECE_COLUMNS")
        return cls(zips, routing, jobs, names, routes, places)

    @classmethod
    def joined(cls, parts: Sequence[PieceColumns]) -> PieceColumns:
        """All pieces, part after part, with jobs and ids as they are. Where some parts have routes and others not, the
        pieces of the others have none.
        """
        lengths = [len(part) for part in parts]
        return cls.of(
            np.concatenate([part.zip5 for part in parts]),
            np.concatenate([part.zip11 for part in parts]),
            job=np.concatenate([part.job for part in parts]),
            ids=np.concatenate([part.ids for part in parts]),
            route=_joined([part.route for part in parts], lengths, missing=-1),
            sequence=_joined([part.sequence for part in parts], lengths, missing=0),
        )

    def take(self, rows: npt.NDArray[np.integer[Any]]) -> PieceColumns:
        """Some of the pieces, in the order given."""
        return PieceColumns(
            self.zip5[rows],
            self.zip11[rows],
            self.job[rows],
            self.ids[rows],
            None if self.route is None else self.route[rows],
            None if self.sequence is None else self.sequence[rows],
        )


def _joined(columns: Sequence[Int32s | None], lengths: Sequence[int], *, missing: int) -> Int32s | None:
    if all(column is None for column in columns):
        return None
    return np.concatenate(
        [
            np.full(length, missing, np.int32) if column is None else column
            for column, length in zip(columns, lengths, strict=True)
        ]
    )


@dataclass(frozen=True, slots=True)
class LevelResult:
    """What came to one level, with postage before the cent. ``rate`` None = no price is loaded; ``by_pound``: what its
    pieces pay by weight besides. ``mail_class``, ``form``: where they are not the plan's.
    """

    code: str
    name: str
    key: str
    minimum: int
    price_table: str
    price_level: str
    rate: Rate | None
    pieces: int
    trays: int
    postage: Extended
    line_2: str
    cin: int
    mail_dat_container: str
    mail_dat_price: str
    entry: str = ""
    kind: str = ""
    by_pound: ByPound | None = None
    mail_class: str = ""
    form: str = ""
    marking: str = ""

    @property
    def each(self) -> Decimal | None:
        """Exact dollars of one piece."""
        return None if self.rate is None else each(self.rate, self.by_pound)

    @property
    def price(self) -> str:
        """In words; empty where no price is loaded."""
        return "" if self.rate is None else price_text(self.rate, self.by_pound)

    def postage_of(self, pieces: int) -> Extended:
        """What so many pieces cost here, before the cent."""
        return Extended(Decimal(0)) if self.rate is None else postage_of(self.rate, self.by_pound, pieces)


@dataclass(frozen=True, slots=True)
class StatementPart:
    """What one statement of a mailing covers: a class, its form, the levels (with pieces) that stand on it, and the
    incentives its pieces earn.
    """

    mail_class: str
    form: str
    levels: tuple[LevelResult, ...]
    incentives: tuple[Earned, ...] = ()

    @property
    def pieces(self) -> int:
        """Of its levels."""
        return sum(level.pieces for level in self.levels)

    @property
    def gross(self) -> Extended:
        """Before the cent and before incentives."""
        return total([level.postage for level in self.levels])

    @property
    def postage(self) -> Money:
        """Less all incentives; rounded once, as the statement is."""
        return to_cents(self.gross - total([one.amount for one in self.incentives]))

    @property
    def stated(self) -> Money:
        """What the statement comes to: without what is credited to the submitter instead."""
        return to_cents(
            self.gross - total([one.amount for one in self.incentives if one.paid_to == STATEMENT])
        )


def statement_parts(
    levels: Sequence[LevelResult], mail_class: str, form: str, *, incentives: Sequence[Earned] = ()
) -> tuple[StatementPart, ...]:
    """The statements that levels make: one, or two where residual pieces go on in another class, which earn no
    incentives; the main one first.
    """
    kept: dict[tuple[str, str], list[LevelResult]] = {}
    for level in levels:
        if level.pieces:
            kept.setdefault((level.mail_class or mail_class, level.form or form), []).append(level)
    return tuple(
        StatementPart(*named, tuple(found), tuple(incentives) if named[0] == mail_class else ())
        for named, found in kept.items()
    )


@dataclass(frozen=True, slots=True)
class ContainerLevel:
    """What came to one kind of tray, tub or sack of bundles."""

    code: str
    name: str
    key: str
    minimum: int
    pieces: int
    trays: int
    line_2: str
    cin: int
    mail_dat_container: str


@dataclass(frozen=True, slots=True, eq=False)
class Bundles:
    """Bundle k (from 1) is row k-1, in tray order. ``level``: index into levels; ``group``: row in Groups;
    ``tray`` and ``first_piece`` from 1.
    """

    level: UInt8s
    group: Int32s
    tray: Int32s
    pieces: Int64s
    first_piece: Int64s

    def __len__(self) -> int:
        return len(self.level)


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Every group looked at, level by level: ``pieces`` still free when its level was formed, and whether it
    was formed. ``key``: ZIP, row of the list (-1 = not listed), or 0. ``label``: line 1 by row, where known.
    """

    level: UInt8s
    key: Int32s
    pieces: Int64s
    is_formed: Bools
    label_zip: Int32s
    label: Mapping[int, str]


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """Distinct ZIPs (and routes) of pieces that can be sorted, ascending; ``group`` (ZIPs x levels) = row in
    Groups, -1 = none. ``has_point``: where pieces with a delivery point are units apart from those without.
    """

    zip5: Int32s
    group: Int32s
    route: Int32s | None = None
    has_point: Bools | None = None

    def row(self, zip5: int, route: int, *, has_point: bool = True) -> int:
        """The unit of a piece."""
        # Of the column's own type: another one would have NumPy copy the column for every look-up.
        first = int(np.searchsorted(self.zip5, np.int32(zip5)))
        if self.has_point is not None:
            return first + int(self.has_point[first : first + 1].tolist() != [has_point])
        if self.route is None:
            return first
        last = int(np.searchsorted(self.zip5, np.int32(zip5), side="right"))
        return first + int(np.searchsorted(self.route[first:last], np.int32(route)))


@dataclass(frozen=True, slots=True, eq=False)
class Trays:
    """Tray k (from 1) is row k-1. ``level``: index into the plan's tray_levels; ``group``: row in Groups, or the
    number of the destination where trays hold bundles; ``first_piece`` from 1.
    """

    level: UInt8s
    group: Int32s
    label_zip: Int32s
    tray_type: UInt8s
    pieces: Int64s
    first_piece: Int64s
    stack_inches: npt.NDArray[np.float64]
    is_full: Bools
    line_1: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.level)


@dataclass(frozen=True, slots=True)
class TrayLabel:
    """One tray's label and facts. ``cin`` 0 = no content identifier known, so no tray barcode."""

    tray: int
    line_1: str
    line_2: str
    line_3: str
    label_zip: int
    cin: int
    tray_type: str
    level: str
    pieces: int
    first_piece: int
    last_piece: int


@dataclass(frozen=True, slots=True)
class Marking:
    """The words of class and preparation that pieces first..last bear (DMM 202.3)."""

    words: str
    first_piece: int
    last_piece: int


def stream_name(place: int) -> str:
    """What people call a stream by its place in the mailing, from 0: A to Z, then AA."""
    rest, letter = divmod(place, 26)
    return (stream_name(rest - 1) if rest else "") + chr(ord("A") + letter)


@dataclass(frozen=True, slots=True)
class StreamPart:
    """What the pieces of one stream of a mailing have in common."""

    weight_oz: Decimal
    thickness_in: Decimal
    pieces: int


@dataclass(frozen=True, slots=True, eq=False)
class Joining:
    """Where the trays of a joined plan are from, by row: the stream (from 0), the tray's number there (from 1), and its
    first piece as numbered there.
    """

    streams: tuple[StreamPart, ...]
    stream_of_tray: Int64s
    tray_in_stream: Int64s
    first_in_stream: Int64s


@dataclass(frozen=True, slots=True, eq=False)
class PresortPlan:
    """A mailing in tray order. Piece n (from 1) is row n-1 of source (row of the input), job, zip5, zip11.
    ``postage`` is what the mailing costs less ``incentives``; levels tell their postage before them.
    ``alone_level``: index into ``levels`` of each piece if its job were mailed alone; None until that is known.
    """

    sort_plan: str
    title: str
    mail_class: str
    shape: str
    mail_date: date
    policy: str
    payment: str
    minimum_pieces: int
    automation_pieces: int
    thickness_in: Decimal
    weight_oz: Decimal
    single_piece_rate: Rate | None
    single_piece_postage: Money | None
    postage: Money
    mailer_line: str
    tray_types: tuple[str, ...]
    tray_names: tuple[str, ...]
    levels: tuple[LevelResult, ...]
    editions: tuple[str, ...]
    assumptions: tuple[str, ...]
    findings: tuple[Finding, ...]
    source: npt.NDArray[np.uint32]
    job: Int32s
    zip5: Int32s
    zip11: Int64s
    trays: Trays
    groups: Groups
    units: Units
    processing_category: str = "Letters"
    entry: str = ""
    form: str = "3600-FCM"
    edition_hashes: tuple[str, ...] = ()
    top_down_postage: Money | None = None
    containers: tuple[ContainerLevel, ...] = ()
    bundles: Bundles | None = None
    route: Int32s | None = None
    alone_level: UInt8s | None = None
    incentives: tuple[Earned, ...] = ()
    marking: str = ""
    joining: Joining | None = None  # of a mailing of several streams (postal.sorting.joined)

    @property
    def streams(self) -> tuple[StreamPart, ...]:
        """Itself, or those it is joined of."""
        alone = StreamPart(self.weight_oz, self.thickness_in, self.pieces)
        return (alone,) if self.joining is None else self.joining.streams

    @property
    def stream_of_tray(self) -> Int64s:
        """Which of ``streams`` each tray is of, from 0."""
        return np.zeros(len(self.trays), np.int64) if self.joining is None else self.joining.stream_of_tray

    @property
    def number_in_stream(self) -> Int64s:
        """What each piece is numbered in its stream, from 1."""
        numbers = np.arange(1, self.pieces + 1, dtype=np.int64)
        if self.joining is None:
            return numbers
        shift = self.joining.first_in_stream - self.trays.first_piece
        found: Int64s = numbers + np.repeat(shift, self.trays.pieces)
        return found

    def weight_lb(self, levels: Sequence[LevelResult] | None = None) -> Decimal:
        """Pounds of all pieces, or of those at some of its levels."""
        held = self.trays if self.bundles is None else self.bundles
        stream = self.stream_of_tray if self.bundles is None else self.stream_of_tray[self.bundles.tray - 1]
        codes = None if levels is None else {level.code for level in levels}
        wanted = np.array([codes is None or level.code in codes for level in self.levels])[held.level]
        counts = np.bincount(stream[wanted], held.pieces[wanted], len(self.streams)).astype(np.int64)
        return sum(
            (
                pounds(part.weight_oz) * count
                for part, count in zip(self.streams, counts.tolist(), strict=True)
            ),
            Decimal(0),
        )

    @property
    def gross(self) -> Extended:
        """Postage of all levels before the cent and before incentives."""
        return total([level.postage for level in self.levels])

    @property
    def statement_postage(self) -> Money:
        """What the postage statements come to: ``postage`` and what is credited to the submitter instead."""
        return Money(sum(part.stated.cents for part in self.statements))

    @property
    def incentive(self) -> Money:
        """What incentives take off, to the cent."""
        return Money(sum(to_cents(part.gross).cents - part.postage.cents for part in self.statements))

    @property
    def is_full_service(self) -> bool:
        """Full-Service is claimed on its presorted pieces."""
        return any(one.name == FULL_SERVICE and one.pieces for one in self.incentives)

    @property
    def off(self) -> Rate:
        """What incentives take off a presorted piece; the residual, the last level, has none."""
        return Rate(sum((one.rate.value for one in self.incentives), Decimal(0)))

    @property
    def markings(self) -> tuple[Marking, ...]:
        """What must stand on the pieces beside the postage; pieces that go on in another class bear another."""
        last = self.levels[-1]
        rest = last.pieces if last.mail_class else 0
        if self.is_under_minimum:
            return (Marking(last.marking, 1, self.pieces),)
        found = (
            Marking(self.marking, 1, self.pieces - rest),
            Marking(last.marking, self.pieces - rest + 1, self.pieces),
        )
        return tuple(one for one in found if one.first_piece <= one.last_piece)

    @property
    def tray_levels(self) -> tuple[LevelResult, ...] | tuple[ContainerLevel, ...]:
        """What a tray's level is an index into: the price levels, or the container levels of bundles."""
        return self.containers or self.levels

    @property
    def pieces(self) -> int:
        """All pieces, residual ones included."""
        return len(self.source)

    @property
    def statements(self) -> tuple[StatementPart, ...]:
        """What each of its statements covers, the main one first."""
        return statement_parts(self.levels, self.mail_class, self.form, incentives=self.incentives)

    @property
    def is_tray_apart(self) -> Bools:
        """Which trays hold pieces that go on in another class: no tray holds both."""
        return self.goes_on_apart(self.trays.first_piece)

    def goes_on_apart(self, pieces: npt.NDArray[np.integer[Any]]) -> Bools:
        """Which of some pieces (from 1) go on in another class than the mailing's, with a service type of their own."""
        apart = np.array([bool(level.mail_class) for level in self.levels])
        found: Bools = apart[self.level_of_piece[np.asarray(pieces) - 1]]
        return found

    @property
    def is_under_minimum(self) -> bool:
        """Too few automation pieces for the class: all go at single-piece prices."""
        return self.automation_pieces < self.minimum_pieces

    @property
    def tray_of_piece(self) -> Int32s:
        """Tray number (from 1) of each piece."""
        return np.repeat(np.arange(1, len(self.trays) + 1, dtype=np.int32), self.trays.pieces)

    @property
    def level_of_piece(self) -> UInt8s:
        """Index into ``levels`` of each piece."""
        held = self.trays if self.bundles is None else self.bundles
        return np.repeat(held.level, held.pieces)

    @property
    def group_of_piece(self) -> Int32s:
        """Row in ``groups`` of each piece."""
        held = self.trays if self.bundles is None else self.bundles
        return np.repeat(held.group, held.pieces)

    @property
    def level_counts(self) -> dict[str, int]:
        """Pieces by level code, in the order of the plan, levels without pieces included."""
        return {level.code: level.pieces for level in self.levels}

    def tray_holding(self, piece: int) -> int:
        """The tray of one piece; IndexError outside 1..pieces."""
        if not 1 <= piece <= self.pieces:
            raise IndexError(f"the plan has pieces 1 to {self.pieces}")
        return int(np.searchsorted(self.trays.first_piece, piece, side="right"))

    def place_of(self, piece: int) -> tuple[int, int]:
        """Index into ``levels`` and row in ``groups`` of one piece; IndexError outside 1..pieces."""
        tray = self.tray_holding(piece)
        if self.bundles is None:
            return int(self.trays.level[tray - 1]), int(self.trays.group[tray - 1])
        row = int(np.searchsorted(self.bundles.first_piece, piece, side="right")) - 1
        return int(self.bundles.level[row]), int(self.bundles.group[row])

    def label(self, tray: int) -> TrayLabel:
        """The label of a tray (from 1)."""
        if not 1 <= tray <= len(self.trays):
            raise IndexError(f"the plan has trays 1 to {len(self.trays)}")
        row, trays = tray - 1, self.trays
        level = self.tray_levels[int(trays.level[row])]
        first, pieces = int(trays.first_piece[row]), int(trays.pieces[row])
        return TrayLabel(
            tray=tray,
            line_1=trays.line_1[row],
            line_2=level.line_2,
            line_3=self.mailer_line,
            label_zip=int(trays.label_zip[row]),
            cin=level.cin,
            tray_type=self.tray_types[int(trays.tray_type[row])],
            level=level.code,
            pieces=pieces,
            first_piece=first,
            last_piece=first + pieces - 1,
        )
