"""From figures to places on a picture."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from math import ceil, floor, log10

_STEPS = (1, 2, 2.5, 5, 10)


def edges(values: Sequence[float]) -> list[float]:
    """Where parts begin and end as shares of their sum: from 0 to 1, one more than there are parts. Nothing in all:
    every edge is 0. A negative part is a ValueError.
    """
    if any(value < 0 for value in values):
        raise ValueError("a part of a whole cannot be negative")
    total = sum(values)
    return [0.0, *(sofar / total if total else 0.0 for sofar in accumulate(values))]


def place(value: float, low: float, high: float, start: float, end: float) -> float:
    """A value of ``low`` to ``high`` as a place from ``start`` to ``end``; without a range it lies at the start."""
    return start if high == low else start + (value - low) / (high - low) * (end - start)


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round values that take in ``low`` and ``high``, at most ``most`` steps apart."""
    if high <= low:
        high = low + 1
    rough = (high - low) / most
    scale = 10.0 ** floor(log10(rough))
    step = next(scale * one for one in _STEPS if scale * one >= rough * 0.999999)
    first, last = floor(low / step), ceil(high / step)
    return [step * number for number in range(first, last + 1)]
