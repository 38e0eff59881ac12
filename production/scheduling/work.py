"""The open work of the plant as a PROBLEM of the print contract: press and bindery, mailroom, and the dock's cut-offs.

An operation is named by its ticket, a job of the problem is a lot. What cannot be scheduled is named with its reason
and left out, so that one row without a machine stops nobody.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cache, cached_property
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.clock import SHOP_ZONE, business_date
from kernel.errors import NotFound
from postal.data.mail_days import in_full, mail_days_after
from production.catalog import planning
from production.catalog.hours import PlantHours, Window, open_minutes, plant_hours
from production.catalog.models import OperationType, WorkCenter
from production.floor.schedule.calendars import open_time
from production.floor.schedule.problem import Problem, problem_of
from production.jobs.lifecycle import held_lots
from production.jobs.models import Lot, Operation
from production.jobs.outside import VENDOR, due_back
from production.jobs.route import FINAL
from production.jobs.states import LotState
from production.jobs.states import OperationState as O
from production.mailings.cut_offs import CUT_OFFS, last_for, of_day
from production.mailings.models import PresortStream
from production.scheduling.held import with_held
from production.scheduling.models import LotWeight, SchedulePin, ScheduleSplit
from production.stockroom.coming import paper_comes

# Minutes of an operation that nobody has measured. Shop to confirm: enter its standard under Setup.
GUESS = 60
AHEAD = timedelta(days=366)  # that calendars reach
PLANT = "plant"  # the calendar of work centers without hours of their own
_NOT_BEGUN = (O.WAITING, O.READY)
_IN_TROUBLE = (O.OUTCOME_UNKNOWN, O.FAILED)


class Unplaced(NamedTuple):
    """An operation that is left out, by its ticket, its lot, and why."""

    ticket: str
    lot: str
    code: str
    why: str


class Wait(NamedTuple):
    """What a run cannot begin before, and why not."""

    until: datetime
    why: str


class Row(NamedTuple):
    """An operation as it stands, with what its type says; of one that is split, one of its parts."""

    operation: Operation
    kind: OperationType
    lot: Lot
    part: int = 0
    quantity: int | None = None

    @property
    def id(self) -> str:
        """What names the run."""
        return run_id(self.operation.ticket, self.part)

    @property
    def machines(self) -> str:
        """The class of work centers that it needs; nothing where it needs none, or is done outside."""
        return "" if self.is_outside else self.kind.work_center_class or ""

    @property
    def is_outside(self) -> bool:
        """An outside shop does it: it takes the vendor's days and no machine's hours."""
        return self.kind.work_center_class == VENDOR


def run_id(ticket: str, part: int) -> str:
    """The ticket; behind a dot the number of the part, from the second on: 27-000123-4-40.2."""
    return f"{ticket}.{part + 1}" if part else ticket


def ticket_and_part(run: str) -> tuple[str, int]:
    """The reverse. NotFound."""
    ticket, _, number = run.partition(".")
    if number and not (number.isascii() and number.isdigit() and 1 < int(number) < 100):
        raise NotFound("There is no such run.")
    return ticket, int(number or 1) - 1


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be scheduled. ``rows``: the operations of the problem by run, without what is held free for others;
    ``guessed``: those of them whose minutes are a guess (STANDARD_MISSING); ``overdue``: pinned ones that have not
    begun when they should; ``waits``: by run, what its release is for: paper, outside work, drying.
    """

    problem: Problem
    rows: Mapping[str, Row]
    guessed: frozenset[str]
    unplaced: tuple[Unplaced, ...]
    overdue: frozenset[str]
    waits: Mapping[str, str]


Splits = Mapping[int, tuple[int, ...]]  # by operation


def plant_work(
    session: Session, now: datetime, *, loose: Collection[str] = (), splits: Splits | None = None
) -> Work:
    """All of it at that instant. ``loose``: runs whose pins do not count; ``splits``: others than are kept."""
    now = shop_minute(now)
    rows = _rows(session)
    hours = plant_hours(session)
    work = _Asked(
        now, rows, hours, _places(session, rows), dues(session, {row.lot for row in rows}, hours),
        frozenset(session.scalars(select(held_lots("start").subquery()))),
        _pins(session, loose), kept_splits(session) if splits is None else splits,
        {one.lot_id: one.weight for one in session.scalars(select(LotWeight))},
        due_back(session, [row.operation.id for row in rows if row.is_outside]),
        paper_comes(session, [row.operation for row in rows if row.operation.state in _NOT_BEGUN]),
    ).work()  # fmt: skip
    return replace(work, problem=with_held(session, work.problem))


