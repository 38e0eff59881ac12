"""How figures of several runs spread, and which of them stray. Pure; nothing here is thrown off by a few wild ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median, quantiles

_NORMAL = 1.4826  # makes a median deviation comparable to a standard deviation
_LEAST = 0.02  # deviation, as a share: what differs by less than clocks do never strays
SURE = 0.95


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and quartiles, and the least and most that the true median can be, with 95 % of certainty."""

    count: int
    low: float
    middle: float
    high: float
    least: float
    most: float

    @property
    def width(self) -> float:
        """From quartile to quartile, as a share of the median."""
        return (self.high - self.low) / abs(self.middle) if self.middle else math.inf


def spread(values: Sequence[float]) -> Spread:
    """Of at least one value."""
    ordered = sorted(values)
    low, middle, high = quantiles(ordered, method="inclusive") if len(ordered) > 1 else ordered * 3
    least, most = _sure(ordered)
    return Spread(len(ordered), low, middle, high, least, most)


def _sure(ordered: Sequence[float]) -> tuple[float, float]:
    """The narrowest pair of ordered values, one as far from the ends as the other, between which the median lies with
    that certainty (the sign test); the ends where there are too few for it.
    """
    n = len(ordered)
    rank, outside = 0, 0.0
    while rank < n // 2 and outside + 2 * math.comb(n, rank) / 2**n <= 1 - SURE:
        outside += 2 * math.comb(n, rank) / 2**n
        rank += 1
    at = max(rank - 1, 0)
    return ordered[at], ordered[n - 1 - at]


def strays(values: Sequence[float], deviations: float, *, least: float = _LEAST) -> list[bool]:
    """Of each value whether it lies more than so many deviations from the median, by the median of deviations (the
    modified z-score of Iglewicz and Hoaglin, 1993).
    """
    if not values:
        return []
    middle = median(values)
    deviation = max(_NORMAL * median(abs(one - middle) for one in values), least)
    return [abs(one - middle) > deviations * deviation for one in values]


def fitted(xs: Sequence[float], ys: Sequence[float]) -> tuple[float, float]:
    """The line through points as (start, slope): the median of all slopes (Theil and Sen)."""
    slopes = [(ys[j] - ys[i]) / (xs[j] - xs[i]) for i, j in combinations(range(len(xs)), 2) if xs[i] != xs[j]]
    slope = median(slopes) if slopes else 0.0
    return median(y - slope * x for x, y in zip(xs, ys, strict=True)), slope
