"""A template's background, boxes and values fit each other, or it is said what does not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from kernel.errors import InvalidInput
from production.frontdesk.stationery.office import Entered, design_of
from production.frontdesk.stationery.values import ValueKind, ValueRule
from production.prepress.templates.answers import Background
from tests.web import cards

RULES = tuple(ValueRule(one["name"], one["title"], ValueKind(one["kind"])) for one in cards.RULES)
SAID = Entered("Business card", "Olive", "business_cards", "cover80", (1, 0), cards.BOXES_TEXT, RULES, 250)
CARD = Background((cards.TRIM,), cards.BLEED)


def test_a_design_has_its_size_and_bleed_in_inches_from_the_background():
    design = design_of(SAID, CARD)
    assert (design.trim, design.bleed, design.pages) == ((Decimal("3.5"), Decimal(2)), Decimal("0.125"), 1)
    assert design.boxes.columns == {"name", "title", "phone", "email"}
    both = design_of(replace(SAID, inks=(4, 1)), Background((cards.TRIM, cards.TRIM), 0.0))
    assert (both.pages, both.bleed) == (2, 0)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"inks": (1, 1)}, "A back with ink needs a second page"),
        ({"product": "booklet"}, "one leaf"),
        ({"boxes": cards.BOXES_TEXT.replace('"column": "name"', '"column": "nobody"')}, "nobody"),
        ({"boxes": cards.BOXES_TEXT.replace('"x": 30', '"x": 900')}, "who"),
        (
            {"boxes": '{"fields": [{"name": "bars", "kind": "imb", "page": 1, "x": 30, "y": 40}]}'},
            "hold text",
        ),
        ({"boxes": "{"}, "not JSON"),
        ({"rules": (*RULES, ValueRule("fax", "Fax"))}, "No box shows fax"),
        ({"rules": (*RULES, ValueRule("fax", "Name"))}, "the same name or title"),
        ({"rules": ()}, "Name at least one value"),
    ],
)
def test_what_does_not_fit_is_told(wrong, words):
    with pytest.raises(InvalidInput) as refused:
        design_of(replace(SAID, **wrong), CARD)
    assert any(words in one.message for one in refused.value.findings), refused.value.findings
