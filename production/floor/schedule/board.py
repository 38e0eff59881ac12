"""A PROBLEM as numbers: minutes since now, places in lists instead of names. Everything that plans reads this."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from graphlib import TopologicalSorter
from typing import NamedTuple

from production.floor.schedule.calendars import OpenTime, open_time
from production.floor.schedule.problem import Problem, SetUp


class Way(NamedTuple):
    """A work center that can do an operation, and its minutes there."""

    center: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Pin:
    """Where and when a run begins: open minutes of the work center, and the minute."""

    center: int
    opened: int
    minute: int


@dataclass(frozen=True, slots=True)
class Work:
    """An operation. ``tail``: fewest open minutes from its start until its job is done; ``left``: operations of that
    way.
    """

    job: int
    ways: tuple[Way, ...]
    needs: tuple[int, ...]
    lag: int
    release: int
    may_pause: bool
    stock: str | None
    size: str | None
    pin: Pin | None
    tail: int
    left: int


@dataclass(frozen=True, slots=True)
class Center:
    """A work center. ``kind``: the number of its class; ``stock``, ``size``: what it is set up for."""

    kind: int
    open: OpenTime
    setup: SetUp
    stock: str | None
    size: str | None


@dataclass(frozen=True, slots=True)
class Due:
    """When a job must be done, and what a minute late weighs."""

    minute: int
    weight: int


@dataclass(frozen=True, slots=True)
class Board:
    """The whole. ``order``: operations so that needs come first; ``after``: who waits for an operation; ``pinned``: by
    work center, as they follow one another; ``by_job``: the operations of each.
    """

    problem: Problem
    works: tuple[Work, ...]
    centers: tuple[Center, ...]
    jobs: tuple[Due, ...]
    order: tuple[int, ...]
    after: tuple[tuple[int, ...], ...]
    pinned: tuple[tuple[int, ...], ...]
    by_job: tuple[tuple[int, ...], ...]


def board_of(problem: Problem) -> Board:
    """What is to be planned."""
    at = {one.id: k for k, one in enumerate(problem.operations)}
    graph = {k: [at[need] for need in one.needs] for k, one in enumerate(problem.operations)}
    order = tuple(TopologicalSorter(graph).static_order())
    after: list[list[int]] = [[] for _ in at]
    for k, needs in graph.items():
        for need in needs:
            after[need].append(k)
    centers = _centers(problem)
    works = _works(problem, graph, order, after, centers)
    return Board(
        problem, works, centers, tuple(Due(minute_of(problem, one.due), one.weight) for one in problem.jobs), order,
        tuple(map(tuple, after)), _pinned(works, len(centers)),
        tuple(tuple(k for k, work in enumerate(works) if work.job == job) for job in range(len(problem.jobs))),
    )  # fmt: skip


def minute_of(problem: Problem, moment: datetime) -> int:
    """Minutes since now."""
    return int((moment - problem.now).total_seconds()) // 60


def _centers(problem: Problem) -> tuple[Center, ...]:
    calendars = {
        name: open_time((minute_of(problem, start), minute_of(problem, end)) for start, end in one.windows)
        for name, one in problem.calendars.items()
    }
    none = SetUp()
    kinds = {name: k for k, name in enumerate(sorted({one.class_ for one in problem.work_centers}))}
    return tuple(
        Center(
            kinds[one.class_], calendars[one.calendar], problem.setup.get(one.class_, none),
            one.state.stock if one.state else None, one.state.size if one.state else None,
        )
        for one in problem.work_centers
    )  # fmt: skip


def _works(
    problem: Problem,
    graph: dict[int, list[int]],
    order: tuple[int, ...],
    after: list[list[int]],
    centers: tuple[Center, ...],
) -> tuple[Work, ...]:
    place = {one.id: k for k, one in enumerate(problem.work_centers)}
    job = {one.id: k for k, one in enumerate(problem.jobs)}
    tails, left = _tails(problem, order, after)
    works = []
    for k, one in enumerate(problem.operations):
        pin = None
        if one.fixed:
            center, start = place[one.fixed.work_center], minute_of(problem, one.fixed.start)
            pin = Pin(center, centers[center].open.at(start), start)
        ways = tuple(Way(place[name], minutes) for name, minutes in one.minutes.items())
        if pin:
            ways = tuple(way for way in ways if way.center == pin.center)
        release = minute_of(problem, one.release) if one.release else 0
        works.append(
            Work(
                job[one.job], ways, tuple(graph[k]), one.lag_minutes, max(0, release), one.may_pause, one.stock,
                one.size, pin, tails[k], left[k],
            )
        )  # fmt: skip
    return tuple(works)


def _tails(problem: Problem, order: tuple[int, ...], after: list[list[int]]) -> tuple[list[int], list[int]]:
    tails, left = [0] * len(order), [0] * len(order)
    for k in reversed(order):
        longest = max(after[k], key=lambda one: tails[one], default=None)
        beyond = 0 if longest is None else tails[longest] + problem.operations[longest].lag_minutes
        tails[k] = min(problem.operations[k].minutes.values()) + beyond
        left[k] = 1 + (0 if longest is None else left[longest])
    return tails, left


def _pinned(works: tuple[Work, ...], centers: int) -> tuple[tuple[int, ...], ...]:
    found: list[list[tuple[int, int]]] = [[] for _ in range(centers)]
    for k, work in enumerate(works):
        if work.pin:
            found[work.pin.center].append((work.pin.minute, k))
    return tuple(tuple(k for _, k in sorted(one)) for one in found)
