"""By which standard an operation was timed when it was planned, so that what it really took can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

_PLACES = Decimal("0.01")
PRESS, BINDERY, STANDARD = "press", "bindery", "standard"  # kinds of the set-up that hold standards


@dataclass(frozen=True, slots=True)
class Pace:
    """The kind and key of its row in the set-up; how often it is made ready, and how much then runs, in what its speed
    counts (sides, sheets, cuts, inches of a belt, pieces); the paper it runs on, by code.
    """

    kind: str
    key: str
    makereadies: int
    amount: Decimal
    stock: str = ""


def amount_of(minutes: Decimal, setup: Decimal, an_hour: Decimal | None) -> Decimal:
    """What runs in so many minutes behind the set-up; nothing where no speed is known."""
    return ((minutes - setup) * (an_hour or 0) / 60).quantize(_PLACES, ROUND_HALF_UP)
