"""How a sheet is folded into a signature, and which page that puts where. Folds are data; the pages follow from
folding a grid of cells in thought and reading the stack from top to bottom.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from production.prepress.imposition.layout import Line

Cell = tuple[int, int]  # column from the left, row from the bottom


@dataclass(frozen=True, slots=True)
class Folding:
    """Columns and rows of cells, and the folds in order: the line, and how many columns or rows lie before it. Left
    and upper parts go behind, so that what is left, the cell at the lower right, keeps its place and the spine is at
    its left."""

    columns: int
    rows: int
    folds: tuple[tuple[Line, int], ...]


# Right-angle folds by pages of a signature (print-shop practice: press signatures of 4, 8, 16 and 32 pages). Lines
# between columns are spines and fore-edges in turns, those between rows heads and feet: all but the spines are cut off
# when the book is trimmed.
FOLDINGS = {
    4: Folding(2, 1, (("x", 1),)),
    8: Folding(2, 2, (("y", 1), ("x", 1))),
    16: Folding(4, 2, (("x", 2), ("y", 1), ("x", 3))),
    32: Folding(4, 4, (("y", 2), ("x", 2), ("y", 1), ("x", 3))),
}


@dataclass(frozen=True, slots=True)
class Leaf:
    """A cell of the flat sheet: the pages of its front and back by their place in the signature (from 1), and whether
    their heads point up or down on the sheet."""

    cell: Cell
    front: int
    back: int
    is_upright: bool


@dataclass(frozen=True, slots=True)
class _Layer:
    """A cell while it is folded: whether its front is up, and whether its head."""

    cell: Cell
    is_face_up: bool = True
    is_upright: bool = True

    def folded(self, line: Line) -> _Layer:
        return _Layer(self.cell, not self.is_face_up, self.is_upright is (line == "x"))


@lru_cache(maxsize=len(FOLDINGS))
def leaves(pages: int) -> tuple[Leaf, ...]:
    """The leaves of a signature from its first to its last; KeyError for one that no folding makes."""
    folding = FOLDINGS[pages]
    stacks = {(c, r): [_Layer((c, r))] for c in range(folding.columns) for r in range(folding.rows)}
    for line, before in folding.folds:
        for c, r in [cell for cell in stacks if _moves(cell, line, before)]:
            target = (2 * before - 1 - c, r) if line == "x" else (c, 2 * before - 1 - r)
            stacks[target] += [layer.folded(line) for layer in reversed(stacks.pop((c, r)))]
    (stack,) = stacks.values()
    return tuple(_leaf(layer, 2 * place + 1) for place, layer in enumerate(stack))


def _moves(cell: Cell, line: Line, before: int) -> bool:
    """Left of an upright line, or above a level one."""
    return cell[0] < before if line == "x" else cell[1] >= before


def _leaf(layer: _Layer, upper: int) -> Leaf:
    """``upper``: the page on the side of the leaf that lies up; the next one is beneath it."""
    front, back = (upper, upper + 1) if layer.is_face_up else (upper + 1, upper)
    return Leaf(layer.cell, front, back, layer.is_upright)
