"""Each family: an order that its own rule alone refuses, a figure that it alone tells, and standards with sources."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from kernel.errors import InvalidInput
from production.catalog.answers import clashes
from production.catalog.products.families import Families, families
from production.catalog.products.formulas import names_in
from production.catalog.products.makeup import made_up
from production.catalog.products.spec import spec_of
from production.catalog.products.standards import shipped_standards
from production.frontdesk.estimates.estimate import estimate
from tests.production.catalog.products import orders

BOND, TEXT, CARD = "bond20", "text60", "cover100"


def one(stock: str, inks: list[int], **more: Any) -> list[dict[str, Any]]:
    return [orders.component("sheet", stock, *inks, **more)]


PARTS = [orders.component(part, f"carbonless_{part}", 1, 0) for part in ("cb", "cfb", "cf")]

# By family: trim, components and whatever else makes an order of it.
ORDERS: dict[str, dict[str, Any]] = {
    "flat_form": {"trim": [8.5, 11], "components": one(BOND, [1, 1])},
    "book": {
        "trim": [6, 9],
        "components": [
            orders.component("text", TEXT, 1, 1, pages=200),
            orders.component("cover", CARD, 4, 0),
        ],
    },
    "booklet": {"trim": [5.5, 8.5], "pages": 32, "components": one(TEXT, [1, 1])},
    "pamphlet": {
        "trim": [11, 8.5],
        "components": one(TEXT, [4, 4]),
        "bleed": 0.125,
        "finishing": [{"operation": "fold", "pattern": "letter"}],
    },
    "carbonless": {"trim": [8.5, 11], "components": PARTS, "unit": "set"},
    "poster": {"trim": [24, 36], "components": one(CARD, [4, 0])},
    "rack_card": {"trim": [4, 9], "components": one("cover80", [4, 4]), "bleed": 0.125},
    "newsletter": {"trim": [8.5, 11], "pages": 8, "components": one(TEXT, [1, 1])},
    "business_cards": {"trim": [3.5, 2], "components": one(CARD, [4, 0]), "bleed": 0.125},
    "letterhead": {"trim": [8.5, 11], "components": one("bond24", [1, 0])},
    "envelope": {"trim": [9.5, 4.125], "components": one("envelope10", [1, 0])},
    "postcard": {"trim": [6, 4], "components": one(CARD, [4, 1]), "bleed": 0.125},
    "label": {"trim": [4, 2], "components": one("label", [1, 0])},
    "tab": {"trim": [9, 11], "components": one("index110", [1, 0])},
    "notepad": {"trim": [4.25, 5.5], "components": one(BOND, [1, 0])},
    "certificate": {"trim": [11, 8.5], "components": one("cover80", [4, 0])},
    "sign": {"trim": [24, 36], "components": one(CARD, [4, 0])},
    "self_mailer": {"trim": [8.5, 11], "components": one("text70", [4, 4])},
}
# By family: what breaks its rule, the rule, and the code.
BROKEN: dict[str, tuple[dict[str, Any], str, str]] = {
    "flat_form": ({"pages": 4}, "one_sheet", "COMPONENT_PAGES"),
    "book": (
        {"components": one(TEXT, [1, 1], pages=2), "binding": "corner"},
        "two_leaves",
        "COMPONENT_PAGES",
    ),
    "booklet": ({"pages": 136, "binding": "side"}, "opens_flat", "OPTION_CLASH"),
    "pamphlet": ({"pages": 8, "trim": [5.5, 8.5]}, "one_folded_sheet", "COMPONENT_PAGES"),
    "carbonless": (
        {"components": [{**PARTS[0], "stock": "carbonless_cb"}]},
        "at_least_two",
        "CARBONLESS_ORDER",
    ),
    "poster": ({"trim": [8.5, 11]}, "large", "OPTION_CLASH"),
    "rack_card": ({"trim": [4.25, 9]}, "fits_the_pocket", "OPTION_CLASH"),
    "newsletter": ({"pages": 20}, "loose_sheets_slip", "OPTION_CLASH"),
    "business_cards": ({"trim": [6, 4]}, "card_size", "OPTION_CLASH"),
    "letterhead": ({"components": one("cover80", [1, 0])}, "feeds_in_an_office", "OPTION_CLASH"),
    "envelope": (
        {"bleed": 0.125, "trim": [4, 3], "components": one(TEXT, [1, 0])},
        "no_bleed",
        "OPTION_CLASH",
    ),
    "postcard": ({"components": one(TEXT, [1, 1])}, "thick_enough_to_mail", "OPTION_CLASH"),
    "label": ({"components": one("label", [1, 1])}, "liner_behind", "OPTION_CLASH"),
    "tab": ({"components": one("bond24", [1, 0])}, "stiff_enough", "OPTION_CLASH"),
    "notepad": ({"finishing": [{"operation": "pad", "count": 40}]}, "usual_counts", "OPTION_CLASH"),
    "certificate": ({"components": one("cover80", [4, 1])}, "one_face", "OPTION_CLASH"),
    "sign": ({"trim": [24, 97]}, "fits_a_board", "OPTION_CLASH"),
    "self_mailer": ({"trim": [100, 100]}, "letter_weight", "OPTION_CLASH"),
}
# By family: its figure and what it comes to for the order above, worked out by hand.
FIGURES: dict[str, tuple[str, str]] = {
    "flat_form": ("no_waste_from_tabloid", "2"),
    "book": ("cover_width", "12.485"),  # 12 + 100 x .0046 + 2 x .0125
    "booklet": ("printer_spreads", "8"),
    "pamphlet": ("panel_folded_in", "3.625"),
    "carbonless": ("sets_per_ream", "166"),
    "poster": ("tube_length", "24.5"),
    "rack_card": ("cards_in_an_inch", "105"),  # 1 / .0095
    "newsletter": ("sheets_nested", "2"),
    "business_cards": ("boxes", "2"),
    "letterhead": ("reams", "2"),
    "envelope": ("boxes", "2"),
    "postcard": ("length_to_height", "1.5"),
    "label": ("labels_of_a_letter_sheet", "10"),  # 2 x 5
    "tab": ("tab_length", "2"),  # (11 - 1) / 5
    "notepad": ("backs", "20"),
    "certificate": ("frame_opening", "10.75"),
    "sign": ("square_feet", "6"),
    "self_mailer": ("tabs", "2"),  # .22 oz
}


def order(code: str, **changes: Any):
    return spec_of({"product": code, "quantity": 1000} | ORDERS[code] | changes)


def without(code: str, rule: str) -> Families:
    """The families with one rule taken out of one of them."""
    known = families()
    family = known.families[code]
    rules = tuple(one for one in family.rules if one.name != rule)
    assert len(rules) == len(family.rules) - 1
    return known.model_copy(
        update={"families": known.families | {code: family.model_copy(update={"rules": rules})}}
    )


@pytest.mark.parametrize("code", families().families)
def test_an_order_of_each_family_is_estimated(code: str):
    made = estimate(order(code), shipped_standards(), families())
    assert made.chosen.price.cents > 0
    (name, value) = FIGURES[code]
    assert {told.figure.name: told.value for told in made.figures} == {name: Decimal(value)}


@pytest.mark.parametrize("code", families().families)
def test_only_its_own_rule_refuses(code: str):
    changes, rule, refused_by = BROKEN[code]
    broken = order(code, **changes)
    with pytest.raises(InvalidInput) as refused:
        estimate(broken, shipped_standards(), families())
    assert refused.value.instance_code == refused_by
    assert [rule in one.remedy for one in refused.value.findings] == [True]
    from production.catalog.products.ordered import findings_of

    findings_of(made_up(broken, without(code, rule), shipped_standards()), shipped_standards())


def test_the_example_of_a_rule_that_only_notes():
    made = estimate(order("booklet", pages=72), shipped_standards(), families())
    assert [(one.code, one.severity.value) for one in made.findings] == [("OPTION_CLASH", "note")]


@pytest.mark.parametrize("family", families().families.values(), ids=lambda family: family.code)
def test_formulas_go_by_known_figures_and_the_usual_answers_go_together(family):
    known = made_up(order(family.code), families(), shipped_standards()).figures.keys()
    for formula in (*(rule.refuses for rule in family.rules), *(one.formula for one in family.figures)):
        assert names_in(formula) <= known
    assert list(clashes(family.options, {})) == []
    assert set(family.always) <= set(family.route)
    assert family.route[0] == "print"


def test_what_no_source_confirms_says_so():
    shop = shipped_standards()
    rows = [
        *shop.stocks.values(),
        *shop.presses.values(),
        *shop.operations.values(),
        *shop.envelopes.values(),
        *shop.cartons.values(),
    ]
    assert len(rows) > 40
    assert all("shop to confirm" in row.source for row in rows)  # prices are samples, everywhere
