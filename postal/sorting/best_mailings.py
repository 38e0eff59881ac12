"""One list as an automation mailing, a machinable one, or both: which pieces travel where at the least postage.

Pieces without a delivery point cannot be automation. Alone they may be too few for a machinable mailing or for an
AADC of one; then automation pieces fill it up where that costs less. Exact: docs/least-postage.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from kernel.errors import InvalidInput
from kernel.money import Money
from postal.piece.mailpiece import Mailpiece, check_mailpiece
from postal.plans.sort_plans import at_least
from postal.prices.prices import PostageRate
from postal.sorting.cells import Mail, gather, level_keys, sort_in_units
from postal.sorting.least_postage import NEVER, Node, Tree, clipped, grow, join, nested, place
from postal.sorting.level_rates import LevelRates
from postal.sorting.presort import LEAST, plan_presort
from postal.sorting.presort_plan import Int64s, PieceColumns, PresortPlan
from postal.sorting.rule_book import RuleBook

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to mail the list; ``postage`` None = not lawful, too few pieces for two mailings."""

    name: str
    postage: Money | None


@dataclass(frozen=True, slots=True, eq=False)
class BestMailings:
    """The mailings chosen, rows of the list in each, and every way that was weighed. ``filled_up``: automation
    pieces that travel in the machinable mailing.
    """

    plans: tuple[PresortPlan, ...]
    rows: tuple[Rows, ...]
    alternatives: tuple[Alternative, ...]
    filled_up: int = 0

    @property
    def postage(self) -> Money:
        """Of all mailings."""
        return Money(sum(plan.postage.cents for plan in self.plans))

    @property
    def extended(self) -> Decimal:
        """The same before the cent: two ways may differ by less than one."""
        return sum((level.postage.value for plan in self.plans for level in plan.levels), Decimal(0))


def best_mailings(
    pieces: PieceColumns,
    automation: RuleBook,
    machinable: RuleBook,
    *,
    mailpiece: Mailpiece,
    mailer_line: str,
    payment: str = "metered",
) -> BestMailings:
    """The least postage of: automation with the rest as single pieces, all machinable, or two mailings.
    InvalidInput as ``plan_presort`` (RATE_MISSING names a price), LEAST_POSTAGE where prices are in an order that
    the argument does not cover.
    """

    def planned(rows: Rows, rules: RuleBook) -> PresortPlan:
        mine = pieces.take(rows)
        return plan_presort(
            mine, rules, mailpiece=mailpiece, mailer_line=mailer_line, payment=payment, policy=LEAST
        )

    every = np.arange(len(pieces))
    without = np.flatnonzero(pieces.zip11 < 0)
    alone = BestMailings((planned(every, automation),), (every,), ())
    if not len(without):  # a machinable sort is a lawful automation sort too, and no cheaper
        return BestMailings(alone.plans, alone.rows, (Alternative(_ALONE, alone.postage),))
    found = [
        (_ALONE, alone),
        (_MACHINABLE, BestMailings((planned(every, machinable),), (every,), ())),
        (_BOTH, None),
    ]
    moved = _filled_up(pieces, len(without), automation, machinable, mailpiece=mailpiece, payment=payment)
    if moved is not None:
        stays = np.setdiff1d(np.flatnonzero(pieces.zip11 >= 0), moved)
        goes = np.union1d(without, moved)
        plans = planned(stays, automation), planned(goes, machinable)
        found[-1] = (_BOTH, BestMailings(plans, (stays, goes), (), len(moved)))
    best = min((way for _, way in found if way), key=lambda way: way.extended)
    said = tuple(Alternative(name, way.postage if way else None) for name, way in found)
    return BestMailings(best.plans, best.rows, said, best.filled_up)


_ALONE = "automation, the rest as single pieces"
_MACHINABLE = "machinable"
_BOTH = "automation and machinable, two mailings"


@dataclass(frozen=True, slots=True, eq=False)
class _Area:
    """One AADC, or all ZIPs without one: its units, the pieces that must be machinable (``without``), and for
    each tree what its automation pieces may hand on.
    """

    units: npt.NDArray[np.intp]
    without: int
    is_listed: bool
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Option:
    """What it costs an area to give a number of pieces to the machinable mailing, from which state of which tree."""

    cost: int
    tree: int
    state: int


@dataclass(frozen=True, slots=True)
class _Prices:
    """Millionths: automation's mixed, machinable AADC and mixed; ``minimum`` of a machinable AADC."""

    mixed: int
    area: int
    area_mixed: int
    minimum: int


