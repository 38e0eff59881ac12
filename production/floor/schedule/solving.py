"""A few operations in the best order that there is, by OR-Tools CP-SAT: all of a small problem, or the runs around a
late job with everything else where it stands.

In open minutes of its work center a run that may pause is one stretch, so that set-ups are arcs of a circuit; what is
waited for passes between work centers as minutes of the clock. Set-up counts as if it could pause, which may only make
the answer better than it can be: the bound holds, and a plan is made of the order by placing it.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from ortools.sat.python import cp_model

from production.floor.schedule.board import Board, Way
from production.floor.schedule.placing import Plan, begins, setup_minutes

Model = cp_model.CpModel
Var = cp_model.IntVar


@dataclass(frozen=True, slots=True)
class Solved:
    """``keys``: the minutes at which runs begin, ``centers`` where, by operation; ``bound``: weighted minutes late that
    no plan of these operations falls below.
    """

    keys: dict[int, int]
    centers: dict[int, int]
    bound: int


@dataclass(frozen=True, slots=True)
class _Run:
    """An operation on one of its work centers: whether it is there, and from which open minute."""

    is_there: Var
    opened: Var
    minutes: int


def solve(
    board: Board, plan: Plan, chosen: Sequence[int], *, until: int, seconds: float, seed: int
) -> Solved | None:
    """The operations in their best order, the others as in the plan, all begun by the minute ``until``. ``seconds`` of
    the solver's own measure, which is the same on every machine. None when nothing was found.
    """
    asked = _Asked(board, plan, chosen, until)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.max_deterministic_time = seconds
    if solver.solve(asked.model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    centers = {
        k: center
        for k, runs in asked.runs.items()
        for center, run in runs.items()
        if solver.boolean_value(run.is_there)
    }
    keys = {k: solver.value(start) for k, start in asked.starts.items()}
    return Solved(keys, centers, math.ceil(solver.best_objective_bound - 1e-6))


class _Asked:
    """The model: what stands and what is free."""

    def __init__(self, board: Board, plan: Plan, chosen: Sequence[int], until: int) -> None:
        self.board, self.plan, self.chosen, self.until = board, plan, set(chosen), until
        self.model = Model()
        self.runs: dict[int, dict[int, _Run]] = {}
        self.starts: dict[int, Var] = {}
        self.ends: dict[int, Var] = {}
        for k in chosen:
            self._operation(k)
        for k in chosen:
            self._waits(k)
        for center in range(len(board.centers)):
            self._line(center)
        self.model.minimize(sum(self._late(job) for job in {board.works[k].job for k in chosen}))

    def _operation(self, k: int) -> None:
        work, model, placed = self.board.works[k], self.model, self.plan.placed[k]
        self.starts[k] = model.new_int_var(min(0, work.pin.minute) if work.pin else 0, self.until, "")
        self.ends[k] = model.new_int_var(0, self.until, "")
        whole = len(self.chosen) == len(self.board.works)
        ways = [way for way in work.ways if whole or way.center in self._centers()]
        self.runs[k] = {way.center: self._run(k, way) for way in ways}
        model.add_exactly_one(run.is_there for run in self.runs[k].values())
        for center, run in self.runs[k].items():
            model.add_hint(run.is_there, center == placed.center)
        model.add_hint(self.starts[k], begins(self.board, placed))

    def _centers(self) -> set[int]:
        return {self.plan.placed[k].center for k in self.chosen}

    def _run(self, k: int, way: Way) -> _Run:
        """Its minute of the clock at both ends follows from the windows in which they lie."""
        model, work, open_ = self.model, self.board.works[k], self.board.centers[way.center].open
        first, last = self._before(way.center)[0], min(open_.at(self.until), open_.total)
        if work.pin:
            first = last = work.pin.opened
        opened = model.new_int_var(first, max(first, last), "")
        there = model.new_bool_var("")
        begins = range(bisect_right(open_.before, first) - 1, bisect_left(open_.before, last + 1))
        cases = []
        for at in begins:
            if at >= len(open_.starts):
                break
            case = model.new_bool_var("")
            shift = open_.starts[at] - open_.before[at]
            latest = open_.before[at + 1] - (1 if way.minutes else 0)
            if not work.may_pause:
                latest = open_.before[at + 1] - way.minutes
            model.add_linear_constraint(
                opened, open_.before[at], max(open_.before[at], latest)
            ).only_enforce_if(case)
            if latest < open_.before[at]:
                model.add(case == 0)
            model.add(self.starts[k] == opened + shift).only_enforce_if(case)
            cases.append(case)
        self._only(cases, there)
        cases = []
        least, most = first + way.minutes, last + way.minutes
        for at in range(max(0, bisect_left(open_.before, least) - 1), len(open_.starts)):
            if open_.before[at] >= most and cases:
                break
            case = model.new_bool_var("")
            shift = open_.starts[at] - open_.before[at]
            low = open_.before[at] + (1 if way.minutes else 0)
            model.add_linear_constraint(
                opened, low - way.minutes, open_.before[at + 1] - way.minutes
            ).only_enforce_if(case)
            model.add(self.ends[k] == opened + way.minutes + shift).only_enforce_if(case)
            cases.append(case)
        self._only(cases, there)
        return _Run(there, opened, way.minutes)

    def _only(self, cases: list[Var], there: Var) -> None:
        """One of them where the run is there, none elsewhere."""
        self.model.add(sum(cases) == there)

    def _waits(self, k: int) -> None:
        work = self.board.works[k]
        if work.pin:
            return
        self.model.add(self.starts[k] >= work.release)
        for need in work.needs:
            end = self.ends.get(need)
            self.model.add(self.starts[k] >= (self.plan.placed[need].end if end is None else end) + work.lag)

    def _line(self, center: int) -> None:
        """What follows what on a work center, from what stands before it; place 0 is that and the end."""
        model, board, known = self.model, self.board, self.board.centers[center]
        nodes = [(k, runs[center]) for k, runs in self.runs.items() if center in runs]
        if not nodes:
            return
        free, stock, size = self._before(center)
        empty = model.new_bool_var("")
        arcs: list[tuple[int, int, cp_model.LiteralT]] = [(0, 0, empty)]
        for at, (k, run) in enumerate(nodes, start=1):
            model.add_implication(empty, ~run.is_there)
            arcs.append((at, at, ~run.is_there))
            first, last = model.new_bool_var(""), model.new_bool_var("")
            arcs += [(0, at, first), (at, 0, last)]
            pin = board.works[k].pin
            if not (pin and pin.minute <= 0):
                model.add(
                    run.opened >= free + setup_minutes(known, stock, size, board.works[k])
                ).only_enforce_if(first)
            for other_at, (other, follows) in enumerate(nodes, start=1):
                if other != k:
                    arc = model.new_bool_var("")
                    arcs.append((at, other_at, arc))
                    setup = setup_minutes(
                        known, board.works[k].stock, board.works[k].size, board.works[other]
                    )
                    model.add(follows.opened >= run.opened + run.minutes + setup).only_enforce_if(arc)
        model.add_circuit(arcs)

    @cache  # noqa: B019  as long as the model is made
    def _before(self, center: int) -> tuple[int, str | None, str | None]:
        """From which open minute the work center is free, and what it is set up for then."""
        known = self.board.centers[center]
        first = min(
            (
                one.opened
                for k, one in enumerate(self.plan.placed)
                if k in self.chosen and one.center == center
            ),
            default=math.inf,
        )
        ahead = [
            (one.opened + one.minutes, one.opened, k)
            for k, one in enumerate(self.plan.placed)
            if k not in self.chosen and one.center == center and one.opened < first
        ]
        if not ahead:
            return known.open.at(0), known.stock, known.size
        end, _, k = max(ahead)
        return end, self.board.works[k].stock, self.board.works[k].size

    def _late(self, job: int) -> cp_model.LinearExprT:
        """Weighted minutes late of a job; what follows the chosen operations takes as long as in the plan."""
        due, model = self.board.jobs[job], self.model
        end = max(self.plan.placed[k].end for k in self.board.by_job[job])
        late = model.new_int_var(0, max(0, self.until - due.minute) + max(0, end), "")
        for k in self.board.by_job[job]:
            if k in self.ends:
                beyond = 0 if self._is_whole(job) else end - self.plan.placed[k].end
                model.add(late >= self.ends[k] + beyond - due.minute)
        return due.weight * late

    def _is_whole(self, job: int) -> bool:
        return all(k in self.chosen for k in self.board.by_job[job])
