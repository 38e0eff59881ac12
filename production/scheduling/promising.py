"""What can be promised of an order: the operations of its plan, put into the time that the kept schedule leaves free.

What is scheduled or held for others does not move. Counted is from now, as if files were approved; paper that does not
lie on the shelf comes after the days that the shop needs to buy it. Behind the end of the work lies what the machines
that decide it have been late by (``reliability``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.clock import business_date, start_of
from kernel.findings import Finding, Place, Severity
from postal.data.mail_days import in_full, mail_days_after
from production.catalog.hours import PlantHours, Window, open_minutes, plant_hours
from production.catalog.models import OperationType, WorkCenter
from production.catalog.models import Place as Where
from production.catalog.planning import PlannedOperation
from production.catalog.queries import operation_types
from production.floor.schedule.board import Board, board_of
from production.floor.schedule.clashes import no_room, pinned_clash
from production.floor.schedule.placing import NoRoom, Placed, begins, place
from production.floor.schedule.problem import problem_of, refusal
from production.jobs.models import Operation
from production.jobs.outside import VENDOR
from production.jobs.route import FINAL
from production.scheduling.held import held_places
from production.scheduling.models import ReservedRun, ScheduledRun
from production.scheduling.reliability import Buffer, buffers
from production.scheduling.work import AHEAD, GUESS, shop_minute

_ORDER, _KEPT = "order", "kept"


class Critical(NamedTuple):
    """An operation that decides when the order is made. ``waits``: minutes until its work center is free for it."""

    operation: str
    work_center: str
    start: datetime
    finish: datetime
    waits: int


class PlacedStep(NamedTuple):
    """A step of the order in its place."""

    step: int
    type: str
    needs: tuple[int, ...]
    lag_minutes: int
    minutes: int
    work_center: str
    start: datetime
    finish: datetime


@dataclass(frozen=True, slots=True)
class Promise:
    """``earliest``: when the machines could be done with it; ``promise``: the end of work of the day asked for, where
    that can be kept with ``buffer`` to spare, else of the first day that can. ``release``: when its paper is here if it
    is bought.
    """

    earliest: datetime
    promise: datetime
    critical: tuple[Critical, ...]
    findings: tuple[Finding, ...]
    runs: tuple[PlacedStep, ...]
    buffer: Buffer
    release: datetime | None

    @property
    def slack_minutes(self) -> int:
        """Between both."""
        return int((self.promise - self.earliest).total_seconds()) // 60

    @property
    def day(self) -> date:
        """The day that is told."""
        return business_date(self.promise)


def promise_of(
    session: Session,
    plan: Sequence[PlannedOperation],
    due: date | None,
    now: datetime,
    *,
    buys_paper: bool,
    but_for: Collection[int] = (),
) -> Promise:
    """Of the operations of an order, wanted by a day or as soon as can be; ``but_for``: reservations whose places it
    may take. InvalidInput CENTRE_UNKNOWN where no machine in use does a step, SCHEDULE_INFEASIBLE where the coming year
    has no room, PINNED_CLASH where hours have changed since the plant was scheduled.
    """
    hours, now = plant_hours(session), shop_minute(now)
    steps = [one for one in plan if one.place is Where.FLOOR]
    release = _paper_comes(hours, now) if buys_paper else None
    asked = _Asked(session, hours, now, steps, release, but_for)
    board, placed = asked.placed()
    critical = tuple(_critical(board, placed, now))
    runs = tuple(asked.runs(board, placed))
    earliest = max((one.finish for one in runs), default=now)
    spare = buffers(session, now, {one.work_center for one in critical})
    buffer = max(spare.values(), default=Buffer(0, 0))
    last = critical[-1].work_center if critical else ""
    safe = hours.after(last, earliest, buffer.minutes)
    promised = max(hours.end_of(business_date(safe)), safe)
    findings = list(asked.findings)
    if due and hours.end_of(due) >= safe:
        promised = hours.end_of(due)
    elif due:
        names = {one.code: one.name for one in asked.places}
        help_ = _what_helps(critical, names, release is not None)
        findings.append(
            _too_early(due, business_date(promised), help_, is_tight=hours.end_of(due) >= earliest)
        )
    return Promise(earliest, promised, critical, tuple(findings), runs, buffer, release)


def _paper_comes(hours: PlantHours, now: datetime) -> datetime:
    days, closed_for = hours.calendar.lead.paper_days, hours.calendar.closed_for
    return max(now, start_of(mail_days_after(business_date(now), days, closed_for)))


def _too_early(due: date, promised: date, help_: str, *, is_tight: bool) -> Finding:
    code, words = "DUE_IMPOSSIBLE", f"It cannot be made by {in_full(due)} as the schedule stands."
    if is_tight:
        words = f"It can be made by {in_full(due)}, but with less to spare than such work has needed."
        code = "DUE_TIGHT"
    return Finding(code, Severity.WARN, words, f"Ask for {in_full(promised)}. {help_}", Place(column="due"))


def _what_helps(critical: Sequence[Critical], names: Mapping[str, str], waits_for_paper: bool) -> str:
    """What would bring the day nearer: where most time is lost before the order's own work begins."""
    longest = max(critical, key=lambda one: one.waits, default=None)
    if waits_for_paper:
        return "Paper that lies on the shelf would make it sooner: this one is bought first."
    if longest and longest.waits:
        name = names[longest.work_center]
        return f"Overtime at {name} would make it sooner, or a second machine: others' work is there before."
    return "A part of it first, or fewer pieces, could be made sooner."


