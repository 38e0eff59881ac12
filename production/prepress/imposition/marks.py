"""Marks of cutters, folders and presses: where there is room outside every trim and its bleed, and how it is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from production.prepress.imposition.asked import Asked
from production.prepress.imposition.layout import Box, Fold, Layout, Line, Mark, Placement

# Points; customs of the trade, shop to confirm.
HAIRLINE = 0.25
_GAP, _TICK, _LEAST_TICK = 1.5, 12.0, 4.0  # between bleed and mark; length of crop and fold marks
_TARGET, _PATCH, SLUG_SIZE = 12.0, 9.0, 6.0
_SPINE_BLOCK = 4.0
_BESIDE = _GAP + _TICK + _GAP  # what stands beyond the crop marks begins here
_HAIR = 1e-3

# CMYK of the patches. The bar of black alone makes no color sheet of one that is printed in black.
PATCHES: dict[str, list[tuple[float, float, float, float]]] = {
    "bar": [(0, 0, 0, tint) for tint in (1, 0.75, 0.5, 0.25)],
    "color-bar": [
        *((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)),
        *((0.5, 0, 0, 0), (0, 0.5, 0, 0), (0, 0, 0.5, 0), (0, 0, 0, 0.5)),
    ],
}


def with_marks(layout: Layout, asked: Asked) -> Layout:
    """The layout with those marks that were asked for and have room within the margin."""
    if not asked.marks:
        return layout
    known: dict[object, list[Mark]] = {}
    marks: list[Mark] = []
    for placements in _by_side(layout):
        side = placements[0].side
        is_front = layout.turn == "none" or side % 2 == 1
        key = (is_front, *((one.trim, one.clip) for one in placements))
        if key not in known:
            known[key] = _on_side(layout, asked, placements, layout.folds if is_front else ())
        marks += [replace(mark, side=side) for mark in known[key]]
        marks += _collating(layout, asked, placements)
    return replace(layout, marks=tuple(marks))


def _by_side(layout: Layout) -> list[list[Placement]]:
    sides: list[list[Placement]] = [[] for _ in range(layout.sides)]
    for placement in layout.placements:
        sides[placement.side - 1].append(placement)
    return sides


def _on_side(
    layout: Layout, asked: Asked, placements: Sequence[Placement], folds: Sequence[Fold]
) -> list[Mark]:
    inner, outer = _taken(placements), _printable(layout, asked)
    found: dict[str, Iterable[Box]] = {
        "crop": _crops(placements, inner, outer, is_book=asked.is_book),
        "fold": (box for fold in folds for box in _ticks(fold.line, fold.at, inner, outer)),
        "registration": _targets(inner, outer),
        "bar": _strip(inner, outer, _long("bar"), _PATCH, is_top=False),
        "color-bar": _strip(inner, outer, _long("color-bar"), _PATCH, is_top=False, is_left=False),
        "slug": _strip(inner, outer, (inner[2] - inner[0]) / 2 - _TARGET, SLUG_SIZE + 2, is_top=True),
    }
    return [Mark(kind, 1, box) for kind, boxes in found.items() if kind in asked.marks for box in boxes]


def _long(bar: str) -> float:
    return len(PATCHES[bar]) * _PATCH


def _taken(placements: Sequence[Placement]) -> Box:
    lefts, lows, rights, highs = zip(*(one.clip for one in placements), strict=True)
    return min(lefts), min(lows), max(rights), max(highs)


def _printable(layout: Layout, asked: Asked) -> Box:
    width, height = layout.sheet
    return asked.margin, asked.margin, width - asked.margin, height - asked.margin


def _ticks(line: Line, at: float, inner: Box, outer: Box) -> Iterator[Box]:
    """A hairline at both ends of a line across the sheet."""
    axis = 1 if line == "x" else 0  # along which the hairlines run
    for room, edge, out in (
        (inner[axis] - outer[axis], inner[axis], -1),
        (outer[axis + 2] - inner[axis + 2], inner[axis + 2], 1),
    ):
        length = min(_TICK, room - _GAP)
        if length >= _LEAST_TICK:
            low, high = sorted((edge + out * _GAP, edge + out * (_GAP + length)))
            box = (at - HAIRLINE / 2, low, at + HAIRLINE / 2, high)
            yield box if line == "x" else (box[1], box[0], box[3], box[2])


def _crops(placements: Sequence[Placement], inner: Box, outer: Box, *, is_book: bool) -> Iterator[Box]:
    lines: tuple[tuple[Line, int], ...] = (("x", 0), ("y", 1))
    for line, axis in lines:
        edges = {
            round(one.trim[place], 4)
            for one in placements
            for place in (axis, axis + 2)
            if not (is_book and _is_spine(one, one.trim[place], axis, placements))
        }
        for at in sorted(edges):
            yield from _ticks(line, at, inner, outer)


def _is_spine(one: Placement, at: float, axis: int, placements: Sequence[Placement]) -> bool:
    """Whether another page of the sheet goes on there: nothing is cut."""
    across = 1 - axis
    return any(
        other.trim[axis] < at + _HAIR
        and other.trim[axis + 2] > at - _HAIR
        and min(other.trim[across + 2], one.trim[across + 2]) > max(other.trim[across], one.trim[across])
        for other in placements
        if other is not one
    )


def _targets(inner: Box, outer: Box) -> Iterator[Box]:
    """Register marks in the middle of two opposite margins, left and right where there is room."""
    middle = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    for axis in (0, 1):
        centers = inner[axis] - _BESIDE - _TARGET / 2, inner[axis + 2] + _BESIDE + _TARGET / 2
        if (
            centers[0] - _TARGET / 2 >= outer[axis]
            and centers[1] + _TARGET / 2 <= outer[axis + 2]
        ):  # fmt: skip
            for center in centers:
                x, y = (center, middle[1]) if axis == 0 else (middle[0], center)
                yield x - _TARGET / 2, y - _TARGET / 2, x + _TARGET / 2, y + _TARGET / 2
            return


def _strip(
    inner: Box, outer: Box, width: float, height: float, *, is_top: bool, is_left: bool = True
) -> Iterator[Box]:
    """A place of this size beyond the crop marks, within one half of what is printed: in its middle stand register
    marks."""
    low = inner[3] + _BESIDE if is_top else inner[1] - _BESIDE - height
    left = inner[0] if is_left else inner[2] - width
    room = (inner[2] - inner[0]) / 2 - _TARGET
    if low >= outer[1] and low + height <= outer[3] and 0 < width <= room:
        yield left, low, left + width, low + height


def _collating(layout: Layout, asked: Asked, placements: Sequence[Placement]) -> Iterator[Mark]:
    """A block across the last fold of each signature's outermost sheet, in the waste at the foot, a step further from
    one signature to the next: gathered, they are a flight of stairs. What is trimmed off shows it before."""
    side = placements[0].side
    section, is_outer = divmod(side - 1, 2 * layout.nest)[0], (side - 1) % (2 * layout.nest) == 0
    if "collating" not in asked.marks or layout.gather == 1 or not is_outer:
        return
    fold, inner, outer = layout.folds[-1], _taken(placements), _printable(layout, asked)
    axis = 1 if fold.line == "x" else 0
    step = min(_PATCH, (inner[axis] - outer[axis] - _GAP) / layout.gather)
    if step < 1:
        return
    high = inner[axis] - _GAP - section * step
    box = (fold.at - _SPINE_BLOCK / 2, high - step, fold.at + _SPINE_BLOCK / 2, high)
    yield Mark("collating", side, box if axis == 1 else (box[1], box[0], box[3], box[2]))


def drawn(mark: Mark) -> bytes:
    """The operators of a mark other than the slug, which is text. The color space /All, which is on every plate, is
    set before."""
    left, low, right, high = mark.box
    width, height = right - left, high - low
    if mark.kind in PATCHES:
        patches = PATCHES[mark.kind]
        wide = width / len(patches)
        return b"".join(
            operators(*ink, "k", left + k * wide, low, wide, height, "re f") for k, ink in enumerate(patches)
        )
    if mark.kind == "fold":
        return operators("[2 2] 0 d", HAIRLINE, "w", *_middle(mark.box), "S [] 0 d")
    if mark.kind == "registration":
        return _target(left + width / 2, low + height / 2, width / 2)
    return operators(left, low, width, height, "re f")


def _middle(box: Box) -> tuple[float | str, ...]:
    left, low, right, high = box
    if right - left < high - low:
        return (left + right) / 2, low, "m", (left + right) / 2, high, "l"
    return left, (low + high) / 2, "m", right, (low + high) / 2, "l"


def _target(x: float, y: float, reach: float) -> bytes:
    """A circle (four Bezier curves) and a cross."""
    r = reach / 2
    k = 0.5523 * r
    return operators(
        HAIRLINE, "w",
        x - reach, y, "m", x + reach, y, "l", x, y - reach, "m", x, y + reach, "l",
        x + r, y, "m", x + r, y + k, x + k, y + r, x, y + r, "c", x - k, y + r, x - r, y + k, x - r, y, "c",
        x - r, y - k, x - k, y - r, x, y - r, "c", x + k, y - r, x + r, y - k, x + r, y, "c", "S",
    )  # fmt: skip


def operators(*words: float | str) -> bytes:
    """Numbers and operators of a content stream, and the end of the line."""
    shown = " ".join(
        word if isinstance(word, str) else f"{word:.4f}".rstrip("0").rstrip(".") for word in words
    )
    return shown.encode("ascii") + b"\n"
