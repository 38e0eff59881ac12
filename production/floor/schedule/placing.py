"""Operations put on work centers one after the other, each as early as it can be there: an order becomes times.

Set-up stands before a run wherever the stock or the size differs from the run before on that work center.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from production.floor.schedule.board import Board, Center, Work
from production.floor.schedule.calendars import OpenTime


@dataclass(slots=True)
class Gap:
    """Free time of a work center, from so many open minutes on, behind a run with that stock and size; up to the
    pinned run ``before``, if there is one.
    """

    free: int
    stock: str | None
    size: str | None
    before: int | None


class Placed(NamedTuple):
    """Where a run stands: open minutes of its work center; ``end`` is the minute it is over."""

    center: int
    opened: int
    minutes: int
    setup_at: int
    setup: int
    end: int


class Spot(NamedTuple):
    """Where a run could stand; the least is best."""

    end: int
    setup: int
    center: int
    opened: int
    minutes: int
    gap: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Every operation with its place, by number. ``late``: minutes late of the jobs, by number; ``breaks``: pinned runs
    that would begin before what they need is done.
    """

    placed: tuple[Placed, ...]
    late: tuple[int, ...]
    weighted: int
    late_jobs: int
    setup: int
    breaks: tuple[int, ...]
    ends: int

    @property
    def cost(self) -> tuple[int, int, int, int, int]:
        """The least is best: broken pins, weighted minutes late, jobs late, set-up, and the sum of all ends."""
        return len(self.breaks), self.weighted, self.late_jobs, self.setup, self.ends


def begins(board: Board, placed: Placed) -> int:
    """The minute at which a run begins."""
    return board.centers[placed.center].open.begins(placed.opened)


def late_costs(board: Board, plan: Plan) -> dict[int, int]:
    """Weighted minutes late by job, of those that cost anything."""
    costs = (minutes * job.weight for minutes, job in zip(plan.late, board.jobs, strict=True))
    return {job: cost for job, cost in enumerate(costs) if cost}


class NoRoom(Exception):
    """An operation that fits nowhere before the calendars end."""

    def __init__(self, operation: int) -> None:
        super().__init__(operation)
        self.operation = operation