def _filled_up(
    pieces: PieceColumns,
    without: int,
    automation: RuleBook,
    machinable: RuleBook,
    *,
    mailpiece: Mailpiece,
    payment: str,
) -> Rows | None:
    """Rows of automation pieces for the machinable mailing; None when the list is too short for two mailings."""
    plans = automation.plan, machinable.plan
    rates = [
        LevelRates.find(
            rules,
            check_mailpiece(mailpiece, rules.standards, rules.plan.mail_class),
            weight_oz=mailpiece.weight_oz,
            payment=payment,
        )
        for rules in (automation, machinable)
    ]
    mine, theirs = (found.millionths for found in rates)
    _check(automation, machinable, mine, theirs, single=rates[0].single_piece)
    need = max(0, at_least(plans[1].minimum_pieces, plans[1].minimum_lb, mailpiece.weight_oz) - without)
    cap = len(pieces) - without
    cap -= at_least(plans[0].minimum_pieces, plans[0].minimum_lb, mailpiece.weight_oz)
    if cap < need:
        return None
    prices = _Prices(mine[-1], theirs[0], theirs[1], plans[1].levels[0].minimum)
    mail = gather(pieces, plans[0])
    search = _Search(mail, automation, mine, prices)
    chosen = search.choose(max(need, prices.minimum), need, None)
    if sum(chosen.values()) > cap:  # the automation mailing would fall under its minimum: count every piece
        chosen = search.choose(cap, need, cap)
    return _rows(pieces, mail, search.taken(chosen))


def _check(
    automation: RuleBook,
    machinable: RuleBook,
    mine: Sequence[int],
    theirs: Sequence[int],
    *,
    single: PostageRate | None,
) -> None:
    """Two machinable levels, the finer by the list of automation's AADC level; automation is nowhere costlier."""
    own, other = automation.plan.levels, machinable.plan.levels
    fits = (
        len(other) == 2
        and own[-2].list == other[0].list
        and own[-2].entry in {"", "origin"}
        and mine[-2] <= theirs[0] <= theirs[1]
        and mine[-1] <= theirs[1]
        and (single is None or theirs[1] <= int(single.rate.value * 1_000_000))
    )
    if not fits:
        raise InvalidInput(
            f"{automation.plan.title} and {machinable.plan.title}: their levels or prices are in an order for "
            "which the best of both is not computed.",
            code="LEAST_POSTAGE",
            remedy="Plan each of them and compare.",
        )


