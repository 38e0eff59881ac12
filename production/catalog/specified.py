"""The route of a family of print products as the estimate lays it out: each component by itself, then the whole."""

from __future__ import annotations

from collections.abc import Iterator

from production.catalog.products.families import Family, families
from production.catalog.rows import RouteStepRow

SPECIFIED = "specified"  # the route of products whose steps the estimate chooses
_MOST = 99  # as tickets number them


def laid_out(family: Family) -> Iterator[tuple[RouteStepRow, str | None]]:
    """Every operation that an order of it can have, in order, with the component that it is done to alone.
    ``when_option``: the operation, where it is only done when it is ordered or its binding asks for it; the component,
    where an order may leave that out; the cut, which a piece of the sheet's own size does without.
    """
    binding = [step for code in family.bindings for step in families().bindings[code].operations]
    together = [one for one in dict.fromkeys((*family.route, *binding)) if one not in ("print", "cut")]
    gap = min(10, _MOST // (2 * len(family.components) + len(together) + 1))
    numbers = iter(range(gap, _MOST + 1, gap))
    ends = []
    for name in family.components:
        printed, cut = next(numbers), next(numbers)
        option = name if name in family.optional else None
        yield RouteStepRow(step=printed, operation="print", when_option=option), name
        yield RouteStepRow(step=cut, operation="cut", needs=(printed,), when_option="cut"), name
        ends.append(cut)
    always = {*family.always, *(binding if len(family.bindings) == 1 else ())}
    for operation in together:
        step, when = next(numbers), None if operation in always else operation
        yield RouteStepRow(step=step, operation=operation, needs=tuple(ends), when_option=when), None
        ends = [step]
    yield RouteStepRow(step=next(numbers), operation="deliver", needs=tuple(ends)), None
