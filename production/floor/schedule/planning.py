"""A schedule: the best of many dispatch rules, made better within a budget, with how good it is known to be."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal

from production.floor.schedule.board import Board, board_of
from production.floor.schedule.clashes import broken_pins, no_room, pinned_clash
from production.floor.schedule.improving import Budget, drawn, favored, rearranged
from production.floor.schedule.placing import NoRoom, Plan, begins, late_costs, place
from production.floor.schedule.problem import Problem
from production.floor.schedule.rules import RULES, Rule, dispatched, plans
from production.floor.schedule.solving import Solved, solve

# Operations placed for a second that is asked for: about what one core of 2020 does of it in half the time.
PLACED_A_SECOND = 100_000
_FAVORED, _REARRANGED = 0.7, 0.15  # of the budget; the rest goes to windows
_SMALL = 30  # operations that the solver is given whole
_WINDOW, _WINDOW_SECONDS, _WINDOW_COST = 8, 0.05, 20_000
_AHEAD, _BEYOND = (
    60,
    300,
)  # minutes: what runs before a late run is in its way; and how far its window reaches
_SOLVED_SHARE = 0.3  # seconds of the solver's own measure for one that is asked for

Status = Literal["optimal", "feasible", "rules", "moved"]


@dataclass(frozen=True, slots=True)
class Schedule:
    """A plan. ``status``: proven the best, improved, as a rule made it, or as a person changed it; ``bound``: weighted
    minutes late that no plan falls below; ``rule``: the best rule with what it came to.
    """

    board: Board
    plan: Plan
    status: Status
    bound: int
    rule: Rule | None = None
    by_rule: int = 0


def schedule(problem: Problem, *, seconds: float, seed: int) -> Schedule:
    """The same for the same question on every machine: ``seconds`` buy a fixed number of trials. InvalidInput
    PINNED_CLASH, SCHEDULE_INFEASIBLE.
    """
    board = board_of(problem)
    clash = pinned_clash(board)
    if clash:
        raise clash
    found = list(plans(board))
    if not found:
        raise _why_none(board)
    rule, first = min(found, key=lambda one: one[1].cost)
    bound, random = least_late(board), Random(seed)
    plan, solved_bound = _improved(board, first, bound, seconds, random)
    bound = max(bound, solved_bound)
    if plan.breaks:
        raise broken_pins(board, plan)
    status: Status = (
        "optimal" if plan.weighted <= bound else "feasible" if plan.cost < first.cost else "rules"
    )
    return Schedule(board, plan, status, bound, rule, first.weighted)


def as_moved(board: Board, plan: Plan) -> Schedule:
    """A plan that a person made."""
    return Schedule(board, plan, "moved", least_late(board))


def _improved(board: Board, plan: Plan, bound: int, seconds: float, random: Random) -> tuple[Plan, int]:
    """The plan, and the bound that the solver proved on the way."""
    total = seconds * PLACED_A_SECOND
    if _is_done(plan, bound) or total <= 0:
        return plan, 0
    plan = favored(board, plan, Budget(total * _FAVORED), random)
    if len(board.works) <= _SMALL and not _is_done(plan, bound):
        plan, proven = _whole(board, plan, seconds, random)
        if _is_done(plan, max(bound, proven)):
            return plan, proven
        return rearranged(board, plan, Budget(total * _REARRANGED), random), proven
    plan = rearranged(board, plan, Budget(total * _REARRANGED), random)
    return _in_windows(board, plan, bound, Budget(total * (1 - _FAVORED - _REARRANGED)), random), 0


def _is_done(plan: Plan, bound: int) -> bool:
    return plan.weighted <= bound and not plan.breaks


def _whole(board: Board, plan: Plan, seconds: float, random: Random) -> tuple[Plan, int]:
    """By the solver at once. What it is given to be done by leaves any better plan its time."""
    until = max(one.end for one in plan.placed) + plan.weighted + _BEYOND
    found = solve(
        board, plan, range(len(board.works)), until=until, seconds=seconds * _SOLVED_SHARE, seed=random.getrandbits(30)
    )  # fmt: skip
    if found is None:
        return plan, 0
    return min(plan, _taken(board, plan, found), key=lambda one: one.cost), found.bound


def _in_windows(board: Board, plan: Plan, bound: int, budget: Budget, random: Random) -> Plan:
    """By the solver, a few runs around one of a late job at a time."""
    while not _is_done(plan, bound) and budget.spend(_WINDOW_COST):
        chosen = _around_late(board, plan, random)
        if len(chosen) < 2:
            continue
        until = max(plan.placed[k].end for k in chosen) + _BEYOND
        found = solve(board, plan, chosen, until=until, seconds=_WINDOW_SECONDS, seed=random.getrandbits(30))
        if found is not None:
            plan = min(plan, _taken(board, plan, found), key=lambda one: one.cost)
    return plan


def _around_late(board: Board, plan: Plan, random: Random) -> list[int]:
    costs = late_costs(board, plan)
    if not costs:
        return []
    run = random.choice(board.by_job[drawn(costs, random)])
    centers = {way.center for way in board.works[run].ways}
    middle = begins(board, plan.placed[run]) - _AHEAD
    near = [
        (abs(begins(board, one) - middle), k)
        for k, one in enumerate(plan.placed)
        if one.center in centers and board.works[k].pin is None
    ]
    return [k for _, k in sorted(near)[:_WINDOW]]


def _taken(board: Board, plan: Plan, found: Solved) -> Plan:
    """The plan with some runs in another order and on other work centers."""
    now = {k: begins(board, one) for k, one in enumerate(plan.placed)} | found.keys
    where = {k: one.center for k, one in enumerate(plan.placed)} | found.centers
    try:
        return place(board, [now[k] for k in range(len(now))], where)
    except NoRoom:
        return plan


def least_late(board: Board) -> int:
    """Weighted minutes late when every job had the plant for itself: no plan falls below."""
    ends = [0] * len(board.works)
    for k in board.order:
        work = board.works[k]
        ready = max([work.release, *(ends[need] + work.lag for need in work.needs)])
        ends[k] = min(
            (_alone(board, k, center, minutes, ready) for center, minutes in work.ways), default=ready
        )
    late = 0
    for job, due in enumerate(board.jobs):
        end = max((ends[k] for k in board.by_job[job]), default=0)
        late += due.weight * max(0, end - due.minute)
    return late


def _alone(board: Board, k: int, center: int, minutes: int, ready: int) -> int:
    work, open_ = board.works[k], board.centers[center].open
    opened: int | None = work.pin.opened if work.pin else open_.at(ready)
    if not work.may_pause and opened is not None:
        opened = open_.fits(opened, minutes)
    if opened is None or opened + minutes > open_.total:
        return ready
    return open_.ended(opened + minutes) if minutes else ready


def _why_none(board: Board) -> Exception:
    try:
        dispatched(board, RULES[0])
    except NoRoom as refused:
        return no_room(board.problem, refused.operation)
    raise AssertionError("a rule found room that found none before")
