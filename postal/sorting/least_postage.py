"""The sort of least postage for plans whose groups nest (5-digit in AADC in all): exact, see docs/least-postage.md.

A group may keep fewer pieces than it could, so that a coarser group reaches its minimum, or be left out. Only how
many pieces a group hands on matters; beyond the sum of the minimums still ahead, more pieces can go nowhere
better than to the next group, so states stop there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kernel.errors import InvalidInput
from postal.plans.sort_plans import SortPlan
from postal.sorting.cells import Keys
from postal.sorting.presort_plan import Int32s, Int64s

NEVER = np.int64(2**60)
_WIDE = np.int64(2**32)  # a pair of rows in one word


@dataclass(slots=True, eq=False)
class Node:
    """Pieces that may be handed on from a group or unit. State s < last: exactly s pieces; the last state: that
    many and ``locked`` more, which the next group will keep and whose price is in the cost (millionths).
    """

    cost: Int64s
    locked: Int64s
    settle: Callable[[int], None]


# Pieces a group hands on, by level and row; groups not named hand on what top-down would.
Decisions = dict[tuple[int, int], int]


@dataclass(slots=True, eq=False)
class Tree:
    """Every choice below the last level. ``nodes``: by the first unit of what they stand for; ``free``: pieces of
    each unit that come to the last level without a choice; ``decisions`` are filled by settling the nodes.
    """

    nodes: dict[int, list[Node]]
    free: Int64s
    decisions: Decisions


def least_postage(keys: Sequence[Keys], pieces: Int64s, plan: SortPlan, millionths: Sequence[int]) -> Int64s:
    """Pieces of each unit at each level, as ``sorting.top_down``, at the least total postage. InvalidInput
    LEAST_POSTAGE when levels do not nest or a coarser level is cheaper.
    """
    minimums = [level.minimum for level in plan.levels]
    if all(level.key == "route" for level in plan.levels):
        return _route_by_route(keys, pieces, minimums, millionths)
    keys = nested(keys, plan, millionths)
    tree = grow(keys, pieces, minimums, millionths)
    for node in [node for group in tree.nodes.values() for node in group]:
        node.settle(cheapest(node, millionths[-1]))
    return place(keys, pieces, minimums, tree.decisions)


def _route_by_route(
    keys: Sequence[Keys], pieces: Int64s, minimums: Sequence[int], millionths: Sequence[int]
) -> Int64s:
    """A route is a group of its own at every level, so all its pieces go to the cheapest level they reach."""
    reached = [found.is_member & (pieces >= minimum) for found, minimum in zip(keys, minimums, strict=True)]
    price = np.where(np.array(reached), np.array(millionths, np.int64)[:, None], NEVER)
    level = np.where(np.any(reached, axis=0), np.argmin(price, axis=0), len(keys))
    placed = np.zeros((len(pieces), len(keys) + 1), np.int64)
    placed[np.arange(len(pieces)), level] = pieces
    return placed


def place(keys: Sequence[Keys], pieces: Int64s, minimums: Sequence[int], decisions: Decisions) -> Int64s:
    """Top-down, but for the pieces that decisions have groups hand on."""
    placed = np.zeros((len(pieces), len(keys) + 1), np.int64)
    free = pieces.copy()
    for index, found in enumerate(keys):
        member = found.is_member
        there = _sums(found, free)
        keeps = np.where(there >= minimums[index], there, 0)
        for (level, row), handed_on in decisions.items():
            if level == index:
                keeps[row] = there[row] - handed_on
        takes = member & np.append(keeps > 0, False)[found.row]
        placed[takes, index] = free[takes]
        for row in np.flatnonzero((keeps > 0) & (keeps < there)).tolist():
            units = np.flatnonzero(found.row == row)
            _hand_on(placed, units, index, int(there[row] - keeps[row]))
        free = free - placed[:, index]
    placed[:, -1] = free
    return placed


def _hand_on(placed: Int64s, units: npt.NDArray[np.intp], level: int, count: int) -> None:
    """Take ``count`` pieces out of a group, from its last unit backwards."""
    for unit in units[::-1].tolist():
        taken = min(count, int(placed[unit, level]))
        placed[unit, level] -= taken
        count -= taken
        if not count:
            return


def nested(keys: Sequence[Keys], plan: SortPlan, millionths: Sequence[int]) -> tuple[Keys, ...]:
    """The groups that a best sort needs: not one that lies in a group before it which needs no more pieces and costs
    no more (a ZIP at origin prices beside the same ZIP at those of its SCF, a ZIP of a scheme). InvalidInput
    LEAST_POSTAGE unless, for each unit, every group left lies in the next one and costs no more.
    """
    kept = [Keys(found.key, found.row.copy()) for found in keys]
    for one, other in _pairs(len(keys)):
        if plan.levels[one].minimum > plan.levels[other].minimum or millionths[one] > millionths[other]:
            continue
        inside = _inside(keys[one], keys[other])
        kept[other].row[inside[kept[other].row] & kept[other].is_member] = -1
    fits = plan.levels[-1].key == "all" and plan.levels[-1].minimum == 1 and bool(keys[-1].is_member.all())
    for one, other in _pairs(len(keys)):
        finer, coarser = kept[one], kept[other]
        member = finer.is_member
        if fits and np.any(member & coarser.is_member):
            into = np.unique(finer.row[member] * _WIDE + coarser.row[member])
            fits = len(into) == len(np.unique(finer.row[member])) and millionths[one] <= millionths[other]
    if not fits:
        raise _refused(plan)
    return tuple(kept)


def _refused(plan: SortPlan) -> InvalidInput:
    return InvalidInput(
        f"{plan.title}: levels do not nest or a coarser level is cheaper, so least postage is not computed.",
        code="LEAST_POSTAGE",
        remedy="Sort this mailing level by level.",
    )


def _pairs(count: int) -> Iterator[tuple[int, int]]:
    return ((one, other) for one in range(count) for other in range(one + 1, count))


def _inside(one: Keys, other: Keys) -> npt.NDArray[np.bool_]:
    """For each group of ``other``: whether all its units are in one group of ``one``."""
    both = one.is_member & other.is_member
    joint, shared = np.unique(one.row[both] * _WIDE + other.row[both], return_counts=True)
    theirs = joint % _WIDE
    inside = np.zeros(len(other.key) + 1, np.bool_)
    inside[theirs[shared == np.bincount(other.row[other.is_member], minlength=len(other.key))[theirs]]] = True
    return inside


def _sums(found: Keys, pieces: Int64s) -> Int64s:
    member = found.is_member
    sums = np.bincount(found.row[member], weights=pieces[member], minlength=len(found.key))
    return sums.astype(np.int64)


def _ahead(keys: Sequence[Keys], minimums: Sequence[int], spare: int) -> list[Int32s]:
    """For each level and unit the sum of the minimums after it, the last level's left out, and ``spare``."""
    still = np.full(len(keys[0].row), spare, np.int32)
    found = []
    for level in range(len(keys) - 2, -1, -1):
        found.append(still.copy())
        still = still + np.where(keys[level].is_member, np.int32(minimums[level]), np.int32(0))
    return found[::-1]


