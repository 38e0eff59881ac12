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
    ready = way.press.makeready_minutes * way.forms * way.makereadies_of_form
    spoiled = Decimal(one.setup_sheets) / one.issued if one.issued else Decimal(0)
    plates = way.plates if way.press.plate else 0
    return _used(
        (charged.sheet_of(way.component.stock_code, way.bought.size), one.bought, one.bought * spoiled),
        (charged.hour_of(way.machine), one.minutes / _MINUTES, ready / _MINUTES),
        *(
            (charged.click_of(way.machine, tier), one.clicks.get(tier, 0), one.clicks.get(tier, 0) * spoiled)
            for tier in way.press.click
        ),
        (charged.plate_of(way.machine), plates, plates),
    )  # fmt: skip


def usage_of_step(one: Done) -> tuple[PlannedUsage, ...]:
    """The machine or the hands, and what is paid outside."""
    standard, operation = one.fed.step.standard, one.fed.step.operation
    hour = charged.LABOR_HOUR if standard.hour is None else charged.hour_of(standard.machine)
    return _used(
        (hour, one.minutes / _MINUTES, standard.setup_minutes / _MINUTES),
        *(((charged.each_of(operation), one.fed.given, standard.setup_units),) if standard.each else ()),
        *(((charged.order_of(operation), 1, 1),) if standard.fixed else ()),
    )


def _used(*units: tuple[str, Decimal | int, Decimal | int]) -> tuple[PlannedUsage, ...]:
    return tuple(_rounded(units))


def _rounded(units: Iterable[tuple[str, Decimal | int, Decimal | int]]) -> Iterable[PlannedUsage]:
    """Each with what of it is used once, however many are made."""
    for unit, quantity, once in units:
        if used := _exact(quantity):
            yield PlannedUsage(unit, used, min(used, _exact(once)))


def _exact(quantity: Decimal | int) -> Decimal:
    rounded = Decimal(quantity).quantize(_PLACES, ROUND_HALF_UP).normalize()
    return Decimal(f"{rounded:f}")
