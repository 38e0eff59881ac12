"""From a route and a quantity to counts: what each step is given, what comes out, and what is charged for it. Pure; the
quote and the floor go by the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

from kernel.errors import AttentionNeeded
from production.catalog.feeds import Feed
from production.catalog.models import OperationType, Place
from production.catalog.pace import STANDARD, Pace
from production.catalog.planned_usage import PlannedUsage
from production.catalog.queries import PlannedStep
from store.documents import Versioned


@dataclass(frozen=True, slots=True)
class FloorCounts:
    """How many come into a step and out of it, in the unit that the floor counts there; of what comes in, those that
    its set-up spoils; what feeds it. ``lag``: minutes that must pass after what it needs, None where types say it;
    ``unit``: where it is not what its type counts.
    """

    given: int
    made: int
    setup: int
    feeds: tuple[Feed, ...]
    lag: int | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class PlannedOperation:
    """A step with its counts: ``given`` of what came before, ``made`` in its own unit, what all of that uses, and the
    minutes it is to take, None where the catalog has no standard. ``component``: the one it works on, by position;
    ``setup``: how many of what is given its set-up spoils; ``floor``: as the floor counts it, None of plans that were
    kept before it did; ``pace``: the standard of its minutes.
    """

    step: int
    code: str
    place: Place
    needs: tuple[int, ...]
    given: int
    made: int
    usage: tuple[PlannedUsage, ...]
    minutes: int | None
    component: int | None = None
    setup: int = 0
    floor: FloorCounts | None = None
    pace: Pace | None = None


# A plan as it is kept, by hash: what was approved, and what the floor does.
PLAN: Versioned[tuple[PlannedOperation, ...]] = Versioned(tuple[PlannedOperation, ...])


def plan(
    steps: Sequence[PlannedStep], quantity: int, facts: Mapping[str, int]
) -> tuple[PlannedOperation, ...]:
    """The counts of a route, first step first. What fills no whole unit (the last sheets of no pad) is left
    over, and delivered beside it. AttentionNeeded ROUTE_FACT where a step goes by an answer that nobody gave.
    """
    given: dict[int, int] = {}
    made: dict[int, int] = {}
    feeds: dict[int, tuple[Feed, ...]] = {}
    for step in steps:
        takes, gives = _number(step.type.takes, facts), _number(step.type.gives, facts)
        given[step.step] = min((made[need] for need in step.needs), default=quantity)
        made[step.step] = given[step.step] * gives // takes
        feeds[step.step] = tuple(Feed.of(need, takes, gives) for need in step.needs)
    fed = _fed(steps, made, feeds)
    return tuple(
        PlannedOperation(
            step.step, step.type.code, step.type.place, step.needs, given[step.step], made[step.step],
            _usage(step.type, made[step.step], facts), minutes(step.type, fed[step.step].made),
            setup=fed[step.step].setup, floor=fed[step.step],
            pace=Pace(STANDARD, step.type.code, 1, Decimal(fed[step.step].made)),
        )
        for step in steps
    )  # fmt: skip


def _fed(
    steps: Sequence[PlannedStep], made: Mapping[int, int], feeds: Mapping[int, tuple[Feed, ...]]
) -> dict[int, FloorCounts]:
    """Worked backwards: each step is given so many more as it and those after it spoil by their standards (practice
    file 10: set-up is a count, running waste a share of what goes through).
    """
    fed: dict[int, FloorCounts] = {}
    for step in reversed(steps):
        more = (
            feed.needed(after.given - made[number])
            for number, after in fed.items()
            for feed in after.feeds
            if feed.step == step.step
        )
        out, setup = made[step.step] + max(more, default=0), step.type.setup_units or 0
        through = math.ceil(Fraction(out) / (1 - Fraction(step.type.waste_percent or 0) / 100))
        given = through + setup if out else 0
        fed[step.step] = FloorCounts(given, out, setup, feeds[step.step], step.lag)
    return fed


class Standard(Protocol):
    """How long an operation takes, as the catalog or the set-up says it."""

    @property
    def setup_minutes(self) -> int | None: ...

    @property
    def per_hour(self) -> int | None: ...


def minutes(kind: Standard, made: int) -> int | None:
    """How long so many of its unit take by the standard, set-up included and begun minutes whole; None without one."""
    if kind.per_hour is None:
        return None
    return (kind.setup_minutes or 0) + math.ceil(Fraction(made * 60, kind.per_hour))


def usage(planned: Sequence[PlannedOperation]) -> list[tuple[str, Decimal]]:
    """Unit and quantity of what people and machines of the plant will record, each unit once as it is charged; nothing
    of what the dock does.
    """
    found: dict[str, Decimal] = {}
    for one in planned:
        for used in one.usage if one.place is Place.FLOOR else ():
            found[used.unit] = found.get(used.unit, Decimal(0)) + used.quantity
    return list(found.items())


def _usage(kind: OperationType, made: int, facts: Mapping[str, int]) -> tuple[PlannedUsage, ...]:
    if not kind.usage_unit or not made:
        return ()
    return (PlannedUsage(kind.usage_unit, Decimal(made * _number(kind.usage_times, facts))),)


def facts_of(options: Mapping[str, str], **more: int) -> dict[str, int]:
    """The answers that are numbers, and what else is known of the job (sides, parts, n_up)."""
    return {code: int(value) for code, value in options.items() if value.isascii() and value.isdigit()} | more


def _number(factor: str, facts: Mapping[str, int]) -> int:
    if factor.isdigit():
        return int(factor)
    if not facts.get(factor):
        raise AttentionNeeded(
            f"The route goes by {factor!r}, which the order does not say.",
            code="ROUTE_FACT",
            remedy="Correct the route or the product in the catalog.",
        )
    return facts[factor]