def grow(
    keys: Sequence[Keys], pieces: Int64s, minimums: Sequence[int], prices: Sequence[int], *, spare: int = 0
) -> Tree:
    """Bottom up: which pieces could be handed on at what cost, up to the last level. ``spare``: how many pieces
    of a group something else than this plan's levels may ask for.
    """
    decisions: Decisions = {}
    count, last = len(pieces), len(keys) - 1
    ahead_of = _ahead(keys, minimums, spare)
    free = pieces.astype(np.int64).copy()  # pieces of units without a choice so far
    nodes: dict[int, list[Node]] = {}  # by the first unit of the group they stand for
    for level in range(last):
        found, minimum = keys[level], minimums[level]
        member = found.is_member
        there = _sums(found, free)
        mine: dict[int, list[Node]] = {}
        for unit in [unit for unit in nodes if member[unit]]:
            mine.setdefault(int(found.row[unit]), []).extend(nodes.pop(unit))
        first_unit = np.full(len(found.key), count)
        np.minimum.at(first_unit, found.row[member], np.flatnonzero(member))
        is_used = first_unit < count
        ahead = np.where(is_used, np.append(ahead_of[level], 0)[first_unit], 0)
        next_price = _next_prices(keys, prices, level, np.where(is_used, first_unit, 0))
        open_groups = (there >= minimum) & (ahead > 0)
        emptied = np.append((there >= minimum) & (ahead == 0), False)
        for row in sorted(set(np.flatnonzero(open_groups).tolist()) | set(mine)):
            node = _group_node(
                decisions,
                (level, row),
                int(there[row]),
                mine.get(row, []),
                minimum=minimum,
                price=int(prices[level]),
                until=int(ahead[row]),
                then=int(next_price[row]),
            )
            nodes.setdefault(int(first_unit[row]), []).append(node)
            emptied[row] = True
        free[member & emptied[found.row]] = 0
    return Tree(nodes, free, decisions)


