"""Letter trays and flat tubs (DMM 203.5): the family a piece needs, what a tray takes, how a destination is trayed."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from kernel.errors import InvalidInput
from postal.data.editions import Edition, InForce, kept_by_content

Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TrayType:
    """One tray; inside length in inches; ``code`` is the container type of Mail.dat CSM-1005."""

    code: str
    name: str
    length_in: Decimal


@dataclass(frozen=True, slots=True)
class TrayFamily:
    """The trays for pieces up to a size: the whole tray, and the half one where it exists."""

    name: str
    max_piece_height_in: Decimal
    max_piece_length_in: Decimal
    whole: TrayType
    half: TrayType | None
    shapes: tuple[str, ...] = ("letter", "card")

    @property
    def types(self) -> tuple[TrayType, ...]:
        """Whole first: a tray's type is an index into this."""
        return (self.whole,) if self.half is None else (self.whole, self.half)


@dataclass(frozen=True, slots=True)
class TrayRules:
    """Families from small to large. Stack length = pieces x thickness / ``packing_factor``. ``max_gross_lb``: what
    the mail in one container may weigh.
    """

    edition: Edition
    families: tuple[TrayFamily, ...]
    packing_factor: Decimal
    full_share: Decimal
    max_gross_lb: Decimal

    def family_for(self, *, length_in: Decimal, height_in: Decimal, shape: str = "letter") -> TrayFamily:
        """The smallest family that takes the piece; InvalidInput TRAY_SIZE when none does."""
        for family in self.families:
            is_tall = height_in > family.max_piece_height_in
            if shape in family.shapes and not is_tall and length_in <= family.max_piece_length_in:
                return family
        raise InvalidInput(f"No tray takes a {shape} of {length_in} by {height_in} in.", code="TRAY_SIZE")

    @property
    def length_in(self) -> dict[str, Decimal]:
        """Inside length of every tray by its code."""
        return {tray.code: tray.length_in for family in self.families for tray in family.types}

    def stack_inches(self, thickness_in: Decimal) -> Fraction:
        """Length one piece takes in a tray, exact."""
        return Fraction(thickness_in) / Fraction(self.packing_factor)

    def most_pieces(self, weight_oz: Decimal) -> int:
        """Pieces one container may hold by weight."""
        return int(self.max_gross_lb * 16 // weight_oz)


@dataclass(frozen=True, slots=True, eq=False)
class Filling:
    """Trays in order of destination (row of the input). ``tray_type``: index into family.types."""

    destination: Int64s
    tray_type: npt.NDArray[np.uint8]
    pieces: Int64s


def tray_rules(in_force: InForce) -> TrayRules:
    """The tray types in force on a day."""
    return load_rules(in_force.edition("tray-types"))


def capacity(tray: TrayType, stack_inches: Fraction) -> int:
    """Pieces that fit in one tray."""
    return int(Fraction(tray.length_in) // stack_inches)


def fill(
    pieces: Int64s, family: TrayFamily, *, stack_inches: Fraction, most_pieces: int | None = None
) -> Filling:
    """Tray each destination: all possible whole trays, then one more tray for the rest, the half one where
    the rest fits it. So never two half trays to one destination (DMM 203.5, Quick Service Guide 230b).
    ``most_pieces``: what weight allows in one tray.
    """
    whole = capacity(family.whole, stack_inches)
    half = capacity(family.half, stack_inches) if family.half else 0
    if most_pieces is not None:
        whole, half = min(whole, most_pieces), min(half, most_pieces)
    if whole < 1:
        raise InvalidInput("One piece is thicker than a tray is long, or too heavy for it.", code="TRAY_SIZE")
    rest = pieces % whole
    trays = pieces // whole + (rest > 0)
    destination = np.repeat(np.arange(len(pieces), dtype=np.int64), trays)
    filled = np.full(len(destination), whole, dtype=np.int64)
    tray_type = np.zeros(len(destination), dtype=np.uint8)
    last = np.cumsum(trays) - 1
    partial = rest > 0
    filled[last[partial]] = rest[partial]
    tray_type[last[partial & (rest <= half)]] = 1
    return Filling(destination, tray_type, filled)


def fill_with_bundles(destination: Int64s, pieces: Int64s, *, capacity_pieces: int) -> Int64s:
    """Tray number (from 0) of each bundle, given in order of destination: a tray takes whole bundles of one
    destination until the next does not fit.
    """
    tray = np.zeros(len(pieces), dtype=np.int64)
    ends = np.cumsum(pieces)
    start, number = 0, -1
    stops = np.append(np.flatnonzero(np.diff(destination)) + 1, len(pieces))
    for stop in stops.tolist():
        while start < stop:
            before = int(ends[start - 1]) if start else 0
            last = int(np.searchsorted(ends[:stop], before + capacity_pieces, side="right"))
            last = max(last, start + 1)
            number += 1
            tray[start:last] = number
            start = last
    return tray


@kept_by_content
def load_rules(edition: Edition) -> TrayRules:
    """Read one edition of the tray types."""
    data = tomllib.loads(edition.path.read_text(encoding="utf-8"))
    types = {
        row["code"]: TrayType(row["code"], row["name"], Decimal(row["length_in"])) for row in data["tray"]
    }
    families = tuple(
        TrayFamily(
            name=row["name"],
            max_piece_height_in=Decimal(row["max_piece_height_in"]),
            max_piece_length_in=Decimal(row["max_piece_length_in"]),
            whole=types[row["whole"]],
            half=types[row["half"]] if "half" in row else None,
            shapes=tuple(row["shapes"]),
        )
        for row in data["family"]
    )
    return TrayRules(
        edition,
        families,
        Decimal(data["packing_factor"]),
        Decimal(data["full_share"]),
        Decimal(data["max_gross_lb"]),
    )
