"""Flat work: cards, leaves and sets in columns and rows, cut and stacked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from kernel.errors import InvalidInput
from production.prepress.imposition.asked import Asked
from production.prepress.imposition.grid import Grid, even_across, fit, on_grid
from production.prepress.imposition.layout import Cut, Layout, Placement
from production.prepress.imposition.sides import on_back
from production.prepress.imposition.signatures import Cell

MOST_PLACED = (
    100_000  # pages on the sheets of one file: what a press controller takes at once (shop to confirm)
)


@dataclass(frozen=True, slots=True)
class Source:
    """A file of a gang: its pages, and how often each leaf of it is wanted."""

    pages: int
    copies: int = 1


@dataclass(frozen=True, slots=True)
class _Leaf:
    front: int
    back: int | None
    number: int | None = None


_Unit: TypeAlias = tuple[_Leaf, ...]  # a leaf, or the parts of a set from the top
_Form: TypeAlias = list[_Leaf | None]  # what stands in each place of a sheet


def flat(asked: Asked, sources: Sequence[Source]) -> Layout:
    """Every page at its place; what is over of the last sheet stays empty."""
    grid = fit(asked)
    places = _places(asked, grid)
    _check_amount(asked, sources, len(places))
    units = _units(asked, sources)
    forms = _ARRANGED[asked.scheme](units, len(places))
    turn = on_grid(asked.turned, is_turned=grid.is_turned)
    placements = tuple(_placed(asked, grid, forms, places))
    first = [placement.trim for placement in placements if placement.side == 1]
    layout = Layout(
        sheet=grid.sheet,
        style=asked.scheme,
        turn=turn,
        cuts=_cuts(grid),
        folds=(),
        nest=1,
        gather=1,
        spine=None,
        stack_order=tuple(((left + right) / 2, (low + high) / 2) for left, low, right, high in first),
        placements=placements,
        bleed=asked.bleed,
    )
    return layout.quarter_turned() if grid.is_turned else layout


def _check_amount(asked: Asked, sources: Sequence[Source], places: int) -> None:
    """Before anything is made of it."""
    if asked.numbers is not None:
        field, placed = "number_last", asked.parts * asked.numbers.amount
    else:
        field, placed = "files", sum(source.pages * source.copies for source in sources)
        placed *= places if asked.scheme == "stepandrepeat" else 1
    if placed > MOST_PLACED:
        raise InvalidInput(
            f"{placed:,} places are more than {MOST_PLACED:,}.",
            code="NUMBER_RANGE",
            remedy="Make several runs of it.",
            field=field,
        )


def _places(asked: Asked, grid: Grid) -> list[Cell]:
    """The cells that fronts stand in: of a form that prints both sides those of one half."""
    halves_across, halves_down = even_across(asked, is_turned=grid.is_turned)
    cells = [
        (column, row)
        for column, row in grid.cells()
        if not (halves_across and column >= grid.columns // 2) and not (halves_down and row < grid.rows // 2)
    ]
    share = 2 if halves_across or halves_down else 1
    return cells[: None if asked.up is None else -(-asked.up // share)]


# --- what is made of the pages -----------------------------------------------------------------------------


def _units(asked: Asked, sources: Sequence[Source]) -> list[_Unit]:
    leaves = list(_leaves(sources, is_duplex=asked.turned != "none"))
    if asked.parts == 1 and asked.numbers is None:
        return [(leaf,) for leaf in leaves]
    if len(leaves) != asked.parts:
        pages = sum(source.pages for source in sources)
        raise InvalidInput(
            f"The file has {pages} pages; a set of {asked.parts} needs one for each part.",
            code="COMPONENT_PAGES",
            remedy="Give the file one page a part, the top part first, or say how many parts there are.",
            field="parts",
        )
    if asked.numbers is None:
        return [tuple(leaves)]
    numbers = range(asked.numbers.first, asked.numbers.last + 1)
    return [tuple(replace(leaf, number=number) for leaf in leaves) for number in numbers]


def _leaves(sources: Sequence[Source], *, is_duplex: bool) -> Iterator[_Leaf]:
    """Pages of all files are counted through; a leaf never has those of two files."""
    before = 0
    for source in sources:
        last, step = before + source.pages, 2 if is_duplex else 1
        for front in range(before + 1, last + 1, step):
            leaf = _Leaf(front, front + 1 if is_duplex and front < last else None)
            yield from [leaf] * source.copies
        before = last


# --- in which place it stands ------------------------------------------------------------------------------


def _in_turn(units: Sequence[_Unit], places: int) -> Iterator[_Form]:
    """One unit beside the other; each part of sets on its own sheet, for it has its own paper."""
    for first in range(0, len(units), places):
        group = units[first : first + places]
        for part in range(len(units[0])):
            yield [unit[part] for unit in group] + [None] * (places - len(group))


def _repeated(units: Sequence[_Unit], places: int) -> Iterator[_Form]:
    """The same leaf in every place."""
    return ([leaf] * places for unit in units for leaf in unit)


def _piled(units: Sequence[_Unit], places: int) -> Iterator[_Form]:
    """Consecutive units lie on one another, so that piles put on one another are in order. Places stay empty at the
    end only."""
    depth = -(-len(units) // places)
    for row in range(depth):
        at = range(row, places * depth, depth)
        for part in range(len(units[0])):
            yield [units[k][part] if k < len(units) else None for k in at]


def _filled(units: Sequence[_Unit], places: int) -> Iterator[_Form]:
    """As piles that are in order; all units again while there is room for all on one form."""
    return _piled(list(units) * max(1, places // len(units)), places)


_ARRANGED: dict[str, Callable[[Sequence[_Unit], int], Iterator[_Form]]] = {
    "nup": _in_turn,
    "gang": _in_turn,
    "stepandrepeat": _repeated,
    "cutstack": _piled,
    "work-turn": _filled,
    "work-tumble": _filled,
    "perfecting": _filled,
}


# --- on the sheets -----------------------------------------------------------------------------------------


def _placed(asked: Asked, grid: Grid, forms: Iterator[_Form], places: Sequence[Cell]) -> Iterator[Placement]:
    turn = on_grid(asked.turned, is_turned=grid.is_turned)
    is_shared = any(even_across(asked, is_turned=grid.is_turned))
    empty = {cell: _cell(grid, cell) for cell in places}
    for sheet, form in enumerate(forms):
        side = sheet + 1 if turn == "none" else 2 * sheet + 1
        fronts = [_front(empty[cell], leaf, side) for cell, leaf in zip(places, form, strict=True)]
        if turn == "none":
            yield from fronts
            continue
        backs = [
            on_back(front, leaf.back if leaf else None, grid.sheet, turn)
            for front, leaf in zip(fronts, form, strict=True)
        ]
        if not is_shared:
            yield from fronts + backs
            continue
        both = fronts + backs  # one form: what is behind a front stands beside it, too
        yield from (replace(one, side=at) for at in (side, side + 1) for one in both)


def _cell(grid: Grid, cell: Cell) -> Placement:
    left, low, right, high = trim = grid.trim(cell)
    bleed = grid.bleed
    return Placement(1, None, trim, 0, (left - bleed, low - bleed, right + bleed, high + bleed))


def _front(empty: Placement, leaf: _Leaf | None, side: int) -> Placement:
    page, number = (leaf.front, leaf.number) if leaf else (None, None)
    return Placement(side, page, empty.trim, empty.rotate, empty.clip, number)


def _cuts(grid: Grid) -> tuple[Cut, ...]:
    """At every edge of a trim that is not one of the sheet: one cut where two meet, else two."""
    columns = [grid.trim((column, 0)) for column in range(grid.columns)]
    rows = [grid.trim((0, row)) for row in range(grid.rows)]
    ups = {round(at, 4) for left, _, right, _ in columns for at in (left, right)}
    levels = {round(at, 4) for _, low, _, high in rows for at in (low, high)}
    width, height = grid.sheet
    return tuple(
        [Cut("x", at) for at in sorted(ups) if 0 < at < width]
        + [Cut("y", at) for at in sorted(levels) if 0 < at < height]
    )
