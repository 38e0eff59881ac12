"""The estimate of an order: every way to make it, the cheapest chosen, and why not the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from kernel.errors import InvalidInput
from kernel.findings import Finding, Severity
from production.catalog.products.families import Families, Figure
from production.catalog.products.formulas import Number, value_of
from production.catalog.products.makeup import MadeComponent, Makeup, made_up
from production.catalog.products.ordered import findings_of
from production.catalog.products.spec import Force, Spec
from production.catalog.products.standards import Standards
from production.frontdesk.estimates.alternatives import Alternative, Pricing
from production.frontdesk.estimates.break_even import BreakEven, break_even
from production.frontdesk.estimates.layouts import is_with_the_grain
from production.frontdesk.estimates.pieces import Packed, Piece, packed, piece_of
from production.frontdesk.estimates.presswork import Way
from production.frontdesk.estimates.rejections import Rejection
from production.frontdesk.estimates.routes import route_of, thickness_rejections
from production.frontdesk.estimates.search import Asked, Found, search
from production.frontdesk.estimates.working import Line, Working


@dataclass(frozen=True, slots=True)
class Told:
    """A figure that only this family tells."""

    figure: Figure
    value: Number


@dataclass(frozen=True, slots=True)
class Estimate:
    """All of it; ``alternatives`` cheapest first, ``explain``: the working of the first; ``crossing``: the break-even,
    or why there is none.
    """

    makeup: Makeup
    alternatives: tuple[Alternative, ...]
    rejected: tuple[Rejection, ...]
    crossing: BreakEven | str
    piece: Piece
    packed: Packed
    figures: tuple[Told, ...]
    findings: tuple[Finding, ...]
    explain: tuple[Line, ...]

    @property
    def break_even(self) -> BreakEven | None:
        """From where offset costs less."""
        return self.crossing if isinstance(self.crossing, BreakEven) else None

    @property
    def no_break_even(self) -> str:
        """Why there is none; empty where there is one."""
        return self.crossing if isinstance(self.crossing, str) else ""

    @property
    def chosen(self) -> Alternative:
        """The cheapest."""
        return self.alternatives[0]


def estimate(spec: Spec, standards: Standards, known: Families) -> Estimate:
    """The estimate of a specification. InvalidInput or NotFound with code and ``field`` for what cannot be made;
    NO_ROUTE carries every rejection.
    """
    return _estimate(_Planned(made_up(spec, known, standards), standards))


def _estimate(planned: _Planned) -> Estimate:
    makeup, standards = planned.makeup, planned.standards
    findings, quantity = findings_of(makeup, standards), makeup.spec.quantity
    working = Working()
    piece = piece_of(makeup, standards, working)
    pack = packed(makeup, piece, standards, working)
    alternatives = planned.alternatives(quantity)
    chosen = alternatives[0]
    return Estimate(
        makeup, alternatives, planned.rejected,
        break_even(alternatives, planned.total, quantity), piece, pack,
        tuple(Told(one, value_of(one.formula, makeup.figures)) for one in makeup.family.figures),
        (*findings, *planned.findings, *planned.turned(chosen)), (*chosen.working.lines, *working.lines),
    )  # fmt: skip


def ladder(
    spec: Spec, standards: Standards, known: Families, quantities: Iterable[int]
) -> list[tuple[int, Alternative]]:
    """Quantities with the cheapest way of each."""
    return _ladder(_Planned(made_up(spec, known, standards), standards), quantities)


def estimate_with_ladder(
    spec: Spec, standards: Standards, known: Families, quantities: Iterable[int]
) -> tuple[Estimate, list[tuple[int, Alternative]]]:
    """Both, for which its ways are looked for once."""
    planned = _Planned(made_up(spec, known, standards), standards)
    rungs = _ladder(planned, quantities)
    return _estimate(planned), rungs


def _ladder(planned: _Planned, quantities: Iterable[int]) -> list[tuple[int, Alternative]]:
    findings_of(planned.makeup, planned.standards)
    return [(quantity, planned.alternatives(quantity)[0]) for quantity in quantities]


class _Planned:
    """An order with its route and every way to print each of its components."""

    def __init__(self, makeup: Makeup, standards: Standards) -> None:
        self.makeup, self.standards = makeup, standards
        press = makeup.spec.force.press
        if press and press not in standards.presses:
            raise InvalidInput(
                f"There is no press {press} among the standards.",
                code="STANDARD_MISSING",
                field="force.press",
            )
        self.route, self.findings = route_of(makeup, standards)
        self.pricing = Pricing(self.route, makeup, standards)
        self._alternatives: dict[int, tuple[Alternative, ...]] = {}

    @cached_property
    def found(self) -> tuple[Found, ...]:
        """By component. What is forced holds for the first; others go free where they cannot follow."""
        first, *others = self.makeup.components
        return (self._search(first, self.makeup.spec.force), *(self._follow(one) for one in others))

    @cached_property
    def rejected(self) -> tuple[Rejection, ...]:
        """Everything that was not possible, each once."""
        every = [*thickness_rejections(self.route, self.makeup)]
        every += [one for found in self.found for one in found.rejected]
        return tuple(dict.fromkeys(every))

    @cached_property
    def combinations(self) -> list[tuple[Way, ...]]:
        """Each way of the first component, with the ways of the others that go best with it. InvalidInput NO_ROUTE."""
        if not all(found.ways for found in self.found) or any(thickness_rejections(self.route, self.makeup)):
            raise self._no_route()
        first, *others = self.found
        return [(way, *(self._beside(way, found) for found in others)) for way in first.ways]

    def alternatives(self, quantity: int) -> tuple[Alternative, ...]:
        """Cheapest first."""
        if quantity not in self._alternatives:
            every = (self.priced(ways, quantity) for ways in self.combinations)
            self._alternatives[quantity] = tuple(sorted(every, key=lambda one: (one.total, one.id)))
        return self._alternatives[quantity]

    def priced(self, ways: Sequence[Way], quantity: int) -> Alternative:
        """The order by these ways."""
        return self.pricing.priced(ways, quantity)

    def total(self, alternative: Alternative, quantity: int) -> Decimal:
        """What the same ways cost for another quantity."""
        return self.pricing.cost(alternative.ways, quantity)

    def turned(self, chosen: Alternative) -> Iterable[Finding]:
        """What the grain costs: the layout that lost its turn, or the score."""
        for at, (way, found) in enumerate(zip(chosen.ways, self.found, strict=True)):
            if way.scored:
                words = f"{way.component.name}: the grain runs across the fold, so it is scored."
                yield Finding("GRAIN", Severity.NOTE, words, "A sheet of the other grain needs no score.")
            elif not (self.route.scores or is_with_the_grain(way.grid, way.sheet, way.component.grain)):
                words = f"{way.component.name}: the grain runs across the fold; light paper folds so, less cleanly."
                yield Finding("GRAIN", Severity.NOTE, words, "A sheet of the other grain folds better.")
            lost = [one for one in found.lost if (one.machine, one.sheet) == (way.machine, way.sheet)]
            if lost:
                other = min((self._instead(chosen, at, one) for one in lost), key=lambda priced: priced.total)
                words = (
                    f"{way.component.name}: with the grain along the fold {way.grid.n_up}-up instead of "
                    f"{other.ways[at].grid.n_up}-up; that costs ${chosen.price - other.price}."
                )
                yield Finding("GRAIN", Severity.NOTE, words, "A sheet of the other grain would not.")

    def _instead(self, chosen: Alternative, at: int, lost: Way) -> Alternative:
        """What was chosen, with a layout that the grain forbids, as if it did not."""
        ways = (*chosen.ways[:at], replace(lost, scored=False), *chosen.ways[at + 1 :])
        return self.priced(ways, self.makeup.spec.quantity)

    def _search(self, component: MadeComponent, force: Force) -> Found:
        light = component.stock.caliper <= self.standards.rules.folds_across
        asked = Asked(
            component, self.makeup.spec.bleed, force,
            may_score=component.folds and self.route.score is not None, scores=component.folds and self.route.scores,
            may_cross=component.folds and component.kind in ("leaf", "folded") and light,
            may_cut=self.route.cut is not None,
        )  # fmt: skip
        return search(asked, self.standards)

    def _follow(self, component: MadeComponent) -> Found:
        forced = self._search(component, self.makeup.spec.force)
        if forced.ways or self.makeup.spec.force == Force():
            return forced
        words = f"{component.name}: cannot be printed as the order forces it; it goes where it can."
        self.findings.append(
            Finding("ORDER_FORCES", Severity.NOTE, words, "Order its stock or inks otherwise.")
        )
        return self._search(component, Force())

    def _beside(self, first: Way, found: Found) -> Way:
        """The cheapest way of another component: on the same press where that can, without a score where that goes."""
        ways = [way for way in found.ways if way.machine == first.machine] or found.ways
        return min(ways, key=lambda way: (way.scored, self._cost(way), way.machine))

    def _cost(self, way: Way) -> Decimal:
        if way not in self._costs:
            self._costs[way] = self.pricing.cost((way,), self.makeup.spec.quantity)
        return self._costs[way]

    @cached_property
    def _costs(self) -> dict[Way, Decimal]:
        return {}

    def _no_route(self) -> InvalidInput:
        sheet, rejected = self.makeup.spec.force.sheet, [one.plain() for one in self.rejected]
        flat = self.makeup.components[0].flat
        if sheet and any(side > room for side, room in zip(sorted(flat), sorted(sheet), strict=True)):
            return InvalidInput(
                "The flat piece is larger than the sheet that the order names.",
                code="SHEET_TOO_SMALL", field="force.sheet", rejected=rejected,
            )  # fmt: skip
        reasons = "; ".join(f"{one.machine}: {one.reason}" for one in self.rejected)
        return InvalidInput(
            f"No machine of the shop can make this. {reasons}.",
            code="NO_ROUTE", field="components", rejected=rejected,
        )  # fmt: skip
