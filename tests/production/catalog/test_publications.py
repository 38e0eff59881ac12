"""Rules of publications: which orders they are about, and what they say of one."""

from __future__ import annotations

from datetime import date

import pytest

from kernel.errors import InvalidInput
from kernel.money import Money
from production.catalog.publications import PUBLICATION_RULES, Publication, PublicationRuleValue, asked_of
from production.people import setup
from store.db import Actor

ADA = Actor("ada")


def rule(**other):
    said = {
        "code": "statement", "name": "Statement", "asks": "{copies} copies by {agency} for {cost}; order {more}.",
        "products": "booklet; rack card", "from_day": "2026-07-01", "least_amount": "100.00", "depository": "25",
        "source": "R.S. 1",
    }  # fmt: skip
    return PublicationRuleValue.model_validate(said | other)


def order(**other):
    said = {
        "product": "rack_card", "agency": "Wildlife", "copies": 1500, "cost": Money(10000), "due": date(2026, 12, 1)
    }  # fmt: skip
    return Publication(**said | other)


def test_a_rule_says_its_figures_of_an_order_that_it_is_about():
    (found,) = asked_of([rule()], order())
    assert found.message == "Statement: 1,500 copies by Wildlife for $100.00; order 1,525."
    assert found.remedy == "Source: R.S. 1"


@pytest.mark.parametrize(
    ("of_rule", "of_order"),
    [
        ({}, {"product": "flat_form"}),
        ({}, {"due": date(2026, 6, 30)}),
        ({}, {"cost": Money(9999)}),
        ({"is_kept": False}, {}),
    ],
)
def test_it_says_nothing_of_another(of_rule, of_order):
    assert list(asked_of([rule(**of_rule)], order(**of_order))) == []


def test_shipped_rules_leave_forms_and_letterhead_alone_and_name_their_sources():
    rules = PUBLICATION_RULES.shipped()
    for product in ("flat_form", "letterhead", "envelope", "business_cards", "carbonless"):
        assert list(asked_of(rules, order(product=product))) == []
    told = [one.message.partition(":")[0] for one in asked_of(rules, order(product="booklet"))]
    assert told == ["Justification", "Undersecretary's sign-off", "Needs assessment", "Depository copies"]
    assert all(one.source for one in rules)


def test_words_that_nothing_fills_in_and_products_that_are_none_are_refused(plant):
    with plant.db.unit_of_work(ADA) as uow:
        for wrong, field in (({"asks": "{price}"}, "asks"), ({"products": "leaflet"}, "products")):
            with pytest.raises(InvalidInput) as refused:
                setup.put(uow, PUBLICATION_RULES, rule(**wrong))
            assert [one.place.column for one in refused.value.findings] == [field]
        setup.put(uow, PUBLICATION_RULES, rule())
        assert rule() in PUBLICATION_RULES.rows(uow.session)
