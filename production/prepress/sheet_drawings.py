"""What a layout says to who stands at a cutter or a folder: each side of a sheet as a drawing, and the cuts in order.

Ticket, floor and the viewer of sheets take them from here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from production.prepress.fold_check.folding import cut_pieces, holds, middle
from production.prepress.fold_check.layout import Box, Layout, Placement
from production.prepress.papers.drawing import Drawing, Frame, Kind, Line, Shape, Words

_POINTS = 72.0  # of an inch
_ROOM = 0.11  # around the sheet for the ends of lines and their numbers, as a share of its longer side
_SIDE = {True: "front", False: "back"}


@dataclass(frozen=True, slots=True)
class CutStep:
    """A cut of the stack: which one, and how many inches from the foot (``y``) or the left edge (``x``) of the sheet as
    its front is seen."""

    number: int
    line: str
    inches: float


def cut_sequence(layout: Layout) -> tuple[CutStep, ...]:
    """First across the longer side of the sheet, then the strips: each time from the far edge to the near one, so that
    one edge lies at the back gauge and no stack is turned between them."""
    width, height = layout.sheet
    first, then = ("y", "x") if height >= width else ("x", "y")
    ordered = [
        (line, cut.at)
        for line in (first, then)
        for cut in sorted(layout.cuts, key=lambda cut: -cut.at)
        if cut.line == line
    ]
    return tuple(CutStep(number, line, at / _POINTS) for number, (line, at) in enumerate(ordered, start=1))


def cut_words(layout: Layout) -> Iterator[str]:
    """As the back gauge of the cutter is set, cut by cut."""
    for line, edge in (("y", "foot"), ("x", "left edge")):
        if steps := [
            f"{one.number}: {round(one.inches, 3):g}" for one in cut_sequence(layout) if one.line == line
        ]:
            yield f"From the {edge}, inches: {', '.join(steps)}."


def is_front(layout: Layout, side: int) -> bool:
    """Whether a side of the sheets' file is the front of its sheet."""
    return layout.is_one_sided or side % 2 == 1


