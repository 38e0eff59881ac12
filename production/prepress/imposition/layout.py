"""What lies where on the sheets of a job, and what is done with them: the one description that sheets are drawn from,
checked by and finished with. Points; the origin is the lower left of a side as it is seen.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Literal

Box = tuple[float, float, float, float]  # left, low, right, high
Point = tuple[float, float]
Line = Literal["x", "y"]  # x: the line where x is ``at``
Edge = Literal["left", "right", "top", "bottom"]
Turn = Literal["left-right", "head-to-foot", "none"]

_QUARTER_EDGE: dict[Edge, Edge] = {"left": "top", "top": "right", "right": "bottom", "bottom": "left"}
_QUARTER_TURN: dict[Turn, Turn] = {"left-right": "head-to-foot", "head-to-foot": "left-right", "none": "none"}
_PLACES = 4  # of a point: far below what any press registers


@dataclass(frozen=True, slots=True)
class Cut:
    """A cut through the whole sheet, seen on its front."""

    line: Line
    at: float


@dataclass(frozen=True, slots=True)
class Fold:
    """The part at the edge ``move`` of the line folds; ``over``: toward who looks at the front."""

    line: Line
    at: float
    move: Edge
    over: bool


@dataclass(frozen=True, slots=True)
class Placement:
    """A page on a side (both from 1; ``page`` None: blank). ``trim``: where it is cut; ``rotate``: degrees clockwise
    from upright; ``clip``: what of it may show, its bleed with it; ``number``: printed on this copy."""

    side: int
    page: int | None
    trim: Box
    rotate: int
    clip: Box
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """The space that a mark takes up on a side."""

    kind: str
    side: int
    box: Box


@dataclass(frozen=True, slots=True)
class Layout:
    """Sides are front and back in turns, or fronts only where ``turn`` is none. ``nest``: sheets inside one another,
    ``gather``: signatures on one another; ``spine``: where the folded signature is bound; ``stack_order``: centers of
    the piles that cutting leaves (of folded sheets the one there is), the first on top of the final stack; ``bleed``:
    points ordered over each cut."""

    sheet: Point
    style: str
    turn: Turn
    cuts: tuple[Cut, ...]
    folds: tuple[Fold, ...]
    nest: int
    gather: int
    spine: Edge | None
    stack_order: tuple[Point, ...]
    placements: tuple[Placement, ...]
    bleed: float = 0.0
    marks: tuple[Mark, ...] = ()

    @property
    def sides(self) -> int:
        """Printed sides, blank ones with them."""
        return max(placement.side for placement in self.placements)

    @property
    def sheets(self) -> int:
        """Sheets of paper of one copy."""
        return self.sides if self.turn == "none" else self.sides // 2

    @property
    def blanks(self) -> int:
        """Places where a page could stand and none does, each once however often it is printed."""
        shared = 2 if self.style in {"work-turn", "work-tumble"} else 1
        return sum(placement.page is None for placement in self.placements) // shared

    def quarter_turned(self) -> Layout:
        """The same on a sheet that lies a quarter turn further clockwise. Both sides turn alike: what was turned about
        its upright axis is then turned about the other."""
        width, height = self.sheet
        return replace(
            self,
            sheet=(height, width),
            turn=_QUARTER_TURN[self.turn],
            cuts=tuple(Cut(*_quarter_line(cut.line, cut.at, width)) for cut in self.cuts),
            folds=tuple(
                Fold(*_quarter_line(fold.line, fold.at, width), _QUARTER_EDGE[fold.move], fold.over)
                for fold in self.folds
            ),
            spine=self.spine and _QUARTER_EDGE[self.spine],
            stack_order=tuple((y, width - x) for x, y in self.stack_order),
            placements=tuple(
                replace(
                    placement,
                    trim=_quarter_box(placement.trim, width),
                    clip=_quarter_box(placement.clip, width),
                    rotate=(placement.rotate + 90) % 360,
                )
                for placement in self.placements
            ),
        )

    def as_data(self) -> dict[str, object]:
        """The layout in the form in which it is handed on."""
        return {
            "unit": "pt",
            "sheet": _short(self.sheet),
            "style": self.style,
            "turn": self.turn,
            "cuts": [{"line": cut.line, "at": _number(cut.at)} for cut in self.cuts],
            "folds": [asdict(fold) | {"at": _number(fold.at)} for fold in self.folds],
            "nest": self.nest,
            "gather": self.gather,
            "spine": self.spine,
            "stack_order": [_short(center) for center in self.stack_order],
            "bleed": _number(self.bleed),
            "placements": [_placed(placement) for placement in self.placements],
            "marks": [{"kind": mark.kind, "side": mark.side, "box": _short(mark.box)} for mark in self.marks],
        }


def _placed(placement: Placement) -> dict[str, object]:
    said: dict[str, object] = {
        "side": placement.side,
        "page": placement.page,
        "trim": _short(placement.trim),
        "rotate": placement.rotate,
    }
    return said if placement.number is None else said | {"number": placement.number}


def _quarter_line(line: Line, at: float, width: float) -> tuple[Line, float]:
    return ("y", width - at) if line == "x" else ("x", at)


def _quarter_box(box: Box, width: float) -> Box:
    left, low, right, high = box
    return low, width - right, high, width - left


def _short(values: tuple[float, ...]) -> list[float]:
    return [_number(value) for value in values]


def _number(value: float) -> float:
    return round(value, _PLACES) + 0.0  # no negative zero
