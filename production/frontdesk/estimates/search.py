"""Every way to print a component on the shop's presses, and why not on the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from production.catalog.products.makeup import MadeComponent
from production.catalog.products.spec import Force, WorkStyle
from production.catalog.products.standards import Press, Standards, StockSheet
from production.frontdesk.estimates.layouts import Grid, cut_sheets, grids, is_with_the_grain, room
from production.frontdesk.estimates.presswork import Way, prints_both, styles
from production.frontdesk.estimates.rejections import Rejection


@dataclass(slots=True)
class Found:
    """What a search found. ``lost``: layouts that would hold more but turn the grain across the fold."""

    ways: list[Way] = field(default_factory=list)
    lost: list[Way] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for. ``may_score``: the grain may run across the fold when the route scores; ``scores``: it does
    so anyway; ``may_cross``: so light that it folds across the grain where nothing else is left; ``may_cut``: parent
    sheets can be cut down for it.
    """

    component: MadeComponent
    bleed: Decimal
    force: Force
    may_score: bool
    scores: bool
    may_cross: bool
    may_cut: bool


def search(asked: Asked, standards: Standards) -> Found:
    """The ways of all presses, those out of use told as well."""
    found = Found()
    for code, press in standards.presses.items():
        rejections = list(_limits(asked, code, press))
        if rejections:
            found.rejected += rejections
            continue
        for sheet in _sheets(asked, press):
            _lay_out(asked, code, press, sheet, found)
    if asked.may_cross and not found.ways:
        ways = [replace(way, scored=False) for way in found.lost]
        return Found(ways, rejected=[one for one in found.rejected if one.code != "GRAIN"])
    return found


def _limits(asked: Asked, code: str, press: Press) -> Iterator[Rejection]:
    """What the press itself cannot do, whatever the layout."""
    component, force = asked.component, asked.force
    stock, inks = component.stock, max(component.inks)
    if press.idle:
        yield Rejection(code, "MACHINE_IDLE", "out of use", "in use", "out of use")
    if force.press and force.press != code:
        yield Rejection(code, "ORDER_FORCES", "the order names another press", force.press, code)
    if inks > press.inks:
        reason = f"{component.name}: more inks than it prints on a side"
        yield Rejection(code, "LIMIT_COLOURS", reason, press.inks, inks)
    if stock.caliper > press.max_caliper:
        reason = f"{component.name}: {component.stock_code} is too thick"
        yield Rejection(code, "LIMIT_CALIPER", reason, press.max_caliper, stock.caliper)
    if stock.caliper < press.min_caliper:
        reason = f"{component.name}: {component.stock_code} is too thin"
        yield Rejection(code, "LIMIT_CALIPER", reason, press.min_caliper, stock.caliper)
    if not list(_sheets(asked, press)):
        reason = f"{component.name}: {component.stock_code} is not kept in a sheet that it takes"
        takes = (force.sheet,) if force.sheet else press.sheets
        kept = tuple(sheet.size for sheet in (*stock.sheets, *stock.parents))
        yield Rejection(code, "LIMIT_SIZE", reason, takes, kept)


def _sheets(asked: Asked, press: Press) -> Iterator[StockSheet]:
    """As the stock is kept, and cut of its parents; a parent that the press takes runs whole."""
    stock, wanted = asked.component.stock, asked.force.sheet and sorted(asked.force.sheet)
    takes = [size for size in press.sheets if wanted in (None, sorted(size))]
    sizes = [sorted(size) for size in takes]
    whole = [sheet for sheet in (*stock.sheets, *stock.parents) if sorted(sheet.size) in sizes]
    yield from dict.fromkeys(whole)
    if asked.may_cut:
        for size in takes:
            yield from cut_sheets(stock, size)


def _lay_out(asked: Asked, code: str, press: Press, sheet: StockSheet, found: Found) -> None:
    component = asked.component
    laid = list(grids(sheet.size, component.flat, press, bleed=asked.bleed))
    if not laid:
        wanted = tuple(side + 2 * asked.bleed for side in component.flat)
        reason = f"{component.name}: larger than what it prints of a sheet"
        found.rejected.append(Rejection(code, "LIMIT_SIZE", reason, room(sheet.size, press), wanted))
        return
    right = [grid for grid in laid if is_with_the_grain(grid, sheet, component.grain) or asked.scores]
    wrong = [grid for grid in laid if grid not in right]
    possible = list(_styles(asked, press, sheet, right))
    for style, grid in possible:
        found.ways.append(Way(code, press, sheet, grid, style, component))
    least = {style: grid.n_up for style, grid in possible}
    across = list(_styles(asked, press, sheet, wrong))
    for style, grid in across:
        if grid.n_up > least.get(style, 0):
            way = Way(code, press, sheet, grid, style, component, scored=True)
            _across(asked, way, least.get(style, 0), found)
    if not (possible or across):
        reason = f"{component.name}: no layout of this sheet for {asked.force.work_style}"
        found.rejected.append(
            Rejection(code, "ORDER_FORCES", reason, str(asked.force.work_style), laid[0].n_up)
        )


def _across(asked: Asked, way: Way, n_up: int, found: Found) -> None:
    """A layout whose grain runs across: scored where the shop can, else lost."""
    if asked.may_score:
        found.ways.append(way)
        return
    found.lost.append(way)
    reason = f"{way.component.name}: {way.grid.n_up}-up turns the grain across the fold, and the route does not score"
    found.rejected.append(Rejection(way.machine, "GRAIN", reason, n_up, way.grid.n_up))


def _styles(
    asked: Asked, press: Press, sheet: StockSheet, laid: Sequence[Grid]
) -> Iterator[tuple[WorkStyle, Grid]]:
    """Each work style worth asking for, with the layout that holds most."""
    best: dict[WorkStyle, Grid] = {}
    for grid in laid:
        for style in styles(press, asked.component, grid):
            if _is_worth(style, asked, press) and grid.n_up > (best[style].n_up if style in best else 0):
                best[style] = grid
    if "work-tumble" in best and not _holds_both_edges(asked, press, sheet, best["work-tumble"]):
        del best["work-tumble"]
    yield from best.items()


def _is_worth(style: WorkStyle, asked: Asked, press: Press) -> bool:
    """What was forced; else no style that another does better: sheetwise where both sides print at once, one form for
    both sides where there are no plates to save.
    """
    if asked.force.work_style:
        return style == asked.force.work_style
    if style == "sheetwise":
        return not prints_both(press, asked.component.inks)
    return press.kind == "offset" or style in ("simplex", "perfecting")


def _holds_both_edges(asked: Asked, press: Press, sheet: StockSheet, grid: Grid) -> bool:
    """The gripper takes the other long edge in the second pass."""
    laid = grids(sheet.size, asked.component.flat, press, bleed=asked.bleed, gripped_edges=2)
    return any((one.across, one.down, one.turned) == (grid.across, grid.down, grid.turned) for one in laid)
