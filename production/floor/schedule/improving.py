"""A plan made better by trying: first the weights of jobs in a rule, then runs moved by themselves.

What is tried depends on the seed and the budget alone, never on the clock: the same question has the same answer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

from production.floor.schedule.board import Board
from production.floor.schedule.placing import NoRoom, Plan, begins, late_costs, place
from production.floor.schedule.rules import Feel, Rule, Urgency, dispatched

_REMEMBERED = 5  # moves: as good as so many before is good enough to go on from
_RESTLESS = 0.7  # of the changes look at a job that is late
_FIRST_FEEL = Feel(16, 0.0)  # most often the best of the rules
_OTHER_FEELS, _RAISE, _AT_RANDOM = range(3)


@dataclass(slots=True)
class Budget:
    """Operations that may yet be placed."""

    left: float

    def spend(self, operations: float) -> bool:
        """Take them, if any are left."""
        self.left -= operations
        return self.left >= 0


DISPATCH_COST = 5  # a rule chooses among many; measured against placing in a known order
_SETTLING = 50  # plans in which one feeling is looked for that fits all work centers


def drawn(costs: Mapping[int, int], random: Random) -> int:
    """One of them, the likelier the more it costs."""
    return random.choices(list(costs), list(costs.values()))[0]


def favored(board: Board, plan: Plan, budget: Budget, random: Random) -> Plan:
    """The best plan of urgency with other feelings, then by class of work centers, and other weights of jobs: raised of
    many that are late at once, or changed of some at random.
    """
    order, tries = Urgency((_FIRST_FEEL,)), 0
    while plan.weighted and budget.spend(DISPATCH_COST * len(board.works)):
        tried, tries = _changed(order, board, plan, tries, random), tries + 1
        try:
            new = dispatched(board, Rule("favored", tried, "counted"))
        except NoRoom:
            continue
        if new.cost <= plan.cost:
            plan, order = new, tried
    return plan


def _changed(order: Urgency, board: Board, plan: Plan, tries: int, random: Random) -> Urgency:
    if tries < _SETTLING:
        return Urgency((_felt(order.feels[0], 0.5, random),))
    classes = 1 + max((one.kind for one in board.centers), default=0)
    feels = list(order.feels if len(order.feels) == classes else order.feels * classes)
    favor = list(order.favor or [1.0] * len(board.jobs))
    way, costs = random.choice((_OTHER_FEELS, _RAISE, _RAISE, _AT_RANDOM)), late_costs(board, plan)
    if way == _OTHER_FEELS:
        for _ in range(random.choice((1, 2, 3))):
            at = random.randrange(classes)
            feels[at] = _felt(feels[at], 0.4, random)
    elif way == _RAISE:
        share, much = random.choice((0.02, 0.05, 0.1, 0.3)), random.choice((0.3, 0.6, 1.2))
        for job in costs:
            if random.random() < share:
                favor[job] *= math.exp(much * random.random())
    else:
        for _ in range(random.choice((1, 1, 2, 4, 8))):
            if costs and random.random() < _RESTLESS:
                favor[drawn(costs, random)] *= math.exp(abs(random.gauss(0, 1)))
            else:
                favor[random.randrange(len(favor))] *= math.exp(random.gauss(0, 1))
    return Urgency(tuple(feels), favor)


def _felt(one: Feel, much: float, random: Random) -> Feel:
    """A feeling near another."""
    whole = one.whole + random.gauss(0, 0.3 * much)
    shy = one.shy + random.gauss(0, 0.03 * much)
    return Feel(one.patience * math.exp(random.gauss(0, much)), min(1.0, max(0.0, whole)), max(0.0, shy))


def rearranged(board: Board, plan: Plan, budget: Budget, random: Random) -> Plan:
    """The best plan found by moving single runs."""
    if len(board.works) < 2:
        return plan
    lines = _Lines(board, plan, random)
    best, scores = plan, [_score(plan)] * _REMEMBERED
    at = 0
    while (best.weighted or best.breaks) and budget.spend(len(board.works)):
        move = lines.move()
        try:
            new = place(board, move.keys, move.centers)
        except NoRoom:
            continue
        score = _score(new)
        if score <= _score(lines.plan) or score <= scores[at % _REMEMBERED]:
            lines = _Lines(board, new, random)
            if new.cost < best.cost:
                best = new
        scores[at % _REMEMBERED] = _score(lines.plan)
        at += 1
    return best


def _score(plan: Plan) -> float:
    """One number for what is compared: a broken pin above all, then weighted minutes late; set-up and ends push a
    little where nothing else tells.
    """
    return 1e12 * len(plan.breaks) + plan.weighted + 0.02 * plan.setup + 1e-5 * plan.ends


@dataclass(slots=True)
class _Move:
    """Where runs stand in the order now, and on which work center."""

    keys: list[float]
    centers: dict[int, int]


@dataclass(slots=True)
class _Lines:
    """A plan as what follows what: by work center its runs, by run its place among them."""

    board: Board
    plan: Plan
    random: Random
    keys: list[float] = field(init=False)
    lines: list[list[int]] = field(init=False)
    places: list[int] = field(init=False)

    def __post_init__(self) -> None:
        centers, placed = self.board.centers, self.plan.placed
        self.keys = [float(begins(self.board, one)) for one in placed]
        self.lines, self.places = [[] for _ in centers], [0] * len(placed)
        for k in sorted(range(len(placed)), key=self.keys.__getitem__):
            line = self.lines[placed[k].center]
            self.places[k] = len(line)
            line.append(k)

    def move(self) -> _Move:
        """One of the ways to try, of a run of a late job or of any."""
        move = _Move(list(self.keys), {k: one.center for k, one in enumerate(self.plan.placed)})
        k = self._run()
        pick = self.random.random()
        way: Callable[[_Move, int], None] = self._later
        if pick < 0.55:
            way = self._earlier
        elif pick < 0.75:
            way = self._elsewhere
        elif pick < 0.88:
            way = self._alike
        way(move, k)
        return move

    def _run(self) -> int:
        costs = late_costs(self.board, self.plan)
        if costs and self.random.random() < _RESTLESS:
            return self.random.choice(self.board.by_job[drawn(costs, self.random)])
        return self.random.randrange(len(self.keys))

    def _earlier(self, move: _Move, k: int) -> None:
        """Before one of those before it."""
        line, at = self._line(k), self.places[k]
        before = max(0, at - 1 - int(self.random.expovariate(0.4)))
        move.keys[k] = self.keys[line[before]] - 0.5

    def _elsewhere(self, move: _Move, k: int) -> None:
        """On another work center, perhaps earlier."""
        here = self.plan.placed[k].center
        others = [way.center for way in self.board.works[k].ways if way.center != here]
        if not others:
            return self._earlier(move, k)
        move.centers[k] = self.random.choice(others)
        move.keys[k] = self.keys[k] - self.random.choice((0.5, 30, 60, 120, 240, 480))
        return None

    def _alike(self, move: _Move, k: int) -> None:
        """Behind it the next one that needs no set-up after it."""
        work, works = self.board.works[k], self.board.works
        for other in self._line(k)[self.places[k] + 1 : self.places[k] + 12]:
            if works[other].stock == work.stock and works[other].size == work.size:
                move.keys[other] = self.keys[k] + 0.25
                return

    def _later(self, move: _Move, k: int) -> None:
        """Behind it one of those before it."""
        line, at = self._line(k), self.places[k]
        other = line[max(0, at - 1 - int(self.random.expovariate(0.5)))]
        move.keys[other] = self.keys[k] + 0.5

    def _line(self, k: int) -> list[int]:
        return self.lines[self.plan.placed[k].center]
