"""What the steps of an alternative use, in the units of the rate card: the quantities behind its cost."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from production.catalog.planned_usage import PlannedUsage
from production.catalog.products import charged
from production.frontdesk.estimates.bindery import Done
from production.frontdesk.estimates.presswork import Printed

_MINUTES, _PLACES = 60, Decimal("0.0001")  # as quantities of usage are kept


def usage_of_print(one: Printed) -> tuple[PlannedUsage, ...]:
    """Paper, the press, its clicks and plates."""
    way = one.way
    return _used(
        (charged.sheet_of(way.component.stock_code, way.bought.size), one.bought),
        (charged.hour_of(way.machine), one.minutes / _MINUTES),
        *((charged.click_of(way.machine, tier), one.clicks.get(tier, 0)) for tier in way.press.click),
        (charged.plate_of(way.machine), way.plates if way.press.plate else 0),
    )  # fmt: skip


def usage_of_step(one: Done) -> tuple[PlannedUsage, ...]:
    """The machine or the hands, and what is paid outside."""
    standard, operation = one.fed.step.standard, one.fed.step.operation
    hour = charged.LABOR_HOUR if standard.hour is None else charged.hour_of(standard.machine)
    return _used(
        (hour, one.minutes / _MINUTES),
        (charged.each_of(operation), one.fed.given if standard.each else 0),
        (charged.order_of(operation), 1 if standard.fixed else 0),
    )


def _used(*units: tuple[str, Decimal | int]) -> tuple[PlannedUsage, ...]:
    return tuple(_rounded(units))


def _rounded(units: Iterable[tuple[str, Decimal | int]]) -> Iterable[PlannedUsage]:
    for unit, quantity in units:
        if rounded := Decimal(quantity).quantize(_PLACES, ROUND_HALF_UP).normalize():
            yield PlannedUsage(unit, Decimal(f"{rounded:f}"))
