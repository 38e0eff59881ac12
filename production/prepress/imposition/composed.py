"""Sheets that were made in two stages, told as one: pages of spreads that lie on a sheet, as pages on that sheet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from production.prepress.imposition.layout import Box, Edge, Fold, Layout, Line, Placement, Point

_EDGES: tuple[Edge, ...] = ("left", "top", "right", "bottom")  # clockwise
_ACROSS: dict[Line, Line] = {"x": "y", "y": "x"}


def composed(inner: Layout, outer: Layout) -> Layout:
    """The layout of ``outer``, whose pages are the sides of ``inner``, with their pages in their places. Both are
    turned alike; what ``inner`` folds is folded where ``outer`` places it.
    """
    placed = [one for one in outer.placements if one.page is not None]
    fronts = [_Place.of(one, inner.sheet) for one in placed if one.side == 1]
    folds = dict.fromkeys(_rounded(place.fold(fold)) for fold in inner.folds for place in fronts)
    return replace(
        outer,
        folds=tuple(folds),
        nest=inner.nest,
        gather=inner.gather,
        spine=inner.spine and fronts[0].edge(inner.spine),
        placements=tuple(_placements(inner, placed)),
    )


def _placements(inner: Layout, placed: list[Placement]) -> Iterator[Placement]:
    of_side: dict[int, list[Placement]] = {}
    for one in inner.placements:
        of_side.setdefault(one.side, []).append(one)
    for one in placed:
        place = _Place.of(one, inner.sheet)
        for page in of_side.get(one.page or 0, ()):
            yield replace(
                page, side=one.side, trim=place.box(page.trim), clip=place.box(page.clip),
                rotate=(page.rotate + one.rotate) % 360,
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a whole side comes to lie on another: middle on middle, turned clockwise by quarters."""

    of_side: Point
    on_sheet: Point
    quarters: int

    @classmethod
    def of(cls, placed: Placement, side: Point) -> _Place:
        left, low, right, high = placed.trim
        return cls((side[0] / 2, side[1] / 2), ((left + right) / 2, (low + high) / 2), placed.rotate // 90)

    def point(self, x: float, y: float) -> Point:
        x, y = x - self.of_side[0], y - self.of_side[1]
        for _ in range(self.quarters):
            x, y = y, -x
        return x + self.on_sheet[0], y + self.on_sheet[1]

    def box(self, box: Box) -> Box:
        (left, low), (right, high) = self.point(*box[:2]), self.point(*box[2:])
        return min(left, right), min(low, high), max(left, right), max(low, high)

    def edge(self, edge: Edge) -> Edge:
        return _EDGES[(_EDGES.index(edge) + self.quarters) % 4]

    def fold(self, fold: Fold) -> Fold:
        line = _ACROSS[fold.line] if self.quarters % 2 else fold.line
        x, y = (
            self.point(fold.at, self.of_side[1]) if fold.line == "x" else self.point(self.of_side[0], fold.at)
        )
        return Fold(line, x if line == "x" else y, self.edge(fold.move), fold.over)


def _rounded(fold: Fold) -> Fold:
    """Folds in one line are one."""
    return replace(fold, at=round(fold.at, 4))
