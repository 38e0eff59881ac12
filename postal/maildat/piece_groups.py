"""Pieces of a plan as rows of .cqt and .pqt: by tray, price level, ZIP division and owner, and by bundle.

The crosswalk from levels to codes is this house's reading of the code lists and unconfirmed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from postal.maildat.records import BLANK, Int64s, UInt8s, Values, decimal_digits
from postal.plans.routes import route_text
from postal.sorting.presort_plan import PresortPlan

LOOSE = "000001"  # one logical package for each .cqt row of mail without bundles
# Container level (CSM-1104) to package level (PQT-1102).
PACKAGE_LEVELS = dict(
    zip(
        ["A", "B", "D", "J", "I", "P", "M", "S", "T", "Z", "AB", "AA", "AC", "AJ"],
        ["B", "B", "B", "C", "C", "U", "U", "F", "F", "H", "L", "I", "M", "9"],
        strict=True,
    )
)
FIVE_DIGIT_LEVELS = {"A", "B", "D", "J", "I", "P", "M"}
ROUTE_PACKAGE = "B"
_AUTOMATION_PRICES = frozenset({"E", "H", "L1", "L2", "L3", "L4"})  # CQT-1008
_ROUTE_PRICES = frozenset({"A", "B", "C", "D"})  # automation letters by carrier route
ENTRIES = {"DSCF": "S", "DDU": "D"}  # CQT-1105
ENTRY_FACILITIES = {"DSCF": "S", "DDU": "D"}  # CSM-1106
_ZIPS = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class PieceGroups:
    """Rows of .cqt (``tray`` and ``level`` as rows of the plan's; ``owner``) and of .pqt (``package_group`` =
    its .cqt row; ``bundle`` = row of the plan's, -1 = loose). ``of_piece``: .cqt row of each piece, from 0.
    """

    tray: Int64s
    level: Int64s
    division: Int64s
    owner: Int64s
    pieces: Int64s
    of_piece: Int64s
    package_group: Int64s
    bundle: Int64s
    package_pieces: Int64s
    bundle_of_piece: Int64s | None
    stream_of_piece: Int64s
    number_in_stream: Int64s

    def package_of_piece(self, start: int, stop: int) -> str | UInt8s:
        """PBC-1012 of pieces start + 1 .. stop."""
        return (
            LOOSE if self.bundle_of_piece is None else decimal_digits(self.bundle_of_piece[start:stop] + 1, 6)
        )


@dataclass(frozen=True, slots=True)
class PieceUnit:
    """One owner's pieces of one stream on one statement, each counted from 0: they are alike."""

    part: int
    stream: int
    owner: int

    def number(self, *, streams: int, owners: int) -> int:
        """Its number in the set, from 1."""
        return (self.part * streams + self.stream) * owners + self.owner + 1


def piece_groups(plan: PresortPlan, owner_of_job: Int64s) -> PieceGroups:
    """One row for each tray, price level, ZIP division and owner, in that order; divisions are 5-digit where
    the level is. Bundles part a row's pieces further.
    """
    levels, owners = len(plan.levels), int(owner_of_job.max()) + 1
    level = plan.level_of_piece.astype(np.int64)
    zip5 = plan.zip5.astype(np.int64)
    division = np.where(_is_five_digit(plan)[level], zip5, zip5 // 100)
    key = ((plan.tray_of_piece - 1).astype(np.int64) * levels + level) * _ZIPS + division
    found, of_piece, counts = np.unique(
        key * owners + owner_of_job[plan.job], return_inverse=True, return_counts=True
    )
    rest, owner = np.divmod(found, owners)
    rest, divided = np.divmod(rest, _ZIPS)
    tray, of_level = np.divmod(rest, levels)
    of_piece, pieces = of_piece.astype(np.int64), counts.astype(np.int64)
    streams = np.repeat(plan.stream_of_tray, plan.trays.pieces), plan.number_in_stream
    if plan.bundles is None:
        rows = np.arange(len(pieces), dtype=np.int64)
        loose = np.full(len(pieces), -1, np.int64)
        return PieceGroups(
            tray, of_level, divided, owner, pieces, of_piece, rows, loose, pieces, None, *streams
        )  # fmt: skip
    count = len(plan.bundles)
    bundle_of_piece = np.repeat(np.arange(count, dtype=np.int64), plan.bundles.pieces)
    pairs, packed = np.unique(of_piece * count + bundle_of_piece, return_counts=True)
    group, bundle = np.divmod(pairs, count)
    return PieceGroups(
        tray,
        of_level,
        divided,
        owner,
        pieces,
        of_piece,
        group,
        bundle,
        packed.astype(np.int64),
        bundle_of_piece,
        *streams,
    )


def automation_prices(plan: PresortPlan) -> frozenset[str]:
    """Price levels (CQT-1008) of barcoded pieces, which have a service level."""
    return _AUTOMATION_PRICES | (_ROUTE_PRICES if plan.shape in ("letter", "card") else frozenset())


def piece_units(plan: PresortPlan, groups: PieceGroups, owners: int) -> list[PieceUnit]:
    """Every piece unit: each owner's pieces of a stream in the mailing's class, and those that go on in another where
    there are any.
    """
    apart, stream = _apart(plan)[groups.level], plan.stream_of_tray[groups.tray]
    units = stream * owners + groups.owner
    return [
        PieceUnit(part, *divmod(unit, owners))
        for part, found in enumerate((units, units[apart]))
        for unit in np.unique(found).tolist()
    ]


def _apart(plan: PresortPlan) -> npt.NDArray[np.bool_]:
    """Which levels stand on a second statement of the plan."""
    return np.array([bool(level.mail_class) and len(plan.statements) > 1 for level in plan.levels])


def quantities(plan: PresortPlan, groups: PieceGroups, service: str, *, owners: int) -> Values:
    """Values of .cqt. ``service``: F or B for automation pieces; all others are O. ``owners``: of the whole mailing."""
    prices = [level.mail_dat_price for level in plan.levels]
    automation = automation_prices(plan)
    services = [service if price in automation else "O" for price in prices]
    return {
        "CQT-1034": np.arange(1, len(groups.pieces) + 1, dtype=np.int64),
        "CQT-1006": groups.tray + 1,
        "CQT-1007": _divisions(plan, groups),
        "CQT-1003": decimal_digits(
            (_apart(plan)[groups.level] * len(plan.streams) + plan.stream_of_tray[groups.tray]) * owners
            + groups.owner
            + 1,
            5,
        ),
        "CQT-1101": "N",
        "CQT-1105": looked_up([ENTRIES.get(level.entry, "N") for level in plan.levels], groups.level),
        "CQT-1008": looked_up(prices, groups.level),
        "CQT-1009": "O",
        "CQT-1010": "O",
        "CQT-1011": "O",
        "CQT-1102": groups.pieces,
        "CQT-1103": groups.pieces,
        "CQT-1107": "N",
        "CQT-1112": looked_up(services, groups.level),
    }


def packages(plan: PresortPlan, groups: PieceGroups) -> Values:
    """Values of .pqt: a row for each bundle in a .cqt row, or one logical package where mail is loose."""
    by_level = [PACKAGE_LEVELS[level.mail_dat_container] for level in plan.levels]
    level = groups.level[groups.package_group]
    values: Values = {
        "PQT-1034": groups.package_group + 1,
        "PQT-1012": LOOSE if plan.bundles is None else decimal_digits(groups.bundle + 1, 6),
        "PQT-1013": _divisions(plan, groups)[groups.package_group],
        "PQT-1102": looked_up(by_level, level),
        "PQT-1103": groups.package_pieces,
        "PQT-1104": groups.package_pieces,
    }
    if plan.route is not None:
        values["PQT-1101"] = _routes(plan, groups, np.array(by_level)[level] == ROUTE_PACKAGE)
    return values


def _routes(plan: PresortPlan, groups: PieceGroups, is_route: npt.NDArray[np.bool_]) -> list[str]:
    """The route of each package that is one; of its first piece."""
    assert plan.route is not None  # noqa: S101
    if plan.bundles is not None:
        first = plan.bundles.first_piece[groups.bundle] - 1
    else:
        _, first = np.unique(groups.of_piece, return_index=True)
        first = first[groups.package_group]
    routes = plan.route[first].tolist()
    return [
        route_text(route) if wanted and route >= 0 else ""
        for route, wanted in zip(routes, is_route.tolist(), strict=True)
    ]


def _is_five_digit(plan: PresortPlan) -> npt.NDArray[np.bool_]:
    return np.array([level.mail_dat_container in FIVE_DIGIT_LEVELS for level in plan.levels])


def _divisions(plan: PresortPlan, groups: PieceGroups) -> UInt8s:
    """ZIP, or its first three digits and two blanks (n, 5)."""
    is_short = ~_is_five_digit(plan)[groups.level]
    cells = decimal_digits(groups.division * np.where(is_short, 100, 1), 5)
    cells[is_short, 3:] = BLANK
    return cells


def looked_up(texts: list[str], rows: Int64s) -> UInt8s:
    """Short texts as bytes, one for each row number."""
    width = max(map(len, texts))
    table = np.frombuffer("".join(text.ljust(width) for text in texts).encode("ascii"), np.uint8)
    cells: UInt8s = table.reshape(len(texts), width)[rows]
    return cells
