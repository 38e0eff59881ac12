"""A plan that stands, gone on from: again as it stands, with one run moved by hand, or held for some hours; and which
jobs another plan moves, with the reason of each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from production.floor.schedule.board import Board, board_of, minute_of
from production.floor.schedule.clashes import broken_pins, no_room, pinned_clash
from production.floor.schedule.placing import NoRoom, Plan, begins, place
from production.floor.schedule.problem import Fixed, Operation, Problem, refusal


class Stands(NamedTuple):
    """Where an operation stands in the plan that was kept."""

    work_center: str
    start: datetime
    end: datetime


Standing = Mapping[str, Stands]  # by operation


def standing_of(board: Board, plan: Plan) -> Standing:
    """Where a plan has everything."""

    def moment(minute: int) -> datetime:
        return board.problem.now + timedelta(minutes=minute)

    return {
        one.id: Stands(
            board.problem.work_centers[placed.center].id, moment(begins(board, placed)), moment(placed.end)
        )
        for one, placed in zip(board.problem.operations, plan.placed, strict=True)
    }


@dataclass(frozen=True, slots=True)
class Moved:
    """A job that is done at another time. ``before`` is None where it had no place, ``after`` where it has none now."""

    job: str
    before: datetime | None
    after: datetime | None
    because: str


def again(problem: Problem, standing: Standing, first: Collection[str] = ()) -> tuple[Board, Plan]:
    """Everything in the order in which it stands, on the same work centers, what is new behind it. ``first`` goes
    before what else would begin in the same minute. InvalidInput PINNED_CLASH, SCHEDULE_INFEASIBLE.
    """
    board = board_of(problem)
    if clash := pinned_clash(board):
        raise clash
    at = {one.id: k for k, one in enumerate(problem.work_centers)}
    forced, keys = {}, []
    last = max((minute_of(problem, one.start) for one in standing.values()), default=0)
    for k, one in enumerate(problem.operations):
        stands = standing.get(one.id)
        if stands is None:
            keys.append(last + 1 + k / len(problem.operations))
        else:
            keys.append(minute_of(problem, stands.start) - 0.5 * (one.id in first))
            if stands.work_center in one.minutes:
                forced[k] = at[stands.work_center]
    try:
        plan = place(board, keys, forced, is_patient=True)
    except NoRoom as refused:
        raise no_room(problem, refused.operation) from None
    if plan.breaks:
        raise broken_pins(board, plan)
    return board, plan


def with_moved(
    problem: Problem,
    standing: Standing,
    operation: str,
    work_center: str,
    not_before: datetime,
    first: Collection[str] = (),
) -> tuple[Board, Plan]:
    """One run put on a work center, at the first moment from then on that what it waits for and what is pinned leave
    it; what stood there goes behind it, and what waits for it comes along. InvalidInput SPEC_FIELD where it cannot run
    there.
    """
    one = next((one for one in problem.operations if one.id == operation), None)
    if one is None or work_center not in one.minutes:
        raise refusal("SPEC_FIELD", f"{operation} cannot run on {work_center}.", "work_center")
    start = max(not_before, problem.now)
    released = max(start, one.release) if one.release else start
    moved = one.model_copy(
        update={
            "minutes": {work_center: one.minutes[work_center]}, "release": released, "fixed": None,
        }
    )  # fmt: skip
    standing = {
        **coming_along(problem, standing, operation, start),
        operation: Stands(work_center, start, start),
    }
    return again(_with(problem, {operation: moved}), standing, {operation, *first})


def coming_along(problem: Problem, standing: Standing, operation: str, start: datetime) -> Standing:
    """As if all that waits for an operation stood where that begins: its turn is when it is ready, not when it was."""
    after: dict[str, list[str]] = defaultdict(list)
    for one in problem.operations:
        for need in one.needs:
            after[need].append(one.id)
    found, todo = {}, list(after[operation])
    while todo:
        name = todo.pop()
        if name in standing and name not in found:
            found[name] = Stands(standing[name].work_center, start, start)
        todo += after.pop(name, ())
    return {**standing, **found}


def held(problem: Problem, standing: Standing, until: datetime, also: Collection[str] = ()) -> Problem:
    """The problem with all that begins before ``until``, and ``also``, pinned to where it would run if everything went
    on as it stands; what waits for something new is free.
    """
    board, plan = again(problem, standing, also)
    limit, fixed = minute_of(problem, until), {k for k, work in enumerate(board.works) if work.pin}
    pinned: dict[str, Operation] = {}
    for k in board.order:
        one, placed = problem.operations[k], plan.placed[k]
        start = begins(board, placed)
        is_due = one.id in also or (start < limit and one.id in standing)
        if k not in fixed and is_due and fixed.issuperset(board.works[k].needs):
            fixed.add(k)
            pinned[one.id] = fixed_at(board, plan, k)
    return _with(problem, pinned)


def fixed_at(board: Board, plan: Plan, k: int) -> Operation:
    """An operation pinned to where a plan has it."""
    one, placed = board.problem.operations[k], plan.placed[k]
    center = board.problem.work_centers[placed.center].id
    start = board.problem.now + timedelta(minutes=begins(board, placed))
    fixed = Fixed(work_center=center, start=start)
    return one.model_copy(update={"minutes": {center: one.minutes[center]}, "fixed": fixed})


def moved(
    board: Board,
    plan: Plan,
    standing: Standing,
    jobs: Mapping[str, str],
    names: Mapping[str, str],
    by_hand: str = "",
) -> list[Moved]:
    """The jobs that a plan has done at another time than they stand, in the order of the problem. ``jobs``: by
    operation of the standing plan; ``names`` of work centers, where they have others than their ids; ``by_hand``: the
    operation that a person has changed.
    """
    before: dict[str, datetime] = {}
    for operation, stands in standing.items():
        if operation in jobs:
            before[jobs[operation]] = max(stands.end, before.get(jobs[operation], stands.end))
    told, found = _Told(board, plan, standing, names, by_hand), []
    for at, job in enumerate(board.problem.jobs):
        last = max(board.by_job[at], key=lambda k: plan.placed[k].end, default=None)
        if last is None:
            continue
        after = told.moment(plan.placed[last].end)
        if after != before.get(job.id):
            found.append(Moved(job.id, before.get(job.id), after, told.because(last)))
    return found


class _Told:
    """Why a run is over at another time than it stood: back along what it waits for, to what is otherwise."""

    def __init__(
        self, board: Board, plan: Plan, standing: Standing, names: Mapping[str, str], by_hand: str
    ) -> None:
        self.board, self.plan, self.standing, self.names = board, plan, standing, names
        self.by_hand = by_hand
        self.ids = [one.id for one in board.problem.operations]
        self.ahead = _ahead((center, opened, k) for k, (center, opened, *_) in enumerate(plan.placed))
        stood = ((one.work_center, one.start, name) for name, one in standing.items())
        self.stood_ahead = _ahead(stood)

    def moment(self, minute: int) -> datetime:
        return self.board.problem.now + timedelta(minutes=minute)

    def because(self, k: int) -> str:
        for _ in self.ids:  # each is waited for once
            stood = self.standing.get(self.ids[k])
            if self.ids[k] == self.by_hand:
                return f"{self.ids[k]} is changed by hand."
            if stood is None:
                return f"{self.ids[k]} had no place before."
            if (need := self._moved_need(k)) is not None and self._waits(k, need):
                k = need
                continue
            if said := self._of_itself(k, stood):
                return said
            came_first = next(self._moved_before(k), None)
            if came_first is None:
                break
            k = came_first
        return f"{self.ids[k]} does not begin when it should: its hours, its paper or what runs have changed."

    def _of_itself(self, k: int, stood: Stands) -> str:
        """Where it is, for how long, and behind what."""
        placed, name = self.plan.placed[k], self.ids[k]
        center = self._center(k)
        if center != stood.work_center:
            return f"{name} runs on {self._name(center)} now."
        ahead, stood_ahead = self.ahead.get(k), self.stood_ahead.get(name)
        if ahead is not None and self.ids[ahead] != stood_ahead and self._start(k) > stood.start:
            return f"{self.ids[ahead]} goes before {name} on {self._name(center)}."
        is_there = stood_ahead in self.ids
        if self._start(k) < stood.start and is_there and (ahead is None or self.ids[ahead] != stood_ahead):
            return f"{stood_ahead} no longer goes before {name} on {self._name(center)}."
        if self.board.works[k].pin and self._start(k) != stood.start:
            return f"{name} is pinned to another time."
        if self._start(k) == stood.start and self.moment(placed.end) != stood.end:
            return f"{name} takes another time than planned, or its hours have changed."
        return ""

    def _moved_need(self, k: int) -> int | None:
        """Of what it waits for and what has moved, the last."""
        needs = [one for one in self.board.works[k].needs if self._is_moved(one)]
        return max(needs, key=lambda one: self.plan.placed[one].end, default=None)

    def _moved_before(self, k: int) -> Iterator[int]:
        """What runs before it and what it waits for, if they have moved."""
        for one in (self.ahead.get(k), self._moved_need(k)):
            if one is not None and self._is_moved(one):
                yield one

    def _waits(self, k: int, need: int) -> bool:
        """Does it begin when that is done, and not later?"""
        work, placed = self.board.works[k], self.plan.placed[k]
        open_ = self.board.centers[placed.center].open
        return open_.at(self.plan.placed[need].end + work.lag) >= placed.opened - placed.setup

    def _is_moved(self, k: int) -> bool:
        stood = self.standing.get(self.ids[k])
        return stood is None or (self._start(k), self.moment(self.plan.placed[k].end)) != stood[1:]

    def _start(self, k: int) -> datetime:
        return self.moment(begins(self.board, self.plan.placed[k]))

    def _center(self, k: int) -> str:
        return self.board.problem.work_centers[self.plan.placed[k].center].id

    def _name(self, center: str) -> str:
        return self.names.get(center, center)


def _ahead(runs: Iterable[tuple[Any, Any, Any]]) -> dict[Any, Any]:
    """What stands directly before each run, of (work center, start, run)."""
    lines: dict[Any, list[tuple[Any, Any]]] = defaultdict(list)
    for center, start, run in runs:
        lines[center].append((start, run))
    return {run: before for line in lines.values() for (_, before), (_, run) in pairwise(sorted(line))}


def _with(problem: Problem, other: Mapping[str, Operation]) -> Problem:
    changed = tuple(other.get(one.id, one) for one in problem.operations)
    return problem.model_copy(update={"operations": changed})
