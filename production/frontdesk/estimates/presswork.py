"""One component on one press: work style, forms, sheets, impressions, clicks, plates, minutes and their cost.

Work styles are those of the glossary. A press that prints both sides at once is set up once for a form; sheetwise on a
one-sided press is set up twice; work-and-turn and work-and-tumble are set up once and pass twice.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from kernel.errors import InvalidInput
from production.catalog.products.makeup import MadeComponent, sheet_lb
from production.catalog.products.spec import WorkStyle
from production.catalog.products.standards import Press, StockSheet
from production.frontdesk.estimates.layouts import CutSheet, Grid
from production.frontdesk.estimates.waste import Convention, Fed, Step, backwards, needed
from production.frontdesk.estimates.working import Standing, Working


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """A way to print a component. ``scored``: the grain runs across the fold, so that the route scores."""

    machine: str
    press: Press
    sheet: StockSheet
    grid: Grid
    style: WorkStyle
    component: MadeComponent
    scored: bool = False

    @property
    def sides(self) -> tuple[int, ...]:
        """Inks of each side that is printed."""
        return tuple(inks for inks in self.component.inks if inks)

    @property
    def bought(self) -> StockSheet:
        """The sheet as the shop buys it: what is printed, or the parent that it is cut of."""
        return self.sheet.parent if isinstance(self.sheet, CutSheet) else self.sheet

    @property
    def is_whole_sheet(self) -> bool:
        """The piece is the sheet as it is."""
        return sorted(self.component.flat) == sorted(self.sheet.size)

    @property
    def one_form(self) -> bool:
        """One form prints both sides."""
        return self.style in ("work-turn", "work-tumble")

    @property
    def forms(self) -> int:
        """Different forms. A digital press changes its pages from sheet to sheet."""
        if self.press.kind == "digital":
            return 1
        return math.ceil(self.component.pieces * (2 if self.one_form else 1) / self.grid.n_up)

    @property
    def passes(self) -> int:
        """How often a sheet runs through the press."""
        if self.style == "perfecting" or (self.style == "sheetwise" and prints_both(self.press, self.sides)):
            return 1
        return max(sum(math.ceil(inks / self.press.at_once) for inks in self.sides), 1)

    @property
    def makereadies_of_form(self) -> int:
        """How often the press is made ready for a form: once a pass; a form for both sides stands for the second."""
        return math.ceil(max(self.sides) / self.press.at_once) if self.one_form else self.passes

    @property
    def plates_of_form(self) -> int:
        """One for each ink; none on a digital press."""
        if self.press.kind == "digital":
            return 0
        return max(self.sides) if self.one_form else sum(self.sides)

    @property
    def plates(self) -> int:
        """Of all forms."""
        return self.forms * self.plates_of_form


def prints_both(press: Press, sides: tuple[int, ...]) -> bool:
    """Does the press print both sides in one pass? Its units are those of a side."""
    return press.duplex and max(sides, default=0) <= press.at_once


def styles(press: Press, component: MadeComponent, grid: Grid) -> Iterator[WorkStyle]:
    """The work styles that a press can print a layout in."""
    sides = tuple(inks for inks in component.inks if inks)
    if len(sides) < 2:
        yield "simplex"
        return
    if prints_both(press, sides):
        yield "perfecting"
    yield "sheetwise"
    if sides[0] == sides[1] and grid.along_long_side % 2 == 0:
        yield "work-turn"
    if sides[0] == sides[1] and grid.along_short_side % 2 == 0:
        yield "work-tumble"


@dataclass(frozen=True, slots=True)
class Printed:
    """A component as it is printed: counts of sheets, minutes, and exact dollars. ``bought``: sheets as the shop buys
    them; ``cut_down``: the cut that makes press sheets of parents, in press sheets.
    """

    way: Way
    good: int
    issued: int
    bought: int
    cut_down: Fed | None
    setup_sheets: int
    impressions: int
    clicks: dict[str, int]
    weight_lb: Decimal
    minutes: Decimal
    paper: Decimal
    press: Decimal
    clicks_cost: Decimal
    plates_cost: Decimal


def printed(way: Way, good: int, cut: Step | None, convention: Convention, working: Working) -> Printed:
    """From good sheets to sheets issued, minutes and cost; ``cut``: what cuts parents down. STANDARD_MISSING for a
    press without a speed.
    """
    press, name = way.press, way.component.name
    standing = Standing(f"presses.{way.machine}", press.source)
    makereadies = working.count(
        f"{name}: make-readies", "forms * makereadies_of_form", standing,
        forms=way.forms, makereadies_of_form=way.makereadies_of_form,
    )  # fmt: skip
    setup = working.count(
        f"{name}: make-ready sheets", "makeready_sheets * makereadies", standing,
        makeready_sheets=press.makeready_sheets, makereadies=makereadies,
    )  # fmt: skip
    issued = needed(
        f"{name}: sheets issued", good, convention, working, standing,
        running_waste=press.running_waste, setup_units=setup,
    )  # fmt: skip
    cut_down, bought = _cut_down(way, issued, cut, convention, working)
    minutes = _minutes(way, makereadies, issued - setup, working, standing)
    stock = Standing(f"stocks.{way.component.stock_code}", way.component.stock.source)
    clicks = _clicks(way, issued)
    return Printed(
        way, good, issued, bought, cut_down, setup,
        working.count(f"{name}: impressions", "good * passes", good=good, passes=way.passes),
        clicks,
        working.value(
            f"{name}: weight of paper", "issued * sheet_lb", stock,
            issued=issued, sheet_lb=sheet_lb(way.component.stock, *way.sheet.size),
        ),
        minutes,
        working.value(f"{name}: paper", "bought * per_m / 1000", stock, bought=bought, per_m=way.bought.per_m),
        working.value(f"{name}: press", "minutes * hour / 60", standing, minutes=minutes, hour=press.hour),
        _clicks_cost(way, clicks, working, standing),
        working.value(
            f"{name}: plates", "forms * plates_of_form * plate", standing,
            forms=way.forms, plates_of_form=way.plates_of_form, plate=press.plate,
        ),
    )  # fmt: skip


def _cut_down(
    way: Way, issued: int, cut: Step | None, convention: Convention, working: Working
) -> tuple[Fed | None, int]:
    """The cut of the parents with its counts of press sheets, and how many parents; else the sheets as they are."""
    sheet, name = way.sheet, way.component.name
    if not isinstance(sheet, CutSheet) or cut is None:
        return None, issued
    (fed,) = backwards((cut,), issued, convention, working)
    parents = working.count(f"{name}: parent sheets", "ceil(given / out)", given=fed.given, out=sheet.out)
    working.value(
        f"{name}: share of a parent that is trimmed off", "1 - out * width * height / (parent_width * parent_height)",
        out=sheet.out, width=sheet.size[0], height=sheet.size[1],
        parent_width=sheet.parent.size[0], parent_height=sheet.parent.size[1],
    )  # fmt: skip
    return fed, parents


def _minutes(way: Way, makereadies: int, run: int, working: Working, standing: Standing) -> Decimal:
    """Make-ready, and what runs: sides on a press whose speed counts sides, else passes."""
    press, name = way.press, way.component.name
    speed = press.sides_per_hour or press.sheets_per_hour
    if speed is None:
        raise InvalidInput(
            f"Nothing says how fast {way.machine} runs.", code="STANDARD_MISSING",
            field=f"presses.{way.machine}.{'sides' if press.kind == 'digital' else 'sheets'}_per_hour",
        )  # fmt: skip
    return working.value(
        f"{name}: press minutes",
        "makeready_minutes * makereadies + run * times * 60 / speed", standing,
        makeready_minutes=press.makeready_minutes, makereadies=makereadies, run=run,
        times=len(way.sides) if press.sides_per_hour else way.passes, speed=speed,
    )  # fmt: skip


def _clicks(way: Way, issued: int) -> dict[str, int]:
    """Sides that the press counts, by the inks that it counts them by; the two of the contract always. STANDARD_MISSING
    for inks that it counts and has no price for.
    """
    found = {"1": 0, "4": 0}
    if way.press.kind != "digital":
        return found
    blanks = (1,) * (2 - len(way.sides)) if way.press.blank_sides_click else ()
    for inks in (*way.sides, *blanks):
        tier = _tier(way, inks)
        found[tier] = found.get(tier, 0) + issued
    return found


def _tier(way: Way, inks: int) -> str:
    if not way.press.click:
        return "1" if inks == 1 else "4"
    for tier in sorted(way.press.click, key=int):
        if int(tier) >= inks:
            return tier
    raise InvalidInput(
        f"{way.machine} has no price for a side of {inks} inks.", code="STANDARD_MISSING",
        field=f"presses.{way.machine}.click",
    )  # fmt: skip


def _clicks_cost(way: Way, clicks: dict[str, int], working: Working, standing: Standing) -> Decimal:
    name, zero = way.component.name, Decimal(0)
    return sum(
        (
            working.value(
                f"{name}: clicks of {tier}", "clicks * click", standing,
                clicks=sides, click=way.press.click.get(tier, zero),
            )
            for tier, sides in clicks.items()
            if sides
        ),
        zero,
    )  # fmt: skip
