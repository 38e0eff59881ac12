"""How a price came about: its parts, what is charged, how sure it is, and where offset begins to pay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, Protocol

from kernel.money import ZERO, Money, Rate
from production.catalog.products.charged import LABOR_HOUR, RUSH
from production.catalog.products.standards import Standards
from production.frontdesk.estimates.estimate import Estimate

_FIGURES = 2  # of a quantity that is about so many


class Charge(Protocol):
    """A line of a quote: so much of a unit at its rate."""

    @property
    def unit(self) -> str:
        """Its code."""

    @property
    def description(self) -> str:
        """What it is called."""

    @property
    def quantity(self) -> Decimal:
        """How much of it."""

    @property
    def rate(self) -> Rate:
        """Dollars of one."""

    @property
    def money(self) -> Money:
        """What is charged."""


def total(charges: Sequence[Charge]) -> Money:
    """Of all lines."""
    return sum((one.money for one in charges), ZERO)


class Part(NamedTuple):
    """Lines of one kind of work."""

    title: str
    charges: tuple[Charge, ...]

    @property
    def money(self) -> Money:
        """Of its lines."""
        return total(self.charges)


class Even(NamedTuple):
    """From about ``quantity`` on offset costs less than digital; ``is_past``: the order is so large."""

    quantity: int
    is_past: bool


@dataclass(frozen=True, slots=True)
class Worked:
    """An estimate with what it is charged by the rate card."""

    estimate: Estimate
    standards: Standards
    charges: tuple[Charge, ...]

    @property
    def parts(self) -> list[Part]:
        """What is charged by kind of work, in the order of the shop; together they are the price."""
        found: dict[str, list[Charge]] = {}
        for one in self.charges:
            found.setdefault(self._kind(one.unit), []).append(one)
        return [Part(title, tuple(found[title])) for title in _KINDS if title in found]

    def _kind(self, unit: str) -> str:
        """A unit of the card begins with whose it is."""
        whose = unit.rpartition(".")[0] or unit
        if unit == RUSH:
            return _IN_A_HURRY
        if unit.startswith("paper."):
            return _PAPER
        if whose in self.standards.presses:
            return _PRINTING
        machines = {one.machine for one in self.standards.operations.values()}
        is_bindery = unit == LABOR_HOUR or whose in machines or whose in self.standards.operations
        return _BINDERY if is_bindery else _AROUND

    @property
    def even(self) -> Even | None:
        """Where offset begins to cost less than digital, if it does."""
        found = self.estimate.break_even
        if found is None:
            return None
        return Even(_about(found.quantity), self.estimate.makeup.spec.quantity >= found.quantity)

    @property
    def between(self) -> tuple[Money, Money] | None:
        """What it costs the shop if minutes stray as far as they do; None where they are said not to."""
        chosen, price = self.estimate.chosen, total(self.charges)
        if chosen.least == chosen.most:
            return None
        return price - (chosen.price - chosen.least), price + (chosen.most - chosen.price)

    @property
    def rush(self) -> Charge | None:
        """What being wanted before the usual day adds."""
        return next((one for one in self.charges if one.unit == RUSH), None)

    @property
    def minutes(self) -> Decimal:
        """Of all machines and hands."""
        return self.estimate.chosen.minutes

    @property
    def bought(self) -> list[str]:
        """Papers that are not on the shelf, by name."""
        stocks = {one.component.stock_code: one.component.stock for one in self.estimate.chosen.ways}
        return [stock.name or code for code, stock in stocks.items() if not stock.on_shelf]


_PAPER, _PRINTING, _BINDERY, _AROUND = "Paper", "Printing", "Bindery and hand work", "Set-up and delivery"
_IN_A_HURRY = "Rush"
_KINDS = (_PAPER, _PRINTING, _BINDERY, _AROUND, _IN_A_HURRY)


def _about(quantity: int) -> int:
    """A quantity to two figures, upward: 5,641 as 5,700."""
    unit: int = 10 ** max(len(str(quantity)) - _FIGURES, 0)
    return -(-quantity // unit) * unit
