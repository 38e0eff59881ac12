"""The sort of least postage for plans whose groups nest (5-digit in AADC in all): exact, see docs/least-postage.md.

A group may keep fewer pieces than it could, so that a coarser group reaches its minimum, or be left out. Only how
many pieces a group hands on matters; beyond the sum of the minimums still ahead, more pieces can go nowhere
better than to the next group, so states stop there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from kernel.errors import InvalidInput
from postal.presort_plan import Int64s
from postal.sort_plans import SortPlan
from postal.sorting import Keys

NEVER = np.int64(2**60)


@dataclass(slots=True, eq=False)
class _Node:
    """Pieces that may be handed on from a group or unit. State s < last: exactly s pieces; the last state: that
    many and ``locked`` more, which the next group will keep and whose price is in the cost (millionths).
    """

    cost: Int64s
    locked: Int64s
    settle: Callable[[int], None]


# Pieces a group hands on, by level and row; groups not named hand on what top-down would.
_Decisions = dict[tuple[int, int], int]


def least_postage(keys: Sequence[Keys], pieces: Int64s, plan: SortPlan, millionths: Sequence[int]) -> Int64s:
    """Pieces of each unit at each level, as ``sorting.top_down``, at the least total postage. InvalidInput
    LEAST_POSTAGE when levels do not nest or a coarser level is cheaper.
    """
    _check(keys, plan, millionths)
    minimums = [level.minimum for level in plan.levels]
    decisions = _decide(keys, pieces, minimums, list(millionths))
    placed = np.zeros((len(pieces), len(keys) + 1), np.int64)
    free = pieces.copy()
    for index, found in enumerate(keys):
        member = found.is_member
        there = np.bincount(found.row[member], weights=free[member], minlength=len(found.key)).astype(
            np.int64
        )
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


def _check(keys: Sequence[Keys], plan: SortPlan, millionths: Sequence[int]) -> None:
    fits = plan.levels[-1].key == "all" and all(a <= b for a, b in pairwise(millionths))
    for index, finer in enumerate(keys):
        for coarser in keys[index + 1 :]:
            pairs = np.unique(np.stack([finer.row, coarser.row])[:, finer.is_member], axis=1)
            fits = fits and pairs.shape[1] == len(finer.key)
    if not fits:
        raise InvalidInput(
            f"{plan.title}: levels do not nest or a coarser level is cheaper, so least postage is not computed.",
            code="LEAST_POSTAGE",
            remedy="Sort this mailing top-down.",
        )


def _decide(keys: Sequence[Keys], pieces: Int64s, minimums: list[int], prices: list[int]) -> _Decisions:
    """Bottom up: which pieces could be handed on at what cost; then, from the top, what each group does."""
    decisions: _Decisions = {}
    count, last = len(pieces), len(keys) - 1
    ahead = [sum(minimums[level + 1 : last]) for level in range(len(keys))]  # minimums still ahead
    free = pieces.astype(np.int64).copy()  # pieces of units without a choice so far
    nodes: dict[int, list[_Node]] = {}  # by the first unit of the group they stand for
    for level in range(last):
        found, minimum = keys[level], minimums[level]
        member = found.is_member
        there = np.bincount(found.row[member], weights=free[member], minlength=len(found.key)).astype(
            np.int64
        )
        mine: dict[int, list[_Node]] = {}
        for unit in [unit for unit in nodes if member[unit]]:
            mine.setdefault(int(found.row[unit]), []).extend(nodes.pop(unit))
        first_unit = np.full(len(found.key), count)
        np.minimum.at(first_unit, found.row[member], np.flatnonzero(member))
        next_price = _next_prices(keys, prices, level, first_unit)
        open_groups = (there >= minimum) & (ahead[level] > 0)
        emptied = np.append((there >= minimum) & (ahead[level] == 0), False)
        for row in sorted(set(np.flatnonzero(open_groups).tolist()) | set(mine)):
            node = _group_node(
                decisions,
                (level, row),
                int(there[row]),
                mine.get(row, []),
                minimum=minimum,
                price=prices[level],
                until=ahead[level],
                then=int(next_price[row]),
                before=ahead[level] + minimum,
            )
            nodes.setdefault(int(first_unit[row]), []).append(node)
            emptied[row] = True
        free[member & emptied[found.row]] = 0
    for node in [node for group in nodes.values() for node in group]:
        node.settle(_cheapest(node, prices[-1]))
    return decisions


def _cheapest(node: _Node, price: int) -> int:
    """The state to take where what is handed on costs ``price`` and nobody counts it."""
    return int(np.argmin(np.where(node.cost < NEVER, node.cost + price * np.arange(len(node.cost)), NEVER)))


def _next_prices(
    keys: Sequence[Keys], prices: list[int], level: int, first_unit: npt.NDArray[np.int64]
) -> Int64s:
    """Price of the next level that has a group for these pieces."""
    found = np.full(len(first_unit), prices[-1], np.int64)
    for later in range(len(keys) - 1, level, -1):
        found[keys[later].is_member[first_unit]] = prices[later]
    return found


def _group_node(
    decisions: _Decisions,
    group: tuple[int, int],
    forced: int,
    children: Sequence[_Node],
    *,
    minimum: int,
    price: int,
    until: int,
    then: int,
    before: int,
) -> _Node:
    """One group: ``forced`` pieces that nobody finer keeps and its children's, up to state ``before``; handing
    on up to state ``until``, the rest at price ``then``.
    """
    if forced >= before:
        inside = _plenty(forced, children, before, price)
    else:
        inside = _clipped(forced, before, price)
        for child in children:
            inside = _join(inside, child, before, price)
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

    return _Node(cost, locked, settle)


def _plenty(forced: int, children: Sequence[_Node], before: int, price: int) -> _Node:
    """Enough for every minimum ahead without the children's pieces: each child does what is cheapest for it."""
    node = _clipped(forced, before, price)
    states = [_cheapest(child, price) for child in children]
    for child, state in zip(children, states, strict=True):
        node.cost[before] += child.cost[state] + state * price
        node.locked[before] += state + child.locked[state]

    def settle(_state: int) -> None:
        for child, state in zip(children, states, strict=True):
            child.settle(state)

    return _Node(node.cost, node.locked, settle)


def _clipped(pieces: int, until: int, then: int) -> _Node:
    """A node without a choice."""
    cost, locked = np.full(until + 1, NEVER), np.zeros(until + 1, np.int64)
    state = min(pieces, until)
    cost[state], locked[state] = (pieces - state) * then, pieces - state
    return _Node(cost, locked, lambda _state: None)


def _join(one: _Node, other: _Node, until: int, then: int) -> _Node:
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

    return _Node(cost, locked, settle)
