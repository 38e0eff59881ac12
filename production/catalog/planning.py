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
from production.catalog.models import OperationType, Place
from production.catalog.planned_usage import PlannedUsage
from production.catalog.queries import PlannedStep
from store.documents import Versioned


@dataclass(frozen=True, slots=True)
class PlannedOperation:
    """A step with its counts: ``given`` of what came before, ``made`` in its own unit, what all of that uses, and the
    minutes it is to take, None where the catalog has no standard. ``component``: the one it works on, by position;
    ``setup``: how many of what is given its set-up spoils.
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


# A plan as it is kept, by hash: what was approved, and what the floor does.
PLAN: Versioned[tuple[PlannedOperation, ...]] = Versioned(tuple[PlannedOperation, ...])


def plan(
    steps: Sequence[PlannedStep], quantity: int, facts: Mapping[str, int]
) -> tuple[PlannedOperation, ...]:
    """The counts of a route, first step first. What fills no whole unit (the last sheets of no pad) is left
    over, and delivered beside it. AttentionNeeded ROUTE_FACT where a step goes by an answer that nobody gave.
    """
    made: dict[int, int] = {}
    planned = []
    for step in steps:
        kind = step.type
        given = min((made[need] for need in step.needs), default=quantity)
        made[step.step] = given * _number(kind.gives, facts) // _number(kind.takes, facts)
        planned.append(
            PlannedOperation(
                step.step, kind.code, kind.place, step.needs, given, made[step.step],
                _usage(kind, made[step.step], facts), minutes(kind, made[step.step]),
            )
        )  # fmt: skip
    return tuple(planned)


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
