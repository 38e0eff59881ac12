"""Cheaper twins: each is really cheaper and really makeable; figures worked by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.errors import UserError
from kernel.money import Money
from production.catalog.products.families import families
from production.catalog.products.standards import shipped_standards
from production.frontdesk.choosing.answers import completed, questions, spec_of_answers
from production.frontdesk.choosing.prices import Shop
from production.frontdesk.choosing.twins import twins
from production.frontdesk.estimates.estimate import estimate
from tests.production.frontdesk.choosing.charges import at_cost

KNOWN, STANDARDS = families(), shipped_standards()


def found(code, standards=STANDARDS, **said):
    """(answers, twins by the answers that differ)"""
    family = KNOWN.family(code)
    said = {name.replace("__", "-"): value for name, value in said.items()}
    asked = questions(family, standards, said)
    answers = completed(asked, said)
    made = twins(Shop(family, KNOWN, standards, at_cost), asked, answers)
    return answers, {tuple(one.given.items()): one for one in made}


def only(press, sheet):
    """The shop with one press that takes one sheet."""
    one = STANDARDS.presses[press].model_copy(update={"sheets": (sheet,)})
    return STANDARDS.model_copy(update={"presses": {press: one}})


def test_an_eighth_of_an_inch_less_fits_24_on_a_sheet() -> None:
    """A card of 3.5 x 2 in with its bleed is 3.75 x 2.25: 3 x 7 on the 11.5 x 17.5 in of a 12 x 18 sheet; of 1.875 in
    it is 2.125: 3 x 8. 5,000 need 239 good sheets or 209; with 1 percent and 6 to set up 248 or 218. So 30 sheets less
    at .130, 30 sides at .045, 30 / 3,600 of an hour at 36.00; and 2 cuts more, of 300 an hour at 38.00.
    """
    twelve = (Decimal(12), Decimal(18))
    answers, less = found(
        "business_cards", only("digital-color", twelve), quantity="5,000", size="3.5x2", bleed="0.125",
        paper__card="cover100", colors__card="4", sides="1",
    )  # fmt: skip
    twin = less[(("size", "3.5x1.875"),)]
    assert "1/8 in shorter: 3.5 x 1.875 in" in twin.words
    assert twin.why == "24 fit on a sheet instead of 21"
    exact = 30 * (Decimal("0.130") + Decimal("0.045") + Decimal(36) / 3600) - Decimal(2) / 300 * 38
    assert abs(Decimal(twin.saves.cents) / 100 - exact) <= Decimal("0.01")
    assert answers["size"] == "3.5x2"


def test_48_pages_instead_of_50_and_the_same_paper_for_the_cover() -> None:
    answers, less = found("booklet", quantity="2,000", pages="50")
    pages, cover = less[(("pages", "48"),)], less[(("cover", ""),)]
    assert pages.words == "48 pages instead of 50"
    for one in (pages, cover):
        spec = spec_of_answers(KNOWN.family("booklet"), {**answers, **one.given}, STANDARDS)
        assert one.price == estimate(spec, STANDARDS, KNOWN).chosen.price
    assert (("pages", "49"),) not in less
    assert not [given for given in found("booklet", pages="48")[1] if given[0][0] == "pages"]


def test_one_ink_instead_of_four_is_never_four_instead_of_one() -> None:
    _, less = found("poster", quantity="500", colors__sheet="4", size="11x17")
    assert (("colors-sheet", "1"),) in less
    _, less = found("poster", quantity="500", colors__sheet="1", size="11x17")
    assert not [given for given in less if given[0][0].startswith("colors")]


def test_only_a_paper_of_the_shelf_is_offered() -> None:
    asked = {"quantity": "5000", "paper__sheet": "cover80", "size": "8.5x11"}
    _, less = found("flat_form", **asked)
    assert (("paper-sheet", "bond20"),) in less
    bought = STANDARDS.stocks["bond20"].model_copy(update={"on_shelf": False})
    _, less = found(
        "flat_form", STANDARDS.model_copy(update={"stocks": {**STANDARDS.stocks, "bond20": bought}}), **asked
    )
    assert (("paper-sheet", "bond20"),) not in less and (("paper-sheet", "bond24"),) in less


def test_another_fold_has_as_many_panels() -> None:
    _, less = found("pamphlet", fold="gate", quantity="5000")
    assert {value for ((question, value),) in less if question == "fold"} <= {"letter", "z"}


def test_what_cannot_be_made_has_no_twins() -> None:
    assert found("sign", size="24x36")[1] == {}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_every_twin_is_cheaper_and_can_be_made(data) -> None:
    family = data.draw(st.sampled_from(list(KNOWN.families.values())))
    asked = questions(family, STANDARDS, {})
    said = {
        one.code: data.draw(st.sampled_from([choice.value for choice in one.choices]), label=one.code)
        for one in asked
    }
    said |= {
        "quantity": str(data.draw(st.integers(1, 50_000))),
        "pages": str(data.draw(st.integers(1, 90))),
    }
    answers = completed(asked, said)

    def price(answers) -> Money:
        return estimate(spec_of_answers(family, answers, STANDARDS), STANDARDS, KNOWN).chosen.price

    made = twins(Shop(family, KNOWN, STANDARDS, at_cost), asked, answers)
    try:
        now = price(answers)
    except UserError:
        assert made == []
        return
    for twin in made:
        assert twin.given and twin.price == price({**answers, **twin.given}) < now
        assert twin.saves == now - twin.price and 100 * twin.saves.cents >= now.cents
    assert made == sorted(made, key=lambda one: one.price)


@pytest.mark.parametrize("size", ["3.5x1.875", "11x17"])
def test_a_size_of_ones_own_is_a_choice(size) -> None:
    options = questions(KNOWN.family("business_cards"), STANDARDS, {"size": size})[0]
    assert options.choices[-1].value == size and "your own" in options.choices[-1].name
    for given_size in ("3.5x2", "1e9x2", "-1x2", "2", "٣x٢", "100x100"):
        assert (
            len(questions(KNOWN.family("business_cards"), STANDARDS, {"size": given_size})[0].choices)
            == len(options.choices) - 1
        )