class Placing:
    """A plan being made. ``ready``: the minute from which an operation may run, once all it needs are placed."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.placed: list[Placed | None] = [None] * len(board.works)
        self.ready = [work.release for work in board.works]
        self.waits = [len(work.needs) for work in board.works]
        self.breaks: list[int] = []
        self.gaps = [self._gaps(k) for k in range(len(board.centers))]

    def _gaps(self, at: int) -> list[Gap]:
        center = self.board.centers[at]
        gaps = [Gap(center.open.at(0), center.stock, center.size, None)]
        for k in self.board.pinned[at]:
            work = self.board.works[k]
            assert work.pin is not None  # pinned says so  # noqa: S101
            gaps[-1].before = k
            gaps.append(Gap(work.pin.opened + work.ways[0].minutes, work.stock, work.size, None))
        return gaps

    def spot(self, k: int, center: int, minutes: int) -> Spot | None:
        """The earliest place on a work center; None where it fits no more."""
        work, known = self.board.works[k], self.board.centers[center]
        open_, ready = known.open, known.open.at(self.ready[k])
        for at, gap in enumerate(self.gaps[center]):
            setup = setup_minutes(known, gap.stock, gap.size, work)
            opened = self._start(open_, gap.free, setup, ready, minutes, work.may_pause)
            if opened is None:
                return None
            if gap.before is None or self._leaves_room(known, work, gap, opened + minutes):
                end = open_.ended(opened + minutes) if minutes else open_.begins(opened)
                return Spot(end, setup, center, opened, minutes, at)
        return None

    @staticmethod
    def _start(
        open_: OpenTime, free: int, setup: int, ready: int, minutes: int, may_pause: bool
    ) -> int | None:
        """Open minutes at which it can run, its set-up done."""
        if may_pause:
            opened = max(free + setup, ready)
            return opened if opened + minutes <= open_.total and opened < open_.total else None
        if setup:
            stands = open_.fits(free, setup)
            if stands is None:
                return None
            free = stands + setup
        return open_.fits(max(free, ready), minutes)

    def _leaves_room(self, known: Center, work: Work, gap: Gap, end: int) -> bool:
        """For the set-up of the pinned run behind it."""
        assert gap.before is not None  # asked only then  # noqa: S101
        follows = self.board.works[gap.before]
        assert follows.pin is not None  # as before  # noqa: S101
        setup = setup_minutes(known, work.stock, work.size, follows)
        stands = set_up_at(known.open, follows.pin.opened, setup, follows.may_pause)
        return stands is not None and end <= stands

    def best(self, k: int, only: int | None = None) -> Spot:
        """The place where it is over first. NoRoom."""
        found: Spot | None = None
        for center, minutes in self.board.works[k].ways:
            if only is None or center == only:
                spot = self.spot(k, center, minutes)
                if spot is not None and (found is None or spot < found):
                    found = spot
        if found is None:
            if only is not None:
                return self.best(k)
            raise NoRoom(k)
        return found

    def put(self, k: int, spot: Spot) -> list[int]:
        """Place it; gives the operations that waited for it alone."""
        work, center = self.board.works[k], self.board.centers[spot.center]
        gap = self.gaps[spot.center][spot.gap]
        setup_at = set_up_at(center.open, spot.opened, spot.setup, work.may_pause)
        assert setup_at is not None  # the spot has room for it  # noqa: S101
        gap.free, gap.stock, gap.size = spot.opened + spot.minutes, work.stock, work.size
        placed = Placed(spot.center, spot.opened, spot.minutes, setup_at, spot.setup, spot.end)
        return self._done(k, placed)

    def put_pinned(self, k: int) -> list[int]:
        """The same of a pinned run, where it is pinned. Its set-up is known when all others are placed."""
        work = self.board.works[k]
        assert work.pin is not None  # asked only then  # noqa: S101
        minutes, open_ = work.ways[0].minutes, self.board.centers[work.pin.center].open
        if self.ready[k] > max(work.pin.minute, 0):
            self.breaks.append(k)
        end = open_.ended(work.pin.opened + minutes) if minutes else work.pin.minute
        return self._done(k, Placed(work.pin.center, work.pin.opened, minutes, work.pin.opened, 0, end))

    def _done(self, k: int, placed: Placed) -> list[int]:
        self.placed[k] = placed
        free = []
        for one in self.board.after[k]:
            self.ready[one] = max(self.ready[one], placed.end + self.board.works[one].lag)
            self.waits[one] -= 1
            if not self.waits[one]:
                free.append(one)
        return free

    def plan(self) -> Plan:
        """What was placed, with the set-up of pinned runs."""
        for center, gaps in enumerate(self.gaps):
            for gap in gaps:
                if gap.before is not None:
                    self._set_up_pinned(center, gap)
        placed = tuple(one for one in self.placed if one is not None)
        board = self.board
        ends = [0] * len(board.jobs)
        for work, one in zip(board.works, placed, strict=True):
            ends[work.job] = max(ends[work.job], one.end)
        late = tuple(max(0, end - job.minute) for end, job in zip(ends, board.jobs, strict=True))
        return Plan(
            placed, late, sum(minutes * job.weight for minutes, job in zip(late, board.jobs, strict=True)),
            sum(1 for minutes in late if minutes), sum(one.setup for one in placed), tuple(self.breaks), sum(ends),
        )  # fmt: skip

    def _set_up_pinned(self, center: int, gap: Gap) -> None:
        k = gap.before
        assert k is not None  # asked only then  # noqa: S101
        work, known, placed = self.board.works[k], self.board.centers[center], self.placed[k]
        assert work.pin is not None and placed is not None  # all are placed  # noqa: S101
        setup = setup_minutes(known, gap.stock, gap.size, work) if work.pin.minute > 0 else 0
        stands = set_up_at(known.open, placed.opened, setup, work.may_pause)
        if stands is None or stands < gap.free:
            if setup and k not in self.breaks:
                self.breaks.append(k)
            stands = placed.opened
        self.placed[k] = placed._replace(setup_at=stands, setup=setup)


def setup_minutes(center: Center, stock: str | None, size: str | None, work: Work) -> int:
    """Open minutes before an operation that follows a run with that stock and size."""
    return (center.setup.stock if stock != work.stock else 0) + (
        center.setup.size if size != work.size else 0
    )


def set_up_at(open_: OpenTime, opened: int, setup: int, may_pause: bool) -> int | None:
    """Where set-up stands that is over when the run begins, as late as can be; None where none can."""
    if may_pause or not setup:
        return opened - setup if opened >= setup else None
    return open_.fits_before(opened, setup)


def place(
    board: Board, keys: Sequence[float], forced: Mapping[int, int], *, is_patient: bool = False
) -> Plan:
    """A plan by order of keys, the least first among what may be placed. ``forced``: work centers that were chosen.
    ``is_patient``: keys are minutes, and what is ready only later than its own is not placed before others. NoRoom.
    """
    placing, works = Placing(board), board.works

    def turn(k: int) -> tuple[float, float, int]:
        return max(keys[k], placing.ready[k]) if is_patient else keys[k], keys[k], k

    waiting = [turn(k) for k, work in enumerate(works) if not work.needs]
    heapify(waiting)
    while waiting:
        _, _, k = heappop(waiting)
        is_pinned = works[k].pin is not None
        for one in placing.put_pinned(k) if is_pinned else placing.put(k, placing.best(k, forced.get(k))):
            heappush(waiting, turn(one))
    return placing.plan()
