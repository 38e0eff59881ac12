"""Dated rules of ordering, receiving and paying (order_rules.toml)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path

from kernel.money import Money

_DATA = Path(__file__).parent / "data" / "order_rules.toml"


@dataclass(frozen=True, slots=True)
class OrderRule:
    """What holds from a day on."""

    effective_from: date
    second_person_from: Money
    overs_percent: Decimal
    price_percent: Decimal
    price_dollars: Money
    freight_dollars: Money
    fee_percent: Decimal
    status: str
    source: str

    def most(self, ordered: int) -> int:
        """How many may come of so many."""
        return ordered + int(ordered * self.overs_percent / 100)

    def tolerated(self, expected: Money) -> Money:
        """By how much the price of a line may differ."""
        return min(_share(expected, self.price_percent), self.price_dollars)

    def fee(self, cost: Money) -> Money:
        """For buying something of that cost."""
        return _share(cost, self.fee_percent)


def order_rule(day: date) -> OrderRule:
    """The rule in force on a day."""
    return max((one for one in _rules() if one.effective_from <= day), key=lambda one: one.effective_from)


def _share(money: Money, percent: Decimal) -> Money:
    return Money(int((money.cents * percent / 100).quantize(Decimal(1), ROUND_HALF_UP)))


@lru_cache(maxsize=1)
def _rules() -> tuple[OrderRule, ...]:
    given = tomllib.loads(_DATA.read_text("utf-8"))["rule"]
    return tuple(
        OrderRule(
            row["effective_from"], Money.parse(row["second_person_from"]), Decimal(row["overs_percent"]),
            Decimal(row["price_percent"]), Money.parse(row["price_dollars"]), Money.parse(row["freight_dollars"]),
            Decimal(row["fee_percent"]), row["status"], row["source"],
        )
        for row in given
    )  # fmt: skip
