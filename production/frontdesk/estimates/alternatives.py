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

    @property
    def buys_paper(self) -> bool:
        """Some of its paper does not lie on the shelf."""
        return not all(way.component.stock.on_shelf for way in self.ways)


def _by(size: Size) -> str:
    return "x".join(f"{side.normalize():f}" for side in size)


class Pricing:
    """An order whose ways are priced one after the other. What several of them share is worked out once: the bindery of
    a quantity, and a component by a way beside others.
    """

    def __init__(self, route: Route, makeup: Makeup, standards: Standards) -> None:
        self.makeup, self.standards = makeup, standards
        self._routes = {False: route, True: route.scored()}
        self._fed: dict[tuple[bool, int], _Fed] = {}
        self._made: dict[tuple[Way, bool, int], _Made] = {}

    def priced(self, ways: Sequence[Way], quantity: int) -> Alternative:
        """The order by these ways, one for each component."""
        is_scored = any(way.scored for way in ways)
        fed = self._bindery(quantity, is_scored=is_scored)
        made = [self._component(way, fed.units, is_scored=is_scored) for way in ways]
        parts = [fed.before, *(one.working for one in made), *(one.cutting for one in made), fed.after]
        working = Working([line for part in parts for line in part.lines])
        steps = [*(step for one in made for step in one.behind), *fed.done]
        cut_down = [one.cut_down for one in made if one.cut_down]
        printed = [one.printed for one in made]
        cost = _cost(printed, [*cut_down, *steps], working)
        total = working.value(
            "total", "paper + press + clicks + plates + bindery + outside", **cost._asdict()
        )
        stray = (cost.press + cost.bindery) * self.standards.rules.spread
        return Alternative(
            tuple(ways), tuple(cut_down), tuple(printed), tuple(steps), cost, total,
            _price("price", total, Decimal(0), self.standards, working),
            _price("least", total, -stray, self.standards, working),
            _price("most", total, stray, self.standards, working),
            working,
        )  # fmt: skip

    def cost(self, ways: Sequence[Way], quantity: int) -> Decimal:
        """What that comes to, without its working: for comparing ways of which no other figure is told."""
        is_scored = any(way.scored for way in ways)
        fed = self._bindery(quantity, is_scored=is_scored)
        made = [self._component(way, fed.units, is_scored=is_scored) for way in ways]
        presses = [one.printed for one in made]
        steps = [*fed.done, *(step for one in made for step in (*one.behind, *filter(None, [one.cut_down])))]
        return sum(
            (one.paper + one.press + one.clicks_cost + one.plates_cost for one in presses),
            sum((one.cost + one.outside for one in steps), Decimal(0)),
        )

    def _bindery(self, quantity: int, *, is_scored: bool) -> _Fed:
        """What is done to whole pieces, whichever way they were printed."""
        key = is_scored, quantity
        if key not in self._fed:
            before, after = Working(), Working()
            fed = backwards(self._routes[is_scored].steps, quantity, self.standards.rules.waste, before)
            steps = [done(one, self.makeup, self.standards, after) for one in fed]
            self._fed[key] = _Fed(fed[0].given if fed else quantity, steps, before, after)
        return self._fed[key]

    def _component(self, way: Way, units: int, *, is_scored: bool) -> _Made:
        key = way, is_scored, units
        if key not in self._made:
            route, working, cutting = self._routes[is_scored], Working(), Working()
            one, behind = _component(way, units, route, self.makeup, self.standards, working)
            fed = one.cut_down
            cut_down = done(fed, self.makeup, self.standards, cutting, one) if fed else None
            self._made[key] = _Made(one, behind, cut_down, working, cutting)
        return self._made[key]


class _Fed(NamedTuple):
    """The bindery of a quantity: ``units`` that it is given, its steps, and their working in two parts: what they are
    given, and how long they take.
    """

    units: int
    done: list[Done]
    before: Working
    after: Working


class _Made(NamedTuple):
    """A component by a way: printed, what is done to it ``behind`` the press, and how its paper was cut down."""

    printed: Printed
    behind: list[Done]
    cut_down: Done | None
    working: Working
    cutting: Working


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
