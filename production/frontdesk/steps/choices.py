"""How it should be made: the questions of the product's family, with the price of each answer beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kernel.errors import InvalidInput, UserError
from production.asked import Asked, Sent
from production.catalog.parts import Option
from production.catalog.press_room.standards import shop_standards
from production.catalog.products.families import Family, families
from production.catalog.products.standards import Standards
from production.frontdesk.choosing.answers import completed, has_pages, in_words, questions, spec_of_answers
from production.frontdesk.estimates.estimate import estimate
from production.frontdesk.steps import base
from production.frontdesk.steps.base import Fact, Ordering, Reading, problem, put, said
from production.frontdesk.steps.spec_answers import CHOICES, ChoicesAnswers
from store.db import UnitOfWork

LABEL = "How it is made"
ASKS: type[Asked] = ChoicesAnswers


@dataclass(frozen=True, slots=True, kw_only=True)
class View(base.View):
    """What the page shows: the questions of the family with their answers."""

    family: Family
    asked: tuple[Option, ...]
    answers: Mapping[str, str]
    has_pages: bool


@dataclass(slots=True)
class ChoicesReading(Reading):
    """What was chosen."""

    answers: ChoicesAnswers | None = None


def is_done(ordering: Ordering) -> bool:
    """It is what a draft begins with."""
    return CHOICES in ordering.draft.answers


def is_open(_ordering: Ordering) -> bool:
    """Always."""
    return True


def show(ordering: Ordering, sent: Sent | None) -> View:
    """As it is tried, else as kept, else as usual."""
    kept = said(ordering.draft, CHOICES, ChoicesAnswers)
    family, standards = _family(ordering)
    given = sent.fields if sent else kept.answers if kept else {}
    asked = questions(family, standards, given)
    return View(family=family, asked=asked, answers=completed(asked, given), has_pages=has_pages(family))


def read(ordering: Ordering, sent: Sent) -> ChoicesReading:
    """The answers. InvalidInput when nothing can be made of them."""
    family, standards = _family(ordering)
    answers = completed(questions(family, standards, sent.fields), sent.fields)
    try:
        estimate(spec_of_answers(family, answers, standards), standards, families())
    except UserError as error:
        found = problem("answers", error.sentence, error.remedy, code=error.instance_code)
        raise InvalidInput("It cannot be made so.", code=error.instance_code, findings=[found]) from error
    return ChoicesReading(answers=ChoicesAnswers(answers=answers))


def keep(_uow: UnitOfWork, ordering: Ordering, reading: ChoicesReading) -> str:
    """All of them. Files that are here are looked at again by their step where they must be."""
    assert reading.answers is not None  # read gives them  # noqa: S101
    put(ordering.draft, CHOICES, reading.answers)
    return ordering.after(CHOICES)


def told(ordering: Ordering) -> Sequence[Fact]:
    """Each question with its answer."""
    kept = said(ordering.draft, CHOICES, ChoicesAnswers)
    if kept is None:
        return ()
    family, standards = _family(ordering)
    asked = questions(family, standards, kept.answers)
    return [Fact("Product", family.name), *(Fact(*one) for one in in_words(family, asked, kept.answers))]


def _family(ordering: Ordering) -> tuple[Family, Standards]:
    with ordering.reading() as session:
        return families().family(ordering.product.code), shop_standards(session)
