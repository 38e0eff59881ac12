"""The layout of sheets as it is handed to the checker: read strictly, and refused where it is no layout."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kernel.errors import InvalidInput

# What a PDF page can measure without a unit of its own (ISO 32000-1, annex C.2); the rest is far beyond any plant.
MOST_POINTS = 14_400
_MOST_CUTS, _MOST_FOLDS, _MOST_PILES, _MOST_SHEETS, _MOST_PLACES = 1_000, 12, 2_000, 100_000, 1_000_000
_HAIR = 0.01  # points: sums of inches

Line: TypeAlias = Literal["x", "y"]
Edge: TypeAlias = Literal["left", "right", "top", "bottom"]
At: TypeAlias = Annotated[float, Field(ge=-MOST_POINTS, le=MOST_POINTS)]
Box: TypeAlias = tuple[At, At, At, At]  # left, low, right, high
Point: TypeAlias = tuple[At, At]
Count: TypeAlias = Annotated[int, Field(ge=1, le=_MOST_SHEETS)]
Length: TypeAlias = Annotated[float, Field(gt=0, le=MOST_POINTS)]

_AXIS: dict[Edge, Line] = {"left": "x", "right": "x", "top": "y", "bottom": "y"}
# What the printed forms of both halves of a sheet share: one form prints front and back.
SHARED_FORM = frozenset({"work-turn", "work-tumble"})


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Cut(_Strict):
    """A cut through the whole sheet at x or y, seen on its front."""

    line: Line
    at: At


class Fold(_Strict):
    """The part beyond the line at the edge ``move`` folds, with ``over`` toward the viewer of the front."""

    line: Line
    at: At
    move: Edge
    over: bool

    @model_validator(mode="after")
    def _moves_across(self) -> Fold:
        if _AXIS[self.move] != self.line:
            raise ValueError(f"a fold at {self.line} cannot move the part at the {self.move}")
        return self


class Placement(_Strict):
    """A page on a side, both from 1 (page None: blank); ``rotate``: degrees clockwise; ``number``: what a numbered
    form shows there."""

    side: Count
    page: Count | None
    trim: Box
    rotate: Literal[0, 90, 180, 270]
    number: int | None = None

    @model_validator(mode="after")
    def _is_a_box(self) -> Placement:
        left, low, right, high = self.trim
        if right - left < 1 or high - low < 1:
            raise ValueError("the trim has no size")
        return self


class Layout(_Strict):
    """Points, origin at the lower left of a side as it is seen; cuts and folds are seen on the front. ``bleed``: what
    was ordered around each trim, None where nobody says."""

    unit: Literal["pt"] = "pt"
    sheet: tuple[Length, Length]
    style: str = Field("", max_length=60)
    turn: Literal["left-right", "head-to-foot", "none"]
    cuts: tuple[Cut, ...] = Field(max_length=_MOST_CUTS)
    folds: tuple[Fold, ...] = Field(max_length=_MOST_FOLDS)
    nest: Count = 1
    gather: Count = 1
    spine: Any = None  # no contract says how it is written; read where it names an edge
    stack_order: tuple[Point, ...] = Field((), max_length=_MOST_PILES)
    placements: tuple[Placement, ...] = Field(min_length=1, max_length=_MOST_PLACES)
    marks: Any = None  # what is printed outside the trims is looked at, whatever the layout says of it
    bleed: Annotated[float, Field(ge=0, le=MOST_POINTS)] | None = None

    @property
    def is_shared_form(self) -> bool:
        """Whether one form prints both sides of a sheet, which is cut apart afterwards."""
        return self.style in SHARED_FORM

    @property
    def is_one_sided(self) -> bool:
        """Whether backs stay unprinted."""
        return self.turn == "none"

    @property
    def sides(self) -> int:
        """Printed sides, each a page of the sheets' file."""
        return max(placed.side for placed in self.placements)

    def sheets(self) -> list[Sheet]:
        """Placements of each sheet. Fronts and backs take turns in the file; a form that prints both sides may stand
        in it once or twice."""
        by_side: dict[int, list[int]] = {}
        for index, placed in enumerate(self.placements):
            by_side.setdefault(placed.side, []).append(index)
        sides = [by_side.get(side, []) for side in range(1, self.sides + 1)]
        if self.is_one_sided:
            return [Sheet(front, []) for front in sides]
        if self.is_shared_form and not self._are_forms_twice(sides):
            return [Sheet(form, form) for form in sides]
        sides += [[]] * (len(sides) % 2)
        return [Sheet(front, back) for front, back in zip(sides[::2], sides[1::2], strict=True)]

    def _are_forms_twice(self, sides: Sequence[Sequence[int]]) -> bool:
        forms = [{(self.placements[k].page, self.placements[k].trim) for k in side} for side in sides]
        return len(forms) % 2 == 0 and forms[::2] == forms[1::2]

    def through_paper(self, box: Box) -> Box:
        """A box of a back as it lies seen from the front: mirrored as the sheet was turned."""
        (width, height), (left, low, right, high) = self.sheet, box
        if self.turn == "left-right":
            return width - right, low, width - left, high
        return left, height - high, right, height - low


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is printed on both sides of a sheet of paper: placements by their place in the layout."""

    front: list[int]
    back: list[int]


def read_layout(data: bytes) -> Layout:
    """The layout in a file: its JSON, or the whole answer of an imposition with the layout in it. InvalidInput
    (SPEC_FIELD) with the first wrong field, LAYOUT_MISMATCH for lines beside the sheet."""
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        raise InvalidInput(
            "The layout is not JSON.", code="SPEC_FIELD", remedy="Give the file that the imposition wrote."
        ) from None
    if isinstance(said, dict) and "placements" not in said and isinstance(said.get("layout"), dict):
        said = said["layout"]
    try:
        layout = Layout.model_validate_json(json.dumps(said))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = ".".join(map(str, first["loc"])) or "layout"
        message = f"{field}: {first['msg'].removeprefix('Value error, ')}."
        raise InvalidInput(f"The layout cannot be read. {message}", code="SPEC_FIELD", field=field) from None
    for field, sentence in _beside(layout):
        raise InvalidInput(
            sentence,
            code="LAYOUT_MISMATCH",
            field=field,
            remedy="Give the layout that belongs to these sheets.",
        )
    return layout


def _beside(layout: Layout) -> Iterator[tuple[str, str]]:
    """What does not lie on the sheet."""
    size = dict(zip("xy", layout.sheet, strict=True))
    lines = [(f"cuts.{k}", one.line, one.at) for k, one in enumerate(layout.cuts)]
    lines += [(f"folds.{k}", one.line, one.at) for k, one in enumerate(layout.folds)]
    for field, line, at in lines:
        if not 0 < at < size[line]:
            yield f"{field}.at", f"{field}: the line {line} = {at:g} is not on the sheet."
    width, height = layout.sheet
    for k, placed in enumerate(layout.placements):
        left, low, right, high = placed.trim
        if min(left, low) < -_HAIR or right > width + _HAIR or high > height + _HAIR:
            yield f"placements.{k}.trim", f"placements.{k}: the trim does not lie on the sheet."
