"""Dispatch rules: whenever a work center is free, the operation that a rule puts first goes on it.

An order looks at set-ups in three ways: not at all, as minutes of the run, or first whatever needs none. Urgency is
apparent tardiness cost (Vepsalainen and Morton, Management Science 33, 1987): what a minute late costs by minute of the
run, less the more there is to spare; with set-ups less the longer they are (Lee, Bhaskaran and Pinedo, IIE Transactions
29, 1997).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import NamedTuple, TypeAlias

from production.floor.schedule.board import Board, Due, Work
from production.floor.schedule.placing import NoRoom, Placing, Plan, setup_minutes


class Choice(NamedTuple):
    """An operation that could go on a free work center: the minute, its minutes there with what of set-up counts, when
    it became ready, and the mean minutes of all.
    """

    work: Work
    job: Due
    now: int
    minutes: float
    ready: int
    usual: float


Order: TypeAlias = Callable[[Choice], float]
SETUPS = ("ignored", "counted", "none first")


class Feel(NamedTuple):
    """``patience``: how many usual runs ahead a due time is felt; ``whole``: how far the rest of the job counts as its
    minutes, 0 to 1; ``shy``: how much less urgent a run is for each minute of its set-up.
    """

    patience: float
    whole: float
    shy: float = 0.0


@dataclass(frozen=True, slots=True)
class Urgency:
    """Most urgent first. ``feels``: one for all, or by class of work centers; ``favor``: by job, what its weight is
    multiplied with.
    """

    feels: tuple[Feel, ...]
    favor: Sequence[float] = ()


def _slack(one: Choice) -> int:
    """Minutes to spare if all that follows went on at once."""
    return one.job.minute - one.now - one.work.tail


ORDERS: dict[str, Order] = {
    "first come": lambda one: one.ready,
    "job due first": lambda one: one.job.minute,
    "step due first": lambda one: one.job.minute - one.work.tail,
    "shortest by weight": lambda one: one.minutes / (one.job.weight or 0.5),
    "least slack": _slack,
    "least slack a step": lambda one: _slack(one) / one.work.left if _slack(one) > 0 else _slack(one),
    "critical ratio": lambda one: (one.job.minute - one.now) / (one.work.tail or 1),
}
FEELS = [Feel(patience, whole) for patience in (1, 2, 4, 8, 16, 40) for whole in (0, 0.3)]


@dataclass(frozen=True, slots=True)
class Rule:
    """An order with how it looks at set-ups."""

    name: str
    order: Order | Urgency
    setup: str


RULES = (
    *(Rule(f"{name}, set-up {setup}", order, setup) for name, order in ORDERS.items() for setup in SETUPS),
    *(
        Rule(f"urgency {one.patience:g} {one.whole:g}, set-up {setup}", Urgency((one,)), setup)
        for one in FEELS
        for setup in SETUPS
    ),
)


def plans(board: Board) -> Iterator[tuple[Rule, Plan]]:
    """Each rule's plan, without those that find no room."""
    for rule in RULES:
        try:
            yield rule, dispatched(board, rule)
        except NoRoom:
            continue


def dispatched(board: Board, rule: Rule) -> Plan:
    """The plan of a rule. NoRoom."""
    if isinstance(rule.order, Urgency):
        return _Urgent(board, rule.order, rule.setup).plan()
    return _Ordered(board, rule.order, rule.setup).plan()


