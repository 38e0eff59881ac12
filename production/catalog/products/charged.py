"""What a rate card prices of the standards: hours of machines and hand work, clicks, plates, sheets of paper, work done
outside. Quantities come from the standards, money from the card in force.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from production.catalog.products.reading import Size
from production.catalog.products.standards import OperationStandard, Press, Standards, Stock, StockSheet

LABOR_HOUR = "labor.hour"
RUSH = "order.rush"  # dollars of the rest of a quote
_PER_M = 1000

RateOf = Callable[[str], Decimal]


@dataclass(frozen=True, slots=True)
class ChargedUnit:
    """A unit with its name, and dollars a unit as the standards have it until a card does."""

    code: str
    name: str
    rate: Decimal
    source: str


def hour_of(machine: str) -> str:
    """An hour of a machine."""
    return f"{machine}.hour"


def click_of(press: str, tier: str) -> str:
    """A printed side that a press counts, by the inks that it counts it by."""
    return f"{press}.click-{tier}"


def plate_of(press: str) -> str:
    """A plate."""
    return f"{press}.plate"


def sheet_of(stock: str, size: Size) -> str:
    """A sheet of a paper."""
    width, height = (side.normalize() for side in size)
    return f"paper.{stock}.{width:f}x{height:f}"


def each_of(operation: str) -> str:
    """A unit of work that is done outside."""
    return f"{operation}.each"


def order_of(operation: str) -> str:
    """What an order that is done outside costs beside its units."""
    return f"{operation}.order"


def charged_units(standards: Standards) -> Iterator[ChargedUnit]:
    """Every unit that has a price, each once."""
    rules = standards.rules
    yield ChargedUnit(LABOR_HOUR, "Hand work, hours", rules.labour_hour, "shop to confirm")
    for code, stock in standards.stocks.items():
        for unit, sheet in {
            sheet_of(code, sheet.size): sheet for sheet in (*stock.parents, *stock.sheets)
        }.items():
            name = f"{stock.name or code}, {sheet.size[0].normalize():f} x {sheet.size[1].normalize():f} in, sheets"
            yield ChargedUnit(unit, name, sheet.per_m / _PER_M, stock.source)
    for code, press in standards.presses.items():
        called = press.name or code
        yield ChargedUnit(hour_of(code), f"{called}, hours", press.hour, press.source)
        for tier, dollars in press.click.items():
            inks = "one ink" if tier == "1" else f"up to {tier} inks"
            yield ChargedUnit(click_of(code, tier), f"{called}, sides of {inks}", dollars, press.source)
        if press.plate:
            yield ChargedUnit(plate_of(code), f"{called}, plates", press.plate, press.source)
    yield from _of_operations(standards.operations)


def _of_operations(operations: Mapping[str, OperationStandard]) -> Iterator[ChargedUnit]:
    told = set()
    for code, one in operations.items():
        if one.hour is not None and one.machine not in told:
            told.add(one.machine)
            yield ChargedUnit(hour_of(one.machine), f"{_words(one.machine)}, hours", one.hour, one.source)
        if one.each:
            yield ChargedUnit(each_of(code), f"{one.name or _words(code)}, each", one.each, one.source)
        if one.fixed:
            yield ChargedUnit(order_of(code), f"{one.name or _words(code)}, an order", one.fixed, one.source)


def _words(code: str) -> str:
    return code.replace("-", " ").replace("_", " ").capitalize()


def in_use(standards: Standards) -> Standards:
    """Without presses that are out of use."""
    presses = {code: one for code, one in standards.presses.items() if not one.idle}
    return standards.model_copy(update={"presses": presses})


def with_rates(standards: Standards, rate_of: RateOf) -> Standards:
    """The same standards with the money of a card; what has no price in the standards is not asked for, nor what is out
    of use.
    """
    return standards.model_copy(
        update={
            "stocks": {code: _stock(code, one, rate_of) for code, one in standards.stocks.items()},
            "presses": {code: _press(code, one, rate_of) for code, one in standards.presses.items()},
            "operations": {
                code: _operation(code, one, rate_of) for code, one in standards.operations.items()
            },
            "rules": standards.rules.model_copy(update={"labour_hour": rate_of(LABOR_HOUR)}),
        }
    )


def _stock(code: str, stock: Stock, rate_of: RateOf) -> Stock:
    def at_rate(sheets: Iterable[StockSheet]) -> tuple[StockSheet, ...]:
        return tuple(
            sheet.model_copy(update={"per_m": rate_of(sheet_of(code, sheet.size)) * _PER_M})
            for sheet in sheets
        )

    return stock.model_copy(update={"sheets": at_rate(stock.sheets), "parents": at_rate(stock.parents)})


def _press(code: str, press: Press, rate_of: RateOf) -> Press:
    if press.idle:
        return press
    return press.model_copy(
        update={
            "hour": rate_of(hour_of(code)),
            "click": {tier: rate_of(click_of(code, tier)) for tier in press.click},
            "plate": rate_of(plate_of(code)) if press.plate else press.plate,
        }
    )


def _operation(code: str, one: OperationStandard, rate_of: RateOf) -> OperationStandard:
    return one.model_copy(
        update={
            "hour": None if one.hour is None else rate_of(hour_of(one.machine)),
            "each": rate_of(each_of(code)) if one.each else one.each,
            "fixed": rate_of(order_of(code)) if one.fixed else one.fixed,
        }
    )
