"""Money in whole cents, unit rates to six decimals, extended values to four; the only place that rounds.

Rounding is half up at a named step (``to_cents``); a shared total is split by largest remainder
(``allocate``), so that parts always add to the whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from kernel.quantities import deal_out

_RATE_STEP = Decimal("0.000001")
_EXTENDED_STEP = Decimal("0.0001")
_MONEY_TEXT = re.compile(r"-?\$?(?:\d{1,3}(?:,\d{3})*|\d+)(?:\.\d{2})?", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """Signed whole cents."""

    cents: int

    def __post_init__(self) -> None:
        if not isinstance(self.cents, int) or isinstance(self.cents, bool):
            raise TypeError("Money holds whole cents (int)")

    @classmethod
    def parse(cls, text: str) -> Money:
        """'1,234.50' or '$12' or '-0.05'; anything else is a ValueError."""
        text = text.strip()
        if not _MONEY_TEXT.fullmatch(text):
            raise ValueError(f"not an amount of money: {text[:30]!r}")
        return cls(int(Decimal(text.replace("$", "").replace(",", "")) * 100))

    def __add__(self, other: Money) -> Money:
        return Money(self.cents + other.cents)

    def __sub__(self, other: Money) -> Money:
        return Money(self.cents - other.cents)

    def __neg__(self) -> Money:
        return Money(-self.cents)

    def __bool__(self) -> bool:
        return self.cents != 0

    def __str__(self) -> str:
        """'1,234.50', without a currency sign: for files and labels."""
        sign = "-" if self.cents < 0 else ""
        return f"{sign}{abs(self.cents) // 100:,}.{abs(self.cents) % 100:02d}"

    @property
    def plain(self) -> str:
        """'1234.50': for CSV and JSON."""
        return str(self).replace(",", "")


ZERO = Money(0)


@dataclass(frozen=True, slots=True, order=True)
class Rate:
    """Dollars per unit, at most six decimals, exact."""

    value: Decimal

    def __post_init__(self) -> None:
        if not isinstance(self.value, Decimal):
            raise TypeError("Rate holds a Decimal")
        if not self.value.is_finite() or self.value != self.value.quantize(_RATE_STEP):
            raise ValueError(f"a rate has at most six decimals: {self.value}")

    @classmethod
    def of(cls, text: str | int) -> Rate:
        """From '0.593'."""
        return cls(Decimal(text))

    def __str__(self) -> str:
        """At least two decimals: '0.78', '0.593', '12.00'."""
        text = f"{self.value:f}"
        whole, _, fraction = text.partition(".")
        return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"

    @property
    def shown(self) -> str:
        """'1,236.00', '0.228': for people, without a currency sign."""
        whole, _, fraction = str(self).partition(".")
        return f"{Decimal(whole):,}.{fraction}"


@dataclass(frozen=True, slots=True, order=True)
class Extended:
    """Quantity times rate before the cent: dollars to four decimals."""

    value: Decimal

    def __add__(self, other: Extended) -> Extended:
        return Extended(self.value + other.value)

    def __sub__(self, other: Extended) -> Extended:
        return Extended(self.value - other.value)

    def __str__(self) -> str:
        return f"{self.value:,.4f}"


NOTHING = Extended(Decimal(0))


def extend(rate: Rate, quantity: int | Decimal) -> Extended:
    """Quantity times rate, half up at the fourth decimal."""
    return Extended((rate.value * quantity).quantize(_EXTENDED_STEP, rounding=ROUND_HALF_UP))


def total(parts: Sequence[Extended]) -> Extended:
    """Sum of extended values; nothing is rounded."""
    return Extended(sum((part.value for part in parts), Decimal(0)))


def to_cents(extended: Extended) -> Money:
    """The named rounding step: half up to the cent."""
    return Money(int((extended.value * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)))


def allocate(amount: Money, weights: Sequence[int]) -> list[Money]:
    """Cents dealt out by weight (``quantities.deal_out``)."""
    return [Money(cents) for cents in deal_out(amount.cents, weights)]
