"""What the estimator adds to the plan of an estimate: hand work and work done outside, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from production.catalog.planned_usage import PlannedUsage
from production.catalog.planning import PlannedOperation
from production.frontdesk.quoting.models import Extra


def with_extras(plan: Sequence[PlannedOperation], extras: Sequence[Extra]) -> tuple[PlannedOperation, ...]:
    """The plan with the extras as usage of its first operation, in proportion to which they are charged."""
    first, *rest = plan
    added = tuple(PlannedUsage(one.unit, one.quantity) for one in extras)
    return (replace(first, usage=(*first.usage, *added)), *rest)
