"""Specifications and standards as they are read: exact numbers, and everything else refused by field."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from kernel.errors import InvalidInput
from production.catalog.products.spec import read_spec
from production.catalog.products.standards import read_standards
from tests.production.catalog.products import orders


def test_the_example_of_the_contract_is_read_exactly():
    read = orders.spec()
    assert (read.trim, read.bleed) == ((Decimal("5.5"), Decimal("8.5")), Decimal("0.125"))
    assert [(one.name, one.inks) for one in read.components] == [("text", (1, 1)), ("cover", (4, 0))]
    shop = orders.standards()
    assert shop.stocks["T60"].caliper == Decimal("0.0046")
    assert shop.presses["DIG-1"].click == {"1": Decimal("0.012"), "4": Decimal("0.045")}


NAN, INFINITE = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"quantity": 0}, "QUANTITY_RANGE", "quantity"),
        ({"quantity": -1}, "QUANTITY_RANGE", "quantity"),
        ({"quantity": 10**9}, "QUANTITY_RANGE", "quantity"),
        ({"quantity": NAN}, "SPEC_FIELD", "quantity"),
        ({"quantity": True}, "SPEC_FIELD", "quantity"),
        ({"quantity": "5"}, "SPEC_FIELD", "quantity"),
        ({"quantity": ...}, "SPEC_FIELD", "quantity"),
        ({"delivery__0__quantity": 0}, "QUANTITY_RANGE", "delivery.0.quantity"),
        ({"trim__0": NAN}, "SPEC_FIELD", "trim.0"),
        ({"trim__1": -INFINITE}, "SPEC_FIELD", "trim.1"),
        ({"trim__0": 0}, "SPEC_FIELD", "trim.0"),
        ({"trim": [5.5]}, "SPEC_FIELD", "trim.1"),
        ({"bleed": -0.1}, "SPEC_FIELD", "bleed"),
        ({"pages": 10_001}, "SPEC_FIELD", "pages"),
        ({"binding": "glue"}, "SPEC_FIELD", "binding"),
        ({"components": []}, "SPEC_FIELD", "components"),
        ({"components__1__colours": [1]}, "SPEC_FIELD", "components.1.colours.1"),
        ({"components__0__ink": [1, 1]}, "SPEC_FIELD", "components.0.ink"),
        ({"finishing": [{"operation": "emboss"}]}, "SPEC_FIELD", "finishing.0.operation"),
        ({"force__work_style": "turn"}, "SPEC_FIELD", "force.work_style"),
        ({"due": "soon"}, "SPEC_FIELD", "due"),
        ({"paper": "red"}, "SPEC_FIELD", "paper"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, Any], code: str, field: str):
    with pytest.raises(InvalidInput) as refused:
        orders.spec(**change)
    assert (refused.value.instance_code, refused.value.details["field"]) == (code, field)


@pytest.mark.parametrize(
    "text", ["", "[", "null", "[]", '"x"', b"\xff", "[" * 100_000, '{"quantity":' + "9" * 5000]
)
def test_what_is_no_specification_at_all(text: str | bytes):
    with pytest.raises(InvalidInput) as refused:
        read_spec(text)
    assert refused.value.instance_code == "SPEC_FIELD"


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"presses__DIG-1__hour": ...}, "STANDARD_MISSING", "presses.DIG-1.hour"),
        ({"presses__DIG-1__sides_per_hour": 1e-30}, "SPEC_FIELD", "presses.DIG-1.sides_per_hour"),
        ({"stocks__T60__caliper": NAN}, "SPEC_FIELD", "stocks.T60.caliper"),
        ({"operations__fold__running_waste": 1}, "SPEC_FIELD", "operations.fold.running_waste"),
        ({"rules__waste": "add"}, "SPEC_FIELD", "rules.waste"),
        ({"presses__DIG-1__speed": 1}, "SPEC_FIELD", "presses.DIG-1.speed"),
    ],
)
def test_a_wrong_standard_is_named(change: dict[str, Any], code: str, field: str):
    with pytest.raises(InvalidInput) as refused:
        orders.standards(**change)
    assert (refused.value.instance_code, refused.value.details["field"]) == (code, field)


def test_everything_wrong_is_told_at_once():
    with pytest.raises(InvalidInput) as refused:
        read_spec(json.dumps(orders.BOOKLET | {"quantity": 0, "bleed": 3, "extra": 1}))
    assert [one.code for one in refused.value.findings] == ["QUANTITY_RANGE", "SPEC_FIELD", "SPEC_FIELD"]
    assert read_standards("{}").rules.waste == "divide"
