"""Paper and finishing: the stocks of the product's grades, and its options; each optional step of the route is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kernel.errors import InvalidInput
from production import asked
from production.asked import Asked, Sent
from production.catalog import queries as catalog
from production.catalog.answers import named, usual_answers
from production.frontdesk.orders.print_request import SIZE, option_problems
from production.frontdesk.steps import base
from production.frontdesk.steps.base import Fact, Ordering, Reading, forget, put
from production.frontdesk.steps.print_answers import ARTWORK, FINISHING, FinishingAnswers, finishing_of
from store.db import UnitOfWork

LABEL = "Paper and finishing"
ASKS: type[Asked] = FinishingAnswers


@dataclass(frozen=True, slots=True)
class Question:
    """A select of the form: an option of the product."""

    code: str
    label: str
    hint: str
    choices: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class View(base.View):
    """What the page shows."""

    questions: Sequence[Question]


@dataclass(slots=True)
class FinishingReading(Reading):
    """What was chosen."""

    answers: FinishingAnswers | None = None


def is_done(ordering: Ordering) -> bool:
    """A paper is chosen."""
    return finishing_of(ordering.draft) is not None


def is_open(_ordering: Ordering) -> bool:
    """Always."""
    return True


def show(ordering: Ordering, _sent: Sent | None) -> View:
    """As kept, or as usual."""
    kept, product = finishing_of(ordering.draft), ordering.product
    with ordering.reading() as session:
        stocks = catalog.stocks(session, product.grades)
    return View(
        values={
            "stock": kept.stock if kept else "",
            "options": usual_answers(product.options) | (kept.options if kept else {}),
        },
        options={"stock": [("", "Choose"), *((stock.code, stock.name) for stock in stocks)]},
        questions=[
            Question(
                option.code,
                option.question,
                option.hint,
                [(choice.value, choice.name) for choice in option.choices],
            )
            for option in product.options
        ],
    )


def read(_ordering: Ordering, sent: Sent) -> FinishingReading:
    """The choices; they are checked when they are kept."""
    return FinishingReading(answers=asked.read(FinishingAnswers, sent))


def keep(uow: UnitOfWork, ordering: Ordering, reading: FinishingReading) -> str:
    """All of them or nothing; InvalidInput. A file for another size is to be looked at anew."""
    answers = reading.answers
    assert answers is not None  # read gives them  # noqa: S101
    problems = list(option_problems(uow.session, ordering.product, answers.stock, answers.options))
    if problems:
        raise InvalidInput("The order is not complete.", code="ORDER", findings=problems)
    before = finishing_of(ordering.draft)
    if before is not None and before.options.get(SIZE) != answers.options.get(SIZE):
        forget(ordering.draft, ARTWORK)
    put(ordering.draft, FINISHING, answers)
    return ordering.after(FINISHING)


def told(ordering: Ordering) -> Sequence[Fact]:
    """Paper and choices in words."""
    kept = finishing_of(ordering.draft)
    if kept is None:
        return ()
    with ordering.reading() as session:
        names = {stock.code: stock.name for stock in catalog.stocks(session, ordering.product.grades)}
    return [
        Fact("Paper", names.get(kept.stock, kept.stock)),
        *(Fact(*told) for told in named(ordering.product.options, kept.options)),
    ]
