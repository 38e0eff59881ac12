"""What opens behind a price: parts that add up to it, where offset begins to pay, and how far minutes may stray."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kernel.money import Extended, Rate, extend, to_cents
from production.catalog.products.charged import charged_units
from production.catalog.products.families import families
from production.catalog.products.standards import shipped_standards
from production.frontdesk.choosing.answers import completed, questions
from production.frontdesk.choosing.prices import Shop
from production.frontdesk.choosing.worked import total
from production.frontdesk.estimates.usage import usage_of_print, usage_of_step
from production.frontdesk.orders.snapshot import PricedLine

KNOWN, STANDARDS = families(), shipped_standards()
RATES = {one.code: one.rate for one in charged_units(STANDARDS)} | {"job.setup": Decimal("7.50")}


def charge(way):
    """Each unit that a way uses at the price that ships, and an order's set-up."""
    used = [one for part in way.printed for one in usage_of_print(part)]
    used += [one for part in way.done for one in usage_of_step(part)]
    for unit, quantity in [("job.setup", Decimal(1)), *((one.unit, one.quantity) for one in used)]:
        exact: Extended = extend(Rate(RATES[unit]), quantity)
        yield PricedLine(unit, unit, quantity, Rate(RATES[unit]), exact, to_cents(exact))


SHOP = Shop(KNOWN.family("flat_form"), KNOWN, STANDARDS, lambda way: list(charge(way)))


def worked(shop=SHOP, **said):
    said = {name.replace("__", "-"): value for name, value in said.items()}
    asked = questions(SHOP.family, shop.standards, said)
    return shop.worked(shop.spec(completed(asked, said)))


@pytest.mark.parametrize("quantity", ["100", "40,000"])
def test_parts_add_up_to_the_price(quantity) -> None:
    made = worked(quantity=quantity, pad="50", sides="2")
    assert [one.title for one in made.parts] == [
        "Paper", "Printing", "Bindery and hand work", "Set-up and delivery",
    ]  # fmt: skip
    assert total(made.charges) == sum((one.money for one in made.parts[1:]), made.parts[0].money)
    by_kind = {part.title: {one.unit for one in part.charges} for part in made.parts}
    assert all(unit.startswith("paper.") for unit in by_kind["Paper"])
    assert "labor.hour" in by_kind["Bindery and hand work"]  # pads are glued by hand
    assert by_kind["Set-up and delivery"] == {"job.setup"}


def test_offset_begins_to_pay_where_it_costs_less_than_digital() -> None:
    asked = {"size": "11x17", "colors__sheet": "4", "paper__sheet": "text60"}
    few, many = worked(quantity="1,000", **asked), worked(quantity="90,000", **asked)
    even = few.estimate.break_even.quantity
    assert few.even.quantity - even < 10 ** (len(str(even)) - 2) and few.even.quantity >= even
    assert (few.even.is_past, many.even.is_past) == (even <= 1000, True)
    assert SHOP.cheapest(many.estimate.makeup.spec).ways[0].press.kind == "offset"


def test_how_far_a_price_may_stray_follows_the_rule_of_the_shop() -> None:
    """15 percent of what minutes cost, either way."""
    made = worked(quantity="2,000")
    cost, (least, most) = made.estimate.chosen.cost, made.between
    stray = (cost.press + cost.bindery) * Decimal("0.15")
    price = total(made.charges)
    assert abs(Decimal((most - price).cents) / 100 - stray) <= Decimal("0.01")
    assert abs(Decimal((price - least).cents) / 100 - stray) <= Decimal("0.01")
    sure = STANDARDS.model_copy(update={"rules": STANDARDS.rules.model_copy(update={"spread": Decimal(0)})})
    assert worked(Shop(SHOP.family, KNOWN, sure, SHOP.charge), quantity="2,000").between is None


def test_a_paper_that_is_not_on_the_shelf_is_bought() -> None:
    assert worked().bought == []
    bought = STANDARDS.stocks["bond20"].model_copy(update={"on_shelf": False})
    shop = STANDARDS.model_copy(update={"stocks": {**STANDARDS.stocks, "bond20": bought}})
    assert worked(Shop(SHOP.family, KNOWN, shop, SHOP.charge)).bought == ["20 lb bond"]
