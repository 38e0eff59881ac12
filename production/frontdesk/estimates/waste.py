"""How much each step must be given, worked backwards from what must come out good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from kernel.errors import InvalidInput
from production.catalog.products.spec import Operation
from production.catalog.products.standards import OperationStandard
from production.frontdesk.estimates.working import Standing, Working

_MOST = 10**12  # a thousand times all sheets that a state prints in a year; shop to confirm

Convention = Literal["divide", "multiply"]
# divide: the print contract, American Printer of 1996-01-01; multiply: DocketManager help 4000142383.
_FORMULAS: dict[Convention, str] = {
    "divide": "ceil(good / (1 - running_waste)) + setup_units",
    "multiply": "good + ceil(good * running_waste) + setup_units",
}


def needed(
    name: str,
    good: int,
    convention: Convention,
    working: Working,
    standing: Standing,
    *,
    running_waste: Decimal,
    setup_units: int,
) -> int:
    """What a step must be given for so many good ones. InvalidInput QUANTITY_RANGE where no shop could count it."""
    given = working.count(
        name, _FORMULAS[convention], standing,
        good=good, running_waste=running_waste, setup_units=setup_units,
    )  # fmt: skip
    if given > _MOST:
        raise InvalidInput(
            f"{name}: {given:,} with the waste of the standards; no run is that long.",
            code="QUANTITY_RANGE", field="quantity",
        )  # fmt: skip
    return given


@dataclass(frozen=True, slots=True)
class Step:
    """An operation of the bindery with its standard."""

    operation: Operation
    standard: OperationStandard

    @property
    def standing(self) -> Standing:
        """Where its figures stand."""
        return Standing(f"operations.{self.operation}", self.standard.source)


@dataclass(frozen=True, slots=True)
class Fed:
    """A step with what it is given and what comes out good."""

    step: Step
    given: int
    good: int


def backwards(steps: Sequence[Step], good: int, convention: Convention, working: Working) -> tuple[Fed, ...]:
    """Each step with its counts, first step first; the last one gives ``good``."""
    fed: list[Fed] = []
    for step in reversed(steps):
        given = needed(
            f"{step.operation}: given", good, convention, working, step.standing,
            running_waste=step.standard.running_waste, setup_units=step.standard.setup_units,
        )  # fmt: skip
        fed.append(Fed(step, given, good))
        good = given
    return tuple(reversed(fed))
