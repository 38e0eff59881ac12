"""Rules of publications: which orders they are about, what they ask of one, and what they add to it."""

from __future__ import annotations

from datetime import date

import pytest

from kernel.errors import InvalidInput
from kernel.money import Money
from production.catalog.products.spec import Delivery, Spec, with_copies
from production.catalog.publications import (
    PUBLICATION_RULES,
    Asks,
    Publication,
    PublicationRuleValue,
    added,
    demanded,
    told,
)
from production.frontdesk.publishing.answers import RuleAnswer, problems
from production.people import setup
from store.db import Actor
from tests.production.catalog.products.orders import BOOKLET

ADA = Actor("ada")
DAY = date(2026, 12, 1)


def rule(**other):
    said = {
        "code": "statement", "name": "Statement", "asks": "{copies} copies by {agency} for {cost}; order {more}.",
        "products": "booklet; rack card", "from_day": "2026-07-01", "least_amount": "100.00", "depository": "25",
        "source": "R.S. 1",
    }  # fmt: skip
    return PublicationRuleValue.model_validate(said | other)


def order(**other):
    said = {"product": "rack_card", "agency": "Wildlife", "copies": 1500, "cost": Money(10000), "due": DAY}
    return Publication(**said | other)


def test_a_rule_says_its_figures_of_an_order_that_it_is_about():
    (found,) = told(demanded([rule()], order()))
    assert found.message == "Statement: 1,500 copies by Wildlife for $100.00; order 1,525."
    assert found.remedy == "Source: R.S. 1"
    (with_others,) = demanded([rule()], order(depository=40))
    assert with_others.words.endswith("order 1,540.")


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
    assert list(demanded([rule(**of_rule)], order(**of_order))) == []


def test_shipped_rules_leave_forms_and_letterhead_alone_and_name_their_sources():
    rules = PUBLICATION_RULES.shipped()
    for product in ("flat_form", "letterhead", "envelope", "business_cards", "carbonless"):
        assert list(demanded(rules, order(product=product))) == []
    asked = [(one.rule.name, one.kind) for one in demanded(rules, order(product="booklet"))]
    assert asked == [
        ("Justification", Asks.JUSTIFICATION), ("Undersecretary's sign-off", Asks.SIGN_OFF),
        ("Needs assessment", Asks.TOLD), ("Depository copies", Asks.DEPOSITORY),
    ]  # fmt: skip
    assert list(added(rules, "booklet", DAY)) == [], "the law names no number"
    assert all(one.source or not one.is_kept for one in rules)
    assert not any("confirm" in one.source for one in rules), "agencies read it"


def test_depository_copies_are_made_beyond_the_order_and_go_to_places_of_their_own():
    copies = rule(
        kind="depository_copies", depository="15", place="State Library, 701 N 4th St", least_amount=None
    )
    (more,) = added([copies], "booklet", DAY)
    assert (more.place, more.quantity) == ("State Library, 701 N 4th St", 15)
    assert list(added([copies], "poster", DAY)) == list(added([rule()], "booklet", DAY)) == []
    said = {"quantity": 1000, "numbering": {"first": 1, "last": 1000}, "delivery": []}
    spec = Spec.model_validate(BOOKLET | said)
    made = with_copies(spec, [more])
    assert (made.quantity, made.numbering.last) == (1015, 1015)
    assert made.delivery == (Delivery(place="Print shop", quantity=1000, way="pick_up"), more)
    placed = with_copies(spec.model_copy(update={"delivery": (Delivery(place="A", quantity=1000),)}), [more])
    assert [(one.place, one.quantity) for one in placed.delivery] == [("A", 1000), (more.place, 15)]
    assert with_copies(spec, []) is spec


SIGNED = {"signer": "Ann", "signer_title": "Undersecretary"}


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ({}, ["words-why"]),
        ({"why": {"words": "New law."}}, []),
        ({"why": {"words": "x"}, "ok": {"signer": "Ann"}}, ["signer_title-ok", "signed_on-ok"]),
        ({"why": {"words": "x"}, "ok": SIGNED | {"signed_on": "2026-12-02"}}, ["signed_on-ok"]),
        ({"why": {"words": "x"}, "ok": SIGNED | {"signed_on": "2026-12-01"}}, []),
    ],
)  # fmt: skip
def test_a_justification_is_said_before_an_order_is_sent_and_a_sign_off_is_whole_or_follows(said, fields):
    rules = [rule(code="why", kind="justification"), rule(code="ok", kind="sign_off"), rule(code="x")]
    answers = {code: RuleAnswer.model_validate(one) for code, one in said.items()}
    found = problems(demanded(rules, order()), answers, today=DAY)
    assert [one.place.column for one in found] == fields


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"asks": "{price}"}, "asks"),
        ({"products": "leaflet"}, "products"),
        ({"kind": "depository_copies", "least_amount": None}, "place"),
        ({"kind": "depository_copies", "place": "State Library"}, "least_amount"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused(plant, wrong, field):
    with plant.db.unit_of_work(ADA) as uow:
        with pytest.raises(InvalidInput) as refused:
            setup.put(uow, PUBLICATION_RULES, rule(**wrong))
        assert [one.place.column for one in refused.value.findings] == [field]
        setup.put(uow, PUBLICATION_RULES, rule())
        assert rule() in PUBLICATION_RULES.rows(uow.session)