class _Dispatch(ABC):
    """Work centers looked at whenever one is free or something for it becomes ready, the first minute first."""

    def __init__(self, board: Board, setup: str) -> None:
        self.board, self.setup, self.placing = board, setup, Placing(board)
        self.usual = sum(work.ways[0].minutes for work in board.works) / max(len(board.works), 1) or 1.0
        self.queues: list[dict[int, int]] = [{} for _ in board.centers]  # minutes by operation
        self.events: list[tuple[int, int]] = []  # minute, work center
        self.busy = [0] * len(board.centers)  # looked at again when that is over, where nothing is pinned

    def plan(self) -> Plan:
        """All placed."""
        self._freed([k for k, work in enumerate(self.board.works) if not work.needs])
        events = self.events
        while events:
            minute, center = heappop(events)
            while events and events[0] == (minute, center):
                heappop(events)
            if self.queues[center] and minute >= self.busy[center]:
                self._look(minute, center)
        left = next((k for k, one in enumerate(self.placing.placed) if one is None), None)
        if left is not None:
            raise NoRoom(left)
        return self.placing.plan()

    def _freed(self, operations: list[int]) -> None:
        """What nothing keeps waiting any more but the clock."""
        for k in operations:
            work = self.board.works[k]
            if work.pin is not None:
                self._freed(self.placing.put_pinned(k))
                continue
            for center, minutes in work.ways:
                self.queues[center][k] = minutes
                heappush(self.events, (max(self.placing.ready[k], 0), center))

    def _look(self, minute: int, center: int) -> None:
        opens = self._opens(center, minute)
        if opens > minute:
            heappush(self.events, (opens, center))
            return
        chosen = self._first(minute, center)
        if chosen is None:
            return
        spot = self.placing.best(chosen, center)
        for other, _ in self.board.works[chosen].ways:
            self.queues[other].pop(chosen, None)
        heappush(self.events, (max(spot.end, minute), spot.center))
        if len(self.placing.gaps[spot.center]) == 1:
            self.busy[spot.center] = spot.end
        if spot.center != center:
            heappush(self.events, (minute, center))
        self._freed(self.placing.put(chosen, spot))

    def _opens(self, center: int, minute: int) -> int:
        """When it can take something: it is open, and the run before is over."""
        open_ = self.board.centers[center].open
        opened = max(min(gap.free for gap in self.placing.gaps[center]), open_.at(minute))
        return open_.begins(opened) if opened < open_.total else minute

    @abstractmethod
    def _first(self, minute: int, center: int) -> int | None:
        """The operation that the rule puts first of those that are ready."""


class _Ordered(_Dispatch):
    """By an order."""

    def __init__(self, board: Board, order: Order, setup: str) -> None:
        super().__init__(board, setup)
        self.order = order

    def _first(self, minute: int, center: int) -> int | None:
        board, known, gap = self.board, self.board.centers[center], self.placing.gaps[center][-1]
        order, setup, ready = self.order, self.setup, self.placing.ready
        best: tuple[bool, float, int] | None = None
        for k, minutes in self.queues[center].items():
            if ready[k] > minute:
                continue
            work = board.works[k]
            needed = setup_minutes(known, gap.stock, gap.size, work)
            counted = minutes + needed if setup == "counted" else minutes
            choice = Choice(work, board.jobs[work.job], minute, counted, ready[k], self.usual)
            ranked = (setup == "none first" and needed > 0, order(choice), k)
            if best is None or ranked < best:
                best = ranked
        return best[2] if best else None


class _Urgent(_Dispatch):
    """By urgency. Asked some ten thousand times a plan, so that it looks up beforehand what does not change."""

    def __init__(self, board: Board, order: Urgency, setup: str) -> None:
        super().__init__(board, setup)
        feels, favor = order.feels, order.favor
        self.feels = [feels[one.kind if len(feels) > 1 else 0] for one in board.centers]
        jobs = [board.jobs[work.job] for work in board.works]
        self.weights = [
            job.weight * (favor[work.job] if favor else 1.0)
            for job, work in zip(jobs, board.works, strict=True)
        ]
        self.latest = [job.minute - work.tail for job, work in zip(jobs, board.works, strict=True)]

    def _first(self, minute: int, center: int) -> int | None:
        works, gap, setups = self.board.works, self.placing.gaps[center][-1], self.board.centers[center].setup
        ready, weights, latest, exp = self.placing.ready, self.weights, self.latest, math.exp
        feel, is_counted, is_last = self.feels[center], self.setup == "counted", self.setup == "none first"
        felt, whole, shy = feel.patience * self.usual, feel.whole, feel.shy
        best: tuple[bool, float, int] | None = None
        for k, minutes in self.queues[center].items():
            if ready[k] > minute:
                continue
            work, spare = works[k], latest[k] - minute
            needed = (setups.stock if gap.stock != work.stock else 0) + (
                setups.size if gap.size != work.size else 0
            )
            counted = (minutes + needed if is_counted else minutes) * (1 - whole) + work.tail * whole
            far = (spare / felt if spare > 0 else 0.0) + shy * needed
            ranked = (is_last and needed > 0, -weights[k] * exp(-far) / (counted or 1.0), k)
            if best is None or ranked < best:
                best = ranked
        return best[2] if best else None
