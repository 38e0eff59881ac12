"""The pile that cut and folded sheets make: nested, gathered and put on one another, leaf by leaf."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from production.prepress.fold_check.folding import Panel, folded_pieces, holds, middle
from production.prepress.fold_check.layout import Box, Edge, Fold, Layout

_EDGES: dict[object, Edge] = {"left": "left", "right": "right", "top": "top", "bottom": "bottom"}


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf of paper: the panel it is, on which sheet (from 0), how deep in its nest (from 0), and the placements on
    its two sides, None where there is none."""

    panel: Panel
    sheet: int
    depth: int
    front: int | None
    back: int | None

    @property
    def upper(self) -> int | None:
        """The placement on the side that looks up."""
        return self.front if self.panel.is_face_up else self.back

    @property
    def lower(self) -> int | None:
        """The placement on the side that looks down."""
        return self.back if self.panel.is_face_up else self.front


@dataclass(frozen=True, slots=True)
class Pile:
    """Leaves from the top of what lies where one piece was cut, in bundles: a nest of folded sheets, or one leaf.
    ``spine``: the edge at which folded leaves hang together; ``line``: where that fold lies."""

    piece: Box
    bundles: tuple[tuple[Leaf, ...], ...]
    spine: Edge | None
    line: float | None

    @property
    def leaves(self) -> Iterator[Leaf]:
        """All of them, bundle by bundle."""
        return (leaf for bundle in self.bundles for leaf in bundle)


def piles(layout: Layout) -> list[Pile]:
    """The piles in the order in which they are put on one another, the first on top; those that the layout does not
    name follow in rows from the upper left. InvalidInput (LAYOUT_MISMATCH) when it cannot be folded so."""
    pieces = [
        (piece, [panel for panel in panels if _may_be_leaf(layout, panel)])
        for piece, panels in folded_pieces(layout)
    ]
    stands = _standing(layout, [panel for _, panels in pieces for panel in panels])
    found = []
    for piece, panels in pieces:
        of_sheets = [
            [Leaf(panel, number, 0, front.get(panel), back.get(panel)) for panel in panels]
            for number, (front, back) in enumerate(stands)
        ]
        is_folded = len(panels) > 1
        size = layout.nest if is_folded else 1
        bundles = tuple(
            tuple(reversed(_nested(of_sheets[first : first + size])))
            for first in range(0, len(of_sheets), size)
        )
        last = _last_fold(layout, piece) if is_folded else None
        spine = _EDGES.get(layout.spine, last.move) if last else None
        found.append(Pile(piece, bundles, spine, last.at if last and spine == last.move else None))
    return sorted(found, key=lambda pile: _place_in_stack(layout, pile.piece))


def _last_fold(layout: Layout, piece: Box) -> Fold | None:
    """The last one that goes through the piece."""
    spans = {"x": (piece[0], piece[2]), "y": (piece[1], piece[3])}
    through = [fold for fold in layout.folds if spans[fold.line][0] < fold.at < spans[fold.line][1]]
    return through[-1] if through else None


def _may_be_leaf(layout: Layout, panel: Panel) -> bool:
    """Whether it is not a strip of the margin that was folded in."""
    (left, low, right, high), box = layout.placements[0].trim, panel.box
    return box[2] - box[0] > (right - left) / 2 and box[3] - box[1] > (high - low) / 2


def _standing(layout: Layout, panels: Sequence[Panel]) -> list[tuple[dict[Panel, int], dict[Panel, int]]]:
    """For every sheet the placement on the front and on the back of each panel."""

    @cache
    def home(box: Box) -> Panel | None:
        return next((panel for panel in panels if holds(panel.box, middle(box))), None)

    def standing(side: Sequence[int], seen: Callable[[Box], Box]) -> dict[Panel, int]:
        at = ((home(seen(layout.placements[index].trim)), index) for index in side)
        return {panel: index for panel, index in at if panel is not None}

    return [
        (standing(sheet.front, lambda box: box), standing(sheet.back, layout.through_paper))
        for sheet in layout.sheets()
    ]


def _nested(sheets: Sequence[Sequence[Leaf]]) -> list[Leaf]:
    """Folded sheets inside one another, the first outside: each lies in the middle of the one before. Bottom to top."""
    inner: list[Leaf] = []
    for depth, leaves in reversed(list(enumerate(sheets))):
        half = len(leaves) // 2
        deeper = [Leaf(one.panel, one.sheet, depth, one.front, one.back) for one in leaves]
        inner = [*deeper[:half], *inner, *deeper[half:]]
    return inner


def _place_in_stack(layout: Layout, piece: Box) -> int:
    order = layout.stack_order
    return next((k for k, point in enumerate(order) if holds(piece, point)), len(order))
