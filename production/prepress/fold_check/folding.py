"""A sheet of paper cut and folded: where each part of the flat sheet comes to lie, and in which order."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kernel.errors import InvalidInput
from production.prepress.fold_check.layout import Box, Cut, Fold, Layout, Line, Point

_HAIR = 0.01  # points: sums of inches


@dataclass(frozen=True, slots=True)
class Axis:
    """Along one axis: where on the folded sheet lies what is at a place of the flat one."""

    sign: int = 1
    offset: float = 0.0

    def folded(self, flat: float) -> float:
        """The place on the folded sheet."""
        return self.sign * flat + self.offset

    def flat(self, folded: float) -> float:
        """The place on the flat sheet."""
        return (folded - self.offset) * self.sign

    def reflected(self, at: float) -> Axis:
        """The same after folding about a line."""
        return Axis(-self.sign, 2 * at - self.offset)


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the sheet between cuts and folds. ``box``: on the flat sheet, seen from its front."""

    box: Box
    x: Axis = Axis()
    y: Axis = Axis()
    is_face_up: bool = True

    def axis(self, line: Line) -> Axis:
        """The axis that a line of this direction stands on."""
        return self.x if line == "x" else self.y

    def folded(self, point: Point) -> Point:
        """Where a point of the flat sheet lies once it is folded."""
        return self.x.folded(point[0]), self.y.folded(point[1])

    def span(self, line: Line) -> tuple[float, float]:
        """From where to where it reaches on the folded sheet."""
        first = 0 if line == "x" else 1
        ends = [self.axis(line).folded(self.box[k]) for k in (first, first + 2)]
        return min(ends), max(ends)

    def parts(self, line: Line, at: float) -> list[Panel]:
        """It, or its two parts where the line crosses it."""
        low, high = self.span(line)
        if not low + _HAIR < at < high - _HAIR:
            return [self]
        flat, (left, bottom, right, top) = self.axis(line).flat(at), self.box
        if line == "x":
            return [
                replace(self, box=(left, bottom, flat, top)),
                replace(self, box=(flat, bottom, right, top)),
            ]
        return [replace(self, box=(left, bottom, right, flat)), replace(self, box=(left, flat, right, top))]

    def turned_over(self, line: Line, at: float) -> Panel:
        """It after folding about the line."""
        folded = self.axis(line).reflected(at)
        changed = replace(self, x=folded) if line == "x" else replace(self, y=folded)
        return replace(changed, is_face_up=not self.is_face_up)


def cut_pieces(layout: Layout) -> list[Box]:
    """What the cuts leave of a sheet, from the upper left in rows: every piece that any page stands on."""
    columns, rows = _lines(layout.cuts, "x", layout.sheet[0]), _lines(layout.cuts, "y", layout.sheet[1])
    middles = {
        middle(
            layout.placements[index].trim if is_front else layout.through_paper(layout.placements[index].trim)
        )
        for sheet in layout.sheets()
        for is_front, side in ((True, sheet.front), (False, sheet.back))
        for index in side
    }
    met = {(bisect(columns, x) - 1, bisect(rows, y) - 1) for x, y in middles}
    return [
        (columns[column], rows[row], columns[column + 1], rows[row + 1])
        for column, row in sorted(met, key=lambda cell: (-cell[1], cell[0]))
    ]


def _lines(cuts: Sequence[Cut], line: Line, length: float) -> list[float]:
    return sorted({0.0, length, *(cut.at for cut in cuts if cut.line == line)})


def middle(box: Box) -> Point:
    """The center of a box."""
    left, low, right, high = box
    return (left + right) / 2, (low + high) / 2


def holds(box: Box, point: Point) -> bool:
    """Whether the point lies in the box."""
    left, low, right, high = box
    return left <= point[0] < right and low <= point[1] < high


def folded(piece: Box, folds: Sequence[Fold]) -> tuple[Panel, ...]:
    """The panels of a piece, bottom to top, after all folds that cross it."""
    stack = [Panel(piece)]
    for fold in folds:
        if crosses(stack, fold):
            stack = _fold(stack, fold)
    return tuple(stack)


def crosses(stack: Sequence[Panel], fold: Fold) -> bool:
    """Whether the fold goes through the folded paper as it lies now."""
    spans = [panel.span(fold.line) for panel in stack]
    return min(low for low, _ in spans) + _HAIR < fold.at < max(high for _, high in spans) - _HAIR


def _fold(stack: Sequence[Panel], fold: Fold) -> list[Panel]:
    """What moves is turned over, so its order is reversed, and lies on the rest or beneath it."""
    stays: list[Panel] = []
    moves: list[Panel] = []
    for panel in stack:
        for part in panel.parts(fold.line, fold.at):
            low, high = part.span(fold.line)
            is_beyond = (low + high) / 2 > fold.at
            (moves if is_beyond is (fold.move in {"right", "top"}) else stays).append(part)
    turned = [panel.turned_over(fold.line, fold.at) for panel in reversed(moves)]
    return stays + turned if fold.over else turned + stays


def folded_pieces(layout: Layout) -> list[tuple[Box, tuple[Panel, ...]]]:
    """Every piece with its panels. InvalidInput (LAYOUT_MISMATCH) for a fold that no piece meets."""
    pieces = cut_pieces(layout)
    for k in _unmet(pieces, layout.folds):
        raise InvalidInput(
            f"folds.{k}: no paper lies at {layout.folds[k].line} = {layout.folds[k].at:g} when it is folded.",
            code="LAYOUT_MISMATCH",
            field=f"folds.{k}.at",
            remedy="Give the folds in the order in which they are made.",
        )
    return [(piece, folded(piece, layout.folds)) for piece in pieces]


def _unmet(pieces: Sequence[Box], folds: Sequence[Fold]) -> Iterator[int]:
    for k, fold in enumerate(folds):
        if not any(crosses(folded(piece, folds[:k]), fold) for piece in pieces):
            yield k
