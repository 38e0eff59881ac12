"""An estimate as the workbench shows it: ways side by side, why not the others, the working of each figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from billing.quoting import Prices
from kernel.money import Extended, Money, to_cents
from production.catalog.products.standards import Press
from production.frontdesk.estimates.alternatives import Alternative
from production.frontdesk.estimates.estimate import Estimate
from production.frontdesk.estimates.rejections import Rejection
from production.frontdesk.estimates.working import Line
from production.frontdesk.orders.print_request import size_words


@dataclass(frozen=True, slots=True)
class WayRow:
    """A way to make it. ``more``: than the cheapest, as quoted."""

    press: str
    how: str
    n_up: int
    sheets: int
    minutes: int
    paper: Money
    machines: Money
    bindery: Money
    outside: Money
    total: Money
    more: Money
    span: str
    is_chosen: bool


class WhyNot(NamedTuple):
    """A machine or layout that cannot make it."""

    machine: str
    reason: str
    limit: str
    value: str
    code: str


class Figure(NamedTuple):
    """A figure with its working."""

    name: str
    result: str
    formula: str
    values: str
    standard: str
    source: str


def ways(made: Estimate, prices: Prices) -> list[WayRow]:
    """Cheapest first, each at what it would be quoted."""
    least = prices.of(made.chosen).total
    return [_way(one, prices, least, is_chosen=one is made.chosen) for one in made.alternatives]


def _way(one: Alternative, prices: Prices, least: Money, *, is_chosen: bool) -> WayRow:
    way, cost, total = one.ways[0], one.cost, prices.of(one).total
    scored = ", scored" if way.scored else ""
    cut = f" cut of {size_words(*way.bought.size)}" if way.bought is not way.sheet else ""
    return WayRow(
        press=press_name(way.machine, prices.standards.presses),
        how=f"{size_words(*way.sheet.size)}{cut}, {way.style.replace('-', ' and ')}{scored}",
        n_up=way.grid.n_up,
        sheets=sum(printed.issued for printed in one.printed),
        minutes=int(one.minutes),
        paper=_cents(cost.paper),
        machines=_cents(cost.press + cost.clicks + cost.plates),
        bindery=_cents(cost.bindery),
        outside=_cents(cost.outside),
        total=total,
        more=total - least,
        span=f"${one.least} to ${one.most}",
        is_chosen=is_chosen,
    )


def why_not(made: tuple[Rejection, ...], presses: Mapping[str, Press]) -> list[WhyNot]:
    """Each machine and layout with what it goes beyond."""
    return [
        WhyNot(
            press_name(one.machine, presses), one.reason, told(one.limit), told(one.value), one.code
        )
        for one in made
    ]  # fmt: skip


def press_name(code: str, presses: Mapping[str, Press]) -> str:
    """As the shop calls it."""
    return (presses[code].name if code in presses else "") or code


def working(made: Estimate) -> list[Figure]:
    """Every line of the cheapest way, in the order in which it was worked out."""
    return [_figure(line) for line in made.explain]


def _figure(line: Line) -> Figure:
    values = ", ".join(f"{name.replace('_', ' ')} {told(value)}" for name, value in line.values.items())
    return Figure(
        line.name.replace("_", " "), told(line.result), line.formula.replace("_", " "), values,
        line.standing.standard, line.standing.source,
    )  # fmt: skip


def told(value: Any) -> str:
    """A figure without zeros behind it; several with x between them."""
    if isinstance(value, tuple):
        between = ", " if value and isinstance(value[0], tuple) else " x "
        return between.join(told(one) for one in value)
    if isinstance(value, Decimal | int):
        text = f"{value:,.4f}"
        return text.rstrip("0").rstrip(".")
    return str(value)


def _cents(exact: Decimal) -> Money:
    return to_cents(Extended(exact))
