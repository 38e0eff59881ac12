"""Answers become a specification, and each other answer has the price that it would have if it were given."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from production.catalog.products.families import families
from production.catalog.products.spec import MOST_PIECES
from production.catalog.products.standards import shipped_standards
from production.frontdesk.choosing.answers import completed, question_of, questions, spec_of_answers
from production.frontdesk.choosing.prices import Shop, priced, rungs_around
from production.frontdesk.choosing.shelf import words_that_fit
from production.frontdesk.estimates.estimate import estimate
from tests.production.frontdesk.choosing.charges import at_cost

KNOWN, STANDARDS = families(), shipped_standards()


def answered(code, **given):
    """(the family's questions, completed answers); a dash in a name is written as two underscores."""
    said = {name.replace("__", "-"): value for name, value in given.items()}
    asked = questions(KNOWN.family(code), STANDARDS, said)
    return asked, completed(asked, said)


def spec(code, **given):
    return spec_of_answers(KNOWN.family(code), answered(code, **given)[1], STANDARDS)


def test_a_flat_form_with_holes_and_pads() -> None:
    made = spec(
        "flat_form", quantity="2,000", sides="2", colors__sheet="4", bleed="0.125", holes="3-hole", pad="50"
    )
    assert (made.quantity, made.trim, made.bleed) == (2000, (Decimal("8.5"), Decimal(11)), Decimal("0.125"))
    assert [(one.name, one.stock, one.inks) for one in made.components] == [("sheet", "bond20", (4, 4))]
    assert [(one.operation, one.pattern, one.count) for one in made.finishing] == [
        ("drill", "3-hole", None), ("pad", None, 50),
    ]  # fmt: skip


def test_a_booklet_with_a_cover_of_its_own_and_without() -> None:
    own = spec("booklet", pages="24", colors__text="1", colors__cover="4", paper__cover="cover80")
    assert (own.pages, own.binding) == (24, "saddle")
    assert [(one.name, one.stock, one.inks) for one in own.components] == [
        ("text", "text60", (1, 1)), ("cover", "cover80", (4, 4)),
    ]  # fmt: skip
    assert [one.name for one in spec("booklet", cover="").components] == ["text"]


def test_parts_of_a_set_are_coated_in_their_order() -> None:
    made = spec("carbonless", parts="4", quantity="500", numbering="yes")
    assert [STANDARDS.stocks[one.stock].coating for one in made.components] == ["CB", "CFB", "CFB", "CF"]
    assert made.unit == "set" and made.numbering and (made.numbering.first, made.numbering.last) == (1, 500)


def test_what_folds_is_printed_on_both_sides_unless_it_asks() -> None:
    assert spec("self_mailer").components[0].inks == (1, 1)
    assert spec("poster").components[0].inks == (1, 0)
    assert spec("pamphlet", sides="1", fold="z").components[0].inks == (1, 0)


def test_an_answer_that_is_no_choice_is_the_usual_one() -> None:
    _, answers = answered("poster", size="huge", quantity=" 25 ")
    assert (answers["size"], answers["quantity"]) == ("11x17", "25")


@pytest.mark.parametrize("many", ["", "many", "-1", "1.5", "9" * 10, "²"])
def test_how_many_is_a_whole_number(many) -> None:
    with pytest.raises(InvalidInput) as refused:
        spec("poster", quantity=many)
    assert (refused.value.instance_code, refused.value.details["field"]) == ("QUANTITY_RANGE", "quantity")


def test_a_field_of_the_specification_is_told_beside_its_question() -> None:
    booklet = spec("booklet")
    for field, question in (
        ("components.1.stock", "paper-cover"), ("components.0.pages", "pages"), ("pages", "pages"),
        ("quantity", "quantity"), ("trim.0", "size"), ("operations.fold", ""), ("", ""),
    ):  # fmt: skip
        assert question_of(field, booklet) == question


@pytest.mark.parametrize("code", ["booklet", "carbonless", "pamphlet"])
def test_the_panel_agrees_with_the_estimate_of_each_answer(code) -> None:
    family = KNOWN.family(code)
    asked, answers = answered(code, quantity="700")
    panel = priced(Shop(family, KNOWN, STANDARDS, at_cost), asked, answers)

    def price(answers):
        return estimate(spec_of_answers(family, answers, STANDARDS), STANDARDS, KNOWN).chosen.price

    assert panel.price == price(answers)
    assert [one.quantity for one in panel.rungs] == [200, 500, 700, 1000, 2000, 5000]
    for (question, value), change in list(panel.changes.items())[::4]:
        assert panel.price + change.more == price({**answers, question: value})


def test_what_cannot_be_made_has_no_price_and_says_which_answers_can() -> None:
    asked, answers = answered("sign", size="24x36")
    panel = priced(Shop(KNOWN.family("sign"), KNOWN, STANDARDS, at_cost), asked, answers)
    assert panel.price is None and panel.refusal and panel.refusal.tried
    assert panel.changes["sides", "2"].why_not == "No machine of ours can make it so."


def test_no_answer_changes_what_it_does_not_ask() -> None:
    asked, answers = answered("booklet", cover="")
    panel = priced(Shop(KNOWN.family("booklet"), KNOWN, STANDARDS, at_cost), asked, answers)
    assert not [question for question, _ in panel.changes if question.endswith("-cover")]


@given(st.integers(1, MOST_PIECES))
def test_a_ladder_rises_through_what_is_asked(quantity) -> None:
    rungs = rungs_around(quantity)
    assert quantity in rungs and rungs == sorted(set(rungs)) and rungs[0] >= 1 and rungs[-1] <= MOST_PIECES


def test_words_of_a_sentence_fit_a_product() -> None:
    assert words_that_fit("a letter to everybody", "Letters to a list") == 1
    assert words_that_fit("what do you need for the", "Anything you need for the office") == 0