def _pins(session: Session, loose: Collection[str]) -> dict[str, SchedulePin]:
    """By run."""
    query = select(SchedulePin, Operation.ticket).join(Operation, Operation.id == SchedulePin.operation_id)
    found = {run_id(ticket, pin.part): pin for pin, ticket in session.execute(query)}
    return {run: pin for run, pin in found.items() if run not in loose}


def kept_splits(session: Session) -> Splits:
    """As people split them."""
    return {one.operation_id: one.quantities for one in session.scalars(select(ScheduleSplit))}


def shop_minute(now: datetime) -> datetime:
    """The minute begun, in the shop's offset of that instant: minutes are counted from it across any change."""
    local = now.astimezone(SHOP_ZONE).replace(second=0, microsecond=0)
    return datetime.fromisoformat(local.isoformat())


def _rows(session: Session) -> list[Row]:
    """Every operation of a lot that has work open at a machine, in the order of the queue."""
    machine = OperationType.work_center_class.is_not(None)
    query = select(Operation, OperationType, Lot).join(OperationType, OperationType.code == Operation.type)
    query = query.join(Lot, Lot.id == Operation.lot_id).where(Lot.state != LotState.CANCELLED)
    lots = select(Operation.lot_id).join(OperationType, OperationType.code == Operation.type)
    lots = lots.where(machine, Operation.state.not_in(FINAL))
    order = (Lot.ready_by, Lot.id, Operation.step, Operation.segment.nulls_first(), Operation.id)
    return [Row(*row) for row in session.execute(query.where(Lot.id.in_(lots)).order_by(*order))]


def _places(session: Session, rows: Sequence[Row]) -> Sequence[WorkCenter]:
    """Work centers in use, and those where something runs."""
    running = {row.operation.work_center for row in rows if row.operation.state is O.RUNNING}
    query = select(WorkCenter).where(WorkCenter.is_active | WorkCenter.code.in_(running - {None}))
    return session.scalars(query.order_by(WorkCenter.code)).all()


def dues(session: Session, lots: Collection[Lot], hours: PlantHours) -> dict[int, datetime]:
    """By when the machines must be done with each lot: the end of work of its day; of mail that leaves on that day, the
    last cut-off of its class.
    """
    cut_offs, end_of = CUT_OFFS.rows(session), cache(hours.end_of)
    found = {lot.id: end_of(lot.ready_by) for lot in lots}
    query = select(PresortStream).where(PresortStream.id.in_(found))
    for stream in session.scalars(query):
        last = last_for(stream.mail_class, of_day(cut_offs, hours.calendar, stream.mail_date))
        if last is not None:
            found[stream.id] = min(found[stream.id], last.at)
    return found


