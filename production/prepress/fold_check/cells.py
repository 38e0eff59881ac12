"""The places on a sheet that pages are cut from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from production.prepress.fold_check.layout import Box, Layout
from production.prepress.fold_check.stack import Pile

# What trade asks for around a page where nobody says (print-shop practice, 1/8 in).
USUAL_BLEED = 9.0  # points
_HAIR = 0.01


@dataclass(frozen=True, slots=True)
class Cell:
    """A placement as it lies on its side, seen from that side. ``box``: what of its trim lies on the leaf it is on;
    ``room``: how far the page may bleed to the left, bottom, right and top."""

    index: int
    side: int
    page: int | None
    turn: int
    trim: Box
    box: Box
    room: Box

    @property
    def center(self) -> tuple[float, float]:
        """The middle of its trim."""
        left, low, right, high = self.trim
        return (left + right) / 2, (low + high) / 2


def cells_of(layout: Layout, piles: Iterable[Pile]) -> dict[int, Cell]:
    """Every placement that stands on a leaf, by its place in the layout."""
    neighbors = _by_side(layout)
    rooms: dict[tuple[Box, Box, tuple[Box, ...]], Box] = {}
    found: dict[int, Cell] = {}
    for pile in piles:
        for leaf in pile.leaves:
            for index, is_back in ((leaf.front, False), (leaf.back, True)):
                if index is None or index in found:
                    continue
                placed = layout.placements[index]
                panel, piece = (
                    layout.through_paper(box) if is_back else box for box in (leaf.panel.box, pile.piece)
                )
                around = neighbors[placed.side]
                key = (placed.trim, panel, around)
                if key not in rooms:
                    rooms[key] = _room(layout, placed.trim, panel, piece, around)
                found[index] = Cell(
                    index, placed.side, placed.page, placed.rotate, placed.trim,
                    _within(placed.trim, panel), rooms[key],
                )  # fmt: skip
    return found


def _by_side(layout: Layout) -> dict[int, tuple[Box, ...]]:
    sides: dict[int, list[Box]] = {}
    for placed in layout.placements:
        sides.setdefault(placed.side, []).append(placed.trim)
    return {side: tuple(trims) for side, trims in sides.items()}


def _room(layout: Layout, trim: Box, panel: Box, piece: Box, around: Sequence[Box]) -> Box:
    """Up to the fold where one lies there, else to the middle between it and the next page, or the sheet's edge."""
    width, height = layout.sheet
    most = USUAL_BLEED if layout.bleed is None else layout.bleed
    edges = (0.0, 0.0, width, height)
    room = []
    for k in range(4):
        sign = 1 if k < 2 else -1
        if abs(panel[k] - piece[k]) > _HAIR:
            free = sign * (trim[k] - panel[k])
        else:
            gaps = [sign * (trim[k] - other[(k + 2) % 4]) for other in around if _is_beside(trim, other, k)]
            free = min([sign * (trim[k] - edges[k]), *(gap / 2 for gap in gaps if gap > -_HAIR)])
        room.append(max(0.0, min(most, free)))
    return room[0], room[1], room[2], room[3]


def _is_beside(trim: Box, other: Box, edge: int) -> bool:
    """Whether two trims reach past one another in the direction along that edge."""
    low, high = (1, 3) if edge % 2 == 0 else (0, 2)
    return other is not trim and min(trim[high], other[high]) - max(trim[low], other[low]) > _HAIR


def _within(box: Box, outer: Box) -> Box:
    return max(box[0], outer[0]), max(box[1], outer[1]), min(box[2], outer[2]), min(box[3], outer[3])
