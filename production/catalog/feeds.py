"""What one step of a route gives the next: units, and how many of one become how many of the other. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from production.catalog.rows import OperationTypeRow, RouteRow

# What single pieces are made up into: a step that counts pieces counts these once they are.
_MADE_UP = frozenset({"set", "book", "pad", "package"})
_SINGLE = "piece"


@dataclass(frozen=True, slots=True)
class Feed:
    """Of what comes out of ``step``, ``takes`` become ``gives`` of what it feeds: 1 sheet 21 cards, 50 sets 1 pad."""

    step: int
    takes: int
    gives: int

    @classmethod
    def of(cls, step: int, takes: int, gives: int) -> Feed:
        """In the smallest whole numbers."""
        common = math.gcd(takes, gives) or 1
        return cls(step, takes // common, gives // common)

    def into(self, good: int) -> int:
        """Whole ones that so many become."""
        return good * self.gives // self.takes

    def needed(self, into: int) -> int:
        """How many it takes for so many."""
        return -(-into * self.takes // self.gives)


def carried(unit: str, arriving: str | None) -> str:
    """What a step counts: its unit, or sets, books, pads and packages where it is given those and counts pieces."""
    return arriving if arriving in _MADE_UP and unit == _SINGLE else unit


def unfit(route: RouteRow, types: Mapping[str, OperationTypeRow]) -> Iterator[str]:
    """Where a step can be given a unit that it cannot be fed with, in words."""
    arriving: dict[int, set[str]] = {}
    leaves: dict[int, set[str]] = {}
    for step in sorted(route.steps, key=lambda step: step.step):
        kind = types.get(step.operation)
        if kind is None:
            continue
        arriving[step.step] = _union(leaves.get(need, set()) for need in step.needs)
        for unit in sorted(arriving[step.step] - set(kind.from_units or arriving[step.step])):
            yield f"step {step.step} ({kind.name}) takes {_listed(kind.from_units)}, and is given {unit}s"
        own = {carried(kind.unit, unit) for unit in arriving[step.step]} or {kind.unit}
        # One that may be left out hands on what it would have been given.
        leaves[step.step] = own | (arriving[step.step] if step.when_option else set())


def _union(sets: Iterable[set[str]]) -> set[str]:
    return set().union(*sets)


def _listed(units: Iterable[str]) -> str:
    return ", ".join(f"{unit}s" for unit in units)