class _Asked:
    """The order beside what is scheduled, as a problem."""

    def __init__(
        self,
        session: Session,
        hours: PlantHours,
        now: datetime,
        steps: Sequence[PlannedOperation],
        release: datetime | None,
        but_for: Collection[int],
    ) -> None:
        self.hours, self.now, self.steps, self.release = hours, now, steps, release
        self.types: Mapping[str, OperationType] = operation_types(session, {one.code for one in steps})
        self.findings: list[Finding] = []
        kept = select(ScheduledRun).join(Operation, Operation.id == ScheduledRun.operation_id)
        kept = kept.where(Operation.state.not_in(FINAL), ScheduledRun.run_to > now)
        held = [
            run for one in held_places(session, now, but_for=but_for) for run in one.runs if run.run_to > now
        ]
        self.kept: Sequence[ScheduledRun | ReservedRun] = [
            *session.scalars(kept.order_by(ScheduledRun.operation_id, ScheduledRun.part)),
            *held,
        ]
        named = {row.work_center for row in self.kept}
        centers = select(WorkCenter).where(WorkCenter.is_active | WorkCenter.code.in_(named))
        self.windows: dict[str, Sequence[Window]] = {}
        self.by_class: dict[str, list[str]] = defaultdict(list)
        self.places = session.scalars(centers.order_by(WorkCenter.code)).all()
        wanted = {self.types[one.code].work_center_class for one in steps}
        self.places = [one for one in self.places if one.code in named or one.work_center_class in wanted]
        year: dict[str, Sequence[Window]] = {}  # by calendar: most work centers share theirs
        for one in self.places:
            own = hours.calendar_of(one.code)
            if own not in year:
                year[own] = hours.windows(own, now, now + AHEAD)
            self.windows[one.code] = year[own]
            if one.is_active and self.windows[one.code]:
                self.by_class[one.work_center_class].append(one.code)

    def placed(self) -> tuple[Board, Sequence[Placed]]:
        """Everything in its place, what is kept where it stands."""
        operations = [*self._kept(), *self._mine()]
        board = board_of(
            problem_of(
                {
                    "now": self.now,
                    "calendars": {code: {"windows": tuple(own)} for code, own in self.windows.items() if own},
                    "work_centres": [
                        {"id": one.code, "class": one.work_center_class, "calendar": one.code}
                        for one in self.places
                        if self.windows[one.code]
                    ],
                    "jobs": [{"id": name, "due": self.now, "weight": 0} for name in (_KEPT, _ORDER)],
                    "operations": operations,
                }
            )
        )
        if clash := pinned_clash(board):
            raise clash
        keys = [-float(work.tail) for work in board.works]
        try:
            return board, place(board, keys, {}).placed
        except NoRoom as refused:
            raise no_room(board.problem, refused.operation) from None

    def _kept(self) -> Iterator[dict[str, Any]]:
        """What is left of each run that is scheduled, pinned."""
        for k, row in enumerate(self.kept):
            windows = self.hours.windows(row.work_center, max(row.run_from, self.now), row.run_to)
            if minutes := open_minutes(windows):
                yield {
                    "id": f"{_KEPT} {k}", "job": _KEPT, "minutes": {row.work_center: minutes},
                    "fixed": {"work_centre": row.work_center, "start": windows[0][0]},
                }  # fmt: skip

    def _mine(self) -> Iterator[dict[str, Any]]:
        """The steps of the order. One that needs no machine passes on what it waits for, one that is done outside with
        the days that this takes.
        """
        stands_for: dict[int, tuple[int, ...]] = {}
        away: dict[int, int] = {}  # minutes outside, before what comes after a step
        for one in self.steps:
            kind = self.types[one.code]
            needs = tuple(sorted({by for need in one.needs for by in stands_for.get(need, ())}))
            is_outside = kind.work_center_class == VENDOR
            machines = "" if is_outside else kind.work_center_class
            waits = max((away.get(need, 0) for need in one.needs), default=0)
            away[one.step] = 0 if machines else waits + self._outside() * is_outside
            stands_for[one.step] = (one.step,) if machines else needs
            if not machines:
                continue
            if not self.by_class.get(machines):
                word = machines.replace("_", " ")
                raise refusal(
                    "CENTRE_UNKNOWN", f"No {word} is in use and has hours: {kind.name}.", "operations"
                )
            if one.minutes is None:
                self.findings.append(_guessed(kind))
            lags = [self.types[step.code].lag_minutes for step in self.steps if step.step in needs]
            release = self.release
            if waits and not needs:
                release = max(release or self.now, self.now + timedelta(minutes=waits))
            yield {
                "id": self.name(one), "job": _ORDER, "class": machines,
                "minutes": dict.fromkeys(self.by_class[machines], GUESS if one.minutes is None else one.minutes),
                "needs": [self.name(step) for step in self.steps if step.step in needs],
                "lag_minutes": max([*lags, waits]) if lags else 0, "release": release,
            }  # fmt: skip

    def _outside(self) -> int:
        """Minutes that work takes outside, from now on."""
        first, days = business_date(self.now), self.hours.calendar.lead.outside_days
        return (mail_days_after(first, days, self.hours.calendar.closed_for) - first).days * 24 * 60

    def runs(self, board: Board, placed: Sequence[Placed]) -> Iterator[PlacedStep]:
        """Where the steps of the order stand."""
        numbers = {self.name(one): one for one in self.steps}
        for work, one in zip(board.problem.operations, placed, strict=True):
            if work.job == _ORDER:
                step = numbers[work.id]
                start, finish = (self.now + timedelta(minutes=at) for at in (begins(board, one), one.end))
                yield PlacedStep(
                    step.step, step.code, tuple(numbers[need].step for need in work.needs), work.lag_minutes,
                    one.minutes, board.problem.work_centers[one.center].id, start, finish,
                )  # fmt: skip

    @staticmethod
    def name(step: PlannedOperation) -> str:
        """Its place in the route and its code, as in '20 cut'."""
        return f"{step.step} {step.code}"


def _guessed(kind: OperationType) -> Finding:
    return Finding(
        "STANDARD_MISSING", Severity.WARN, f"No standard of {kind.name.lower()}: {GUESS} minutes are a guess.",
        "Enter its standard under Setup, Standards.",
    )  # fmt: skip


def _critical(board: Board, placed: Sequence[Placed], now: datetime) -> list[Critical]:
    """From the first operation to the last: of what each waits for, the one that is over last."""
    mine = [k for k, one in enumerate(board.problem.operations) if one.job == _ORDER]
    chain: list[Critical] = []
    at = max(mine, key=lambda k: placed[k].end, default=None)
    while at is not None:
        one, work = placed[at], board.works[at]
        open_, first = board.centers[one.center].open, begins(board, one)
        ready = max([work.release, *(placed[k].end + work.lag for k in work.needs)])
        name = board.problem.operations[at].id.partition(" ")[2]
        start, finish = (now + timedelta(minutes=minute) for minute in (first, one.end))
        place = board.problem.work_centers[one.center].id
        chain.append(Critical(name, place, start, finish, max(0, one.opened - open_.at(ready))))
        at = max(work.needs, key=lambda k: placed[k].end, default=None)
    return chain[::-1]
