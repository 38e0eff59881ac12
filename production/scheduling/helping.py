"""What would help a lot that will be late: each remedy is tried on the schedule, and told with what comes of it.

What costs it most is the run that waits longest for its machine. It is tried at once where it is, on each other machine
that can do it, with overtime there, and done outside. What each costs more follows from the rules of the schedule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.clock import business_date, start_of
from kernel.errors import NotFound, UserError
from kernel.money import Extended, Money, to_cents
from postal.data.mail_days import mail_days_after
from production.catalog.hours import Window, plant_hours
from production.catalog.models import WorkCenter
from production.floor.schedule.board import Board, minute_of
from production.floor.schedule.moving import Standing, again, standing_of, with_moved
from production.floor.schedule.placing import Plan, begins
from production.floor.schedule.planning import Schedule as Made
from production.floor.schedule.problem import Calendar, Operation, Problem
from production.floor.schedule.problem import WorkCenter as Machine
from production.scheduling.models import LateHelp
from production.scheduling.setup import schedule_rules
from production.scheduling.standing import kept
from production.scheduling.work import Work, plant_work

_OUTSIDE = "outside"
MOST_TOLD = 12  # late lots whose remedies are tried when the plant is scheduled


class Remedy(NamedTuple):
    """Something that was tried. ``finish``: when the lot would be done, with minutes to spare to its day; ``breaks``:
    lots that would be late for it and are not now; ``cost``: what it costs more; ``where``: machine and moment of a run
    that would be moved.
    """

    words: str
    finish: datetime
    spare: int
    breaks: tuple[str, ...]
    cost: Money
    where: tuple[str, datetime] | None = None
    is_overtime: bool = False


@dataclass(frozen=True, slots=True)
class LateLot:
    """Why a lot ends when it does, and what helps, best first. ``run`` waits for its machine from ``ready`` on, before
    that for what ``why`` says, if anything.
    """

    lot: str
    due: datetime
    finish: datetime
    run: str
    machine: str
    ready: datetime
    start: datetime
    helps: tuple[Remedy, ...]
    tried: int
    why: str


def what_helps(session: Session, lot: str, now: datetime) -> LateLot:
    """Of a lot in the schedule. NotFound, UserError where the schedule cannot go on as it stands."""
    work = plant_work(session, now)
    if all(job.id != lot for job in work.problem.jobs):
        raise NotFound("There is no such lot in the schedule.")
    return _Tried(_Shop(session, work, kept(session).standing), lot).told()


def late_helps(session: Session, made: Made) -> tuple[LateHelp, ...]:
    """Why lots are late by a new schedule, and what helps each best: of the latest, for trying takes time."""
    problem, late = made.board.problem, made.plan.late
    worst = sorted((at for at, minutes in enumerate(late) if minutes), key=lambda at: (-late[at], at))
    if not worst:
        return ()
    told = (problem.jobs[at].id for at in worst[:MOST_TOLD])
    try:
        shop = _Shop(session, plant_work(session, problem.now), standing_of(made.board, made.plan))
        lots = {job.id for job in shop.problem.jobs}
        return tuple(_short(_Tried(shop, lot).told()) for lot in told if lot in lots)
    except UserError:  # what is pinned has begun meanwhile: the page of a lot says more
        return ()


def _short(late: LateLot) -> LateHelp:
    best = late.helps[0] if late.helps else None
    is_waiting = late.start > late.ready
    why = f"{late.machine} is taken until" if is_waiting else late.why or "Its own work takes until"
    until = late.start if is_waiting else None if late.why else late.finish
    words, cost, where = (best.words, best.cost.cents, best.where) if best else ("", 0, None)
    return LateHelp(late.lot, late.run, why, until, words, cost, *(where or (None, None)))


class _Shop:
    """The schedule as it stands, with what trying needs to know."""

    def __init__(self, session: Session, work: Work, standing: Standing) -> None:
        self.work, self.problem, self.standing = work, work.problem, standing
        self.rules, self.hours = schedule_rules(session), plant_hours(session)
        self.names = dict(session.execute(select(WorkCenter.code, WorkCenter.name)).all())
        self.board, self.plan = again(self.problem, standing, work.overdue)


class _Tried:
    """What is tried for a lot."""

    def __init__(self, shop: _Shop, lot: str) -> None:
        self.work, self.standing, self.lot = shop.work, shop.standing, lot
        self.rules, self.hours, self.names = shop.rules, shop.hours, shop.names
        self.problem, self.board, self.plan = shop.problem, shop.board, shop.plan
        self.due = next(job.due for job in self.problem.jobs if job.id == lot)

    def told(self) -> LateLot:
        k, ready = self._bottleneck()
        one, placed = self.problem.operations[k], self.plan.placed[k]
        machine = self.problem.work_centers[placed.center].id
        finish, tried = self._finish(self.board, self.plan), list(self._tried(one, machine, ready))
        helps = sorted(
            (remedy for remedy in tried if remedy.finish < finish),
            key=lambda remedy: (len(remedy.breaks), remedy.finish),
        )
        start = self._moment(begins(self.board, placed))
        name = self.names.get(machine, machine)
        why = self.work.waits.get(one.id, "")
        return LateLot(self.lot, self.due, finish, one.id, name, ready, start, tuple(helps), len(tried), why)

    def _bottleneck(self) -> tuple[int, datetime]:
        """The run of the lot that waits longest for its machine, and since when."""
        mine = [k for k, one in enumerate(self.problem.operations) if one.job == self.lot]
        ready = {k: self._ready(k) for k in mine}
        free = [k for k in mine if self.problem.operations[k].fixed is None] or mine
        worst = max(free, key=lambda k: begins(self.board, self.plan.placed[k]) - ready[k])
        return worst, self._moment(ready[worst])

    def _ready(self, k: int) -> int:
        """The open minute from which it could run, were its machine free."""
        work = self.board.works[k]
        needs = (self.plan.placed[need].end + work.lag for need in work.needs)
        ready = max([work.release, 0, *needs])
        open_ = self.board.centers[self.plan.placed[k].center].open
        opened = open_.at(ready)
        return open_.begins(opened) if opened < open_.total else ready

    def _tried(self, one: Operation, machine: str, ready: datetime) -> Iterator[Remedy]:
        for center in one.minutes if one.fixed is None else ():
            words = f"{one.id} on {self.names.get(center, center)}" + (" first" if center == machine else "")
            move = partial(with_moved, self.problem, self.standing, one.id, center, ready, self.work.overdue)
            if found := self._with(move):
                cost = self._money(_machine_minutes(found[1]) - _machine_minutes(self.plan), 100)
                yield self._remedy(words, *found, cost, where=(center, ready))
        hours = self.rules.overtime_hours
        longer = self._overtime(machine, ready)
        if found := self._with(
            lambda: again(self._changed(machine, longer), self.standing, self.work.overdue)
        ):
            word = "1 hour" if hours == 1 else f"{hours} hours"
            words = f"{word} of overtime on {self.names.get(machine, machine)} each day"
            cost = self._money(self._worked(*found, machine, longer), self.rules.overtime_percent)
            yield self._remedy(words, *found, cost, is_overtime=True)
        if one.fixed is None and (
            found := self._with(lambda: again(self._outside(one, ready), self.standing))
        ):
            cost = self._money(min(one.minutes.values()), self.rules.outside_percent)
            yield self._remedy(
                f"{one.id} done outside, back within {self.rules.outside_days} days of work", *found, cost
            )

    def _money(self, minutes: int, percent: int) -> Money:
        """Of so many minutes of a machine."""
        return to_cents(
            Extended(Decimal(self.rules.machine_hour.cents * minutes * percent) / (100 * 60 * 100))
        )

    def _worked(self, board: Board, plan: Plan, machine: str, longer: Sequence[Window]) -> int:
        """Minutes that runs take of the overtime."""
        at = next(k for k, one in enumerate(board.problem.work_centers) if one.id == machine)
        extra = [tuple(minute_of(self.problem, moment) for moment in one) for one in longer]
        runs = (one for one in plan.placed if one.center == at)
        spans = [span for one in runs for span in board.centers[at].open.spans(one.opened, one.minutes)]
        return sum(
            max(0, min(end, last) - max(start, first)) for start, end in spans for first, last in extra
        )

    @staticmethod
    def _with(tried: Callable[[], tuple[Board, Plan]]) -> tuple[Board, Plan] | None:
        try:
            return tried()
        except UserError:  # what is pinned stands in its way
            return None

    def _overtime(self, machine: str, ready: datetime) -> Sequence[Window]:
        """The machine works so much longer on each day until the lot must be done."""
        windows, extra = self.problem.calendars[self._center(machine).calendar].windows, list[Window]()
        last = max(self.due, ready) + timedelta(days=1)
        for at, (start, end) in enumerate(windows):
            if start > last:
                break
            following = windows[at + 1][0] if at + 1 < len(windows) else None
            if following is None or business_date(following) != business_date(end):
                longer = end + timedelta(hours=self.rules.overtime_hours)
                extra.append((end, min(longer, following) if following else longer))
        return [one for one in extra if one[0] < one[1]]

    def _center(self, machine: str) -> Machine:
        return next(one for one in self.problem.work_centers if one.id == machine)

    def _changed(self, machine: str, longer: Sequence[Window]) -> Problem:
        center = self._center(machine)
        calendar = Calendar(windows=(*self.problem.calendars[center.calendar].windows, *longer))
        name = f"overtime of {center.id}"
        mine = center.model_copy(update={"calendar": name})
        centers = tuple(mine if one is center else one for one in self.problem.work_centers)
        return self.problem.model_copy(
            update={"calendars": {**self.problem.calendars, name: calendar}, "work_centers": centers}
        )

    def _outside(self, one: Operation, ready: datetime) -> Problem:
        """A place that is always open and takes as long as outside work does."""
        closed_for = self.hours.calendar.closed_for
        back = start_of(mail_days_after(business_date(ready), self.rules.outside_days, closed_for))
        minutes = max(1, int((back - ready).total_seconds()) // 60)
        always = Calendar(windows=((self.problem.now, self.problem.now + timedelta(days=366)),))
        away = Machine.model_validate({"id": _OUTSIDE, "class": _OUTSIDE, "calendar": _OUTSIDE})
        gone = one.model_copy(update={"minutes": {_OUTSIDE: minutes}, "release": ready})
        return self.problem.model_copy(
            update={
                "calendars": {**self.problem.calendars, _OUTSIDE: always},
                "work_centers": (*self.problem.work_centers, away),
                "operations": tuple(gone if other is one else other for other in self.problem.operations),
            }
        )

    def _remedy(
        self,
        words: str,
        board: Board,
        plan: Plan,
        cost: Money,
        *,
        where: tuple[str, datetime] | None = None,
        is_overtime: bool = False,
    ) -> Remedy:
        finish = self._finish(board, plan)
        breaks = tuple(
            job.id
            for job, before, after in zip(board.problem.jobs, self.plan.late, plan.late, strict=True)
            if after and not before and job.id != self.lot
        )
        return Remedy(
            words, finish, int((self.due - finish).total_seconds()) // 60, breaks, cost, where, is_overtime
        )

    def _finish(self, board: Board, plan: Plan) -> datetime:
        at = next(k for k, job in enumerate(board.problem.jobs) if job.id == self.lot)
        return self._moment(max(plan.placed[k].end for k in board.by_job[at]))

    def _moment(self, minute: int) -> datetime:
        return self.problem.now + timedelta(minutes=minute)


def _machine_minutes(plan: Plan) -> int:
    """That runs and set-ups take."""
    return sum(one.minutes + one.setup for one in plan.placed)
