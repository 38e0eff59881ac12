"""What an operation is to use, in units that a rate card prices, and what of it was earned by what came out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from kernel.quantities import deal_out

_PLACES = Decimal("0.0001")  # as quantities of usage are kept


@dataclass(frozen=True, slots=True)
class PlannedUsage:
    """So much of a unit, for all that an operation is to give; ``set_up``: of that, what is used once, however many are
    made.
    """

    unit: str
    quantity: Decimal
    set_up: Decimal = Decimal(0)


def earned(quantity: Decimal, good: int, planned: int, weights: Sequence[int]) -> list[Decimal]:
    """What so many good ones have earned of a planned quantity, dealt out by weight; at most all of it: what comes
    out beyond the order is not charged. Whole units stay whole.
    """
    whole = (
        (quantity * min(good, planned) / planned).quantize(_PLACES, ROUND_HALF_UP) if planned else Decimal(0)
    )
    scale = 1 if whole == whole.to_integral() else int(1 / _PLACES)
    return [Decimal(part) / scale for part in deal_out(int(whole * scale), weights)]
