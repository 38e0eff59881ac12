"""The chosen way of an estimate as the operations of a plan: what is quoted, approved and made."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal

from production.catalog.models import Place as Where
from production.catalog.planned_usage import PlannedUsage
from production.catalog.planning import PlannedOperation
from production.frontdesk.estimates.alternatives import Alternative
from production.frontdesk.estimates.bindery import Done
from production.frontdesk.estimates.usage import usage_of_print, usage_of_step
from production.jobs.states import OperationCode

_MOST_STEPS = 99  # as tickets number them


def planned(chosen: Alternative) -> Iterator[PlannedOperation]:
    """The chosen way as operations: each component is printed and cut by itself, its parents cut down before, then all
    go on together.
    """
    steps = _numbers(len(chosen.cut_down) + len(chosen.printed) + len(chosen.done) + 1)
    cut_down = {done.component: done for done in chosen.cut_down}
    ends = []
    for position, printed in enumerate(chosen.printed, start=1):
        needs: tuple[int, ...] = ()
        if first := cut_down.get(printed.way.component.name):
            needs = (next(steps),)
            yield _of_bindery(needs[0], (), first, position)
        step, counts = next(steps), (printed.issued, printed.good)
        usage = usage_of_print(printed)
        yield _operation(
            step, OperationCode.PRINT, needs, counts, usage, printed.minutes, position, printed.setup_sheets
        )
        for done in chosen.done:
            if done.component == printed.way.component.name:
                before, step = step, next(steps)
                yield _of_bindery(step, (before,), done, position)
        ends.append(step)
    for done in chosen.done:
        if done.component is None:
            step = next(steps)
            yield _of_bindery(step, tuple(ends), done, None)
            ends = [step]
    good = chosen.done[-1].fed.good if chosen.done else chosen.printed[0].good
    yield PlannedOperation(next(steps), "deliver", Where.DOCK, tuple(ends), good, good, (), None)


def _numbers(count: int) -> Iterator[int]:
    """Steps in tens while there is room, so that the shop can put one in between."""
    gap = min(10, _MOST_STEPS // count)
    return iter(range(gap, _MOST_STEPS + 1, gap))


def _operation(
    step: int,
    code: str,
    needs: tuple[int, ...],
    counts: tuple[int, int],
    usage: tuple[PlannedUsage, ...],
    minutes: Decimal,
    component: int | None,
    setup: int,
) -> PlannedOperation:
    given, good = counts
    return PlannedOperation(
        step, code, Where.FLOOR, needs, given, good, usage, math.ceil(minutes), component, setup
    )


def _of_bindery(step: int, needs: tuple[int, ...], done: Done, component: int | None) -> PlannedOperation:
    fed = done.fed
    counts, setup = (fed.given, fed.good), fed.step.standard.setup_units
    return _operation(
        step, fed.step.operation, needs, counts, usage_of_step(done), done.minutes, component, setup
    )
