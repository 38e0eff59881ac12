"""Paper and finishing: the stocks of the product's grades, and its options; each optional step of the route is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kernel.errors import InvalidInput
from production.catalog import queries as catalog
from production.catalog.parts import Option
from production.frontdesk.orders.print_request import SIZE, option_problems
from production.frontdesk.steps.base import Fact, Ordering, Reading, Sent, forget, put
from production.frontdesk.steps.print_answers import ARTWORK, FINISHING, FinishingAnswers, finishing_of
from store.db import UnitOfWork

LABEL = "Paper and finishing"
FIELD = "option-"


@dataclass(frozen=True, slots=True)
class Question:
    """A select of the form."""

    name: str
    label: str
    hint: str
    choices: Sequence[tuple[str, str]]
    value: str


@dataclass(frozen=True, slots=True)
class View:
    """What the page shows."""

    stocks: Sequence[tuple[str, str]]
    stock: str
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


def show(ordering: Ordering, sent: Sent | None) -> View:
    """As sent, as kept, or as usual."""
    kept = _answers(ordering, sent) if sent else finishing_of(ordering.draft)
    options = catalog.usual_answers(ordering.product.options) | (kept.options if kept else {})
    with ordering.reading() as session:
        stocks = catalog.stocks(session, ordering.product.grades)
    return View(
        stocks=[(stock.code, stock.name) for stock in stocks],
        stock=kept.stock if kept else "",
        questions=[_question(option, options[option.code]) for option in ordering.product.options],
    )


def read(ordering: Ordering, sent: Sent) -> FinishingReading:
    """The choices; they are checked when they are kept."""
    return FinishingReading(answers=_answers(ordering, sent))


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
        *choices_told(ordering.product.options, kept.options),
    ]


def choices_told(options: Sequence[Option], answers: Mapping[str, str]) -> list[Fact]:
    """What was chosen, option by option; what was answered with nothing is left out."""
    return [
        Fact(option.question, choice.name)
        for option in options
        for choice in option.choices
        if answers.get(option.code) and choice.value == answers[option.code]
    ]


def _answers(ordering: Ordering, sent: Sent) -> FinishingAnswers:
    options = {
        option.code: sent.fields.get(f"{FIELD}{option.code}", "") for option in ordering.product.options
    }
    return FinishingAnswers(stock=sent.fields.get("stock", ""), options=options)


def _question(option: Option, value: str) -> Question:
    choices = [(choice.value, choice.name) for choice in option.choices]
    return Question(f"{FIELD}{option.code}", option.question, option.hint, choices, value)
