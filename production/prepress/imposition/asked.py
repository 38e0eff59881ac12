"""What is asked of an imposition, in points, checked before any file is opened."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from kernel.errors import InvalidInput
from production.prepress.imposition.layout import Point, Turn
from production.prepress.imposition.numbering import Numbers
from production.prepress.imposition.signatures import FOLDINGS

Blanks = Literal["end", "before-back"]
_Range: TypeAlias = tuple[str, float, float, float]  # option, value, least and most of it
MARKS = ("crop", "fold", "registration", "bar", "color-bar", "collating", "slug")
BOOKS = frozenset({"saddle", "perfect"})
# How the sheet is turned between its two sides. What both sides of a flat piece need must be said; a perfecting press
# turns the sheet over its tail, and a work style is named for its turn.
TURNS: dict[str, Turn] = {
    "saddle": "left-right",
    "perfect": "left-right",
    "nup": "none",
    "stepandrepeat": "none",
    "cutstack": "none",
    "work-turn": "left-right",
    "work-tumble": "head-to-foot",
    "perfecting": "head-to-foot",
    "gang": "none",
}
_FIXED = frozenset({"work-turn", "work-tumble"})
_BOTH_SIDES = BOOKS | {"perfecting"}
LEAST_POINTS = 36  # no cutter holds less than half an inch (shop to confirm)
MOST_POINTS = 14_400  # of a page without a unit of its own (ISO 32000-1, annex C.2)
MOST_BLEED = 72.0  # points; trade asks for 9
MOST_CALIPER = 7.2  # points: 0.1 in is board that no folder takes
MOST_FACTOR = 5.0  # real folds push 1 to 1.5 times the geometric creep (shop to confirm)
MOST_UP, MOST_PARTS, MOST_NEST = 1_000, 12, 200


@dataclass(frozen=True, slots=True)
class Asked:
    """Sizes are width and height in points, as read; ``bleed``, ``caliper``, ``margin`` points. ``up``: places on a
    side, as many as fit where None; ``signature``: pages of a folded sheet; ``nest``: sheets inside one another of a
    perfect-bound book (all of a saddle-stitched one). ``number_at``: from the trim's lower left."""

    scheme: str
    sheet: Point
    trim: Point
    bleed: float = 0.0
    caliper: float = 0.0
    creep_factor: float = 1.0
    signature: int = 4
    nest: int = 1
    up: int | None = None
    turn: Turn | None = None
    blanks: Blanks = "end"
    parts: int = 1
    numbers: Numbers | None = None
    number_at: Point = (36.0, 36.0)
    margin: float = 0.0
    marks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check(self._lengths(), 72, " in")
        _check(self._counts(), 1, "")
        if self.scheme not in TURNS:
            raise _refused(f'There is no scheme "{self.scheme[:40]}".', "SPEC_FIELD", "scheme", _list(TURNS))
        if self.signature not in FOLDINGS:
            raise _refused(
                f"No sheet is folded to {self.signature} pages.", "SPEC_FIELD", "signature", _list(FOLDINGS)
            )
        if unknown := [mark for mark in self.marks if mark not in MARKS]:
            raise _refused(f'There is no mark "{unknown[0][:40]}".', "SPEC_FIELD", "marks", _list(MARKS))
        for field, is_clash, why in self._clashes():
            if is_clash:
                raise _refused(
                    f"{_option(field)} does not go with --scheme {self.scheme}.", "OPTION_CLASH", field, why
                )

    @property
    def is_book(self) -> bool:
        """Whether sheets are folded and bound."""
        return self.scheme in BOOKS

    @property
    def turned(self) -> Turn:
        """The turn that was said, else that of the scheme."""
        return self.turn or TURNS[self.scheme]

    def _lengths(self) -> list[_Range]:
        return [
            *(("sheet", side, LEAST_POINTS, MOST_POINTS) for side in self.sheet),
            *(("trim", side, LEAST_POINTS, MOST_POINTS) for side in self.trim),
            ("bleed", self.bleed, 0, MOST_BLEED),
            ("margin", self.margin, 0, MOST_POINTS),
            ("caliper", self.caliper, 0, MOST_CALIPER),
            *(("number_at", place, 0, side) for place, side in zip(self.number_at, self.trim, strict=True)),
        ]

    def _counts(self) -> list[_Range]:
        return [
            ("creep_factor", self.creep_factor, 0, MOST_FACTOR),
            ("nest", self.nest, 1, MOST_NEST),
            ("up", 1 if self.up is None else self.up, 1, MOST_UP),
            ("parts", self.parts, 1, MOST_PARTS),
        ]

    def _clashes(self) -> list[tuple[str, bool, str]]:
        """Options that this scheme has no use for, or that contradict it."""
        is_numbered = self.numbers is not None
        return [
            (
                "up",
                self.is_book and self.up not in {None, self.signature // 2},
                f"A signature of {self.signature} pages has {self.signature // 2} on a side.",
            ),
            ("nest", self.scheme != "perfect" and self.nest != 1, "Only signatures that are gathered nest."),
            (
                "turn",
                self.scheme in _BOTH_SIDES and self.turned == "none",
                "It is printed on both sides.",
            ),
            (
                "turn",
                self.scheme in _FIXED and self.turned != TURNS[self.scheme],
                f"It is turned {TURNS[self.scheme]} by its name.",
            ),
            (
                "parts",
                self.parts > 1 and (self.scheme not in {"nup", "cutstack"} or self.turned != "none"),
                "Sets are laid out nup or cutstack, a part on one side of its own sheet.",
            ),
            (
                "number_first",
                is_numbered and self.scheme not in {"nup", "cutstack"},
                "Numbered forms are laid out nup or cutstack, so that no number comes twice.",
            ),
        ]


def _check(ranges: Iterable[_Range], one: float, unit: str) -> None:
    for field, value, low, high in ranges:
        if not (math.isfinite(value) and low <= value <= high):
            remedy = f"Give {low / one:g} to {high / one:g}{unit}."
            raise _refused(f"{_option(field)} is out of range.", "SPEC_FIELD", field, remedy)


def _refused(sentence: str, code: str, field: str, remedy: str) -> InvalidInput:
    return InvalidInput(sentence, code=code, remedy=remedy, field=field)


def _option(field: str) -> str:
    return "--" + field.replace("_", "-")


def _list(known: Iterable[object]) -> str:
    words = [str(word) for word in known]
    return f"Use {', '.join(words[:-1])} or {words[-1]}."
