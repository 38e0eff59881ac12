"""What a rate card prices of the standards, and that quantities times its prices are the cost of an estimate."""

from __future__ import annotations

import csv
from decimal import Decimal

import pytest

from production.catalog.products import charged
from production.catalog.products.families import families
from production.catalog.products.spec import spec_of
from production.catalog.products.standards import shipped_standards
from production.frontdesk.estimates.estimate import estimate
from production.frontdesk.estimates.usage import usage_of_print, usage_of_step
from store.settings import CHECKOUT
from tests.production.catalog.products.test_families import ORDERS

SAMPLE = CHECKOUT / "billing" / "data" / "sample_press_rates.csv"


def test_every_unit_is_named_once_and_the_sample_card_prices_it_as_the_standards_do():
    units = {one.code: one.rate for one in charged.charged_units(shipped_standards())}
    assert len(units) == len(list(charged.charged_units(shipped_standards())))
    with SAMPLE.open(newline="") as file:
        assert {row["unit"]: Decimal(row["rate"]) for row in csv.DictReader(file)} == units
    assert units.keys() >= {
        "labor.hour",
        "digital-color.click-4",
        "offset-17x22.plate",
        "paper.bond20.8.5x11",
    }


def test_rates_of_a_card_take_the_place_of_the_standards_own():
    asked = []

    def twice(unit):
        asked.append(unit)
        return known[unit] * 2

    known = {one.code: one.rate for one in charged.charged_units(shipped_standards())}
    other = charged.with_rates(shipped_standards(), twice)
    doubled = {one.code: one.rate for one in charged.charged_units(other)}
    assert doubled == {code: rate * 2 for code, rate in known.items()}
    assert set(asked) == set(known)


@pytest.mark.parametrize("code", ORDERS)
def test_quantities_times_prices_are_the_cost_of_every_way(code):
    held = shipped_standards()
    found = estimate(spec_of({"product": code, "quantity": 777} | ORDERS[code]), held, families())
    rates = {one.code: one.rate for one in charged.charged_units(held)}
    for one in found.alternatives:
        used = [use for printed in one.printed for use in usage_of_print(printed)]
        used += [use for done in one.done for use in usage_of_step(done)]
        money = sum(use.quantity * rates[use.unit] for use in used)
        # A quantity is kept to four decimals: of an hour at $115 that is half a cent a line.
        assert abs(money - one.total) < Decimal("0.006") * len(used)
