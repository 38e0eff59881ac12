"""Pages of folded and bound work: saddle-stitched nests and gathered signatures."""

from __future__ import annotations

from collections.abc import Sequence

from kernel.errors import InvalidInput
from kernel.findings import Finding, Severity
from production.prepress.imposition.asked import Asked
from production.prepress.imposition.grid import Grid, on_grid, too_small
from production.prepress.imposition.layout import Box, Edge, Fold, Layout, Placement
from production.prepress.imposition.sides import on_back
from production.prepress.imposition.signatures import FOLDINGS, Folding, Leaf, leaves

# Artwork that creep brings over the spine is lost. Inside the safe zone nothing of importance stands (.125 in, the
# near-universal bleed and safe zone of print-shop practice); half an inch is more than any gutter (shop to confirm).
CREEP_SAFE, CREEP_MOST = 9.0, 36.0  # points

_MOVES: dict[str, Edge] = {"x": "left", "y": "top"}


def bound(asked: Asked, pages: int) -> Layout:
    """Every page once, in the order of reading once the sheets are folded, nested and gathered. Blanks fill up the
    last sheet."""
    sheets = -(-pages // asked.signature)
    nest = sheets if asked.scheme == "saddle" else min(asked.nest, sheets)
    numbered = _with_blanks(range(1, pages + 1), sheets * asked.signature, asked)
    grid = _fit(asked)
    placements = [
        placement
        for first in range(0, sheets, nest)
        for k, sheet in enumerate(_nested(numbered, first, min(first + nest, sheets), asked.signature))
        for placement in _sheet(asked, grid, sheet, first + k, creep(asked, k))
    ]
    layout = Layout(
        sheet=grid.sheet,
        style=asked.scheme,
        turn=on_grid(asked.turned, is_turned=grid.is_turned),
        cuts=(),
        folds=_folds(FOLDINGS[asked.signature], grid),
        nest=nest,
        gather=-(-sheets // nest),
        spine="left",
        stack_order=((grid.sheet[0] / 2, grid.sheet[1] / 2),),
        placements=tuple(placements),
        bleed=asked.bleed,
    )
    return layout.quarter_turned() if grid.is_turned else layout


def _with_blanks(pages: Sequence[int], places: int, asked: Asked) -> list[int | None]:
    """The pages with as many blanks as there are places more: behind them all, or before the last, which stays the
    back of the book."""
    blanks: list[int | None] = [None] * (places - len(pages))
    kept = len(pages) - (asked.blanks == "before-back")
    return [*pages[:kept], *blanks, *pages[kept:]]


def creep(asked: Asked, k: int) -> float:
    """Points by which the pages of sheet ``k`` of a nest, counted from the outside from 0, move to the spine."""
    return k * asked.caliper * asked.creep_factor


def book_findings(asked: Asked, layout: Layout) -> list[Finding]:
    """What a binder would say. InvalidInput (CREEP_MARGIN) when creep takes more than any gutter holds."""
    findings = []
    if len(layout.folds) > 1 and not asked.bleed:
        message = f"Sheets folded to {asked.signature} pages without bleed leave nothing to trim: heads stay closed."
        findings.append(Finding("FOLD_CLOSED", Severity.WARN, message, "Say --bleed .125."))
    most = creep(asked, layout.nest - 1)
    moved = f"The innermost of {layout.nest} sheets moves {most / 72:.3f} in to the spine"
    if most > CREEP_MOST:
        raise InvalidInput(
            f"{moved}; more than {CREEP_MOST / 72:g} in of its pages would be lost there.",
            code="CREEP_MARGIN",
            remedy="Bind it perfect, take thinner paper, or make it two volumes.",
            field="caliper",
        )
    if most > CREEP_SAFE:
        message, remedy = (
            f"{moved}; what stands nearer to it is lost.",
            "Look at the gutter of the middle pages.",
        )
        findings.append(Finding("CREEP_MARGIN", Severity.WARN, message, remedy))
    return findings


def _fit(asked: Asked) -> Grid:
    """The grid of a signature on the sheet, upright or else a quarter turned."""
    folding = FOLDINGS[asked.signature]
    tight = frozenset(range(1, folding.columns, 2))
    for is_turned in (False, True):
        sheet = (asked.sheet[1], asked.sheet[0]) if is_turned else asked.sheet
        grid = Grid(
            sheet, asked.trim, asked.bleed, folding.columns, folding.rows, tight=tight, is_turned=is_turned
        )
        left, low, _, _ = grid.trim((0, 0))
        if min(left, low) - asked.bleed >= asked.margin - 1e-6:
            return grid
    raise too_small(asked, asked.signature // 2)


def _nested(
    numbered: Sequence[int | None], first: int, stop: int, signature: int
) -> list[Sequence[int | None]]:
    """The pages of each sheet of a nest from the outside: half of them from its front, half from its end."""
    pages, half = numbered[first * signature : stop * signature], signature // 2
    ends = [(k * half, len(pages) - (k + 1) * half) for k in range(stop - first)]
    return [[*pages[low : low + half], *pages[high : high + half]] for low, high in ends]


def _sheet(
    asked: Asked, grid: Grid, pages: Sequence[int | None], sheet: int, moved: float
) -> list[Placement]:
    turn = on_grid(asked.turned, is_turned=grid.is_turned)
    fronts, backs = [], []
    for leaf in leaves(asked.signature):
        front = _front(grid, leaf, pages[leaf.front - 1], 2 * sheet + 1, moved)
        fronts.append(front)
        backs.append(on_back(front, pages[leaf.back - 1], grid.sheet, turn))
    return fronts + backs


def _front(grid: Grid, leaf: Leaf, page: int | None, side: int, moved: float) -> Placement:
    """``moved``: toward the spine, which lies at the right of even columns and at the left of odd ones."""
    left, low, right, high = grid.trim(leaf.cell)
    shift = -moved if leaf.cell[0] % 2 else moved
    trim: Box = (left + shift, low, right + shift, high)
    bleed = grid.bleed
    clip = (
        (left, low - bleed, right + shift + bleed, high + bleed)
        if leaf.cell[0] % 2
        else (left + shift - bleed, low - bleed, right, high + bleed)
    )
    return Placement(side, page, trim, 0 if leaf.is_upright else 180, clip)


def _folds(folding: Folding, grid: Grid) -> tuple[Fold, ...]:
    return tuple(
        Fold(
            line, grid.column_line(before) if line == "x" else grid.row_line(before), _MOVES[line], over=False
        )
        for line, before in folding.folds
    )
