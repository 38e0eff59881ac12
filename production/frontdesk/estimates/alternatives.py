"""An alternative: the whole order by one way of printing it, with counts, minutes, cost and price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from kernel.errors import InvalidInput
from kernel.money import Extended, Money, to_cents
from production.catalog.products.makeup import Makeup
from production.catalog.products.standards import Standards
from production.frontdesk.estimates.bindery import Done, done
from production.frontdesk.estimates.layouts import Size, room
from production.frontdesk.estimates.presswork import Printed, Way, printed
from production.frontdesk.estimates.routes import Route
from production.frontdesk.estimates.waste import Step, backwards
from production.frontdesk.estimates.working import Standing, Working

_MARKUP = Standing("rules.markup", "the shop's rules")
_SPREAD = Standing("rules.spread", "the shop's rules")


class Cost(NamedTuple):
    """Exact dollars of an alternative, by what they are for."""

    paper: Decimal
    press: Decimal
    clicks: Decimal
    plates: Decimal
    bindery: Decimal
    outside: Decimal


@dataclass(frozen=True, slots=True)
class Alternative:
    """The order by one way. ``cut_down``: parents cut to press sheets, by component; ``least``, ``most``: the price if
    minutes stray from the standard as far as they do.
    """

    ways: tuple[Way, ...]
    cut_down: tuple[Done, ...]
    printed: tuple[Printed, ...]
    done: tuple[Done, ...]
    cost: Cost
    total: Decimal
    price: Money
    least: Money
    most: Money
    working: Working

    @property
    def id(self) -> str:
        """Press, sheet and work style of its first component, as in ``DIG-1/12x18/perfecting``; then the parent that it
        is cut of, and the grain that the sheet has, as in ``/of-25x38-short``.
        """
        way = self.ways[0]
        scored = "/scored" if way.scored else ""
        parent = f"/of-{_by(way.bought.size)}-{way.sheet.grain}" if way.bought is not way.sheet else ""
        return f"{way.machine}/{_by(way.sheet.size)}/{way.style}{scored}{parent}"

    @property
    def minutes(self) -> Decimal:
        """Of all machines."""
        steps: tuple[Printed | Done, ...] = (*self.cut_down, *self.printed, *self.done)
        return sum((one.minutes for one in steps), Decimal(0))


def _by(size: Size) -> str:
    return "x".join(f"{side.normalize():f}" for side in size)


def priced(
    ways: Sequence[Way], route: Route, makeup: Makeup, standards: Standards, quantity: int
) -> Alternative:
    """The order by these ways, one for each component."""
    working = Working()
    route = route.scored() if any(way.scored for way in ways) else route
    convention = standards.rules.waste
    fed = backwards(route.steps, quantity, convention, working)
    units = fed[0].given if fed else quantity
    presses, steps = [], []
    for way in ways:
        one, behind = _component(way, units, route, makeup, standards, working)
        presses.append(one)
        steps += behind
    cut_down = [done(one.cut_down, makeup, standards, working, one) for one in presses if one.cut_down]
    steps += [done(one, makeup, standards, working) for one in fed]
    cost = _cost(presses, [*cut_down, *steps], working)
    total = working.value("total", "paper + press + clicks + plates + bindery + outside", **cost._asdict())
    stray = (cost.press + cost.bindery) * standards.rules.spread
    return Alternative(
        tuple(ways), tuple(cut_down), tuple(presses), tuple(steps), cost, total,
        _price("price", total, Decimal(0), standards, working),
        _price("least", total, -stray, standards, working),
        _price("most", total, stray, standards, working),
        working,
    )  # fmt: skip


def _component(
    way: Way, units: int, route: Route, makeup: Makeup, standards: Standards, working: Working
) -> tuple[Printed, list[Done]]:
    """A component's sheets, with the cut behind the press and what is done before that."""
    convention, name = standards.rules.waste, way.component.name
    _layout(way, makeup, working)
    cut = backwards(_cut(way, route, makeup), units, convention, working)
    sheets = working.count(
        f"{name}: press sheets", "ceil(units * pieces / n_up)",
        units=cut[0].given if cut else units, pieces=way.component.pieces, n_up=way.grid.n_up,
    )  # fmt: skip
    on_sheets = backwards(route.on_sheets, sheets, convention, working)
    good = on_sheets[0].given if on_sheets else sheets
    made = printed(way, good, route.cut, convention, working)
    return made, [done(one, makeup, standards, working, made) for one in (*on_sheets, *cut)]


def _layout(way: Way, makeup: Makeup, working: Working) -> None:
    """How the sheet holds so many pieces; one that is the whole sheet needs no working."""
    name, grid = way.component.name, way.grid
    if way.is_whole_sheet:
        return
    width, height = reversed(way.component.flat) if grid.turned else way.component.flat
    across, down = room(grid.sheet, way.press)
    formula, standing = (
        "floor(room / (side + 2 * bleed))",
        Standing(f"presses.{way.machine}", way.press.source),
    )
    bleed = makeup.spec.bleed
    working.count(
        f"{name}: n_up", "across * down",
        across=working.count(f"{name}: across", formula, standing, room=across, side=width, bleed=bleed),
        down=working.count(f"{name}: down", formula, standing, room=down, side=height, bleed=bleed),
    )  # fmt: skip


def _cut(way: Way, route: Route, makeup: Makeup) -> Sequence[Step]:
    """The cut, unless nobody asked for one and the piece is the whole sheet. InvalidInput STANDARD_MISSING."""
    forced = makeup.spec.force.route
    if forced is None and way.is_whole_sheet and "cut" not in makeup.finishing:
        return ()
    if route.cut:
        return (route.cut,)
    if forced is not None:
        return ()
    raise InvalidInput(
        "Nothing says how long it takes to cut.", code="STANDARD_MISSING", field="operations.cut"
    )


def _cost(presses: Sequence[Printed], steps: Sequence[Done], working: Working) -> Cost:
    return Cost(
        working.total("paper", [one.paper for one in presses]),
        working.total("press", [one.press for one in presses]),
        working.total("clicks", [one.clicks_cost for one in presses]),
        working.total("plates", [one.plates_cost for one in presses]),
        working.total("bindery", [one.cost for one in steps]),
        working.total("outside", [one.outside for one in steps if one.outside]),
    )


def _price(name: str, total: Decimal, stray: Decimal, standards: Standards, working: Working) -> Money:
    """total x (1 + markup), rounded half up once."""
    found = working.value(
        name, "(total + stray) * (1 + markup)", _SPREAD if stray else _MARKUP,
        total=total, stray=stray, markup=standards.rules.markup,
    )  # fmt: skip
    return to_cents(Extended(found))
