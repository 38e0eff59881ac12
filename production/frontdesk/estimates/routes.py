"""The steps of an order after the press, each with the shop's standard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from kernel.errors import InvalidInput
from kernel.findings import Finding, Severity
from production.catalog.products.makeup import Makeup, ordered_operations
from production.catalog.products.spec import Operation
from production.catalog.products.standards import Standards
from production.frontdesk.estimates.rejections import Rejection
from production.frontdesk.estimates.waste import Step


@dataclass(frozen=True, slots=True)
class Route:
    """Steps after the press in order. ``cut``: the standard of the cut, for components that need one; ``on_sheets``:
    steps done on press sheets, before the cut. ``score``: the step that lets the grain run across a fold.
    """

    on_sheets: tuple[Step, ...]
    cut: Step | None
    steps: tuple[Step, ...]
    score: Step | None

    @property
    def scores(self) -> bool:
        """Is it scored anyway?"""
        return any(
            "score" in (one.operation, *one.standard.includes) for one in (*self.on_sheets, *self.steps)
        )

    def scored(self) -> Route:
        """The same with the score before everything that folds or binds; in the same pass where a machine does both."""
        if self.score is None or self.scores:
            return self
        return replace(self, steps=(self.score, *self.steps))


def route_of(makeup: Makeup, standards: Standards) -> tuple[Route, list[Finding]]:
    """The route, and what could not be planned for want of a standard. InvalidInput STANDARD_MISSING for a step that
    was ordered.
    """
    forced = makeup.spec.force.route
    if forced is not None:
        left_out = [_left_out(operation) for operation in makeup.finishing if operation not in forced]
        return _as_forced([one for one in forced if one != "print"], makeup, standards), left_out
    steps, findings = [], []
    for operation, is_ordered in ordered_operations(makeup):
        if is_ordered or operation in standards.operations:
            steps.append(_step(operation, standards))
        else:
            findings.append(_not_planned(operation))
    score = _step("score", standards) if "score" in standards.operations else None
    return Route((), _cut(standards), tuple(_once(steps)), score), findings


def thickness_rejections(route: Route, makeup: Makeup) -> Iterator[Rejection]:
    """Machines that the product is too thick for."""
    for step in route.steps:
        limit, sheets = step.standard.max_thickness, step.standard.max_sheets
        if limit is not None and makeup.thickness > limit:
            reason = f"{step.operation}: the product is thicker than the machine takes"
            yield Rejection(step.standard.machine, "LIMIT_THICKNESS", reason, limit, makeup.thickness)
        elif sheets is not None and makeup.sheets > sheets:
            reason = f"{step.operation}: the product has more sheets than the machine takes"
            yield Rejection(step.standard.machine, "LIMIT_THICKNESS", reason, sheets, makeup.sheets)


def _as_forced(forced: list[Operation], makeup: Makeup, standards: Standards) -> Route:
    """Exactly these. What comes before the cut of flat work is done on press sheets; bound work counts books."""
    at = forced.index("cut") if "cut" in forced else 0
    steps = [_step(operation, standards) for operation in forced if operation != "cut"]
    on_sheets = at if makeup.binding.code == "none" and not makeup.nested else 0
    cut = _step("cut", standards) if "cut" in forced else None
    return Route(tuple(steps[:on_sheets]), cut, tuple(_once(steps[on_sheets:])), None)


def _once(steps: list[Step]) -> Iterator[Step]:
    """Without those that another does in the same pass."""
    included = {name for step in steps for name in step.standard.includes}
    return (step for step in steps if step.operation not in included)


def _cut(standards: Standards) -> Step | None:
    return _step("cut", standards) if "cut" in standards.operations else None


def _step(operation: Operation, standards: Standards) -> Step:
    if operation not in standards.operations:
        raise InvalidInput(
            f"Nothing says how long it takes to {operation.replace('_', ' ')}.",
            code="STANDARD_MISSING", field=f"operations.{operation}",
            remedy="Enter this operation among the standards.",
        )  # fmt: skip
    return Step(operation, standards.operations[operation])


def _left_out(operation: Operation) -> Finding:
    words = (
        f"{operation.replace('_', ' ').capitalize()} is ordered, and the route that is forced leaves it out."
    )
    return Finding("OPTION_CLASH", Severity.WARN, words, "Add it to the route, or do not order it.")


def _not_planned(operation: Operation) -> Finding:
    words = f"The shop has no standard for {operation.replace('_', ' ')}: it is not in the price."
    return Finding("STANDARD_MISSING", Severity.WARN, words, "Enter this operation among the standards.")
