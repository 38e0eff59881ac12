"""What does not go together among the answers to a product's options, by rules that are data."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from production.catalog.answers import clashes, usual_answers
from production.catalog.rows import ProductRow
from production.catalog.shipped import shipped_catalog

FORM = next(row for row in shipped_catalog().product if row.code == "flat_form")


def said(**answers: str) -> list[str]:
    return [clash.sentence for clash in clashes(FORM.options, answers)]


@pytest.mark.parametrize(
    ("answers", "sentences"),
    [
        ({}, []),
        ({"fold": "z", "pad": ""}, []),
        ({"fold": "", "pad": "50"}, []),
        ({"fold": "z", "pad": "50"}, ['"Folded: Z-fold" does not go with "Made into pads: Pads of 50".']),
        ({"fold": "letter"}, []),
        (
            {"fold": "letter", "size": "11x17"},
            ['"Folded: Letter fold, for a #10 envelope" needs "Size: Letter, 8.5 x 11 in".'],
        ),
        ({"fold": "half", "size": "11x17"}, []),
        ({"fold": "twice", "pad": "50"}, []),  # no choice at all is told by itself
    ],
)
def test_both_sides_are_named(answers, sentences):
    assert said(**answers) == sentences


def test_the_usual_answers_of_every_shipped_product_go_together():
    for product in shipped_catalog().product:
        assert not list(clashes(product.options, usual_answers(product.options)))


YES = [{"value": "", "name": "No"}, {"value": "yes", "name": "Yes"}]


@pytest.mark.parametrize(
    ("first", "words"),
    [
        ({"excludes": {"second": []}}, ""),
        ({"excludes": {"third": []}}, "names third, which is no other option"),
        ({"needs": {"first": []}}, "names first, which is no other option"),
        ({"needs": {"second": ["maybe"]}}, "an answer that second does not have"),
        ({"needs": {"second": ["yes"]}, "choices": YES[::-1]}, "the usual answers do not go together"),
    ],
)
def test_a_rule_names_what_is_there(first, words):
    options = [
        {"code": "first", "question": "First", "choices": YES} | first,
        {"code": "second", "question": "Second", "choices": YES},
    ]
    row = FORM.model_dump() | {"options": options}
    if not words:
        assert ProductRow.model_validate(row).options[0].excludes == {"second": ()}
        return
    with pytest.raises(ValidationError, match=words):
        ProductRow.model_validate(row)