def cheapest(node: Node, price: int) -> int:
    """The state to take where what is handed on costs ``price`` and nobody counts it."""
    return int(np.argmin(np.where(node.cost < NEVER, node.cost + price * np.arange(len(node.cost)), NEVER)))


def _next_prices(
    keys: Sequence[Keys], prices: Sequence[int], level: int, first_unit: npt.NDArray[np.int64]
) -> Int64s:
    """Price of the next level that has a group for these pieces."""
    found = np.full(len(first_unit), prices[-1], np.int64)
    for later in range(len(keys) - 1, level, -1):
        found[keys[later].is_member[first_unit]] = prices[later]
    return found


def _group_node(
    decisions: Decisions,
    group: tuple[int, int],
    forced: int,
    children: Sequence[Node],
    *,
    minimum: int,
    price: int,
    until: int,
    then: int,
) -> Node:
    """One group: ``forced`` pieces that nobody finer keeps and its children's, up to its minimum more than it may
    hand on; handing on up to state ``until``, the rest at price ``then``.
    """
    before = until + minimum
    if forced >= before:
        inside = _plenty(forced, children, before, price)
    else:
        inside = clipped(forced, before, price)
        for child in children:
            inside = join(inside, child, before, price)
    cost = np.full(until + 1, NEVER)
    locked = np.zeros(until + 1, np.int64)
    choice = np.zeros(until + 1, np.int64)
    out = np.zeros(until + 1, np.int64)
    for state in np.flatnonzero(inside.cost < NEVER).tolist():
        more, so_far = int(inside.locked[state]), int(inside.cost[state])
        most = min(until, state + more - minimum, state)
        if most >= 0:  # formed: hands on 0..most
            handed = np.arange(most + 1)
            tried = so_far + price * (state - handed)
            better = tried < cost[: most + 1]
            cost[: most + 1][better], choice[: most + 1][better] = tried[better], state
            locked[: most + 1][better], out[: most + 1][better] = 0, handed[better]
        if not more:  # left out: hands on everything
            kept = max(0, state - until)
            at = state - kept
            if so_far + kept * then < cost[at]:
                cost[at], choice[at], locked[at], out[at] = so_far + kept * then, state, kept, state

    def settle(state: int) -> None:
        decisions[group] = int(out[state])
        inside.settle(int(choice[state]))

    return Node(cost, locked, settle)


def _plenty(forced: int, children: Sequence[Node], before: int, price: int) -> Node:
    """Enough for every minimum ahead without the children's pieces: each child does what is cheapest for it."""
    node = clipped(forced, before, price)
    states = [cheapest(child, price) for child in children]
    for child, state in zip(children, states, strict=True):
        node.cost[before] += child.cost[state] + state * price
        node.locked[before] += state + child.locked[state]

    def settle(_state: int) -> None:
        for child, state in zip(children, states, strict=True):
            child.settle(state)

    return Node(node.cost, node.locked, settle)


def clipped(pieces: int, until: int, then: int) -> Node:
    """A node without a choice."""
    cost, locked = np.full(until + 1, NEVER), np.zeros(until + 1, np.int64)
    state = min(pieces, until)
    cost[state], locked[state] = (pieces - state) * then, pieces - state
    return Node(cost, locked, lambda _state: None)


def join(one: Node, other: Node, until: int, then: int) -> Node:
    """Both together: the cheapest way to each sum, sums beyond ``until`` clipped there at price ``then``."""
    cost, locked = np.full(until + 1, NEVER), np.zeros(until + 1, np.int64)
    left = np.zeros(until + 1, np.int64)
    right = np.zeros(until + 1, np.int64)
    theirs = np.flatnonzero(other.cost < NEVER)
    for state in np.flatnonzero(one.cost < NEVER).tolist():
        sums = state + theirs
        beyond = np.maximum(0, sums - until)
        tried = one.cost[state] + other.cost[theirs] + beyond * then
        order = np.argsort(tried, kind="stable")[
            ::-1
        ]  # where sums meet at the end, the cheapest is written last
        at = np.minimum(sums, until)[order]
        better = tried[order] < cost[at]
        into, pick = at[better], theirs[order][better]
        cost[into] = tried[order][better]
        locked[into] = one.locked[state] + other.locked[pick] + beyond[order][better]
        left[into], right[into] = state, pick

    def settle(state: int) -> None:
        one.settle(int(left[state]))
        other.settle(int(right[state]))

    return Node(cost, locked, settle)
