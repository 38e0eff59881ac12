"""What the answers of a family come to: a price, a ladder of quantities, and what each other answer would change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kernel.errors import UserError
from kernel.money import Extended, Money
from production.catalog.parts import Option
from production.catalog.products.families import Families, Family
from production.catalog.products.spec import MOST_PIECES, Delivery, Spec, with_copies
from production.catalog.products.standards import Standards
from production.frontdesk.choosing.answers import matters, question_of, spec_of_answers
from production.frontdesk.choosing.worked import Charge, Worked, total
from production.frontdesk.estimates.alternatives import Alternative
from production.frontdesk.estimates.estimate import Estimate, estimate, estimate_with_ladder, ladder

_STEPS_OF_TEN = (1, 2, 5)
_BELOW, _ABOVE = 2, 3


@dataclass(frozen=True, slots=True)
class Change:
    """What one other answer does: ``more`` it costs (below zero: less), beside no price what it costs; None where it
    cannot be made, and ``why_not``.
    """

    more: Money | None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Rung:
    """A quantity with its price."""

    quantity: int
    price: Money
    is_asked: bool

    @property
    def each(self) -> Extended:
        """Dollars of one."""
        return Extended(Decimal(self.price.cents) / 100 / self.quantity)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why it cannot be made: beside which question, and what was tried."""

    sentence: str
    question: str
    tried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Priced:
    """``changes`` by question and answer. With a refusal there is no price, and changes tell what can be made."""

    quantity: int | None
    price: Money | None
    refusal: Refusal | None
    rungs: tuple[Rung, ...]
    worked: Worked | None
    changes: Mapping[tuple[str, str], Change]


@dataclass(frozen=True, slots=True)
class Shop:
    """What prices go by. ``charge``: what a way is charged, line by line, as its quote has it; ``copies``: what
    rules add to every order, made and charged with it.
    """

    family: Family
    known: Families
    standards: Standards
    charge: Callable[[Alternative], Sequence[Charge]]
    copies: tuple[Delivery, ...] = ()

    def spec(self, answers: Mapping[str, str]) -> Spec:
        """The specification of answers."""
        return spec_of_answers(self.family, answers, self.standards)

    def prices(self, spec: Spec, *quantities: int) -> list[tuple[int, Money]]:
        """Each quantity at its cheapest way."""
        more = sum(one.quantity for one in self.copies)
        made = ladder(spec, self.standards, self.known, [one + more for one in quantities])
        return [(quantity - more, self.price(one)) for quantity, one in made]

    def price(self, way: Alternative) -> Money:
        """All that a way is charged."""
        return total(self.charge(way))

    def cheapest(self, spec: Spec) -> Alternative:
        """The way it is made."""
        made = with_copies(spec, self.copies)
        ((_, way),) = ladder(made, self.standards, self.known, (made.quantity,))
        return way

    def worked(self, spec: Spec) -> Worked:
        """The whole estimate, with what is charged."""
        return self._worked(estimate(with_copies(spec, self.copies), self.standards, self.known))

    def worked_with_ladder(
        self, spec: Spec, quantities: Sequence[int]
    ) -> tuple[Worked, list[tuple[int, Money]]]:
        """The same, and each quantity at its cheapest way."""
        spec, more = with_copies(spec, self.copies), sum(one.quantity for one in self.copies)
        asked = [one + more for one in quantities]
        made, rungs = estimate_with_ladder(spec, self.standards, self.known, asked)
        return self._worked(made), [(quantity - more, self.price(way)) for quantity, way in rungs]

    def _worked(self, made: Estimate) -> Worked:
        return Worked(made, self.standards, tuple(self.charge(made.chosen)))


def priced(shop: Shop, asked: tuple[Option, ...], answers: Mapping[str, str]) -> Priced:
    """The panel of completed answers; what cannot be made is told, never raised."""
    spec = None
    try:
        spec = shop.spec(answers)
        worked, made = shop.worked_with_ladder(spec, rungs_around(spec.quantity))
        rungs = tuple(Rung(quantity, price, quantity == spec.quantity) for quantity, price in made)
    except UserError as error:
        changes = dict(_changes(shop, asked, answers, None))
        return Priced(spec.quantity if spec else None, None, _refusal(error, spec), (), None, changes)
    price = next(one.price for one in rungs if one.is_asked)
    changes = dict(_changes(shop, asked, answers, price))
    return Priced(spec.quantity, price, None, rungs, worked, changes)


def rungs_around(quantity: int) -> list[int]:
    """It, with round quantities below and above: 1, 2, 5 and their tens."""
    tens = [step * 10**power for power in range(len(str(MOST_PIECES))) for step in _STEPS_OF_TEN]
    below = [one for one in tens if one < quantity][-_BELOW:]
    above = [one for one in tens if quantity < one <= MOST_PIECES][:_ABOVE]
    return [*below, quantity, *above]


def _changes(
    shop: Shop, asked: tuple[Option, ...], answers: Mapping[str, str], price: Money | None
) -> Iterator[tuple[tuple[str, str], Change]]:
    """By question and answer; without what the other answers leave no meaning."""
    for option in asked:
        for choice in option.choices:
            if choice.value != answers[option.code] and matters(shop.family, option.code, answers):
                other = {**answers, option.code: choice.value}
                yield (option.code, choice.value), _change(shop, other, price)


def _change(shop: Shop, answers: Mapping[str, str], price: Money | None) -> Change:
    try:
        spec = shop.spec(answers)
        ((_, other),) = shop.prices(spec, spec.quantity)
    except UserError as error:
        return Change(None, _refusal(error, None).sentence)
    return Change(other - price if price is not None else other)


def _refusal(error: UserError, spec: Spec | None) -> Refusal:
    field = str(error.details.get("field") or "")
    if error.instance_code == "NO_ROUTE":
        tried = dict.fromkeys(f"{one['machine']}: {one['reason']}" for one in error.details["rejected"])
        return Refusal("No machine of ours can make it so.", "", tuple(tried))
    sentence = error.sentence.partition(": ")[2] or error.sentence
    return Refusal(sentence[:1].upper() + sentence[1:], question_of(field, spec))
