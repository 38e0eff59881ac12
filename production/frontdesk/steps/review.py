"""The last step of every order: all answers once more, and the button."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from kernel.findings import Place
from production.asked import Asked, Sent, read_all
from production.frontdesk.publishing.answers import RuleAnswer
from production.frontdesk.steps import base
from production.frontdesk.steps.base import Fact, Ordering, Reading, put, said
from production.frontdesk.steps.spec_answers import REVIEW, ReviewAnswers, ReviewForm
from production.stockroom.picking import SHELF
from store.db import UnitOfWork

LABEL = "Review"
ASKS: type[Asked] = ReviewForm
_FIELDS = tuple(RuleAnswer.model_fields)
_AGREE = "Nothing is printed or charged before an approver of your agency has agreed to proof and price."
_AGREE_TO_PRICE = "Nothing is charged before an approver of your agency has agreed to the price."
_NEXT = {
    "mailing": f"We check every page and every row, work out the price, and make a proof. {_AGREE}",
    SHELF: f"It is reserved for you once it is approved, then picked, packed and sent. {_AGREE_TO_PRICE}",
    "print": f"We check every page, work out the price, and make a proof. {_AGREE}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class View(base.View):
    """What the page shows."""

    back: str  # the step before
    next: str  # what happens once it is submitted


@dataclass(slots=True)
class ReviewReading(Reading):
    """What was said to rules, by code."""

    rules: dict[str, RuleAnswer] = field(default_factory=dict)


def is_done(_ordering: Ordering) -> bool:
    """Done is the order itself."""
    return False


def is_open(_ordering: Ordering) -> bool:
    """The counter leads to what is missing first."""
    return True


def show(ordering: Ordering, _sent: Sent | None) -> View:
    """Where it goes from here, and what was said to rules; the answers come with it (``known.told``)."""
    kept = said(ordering.draft, REVIEW, ReviewAnswers)
    rules = kept.rules if kept else {}
    values = {name: {code: getattr(one, name) for code, one in rules.items()} for name in _FIELDS}
    return View(
        values=values,
        back=ordering.product.steps[-2],
        next=_NEXT.get(ordering.product.code) or _NEXT[ordering.product.kind],
    )


def read(_ordering: Ordering, sent: Sent) -> ReviewReading:
    """What is said to each rule; whether it is what the rule asks is judged when the order is sent."""
    found = ReviewReading()
    for code in {name.partition("-")[2] for name in sent.texts if name.partition("-")[0] in _FIELDS}:
        cells = {name: [sent.fields.get(f"{name}-{code}", "")] for name in _FIELDS}
        one, wrong = read_all(RuleAnswer, Sent(cells), {})
        found.problems += [replace(bad, place=Place(column=f"{bad.place.column}-{code}")) for bad in wrong]
        found.rules |= {code: one} if one else {}
    return found


def keep(_uow: UnitOfWork, ordering: Ordering, reading: ReviewReading) -> str:
    """All that was said."""
    if reading.rules:
        put(ordering.draft, REVIEW, ReviewAnswers(rules=reading.rules))
    return ordering.product.steps[-1]


def told(_ordering: Ordering) -> Sequence[Fact]:
    """Nothing of its own."""
    return ()
