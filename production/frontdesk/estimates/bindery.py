"""Steps after the press: which ones, how long they take, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from kernel.errors import InvalidInput
from production.catalog.products.formulas import Number
from production.catalog.products.makeup import Makeup
from production.catalog.products.standards import Standards
from production.frontdesk.estimates.layouts import CutSheet
from production.frontdesk.estimates.presswork import Printed
from production.frontdesk.estimates.waste import Fed, Step
from production.frontdesk.estimates.working import Standing, Working

_LABOR = Standing("rules.labour_hour", "the shop's labor rate")


@dataclass(frozen=True, slots=True)
class Cutting:
    """How a component is cut: stacks under the clamp, and cuts of each."""

    lifts: int
    cuts_per_lift: int


@dataclass(frozen=True, slots=True)
class Done:
    """A step of the bindery with counts, minutes, and exact dollars; ``component`` where it is a step of one alone;
    ``at_a_time``: what one of its units holds, sheets of a pad.
    """

    fed: Fed
    minutes: Decimal
    cost: Decimal
    outside: Decimal
    component: str | None = None
    cutting: Cutting | None = None
    panels: tuple[Decimal, ...] = ()
    at_a_time: int = 1


def done(fed: Fed, makeup: Makeup, standards: Standards, working: Working, of: Printed | None = None) -> Done:
    """A step with its minutes and cost; ``of``: the component that is cut, or of which the parents are cut down.
    InvalidInput STANDARD_MISSING.
    """
    cutting = _cutting(fed, of, makeup, working) if of and fed.step.operation == "cut" else None
    minutes = _minutes(fed, makeup, cutting, working)
    standard, name = fed.step.standard, fed.step.operation
    standing = fed.step.standing if standard.hour is not None else _LABOR
    hour = standards.rules.labour_hour if standard.hour is None else standard.hour
    return Done(
        fed, minutes,
        working.value(f"{name}: cost", "minutes * hour / 60", standing, minutes=minutes, hour=hour),
        _outside(fed, working),
        of.way.component.name if of else None, cutting,
        makeup.panels if name == "fold" else (),
        _at_a_time(fed.step, makeup),
    )  # fmt: skip


def _outside(fed: Fed, working: Working) -> Decimal:
    standard = fed.step.standard
    if not (standard.each or standard.fixed):
        return Decimal(0)
    return working.value(
        f"{fed.step.operation}: outside", "each * given + fixed", fed.step.standing,
        each=standard.each, given=fed.given, fixed=standard.fixed,
    )  # fmt: skip


def _cutting(fed: Fed, of: Printed, makeup: Makeup, working: Working) -> Cutting:
    """Stacks of what the clamp takes; a gutter is cut once, twice where pieces carry their own bleed (Gelato Connect,
    cutting machines). Parents lie as they come: a cut between press sheets, and one for each trim.
    """
    step, standard, name, sheet = fed.step, fed.step.standard, of.way.component.name, of.way.sheet
    is_parent = fed is of.cut_down
    of_parents = " of parents" if is_parent else ""
    if standard.clamp_in is None or standard.max_sheets is None:
        raise InvalidInput(
            "Nothing says how high the cutter stacks.", code="STANDARD_MISSING",
            field=f"operations.cut.{'clamp_in' if standard.clamp_in is None else 'max_sheets'}",
        )  # fmt: skip
    lifts = working.count(
        f"{name}: lifts{of_parents}", "ceil(sheets / max(min(floor(clamp_in / caliper), max_sheets), 1))",
        step.standing, sheets=of.bought if is_parent else of.good, clamp_in=standard.clamp_in,
        caliper=of.way.component.stock.caliper, max_sheets=standard.max_sheets,
    )  # fmt: skip
    if is_parent and isinstance(sheet, CutSheet):
        cuts = working.count(
            f"{name}: cuts of a lift of parents", "across - 1 + down - 1 + trims", step.standing,
            across=sheet.across, down=sheet.down, trims=sheet.trims,
        )  # fmt: skip
        return Cutting(lifts, cuts)
    grid = of.way.grid
    cuts = working.count(
        f"{name}: cuts of a lift", "pretrim_edges + (across - 1 + down - 1) * cuts_of_gutter", step.standing,
        pretrim_edges=standard.pretrim_edges, across=grid.across, down=grid.down,
        cuts_of_gutter=2 if makeup.spec.bleed else 1,
    )  # fmt: skip
    return Cutting(lifts, cuts)


def _minutes(fed: Fed, makeup: Makeup, cutting: Cutting | None, working: Working) -> Decimal:
    step, standard = fed.step, fed.step.standard
    name, setup = f"{step.operation}: minutes", standard.setup_minutes
    if cutting and standard.cuts_per_hour:
        return working.value(
            name, "setup_minutes + lifts * cuts_per_lift * 60 / cuts_per_hour", step.standing,
            setup_minutes=setup, lifts=cutting.lifts, cuts_per_lift=cutting.cuts_per_lift,
            cuts_per_hour=standard.cuts_per_hour,
        )  # fmt: skip
    run: dict[str, Number] = {"setup_minutes": setup, "given": fed.given, "setup_units": standard.setup_units}
    if standard.belt_in_per_min:
        # Bindagraphics, estimating folding times
        return working.value(
            name,
            "setup_minutes + (given - setup_units) * 60 / (belt_in_per_min * 60 / (length * gap_factor))",
            step.standing,
            **run, belt_in_per_min=standard.belt_in_per_min, length=makeup.spec.trim[1],
            gap_factor=standard.gap_factor,
        )  # fmt: skip
    if standard.per_hour:
        return working.value(
            name, "setup_minutes + ceil((given - setup_units) / at_a_time) * 60 / per_hour", step.standing,
            **run, at_a_time=_at_a_time(step, makeup), per_hour=standard.per_hour,
        )  # fmt: skip
    return working.value(name, "setup_minutes", step.standing, setup_minutes=setup)


def _at_a_time(step: Step, makeup: Makeup) -> int:
    """What one unit of the step's speed holds: sheets of a pad, pieces of a package; else one."""
    if step.operation == "pad":
        return makeup.pad_count or 1
    ordered = makeup.finishing.get(step.operation)
    return (ordered and ordered.count) or 1 if step.operation == "shrink_wrap" else 1