class _Search:
    """All that choosing needs: the automation pieces' groups and the pieces that must be machinable, by AADC."""

    def __init__(self, mail: Mail, automation: RuleBook, mine: Sequence[int], prices: _Prices) -> None:
        self.mail, self.prices, self.mine = mail, prices, list(mine)
        self.pieces = mail.pieces[: mail.sortable]
        self.keys = nested(level_keys(mail, automation), automation.plan, mine)
        self.minimums = [level.minimum for level in automation.plan.levels]
        name = automation.plan.levels[-2].list
        self.area_of = automation.lists.by_name[name].destinations(mail.zip5)
        self.trees: list[Tree] = []
        self.options: dict[int, dict[int, _Option]] = {}
        self.areas: dict[int, _Area] = {}

    def choose(self, until: int, need: int, cap: int | None) -> dict[int, int]:
        """Pieces of each area that go to the machinable mailing, ``need`` or more; no more than ``cap``."""
        lasts = [self.prices.mixed]
        if self.prices.area < self.prices.mixed and cap is None:
            lasts.append(self.prices.area)
        self.trees = [
            grow(self.keys, self.pieces, self.minimums, [*self.mine[:-1], last], spare=until)
            for last in lasts
        ]
        self.areas = self._areas(lasts, until)
        self.options = {area: self._options(found, lasts, until) for area, found in self.areas.items()}
        cheapest = {
            area: min(options, key=lambda moved: (options[moved].cost, moved))
            for area, options in self.options.items()
        }
        total = sum(cheapest.values())
        if total >= need and (cap is None or total <= cap):
            return cheapest
        return _knapsack(self.options, need, cap)

    def _areas(self, lasts: Sequence[int], until: int) -> dict[int, _Area]:
        """Everything of an AADC in one node for each tree."""
        of_unit = self.area_of[: self.mail.sortable]
        rest = self.area_of[self.mail.sortable :]
        found = {}
        for area in np.unique(self.area_of).tolist():
            units = np.flatnonzero(of_unit == area)
            mine = set(units.tolist())
            nodes = []
            for tree, last in zip(self.trees, lasts, strict=True):
                node = clipped(int(tree.free[units].sum()), until, last)
                for unit in [unit for unit in tree.nodes if unit in mine]:
                    for other in tree.nodes[unit]:
                        node = join(node, other, until, last)
                nodes.append(node)
            without = int(self.mail.pieces[self.mail.sortable :][rest == area].sum())
            found[area] = _Area(units, without, area >= 0, tuple(nodes))
        return found

    def _options(self, area: _Area, lasts: Sequence[int], until: int) -> dict[int, _Option]:
        """The least cost of each number of pieces that could go, over all trees and states."""
        best: dict[int, _Option] = {}

        def offer(moved: int, cost: int, tree: int, state: int) -> None:
            machinable = area.without + moved
            full = area.is_listed and machinable >= self.prices.minimum
            cost += machinable * (self.prices.area if full else self.prices.area_mixed)
            if moved not in best or cost < best[moved].cost:
                best[moved] = _Option(cost, tree, state)

        node = area.nodes[0]
        states = np.flatnonzero(node.cost < NEVER)
        stays = node.cost[states] + states * lasts[0]  # as if nothing moved; the locked are in the cost
        # The cheapest state from here on, for each number of pieces that must be handed on.
        after = np.minimum.accumulate(stays[::-1])[::-1]
        for moved in range(min(until, int(states[-1])) + 1 if len(states) else 0):
            at = int(np.searchsorted(states, moved))
            state = int(states[at + int(np.argmin(stays[at:]))])
            offer(moved, int(after[at]) - moved * lasts[0], 0, state)
        for tree, other in enumerate(area.nodes[1:], start=1):  # everything handed on goes
            for state in np.flatnonzero(other.cost < NEVER).tolist():
                locked = int(other.locked[state])
                offer(state + locked, int(other.cost[state]) - locked * lasts[tree], tree, state)
        return best

    def taken(self, chosen: Mapping[int, int]) -> Int64s:
        """Pieces of each unit that go."""
        for area, moved in chosen.items():
            option = self.options[area][moved]
            self.areas[area].nodes[option.tree].settle(option.state)
        mixed = [place(self.keys, self.pieces, self.minimums, tree.decisions)[:, -2] for tree in self.trees]
        taken = np.zeros(len(self.pieces), np.int64)
        for area, moved in chosen.items():
            units = self.areas[area].units[::-1]
            there = mixed[self.options[area][moved].tree][units]
            before = np.cumsum(there) - there
            taken[units] = np.clip(moved - before, 0, there)
        return taken


def _knapsack(options: Mapping[int, Mapping[int, _Option]], need: int, cap: int | None) -> dict[int, int]:
    """One option of each area at the least total; sums beyond ``need`` count as ``need`` where there is no cap."""
    size = need if cap is None else cap
    best = np.full(size + 1, NEVER)
    best[0] = 0
    picks: list[tuple[int, Int64s, Int64s]] = []
    for area, offered in options.items():
        grown = np.full(size + 1, NEVER)
        pick, back = np.zeros(size + 1, np.int64), np.zeros(size + 1, np.int64)
        known = np.flatnonzero(best < NEVER)
        for moved, option in offered.items():
            sums = known + moved
            fits = sums <= size if cap is not None else np.ones(len(sums), np.bool_)
            at, tried, source = np.minimum(sums[fits], size), best[known[fits]] + option.cost, known[fits]
            order = np.argsort(tried, kind="stable")[::-1]  # where sums meet, the cheapest is written last
            at, tried, source = at[order], tried[order], source[order]
            better = tried < grown[at]
            grown[at[better]], pick[at[better]], back[at[better]] = tried[better], moved, source[better]
        best = grown
        picks.append((area, pick, back))
    state = need + int(np.argmin(best[need:]))
    chosen = {}
    for area, pick, back in reversed(picks):
        chosen[area] = int(pick[state])
        state = int(back[state])
    return chosen


def _rows(pieces: PieceColumns, mail: Mail, taken: Int64s) -> Rows:
    """The last pieces of each unit, whatever the order of the list."""
    by_unit = sort_in_units(pieces, mail)
    ends = np.cumsum(mail.pieces)[: len(taken)]
    before = np.cumsum(taken) - taken
    place_in = np.repeat(ends - taken - before, taken) + np.arange(int(taken.sum()))
    rows: Rows = by_unit[place_in]
    return rows
