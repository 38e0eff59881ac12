"""How flat pieces lie on a press sheet: one grid with margin and bleed, in both turns, and the grain.

across = floor((W - 2 margin) / (w + 2 bleed)), down likewise (practice file, section 4). The gripper holds a long edge
and takes what it needs over the margin there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from production.catalog.products.makeup import Axis
from production.catalog.products.standards import Press, Stock, StockSheet

Size = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Grid:
    """Pieces on a side of the sheet. ``turned``: the width of a piece lies along the second side of the sheet."""

    sheet: Size
    across: int
    down: int
    turned: bool

    @property
    def n_up(self) -> int:
        """Flat pieces on a side."""
        return self.across * self.down

    @property
    def along_long_side(self) -> int:
        """Pieces side by side along the longer side of the sheet."""
        return self.across if self.sheet[0] > self.sheet[1] else self.down

    @property
    def along_short_side(self) -> int:
        """Pieces side by side along the shorter side of the sheet."""
        return self.down if self.sheet[0] > self.sheet[1] else self.across


class CutSheet(StockSheet):
    """A press sheet that is cut of a parent: so many side by side along its first side, and along its second.
    ``trims``: sides of the parent on which something is left over. Mill edges are not trimmed (shop to confirm).
    """

    parent: StockSheet
    across: int
    down: int
    trims: int

    @property
    def out(self) -> int:
        """Press sheets of one parent."""
        return self.across * self.down


def cut_sheets(stock: Stock, size: Size) -> Iterator[CutSheet]:
    """The press sheet cut of each parent that is larger, in both turns; the grain stays as it ran in the parent."""
    for parent in stock.parents:
        for side in (0, 1):  # of the parent, along which the first side of the sheet lies
            across, over = divmod(parent.size[side], size[0])
            down, below = divmod(parent.size[1 - side], size[1])
            if across * down and sorted(size) != sorted(parent.size):
                runs = _grain_side(parent)
                yield CutSheet(
                    size=size, grain="long" if (runs == side) == (size[0] > size[1]) else "short",
                    per_m=parent.per_m / int(across * down), parent=parent, across=int(across), down=int(down),
                    trims=bool(over) + bool(below),
                )  # fmt: skip


def room(sheet: Size, press: Press, *, gripped_edges: int = 1) -> Size:
    """Inches of a sheet that the press can print."""
    held = max(press.gripper - press.margin, Decimal(0)) * gripped_edges
    width, height = sheet[0] - 2 * press.margin, sheet[1] - 2 * press.margin
    return (width - held, height) if sheet[0] <= sheet[1] else (width, height - held)


def grids(
    sheet: Size, piece: Size, press: Press, *, bleed: Decimal, gripped_edges: int = 1
) -> Iterator[Grid]:
    """The layouts of both turns that hold at least one piece. A piece that is the whole sheet, without bleed, is
    printed as it is: nothing of it need reach the margin.
    """
    inside = room(sheet, press, gripped_edges=gripped_edges)
    for turned in (False, True):
        width, height = (piece[1], piece[0]) if turned else piece
        if not bleed and (width, height) == sheet:
            yield Grid(sheet, 1, 1, turned)
            continue
        across, down = (
            int(room // (side + 2 * bleed)) for room, side in zip(inside, (width, height), strict=True)
        )
        if across > 0 and down > 0:
            yield Grid(sheet, across, down, turned)


def is_with_the_grain(grid: Grid, sheet: StockSheet, axis: Axis | None) -> bool:
    """Does the grain of the sheet run along that side of the pieces? True where it may run either way."""
    if axis is None:
        return True
    return _grain_side(sheet) == (1 if (axis == "height") != grid.turned else 0)


def _grain_side(sheet: StockSheet) -> int:
    """The side of the sheet, first or second, along which its grain runs."""
    longer = 0 if sheet.size[0] > sheet.size[1] else 1
    return longer if sheet.grain == "long" else 1 - longer
