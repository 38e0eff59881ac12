"""From pages and what they travel in to a mailpiece: sheets, weight, thickness. Figures are data with their status.

A sheet weighs what its own size and stock make of it, and is folded until it lies flat in its envelope.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from kernel.findings import Finding, Severity
from postal.piece.mailpiece import Mailpiece

_DATA = Path(__file__).parent / "data"
DEFAULT_ENVELOPE = "window10"
Size = tuple[Decimal, Decimal]  # width and height in inches
_REAM = 500  # sheets of the basic size that weigh the basis weight
_OUNCES, _POINTS = 16, 72
_HUNDREDTH, _TEN_THOUSANDTH = Decimal("0.01"), Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Stock:
    """A paper: pounds of 500 sheets of its basic size (inches), and its thickness in inches."""

    name: str
    basis_lb: Decimal
    basic_in: Size
    caliper_in: Decimal

    def sheet_oz(self, size: Size) -> Decimal:
        """Ounces of one sheet of this size in inches: its share of the basic size's weight."""
        basic = self.basic_in[0] * self.basic_in[1]
        return self.basis_lb * _OUNCES * size[0] * size[1] / (basic * _REAM)


@dataclass(frozen=True, slots=True)
class Envelope:
    """What pages travel in and how many sheets it takes. A card is its own: ``construction`` as postal.piece.mailpiece
    has it. ``page_in``: width and height of a page as ordered; ``stock``: what it is printed on; ``window_in``: left,
    low, width and height of the window, None while nobody measured it. ``is_piece``: it is what another job of the
    order prints, and its address and barcode alone are printed here.
    """

    code: str
    name: str
    length_in: Decimal
    height_in: Decimal
    weight_oz: Decimal
    caliper_in: Decimal
    max_sheets: int
    status: str
    source: str
    construction: str
    stock: Stock
    stock_code: str
    page_in: Size
    window_in: tuple[Decimal, ...] | None
    is_piece: bool

    @property
    def page_text(self) -> str:
        """The size of a page as ordered, in words."""
        return f"{self.page_in[0]} x {self.page_in[1]} in"

    @property
    def usual_place(self) -> str:
        """Where address and barcode stand unless somebody places them, in words."""
        if self.is_piece:
            return "on the address side of the piece"
        if self.is_card:
            return "on the address side of the card"
        place = "where a #10 window shows them"
        if self.window_in is None:
            place += f" (the window of the {self.name} envelope has not been measured)"
        return place

    @property
    def is_card(self) -> bool:
        """The page itself is mailed."""
        return self.construction == "card"

    @property
    def is_inserted(self) -> bool:
        """Pages are put into it; what is its own mailpiece is ready when it is printed."""
        return self.construction == "envelope"

    @property
    def page(self) -> tuple[float, float]:
        """Width and height of a page as ordered, in points."""
        return float(self.page_in[0] * _POINTS), float(self.page_in[1] * _POINTS)

    def panels(self, size: Size) -> int:
        """Layers of a sheet of this size (inches) once it is folded to fit, turned the better way."""
        short, long = sorted((self.length_in, self.height_in))
        return min(_times(a, long) * _times(b, short) for a, b in (size, size[::-1]))

    @property
    def room(self) -> Size:
        """Length and height in inches of the largest flat thing that slides in; none into a card."""
        clearance = Decimal(_data("letters.toml")["enclosure"]["clearance_in"])
        short, long = sorted((self.length_in, self.height_in))
        return (Decimal(0), Decimal(0)) if self.is_card else (long - clearance, short - clearance)

    def takes(self, size: Size) -> bool:
        """Does a piece of this size (inches) go into it, turned the better way; or is it one?"""
        short, long = sorted(size)
        if self.is_piece:
            return (long, short) == (self.length_in, self.height_in)
        return long <= self.room[0] and short <= self.room[1]

    def mailpiece(self, *, thickness_in: Decimal, weight_oz: Decimal) -> Mailpiece:
        """A finished piece of this size."""
        return Mailpiece(self.length_in, self.height_in, thickness_in, weight_oz, self.construction)


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A printed piece that goes into the envelope with the letter, or is addressed itself: ounces, inches."""

    weight_oz: Decimal
    thickness_in: Decimal


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """One finished letter, flat or card."""

    sheets: int
    mailpiece: Mailpiece
    findings: tuple[Finding, ...]


@lru_cache(maxsize=2)
def _data(name: str) -> dict[str, Any]:
    return tomllib.loads((_DATA / name).read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def envelopes() -> Mapping[str, Envelope]:
    """Envelopes by code, small to large."""
    stocks = {
        row["code"]: Stock(
            row["name"], Decimal(row["basis_lb"]),
            (Decimal(row["basic_width_in"]), Decimal(row["basic_height_in"])), Decimal(row["caliper_in"]),
        )
        for row in _data("shipped/stocks.toml")["stock"]
        if "caliper_in" in row
    }  # fmt: skip
    return {
        code: Envelope(
            code=code,
            name=row["name"],
            max_sheets=row["max_sheets"],
            status=row["status"],
            source=f"{row['status']}: {row['source']}",
            construction=row.get("construction", "envelope"),
            stock=stocks[row["stock"]],
            stock_code=row["stock"],
            page_in=_pair(row["page_in"]),
            window_in=tuple(map(Decimal, row["window_in"])) if "window_in" in row else None,
            is_piece=row.get("is_piece", False),
            **{key: Decimal(row[key]) for key in ("length_in", "height_in", "weight_oz", "caliper_in")},
        )
        for code, row in _data("letters.toml")["envelope"].items()
    }


def to_choose() -> Mapping[str, str]:
    """Names by code of what letters and cards are ordered in, where nothing is printed with them."""
    return {code: one.name for code, one in envelopes().items() if not one.is_piece}


def envelope_name(code: str | None) -> str:
    """The name of an envelope or card; its code when the catalog no longer has it."""
    known = envelopes().get(code or "")
    return known.name if known else code or ""


def letter_facts(
    envelope: Envelope,
    *,
    pages: Sequence[tuple[float, float]],
    is_duplex: bool,
    enclosed: Enclosed | None = None,
) -> LetterFacts:
    """One letter of these pages (width and height in points). Weight, to the ten-thousandth of an ounce: sheets,
    envelope and what is enclosed. Thickness: folded sheets and that between two envelope walls. What is enclosed takes
    the room of as many sheets as it is thick. A piece that is addressed itself weighs what it weighs, whatever its page
    is made of."""
    if envelope.is_piece and enclosed is not None:
        piece = envelope.mailpiece(thickness_in=enclosed.thickness_in, weight_oz=enclosed.weight_oz)
        return LetterFacts(1, piece, ())
    step = 2 if is_duplex else 1
    sizes = [
        max(map(_inches, pages[at : at + step]), key=lambda size: size[0] * size[1])
        for at in range(0, len(pages), step)
    ]
    sheets, stock = len(sizes), envelope.stock
    weight = sum(map(stock.sheet_oz, sizes), envelope.weight_oz)
    thickness = sum(map(envelope.panels, sizes)) * stock.caliper_in + 2 * envelope.caliper_in
    if enclosed is not None:
        weight, thickness = weight + enclosed.weight_oz, thickness + enclosed.thickness_in
        sheets += math.ceil(enclosed.thickness_in / stock.caliper_in)
    mailpiece = envelope.mailpiece(
        thickness_in=thickness,
        weight_oz=weight.quantize(_TEN_THOUSANDTH, ROUND_HALF_UP),
    )
    findings = []
    if sheets > envelope.max_sheets:
        findings.append(
            Finding(
                "ENVELOPE_FULL",
                Severity.STOP,
                f"{sheets} sheets do not fit: {envelope.name} takes {envelope.max_sheets}."
                + (" What is enclosed counts by its thickness." if enclosed else ""),
                "Print on both sides, shorten the document, or choose a larger envelope.",
            )
        )
    return LetterFacts(sheets, mailpiece, tuple(findings))


def _inches(size: tuple[float, float]) -> Size:
    """Points to inches, to the hundredth: programs write a page a hair off its size."""
    width, height = (Decimal(length / _POINTS).quantize(_HUNDREDTH, ROUND_HALF_UP) for length in size)
    return width, height


def _times(length: Decimal, room: Decimal) -> int:
    return int((length / room).to_integral_value(ROUND_CEILING))


def _pair(values: Sequence[str]) -> Size:
    return Decimal(values[0]), Decimal(values[1])