def side_name(layout: Layout, side: int) -> str:
    """``Sheet 2 of 3, front``."""
    sheet, sheets = (
        (side, layout.sides) if layout.is_one_sided else ((side + 1) // 2, (layout.sides + 1) // 2)
    )
    face = "" if layout.is_one_sided else f", {_SIDE[is_front(layout, side)]}"
    return f"Sheet {sheet:,} of {sheets:,}{face}"


def side_drawing(layout: Layout, side: int) -> Drawing:
    """A side as it is seen: trims with the numbers of their pages, heads as they lie, cuts in order, folds."""
    width, height = layout.sheet
    room = _ROOM * max(width, height)
    placed = [one for one in layout.placements if one.side == side]
    shapes = [
        Frame(room, room, room + width, room + height, "sheet"),
        *(shape for one in placed for shape in _page(one, room)),
        *_lines(layout, room, is_seen_from_front=is_front(layout, side)),
    ]
    return Drawing(
        width + 2 * room, height + 2 * room, _says(layout, side, placed, cuts=len(layout.cuts)), tuple(shapes)
    )


def overlay(layout: Layout, side: int) -> Drawing:
    """What the layout says of a side, to be laid over its picture: trims, bleed, cuts, folds, and where marks stand."""
    placed = [one for one in layout.placements if one.side == side]
    bleed = layout.bleed or 0
    shapes: list[Shape] = [
        Frame(left - bleed, low - bleed, right + bleed, high + bleed, "bleed")
        for left, low, right, high in (one.trim for one in placed)
        if bleed
    ]
    shapes += [Frame(*one.trim, "trim") for one in placed]
    shapes += [
        Frame(left, low, right, high, "mark")
        for (left, low, right, high), of_side in ((mark["box"], mark["side"]) for mark in layout.marks or ())
        if of_side == side
    ]
    shapes += _lines(layout, 0, is_seen_from_front=is_front(layout, side))
    return Drawing(*layout.sheet, _says(layout, side, placed), tuple(shapes))


def _page(one: Placement, room: float) -> Iterator[Shape]:
    left, low, right, high = (at + room for at in one.trim)
    x, y, least = (left + right) / 2, (low + high) / 2, min(right - left, high - low)
    yield Frame(left, low, right, high, "trim")
    if one.page is None:
        return
    yield Words(x, y, f"{one.page:,}", least * 0.34, one.rotate, is_bold=True)
    yield _head(one.rotate, (left, low, right, high), least)


def _head(turn: int, box: Box, least: float) -> Line:
    """A short bar where the head of the page is."""
    left, low, right, high = box
    x, y, half, inside = (left + right) / 2, (low + high) / 2, least * 0.22, least * 0.1
    if turn in (0, 180):
        at = high - inside if turn == 0 else low + inside
        return Line(x - half, at, x + half, at, "head")
    at = right - inside if turn == 90 else left + inside
    return Line(at, y - half, at, y + half, "head")


def _lines(layout: Layout, room: float, *, is_seen_from_front: bool) -> Iterator[Shape]:
    width, height = layout.sheet
    size = room * 0.55

    def across(line: str, at: float, kind: Kind, name: str) -> Iterator[Shape]:
        at = room + (at if is_seen_from_front else _mirrored(layout, line, at))
        if line == "x":
            yield Line(at, room * 0.45, at, height + room * 1.45, kind)
            named = Words(at, height + room * 1.7, name, size)
        else:
            yield Line(room * 0.45, at, width + room * 1.45, at, kind)
            named = Words(width + room * 1.7, at, name, size)
        if room:
            yield named

    for cut in cut_sequence(layout):
        yield from across(cut.line, cut.inches * _POINTS, "cut", str(cut.number))
    for fold in layout.folds:
        yield from across(fold.line, fold.at, "fold", "F")


def _says(layout: Layout, side: int, placed: list[Placement], *, cuts: int = 0) -> str:
    pages = ", ".join("blank" if one.page is None else f"{one.page:,}" for one in _as_read(placed))
    counted = ((cuts, "cut"), (len(layout.folds), "fold"))
    more = [f"{count} {word}{'' if count == 1 else 's'}" for count, word in counted if count]
    return f"{side_name(layout, side)}: {'; '.join([f'pages {pages}', *more])}."


def _as_read(placed: list[Placement]) -> list[Placement]:
    """From the upper left in rows."""
    return sorted(placed, key=lambda one: (-round(one.trim[1]), one.trim[0]))


def dummy(layout: Layout) -> tuple[Drawing, ...]:
    """The folding dummy: front and back of every sheet that is folded, of one of the pieces it is cut into; empty where
    none is."""
    if not layout.folds:
        return ()
    piece = cut_pieces(layout)[0]
    return tuple(_folded_side(layout, side, piece) for side in range(1, layout.sides + 1))


def dummy_of(name: str, layout: Layout) -> list[tuple[str, Drawing]]:
    """The folding dummy of a component, each side by its name."""
    return [
        (f"{name}: {side_name(layout, side).lower()}", drawn)
        for side, drawn in enumerate(dummy(layout), start=1)
    ]


def _folded_side(layout: Layout, side: int, piece: Box) -> Drawing:
    is_seen = is_front(layout, side)
    left, low, right, high = piece if is_seen else layout.through_paper(piece)
    placed = [
        one
        for one in layout.placements
        if one.side == side and holds((left, low, right, high), middle(one.trim))
    ]
    shapes: list[Shape] = [Frame(0, 0, right - left, high - low, "sheet")]
    for one in placed:
        shapes += _page(_moved(one, -left, -low), 0)
    for fold in layout.folds:
        at = fold.at if is_seen else _mirrored(layout, fold.line, fold.at)
        if fold.line == "x" and left < at < right:
            shapes.append(Line(at - left, 0, at - left, high - low, "fold"))
        elif fold.line == "y" and low < at < high:
            shapes.append(Line(0, at - low, right - left, at - low, "fold"))
    return Drawing(right - left, high - low, _says(layout, side, placed), tuple(shapes))


def _moved(one: Placement, across: float, up: float) -> Placement:
    left, low, right, high = one.trim
    return one.model_copy(update={"trim": (left + across, low + up, right + across, high + up)})


def _mirrored(layout: Layout, line: str, at: float) -> float:
    """A line of the front as it lies on the back."""
    left, low, _, _ = layout.through_paper((at, at, at, at))
    return left if line == "x" else low