@dataclass(frozen=True)
class _Asked:
    now: datetime
    rows: Sequence[Row]
    hours: PlantHours
    places: Sequence[WorkCenter]
    dues: Mapping[int, datetime]
    held: Collection[int]
    pinned: Mapping[str, SchedulePin]
    splits: Splits
    weights: Mapping[int, int]
    back: Mapping[int, date]
    paper: Mapping[int, date]

    def work(self) -> Work:
        windows = self._windows()
        open_places = [place for place in self.places if windows[self._calendar(place.code)]]
        by_class: dict[str, list[str]] = defaultdict(list)
        for place in open_places:
            if place.is_active:
                by_class[place.work_center_class].append(place.code)
        unplaced = {one.ticket: one for one in self._unplaced(by_class, {one.code for one in open_places})}
        rows = {
            run.id: run
            for row in self._of_machines()
            if row.operation.ticket not in unplaced
            for run in self._parts(row)
        }
        guessed = frozenset(run for run, row in rows.items() if _minutes(row) is None)
        waits = {run: wait for run, row in rows.items() if (wait := self._wait(row))}
        running = dict(self._running(rows.values(), windows))
        problem = problem_of(
            {
                "now": self.now,
                "calendars": {name: {"windows": tuple(own)} for name, own in windows.items() if own},
                "work_centres": [
                    {"id": one.code, "class": one.work_center_class, "calendar": self._calendar(one.code)}
                    for one in open_places
                ],
                "jobs": [
                    {"id": lot.number, "due": self.dues[lot.id], "weight": self.weights.get(lot.id, 1)}
                    for lot in {row.lot.id: row.lot for row in rows.values()}.values()
                ],
                "operations": [
                    self._operation(row, rows, by_class, running.get(run), waits.get(run))
                    for run, row in rows.items()
                ],
            }
        )  # fmt: skip
        overdue = frozenset(
            run
            for run in rows
            if run not in running and (pin := self.pinned.get(run)) and pin.starts_at < self.now
        )
        told = {run: wait.why for run, wait in waits.items() if run not in running}
        return Work(problem, rows, guessed, tuple(unplaced.values()), overdue, told)

    def _of_machines(self) -> Iterator[Row]:
        for row in self.rows:
            if row.machines and row.operation.state not in FINAL:
                yield row

    def _parts(self, row: Row) -> Iterator[Row]:
        """The operation, or what it is split into until it begins."""
        quantities = self.splits.get(row.operation.id, ())
        if row.operation.state is O.RUNNING or len(quantities) < 2:
            yield row
        else:
            yield from (row._replace(part=part, quantity=count) for part, count in enumerate(quantities))

    def _calendar(self, place: str) -> str:
        own = self.hours.calendar_of(place)
        return f"of {own}" if own else PLANT

    def _windows(self) -> dict[str, list[Window]]:
        last = self.now + AHEAD
        found = {PLANT: self.hours.windows("", self.now, last)}
        for place in self.places:
            if self._calendar(place.code) != PLANT:
                found[self._calendar(place.code)] = self.hours.windows(place.code, self.now, last)
        return found

    def _unplaced(
        self, by_class: Mapping[str, Sequence[str]], is_open: Collection[str]
    ) -> Iterator[Unplaced]:
        """What nobody can place, and what waits for that."""
        out: set[int] = set()
        known = {place.work_center_class for place in self.places}
        for row in self._of_machines():
            operation, machines = row.operation, row.machines
            word = machines.replace("_", " ")
            found: tuple[str, str] | None = None
            if operation.state in _IN_TROUBLE:
                found = "NEEDS_PERSON", "Somebody must say first what happened to it."
            elif operation.state is O.RUNNING:
                if operation.work_center not in is_open:
                    found = "CALENDAR_EMPTY", "It runs where no hours of work are set up."
            elif operation.lot_id in self.held:
                found = "ON_HOLD", "A hold keeps it from starting."
            elif machines not in known:
                found = "CENTRE_UNKNOWN", f"No {word} is in use."
            elif not by_class.get(machines):
                found = "CALENDAR_EMPTY", f"No {word} has hours of work in the coming year."
            elif self._is_pinned_away(row, by_class[machines]):
                found = "CENTRE_UNKNOWN", "It is pinned to a machine that does not work any more."
            elif waits := next((one for one in self._needs(row) if one.operation.id in out), None):
                found = "WAITS", f"It waits for {waits.operation.ticket}, which is not placed."
            if found:
                out.add(operation.id)
                yield Unplaced(operation.ticket, row.lot.number, *found)

    def _needs(self, row: Row) -> list[Row]:
        """Operations of machines that it waits for or waited for, through steps that need none."""
        return [one for one in self._before(row) if one.machines]

    def _before(self, row: Row) -> list[Row]:
        """The same with the steps between."""
        found: dict[int, Row] = {}
        todo, seen = list(row.operation.needs), set[int]()
        while todo:
            step = todo.pop()
            if step in seen:
                continue
            seen.add(step)
            for one in self._by_lot[row.operation.lot_id]:
                mine = None in (row.operation.segment, one.operation.segment)
                if one.operation.step == step and (mine or row.operation.segment == one.operation.segment):
                    found[one.operation.id] = one
                    todo += () if one.machines else one.operation.needs
        return list(found.values())

    def _out(self, row: Row) -> list[Row]:
        """Steps that an outside shop still does before it."""
        return [one for one in self._before(row) if one.is_outside and one.operation.state not in FINAL]

    def _back(self, due: date) -> datetime:
        """When something is here that is due on a day: by the end of work, and at best tomorrow where it is late."""
        today = business_date(self.now)
        return self.hours.end_of(due if due >= today else self._in_days(1))

    def _in_days(self, days: int) -> date:
        return mail_days_after(business_date(self.now), days, self.hours.calendar.closed_for)

    @cached_property
    def _by_lot(self) -> Mapping[int, Sequence[Row]]:
        found: dict[int, list[Row]] = defaultdict(list)
        for row in self.rows:
            found[row.operation.lot_id].append(row)
        return found

    def _is_pinned_away(self, row: Row, places: Collection[str]) -> bool:
        pins = (self.pinned.get(run.id) for run in self._parts(row))
        return any(pin is not None and pin.work_center not in places for pin in pins)

    def _running(
        self, rows: Iterable[Row], windows: Mapping[str, Sequence[Window]]
    ) -> Iterator[tuple[str, Any]]:
        """What runs goes on with what is left of it; several on one work center one after the other."""
        free: dict[str, int] = defaultdict(int)
        running = [row for row in rows if row.operation.state is O.RUNNING]
        for row in sorted(running, key=lambda row: (row.operation.started_at or self.now, row.operation.id)):
            place = row.operation.work_center or ""
            open_ = open_time(
                (_minutes_between(self.now, start), _minutes_between(self.now, end))
                for start, end in windows[self._calendar(place)]
            )
            left = self._left(row)
            begins = self.now + timedelta(minutes=open_.begins(free[place]))
            free[place] += left
            yield row.id, (place, left, begins)

    def _left(self, row: Row) -> int:
        """Minutes of a run that goes on, at least one."""
        started, place = row.operation.started_at or self.now, row.operation.work_center or ""
        first = max(started, self.now - timedelta(days=31))
        past = open_minutes(self.hours.windows(place, first, self.now))
        return max(1, (_minutes(row) or GUESS) - past)

    def _operation(
        self,
        row: Row,
        rows: Mapping[str, Row],
        by_class: Mapping[str, Sequence[str]],
        running: Any,
        wait: Wait | None,
    ) -> dict[str, Any]:
        operation, machines = row.operation, row.machines
        told: dict[str, Any] = {"id": row.id, "job": row.lot.number, "class": machines}
        if running is not None:
            place, left, begins = running
            return told | {"minutes": {place: left}, "fixed": {"work_centre": place, "start": begins}}
        needs = self._needs(row)
        minutes, pin = _minutes(row), self.pinned.get(row.id)
        open_ = [run for one in needs for run in self._parts(one) if run.id in rows]
        places, fixed = by_class[machines], None
        if pin:
            places = [pin.work_center]
        if pin and pin.starts_at >= self.now:
            fixed = {"work_centre": pin.work_center, "start": pin.starts_at.astimezone(self.now.tzinfo)}
        return told | {
            "minutes": dict.fromkeys(places, GUESS if minutes is None else minutes),
            "needs": [one.id for one in open_],
            "lag_minutes": max([_lag(operation, one) for one in open_] + self._away(row), default=0)
            if open_
            else 0,
            "release": wait.until if wait else None,
            "fixed": fixed,
        }

    def _away(self, row: Row) -> list[int]:
        """Minutes for each outside step before it that nobody has ordered yet."""
        days = self._in_days(self.hours.calendar.lead.outside_days) - business_date(self.now)
        return [days.days * 24 * 60 for one in self._out(row) if one.operation.id not in self.back]

    def _wait(self, row: Row) -> Wait | None:
        """For what must pass after the steps that are done, what is outside, and its paper: the last of them."""
        last = max(self._waits(row), key=lambda wait: wait.until, default=None)
        return last._replace(until=_whole_minute(last.until)) if last and last.until > self.now else None

    def _waits(self, row: Row) -> Iterator[Wait]:
        operation = row.operation
        for one in self._needs(row):
            if one.operation.state in FINAL and one.operation.finished_at:
                rested = one.operation.finished_at + timedelta(minutes=_lag(operation, one))
                yield Wait(rested, f"It rests after {one.kind.name.lower()}, to dry or set.")
        for one in self._out(row):
            if one.operation.id in self.back:
                back = self._back(self.back[one.operation.id])
                yield Wait(back, f"{one.kind.name} is back by {in_full(business_date(back))}.")
        for minutes in self._away(row):
            yield Wait(self.now + timedelta(minutes=minutes), "Work outside is not ordered yet.")
        if operation.id in self.paper:
            here = self._back(self.paper[operation.id])
            yield Wait(here, f"Its paper comes by {in_full(business_date(here))}.")


def _lag(operation: Operation, need: Row) -> int:
    """What must pass between two operations: as the route said when it was laid out, else as the type of the first."""
    return need.kind.lag_minutes if operation.lag_minutes is None else operation.lag_minutes


def _minutes(row: Row) -> int | None:
    """As planned when it was laid out; else by the standard of its type, where it is known what is to come out. Of a
    part its share of them, with a set-up of its own.
    """
    operation, whole = row.operation, row.operation.planned_minutes
    if whole is None and operation.quantity is not None:
        whole = planning.minutes(row.kind, operation.quantity)
    if whole is None or row.quantity is None or not operation.quantity:
        return whole
    setup = min(row.kind.setup_minutes or 0, whole)
    return setup + math.ceil(Fraction((whole - setup) * row.quantity, operation.quantity))


def _minutes_between(first: datetime, last: datetime) -> int:
    return int((last - first).total_seconds()) // 60


def _whole_minute(moment: datetime) -> datetime:
    """The minute in which an instant lies is over then."""
    return moment.replace(second=0, microsecond=0) + timedelta(
        minutes=bool(moment.second or moment.microsecond)
    )
