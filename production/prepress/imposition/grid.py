"""Pages of one size in columns and rows on a sheet."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.errors import InvalidInput
from production.prepress.imposition.asked import Asked
from production.prepress.imposition.layout import Box, Point, Turn
from production.prepress.imposition.signatures import Cell

_HAIR = 1e-6  # sums of inches in points


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells of a size with a space of twice the bleed between them, in the middle of a sheet. ``tight``: columns that
    have no space to their left, for there is a spine. ``is_turned``: the sheet was laid a quarter turn for it."""

    sheet: Point
    size: Point
    bleed: float
    columns: int
    rows: int
    tight: frozenset[int] = frozenset()
    is_turned: bool = False

    def trim(self, cell: Cell) -> Box:
        """Where the page of a cell is cut."""
        column, row = cell
        (width, height), gap = self.size, 2 * self.bleed
        spaces = [0.0 if k in self.tight else gap for k in range(1, self.columns)]
        left = (
            (self.sheet[0] - self.columns * width - sum(spaces)) / 2 + column * width + sum(spaces[:column])
        )
        low = (self.sheet[1] - self.rows * height - (self.rows - 1) * gap) / 2 + row * (height + gap)
        return left, low, left + width, low + height

    def column_line(self, before: int) -> float:
        """The middle between this column and the one to its left."""
        return (self.trim((before - 1, 0))[2] + self.trim((before, 0))[0]) / 2

    def row_line(self, before: int) -> float:
        """The middle between this row and the one below."""
        return (self.trim((0, before - 1))[3] + self.trim((0, before))[1]) / 2

    def cells(self) -> list[Cell]:
        """In reading order: rows from the top, each from the left."""
        return [(column, row) for row in reversed(range(self.rows)) for column in range(self.columns)]


def fit(asked: Asked) -> Grid:
    """As many places as are asked for, else as many as fit, the sheet upright or a quarter turned, whichever holds
    more. InvalidInput (SHEET_TOO_SMALL) when they do not fit."""
    grids = [grid for is_turned in (False, True) for grid in _grids(asked, is_turned=is_turned)]
    if not grids:
        raise too_small(asked, asked.up or 1)
    choose = max if asked.up is None else min
    return choose(grids, key=lambda grid: grid.columns * grid.rows)  # the first of equals: upright, tall


def _grids(asked: Asked, *, is_turned: bool) -> list[Grid]:
    """The grid that fills the sheet, or every one that holds as many places as are asked for and no row too many.
    Those of a work style are even across its turn."""
    sheet = (asked.sheet[1], asked.sheet[0]) if is_turned else asked.sheet
    pairs = even_across(asked, is_turned=is_turned)
    column_step, row_step = (2 if is_paired else 1 for is_paired in pairs)
    across, down = (
        int((length - 2 * asked.margin + _HAIR) // (side + 2 * asked.bleed))
        for length, side in zip(sheet, asked.trim, strict=True)
    )
    shapes = [(across - across % column_step, down - down % row_step)]
    if asked.up is not None:
        counts = range(down - down % row_step, 0, -row_step)
        shapes = [(-(-asked.up // (rows * column_step)) * column_step, rows) for rows in counts]
    return [
        Grid(sheet, asked.trim, asked.bleed, columns, rows, is_turned=is_turned)
        for columns, rows in shapes
        if 0 < columns <= across and rows > 0
    ]


def even_across(asked: Asked, *, is_turned: bool) -> tuple[bool, bool]:
    """Whether columns, and whether rows, must come in pairs: those that one form prints on both sides."""
    if asked.scheme not in {"work-turn", "work-tumble"}:
        return False, False
    turn = on_grid(asked.turned, is_turned=is_turned)
    return turn == "left-right", turn == "head-to-foot"


def on_grid(turn: Turn, *, is_turned: bool) -> Turn:
    """How a sheet that is turned so looks turned to a grid that lies a quarter turn on it."""
    if turn == "none" or not is_turned:
        return turn
    return "left-right" if turn == "head-to-foot" else "head-to-foot"


def too_small(asked: Asked, places: int) -> InvalidInput:
    """The sheet does not hold that many places."""
    sheet, trim = (" x ".join(f"{side / 72:.5g}" for side in size) for size in (asked.sheet, asked.trim))
    return InvalidInput(
        f"A sheet of {sheet} in does not hold {places} of {trim} in with {asked.bleed / 72:g} in of bleed and "
        f"{asked.margin / 72:g} in of margin.",
        code="SHEET_TOO_SMALL",
        remedy="Take a larger sheet, fewer places or less bleed.",
        field="sheet",
    )
