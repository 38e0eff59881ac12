"""What can be done on the floor with a device that was away: each act with what it asks and the verb that does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import Field

from production.asked import Asked, Count, Line, Paragraph
from production.floor import operations, scan_field
from production.floor.devices.doing import Act, Event
from production.floor.ledger.lines import Counted
from production.floor.working import helping, pausing
from production.jobs.models import Operation
from store.db import UnitOfWork


class Start(Asked):
    """An operation begins, at the device's own place unless another is named."""

    work_center: Line = Field("", max_length=60)
    reason: Line = Field("", max_length=60)


class CountPart(Asked):
    """A part of a run."""

    CODE = "COUNT"
    good: Count | None = None
    spoiled: Count | None = None
    held: Count | None = None
    taken: Count | None = None
    numbers: Line = Field("", max_length=2000)
    reason: Line = Field("", max_length=60)
    center: Line = Field("", max_length=60)
    takes_back: bool = False


class Finish(Asked):
    """The end of a run."""

    CODE = "COUNT"
    good: Count | None = None
    pieces: Paragraph = Field("", max_length=2000)
    reason: Line = Field("", max_length=60)
    numbers: Line = Field("", max_length=2000)


class Run(Asked):
    """The first good piece, going on after a pause, or somebody who comes or goes."""

    work_center: Line = Field("", max_length=60)


class Pause(Run):
    """It stands."""

    reason: Line = Field(max_length=60)


class Scan(Asked):
    """A scan at a running operation, or, without an item, at none in particular."""

    scan: Line = Field(max_length=2000)
    reason: Line = Field("", max_length=60)


def _start(uow: UnitOfWork, event: Event, said: Any) -> str:
    place = said.work_center or event.work_center
    operation = operations.start(
        uow, event.item, work_center=place, reason=said.reason, occurred_at=event.occurred_at
    )
    return f"Started {operation.ticket}."


def _count(uow: UnitOfWork, event: Event, said: Any) -> str:
    place = operations.find_work_center(uow.session, said.center).code if said.center else None
    sign = -1 if said.takes_back else 1
    good, spoiled, held, taken = (
        sign * (one or 0) for one in (said.good, said.spoiled, said.held, said.taken)
    )
    counted = Counted(good, spoiled, held, taken, said.reason, place)
    operation = operations.count(
        uow, event.item, counted, numbers=said.numbers, occurred_at=event.occurred_at
    )
    return f"Counted at {operation.ticket}."


def _finish(uow: UnitOfWork, event: Event, said: Any) -> str:
    operation = operations.finish(
        uow, event.item, files=event.files, good=said.good, spoiled=said.pieces, reason=said.reason,
        numbers=said.numbers, occurred_at=event.occurred_at,
    )  # fmt: skip
    return f"Finished {operation.ticket}: {scan_field.good_words(uow, operation)}."


def _by(verb: Callable[..., Operation], words: str) -> Callable[[UnitOfWork, Event, Any], str]:
    def do(uow: UnitOfWork, event: Event, said: Any) -> str:
        operation = verb(uow, event.item, occurred_at=event.occurred_at, **said.facts())
        return f"{operation.ticket} {words}."

    return do


def _scan(uow: UnitOfWork, event: Event, said: Any) -> str:
    at = event.occurred_at
    if not event.item:
        return scan_field.scan(uow, said.scan, work_center=event.work_center, occurred_at=at).sentence
    reads = {"reason": said.reason, "files": event.files, "occurred_at": at}
    return scan_field.scan_at(uow, event.item, said.scan, **reads).sentence


ACTS = {
    "start": Act(Start, _start),
    "run": Act(Run, _by(pausing.run, "runs")),
    "pause": Act(Pause, _by(pausing.pause, "stands")),
    "resume": Act(Run, _by(pausing.resume, "goes on")),
    "help": Act(Run, _by(helping.join, "has your help")),
    "leave": Act(Run, _by(helping.leave, "goes on without you")),
    "take-over": Act(Run, _by(helping.take_over, "is yours")),
    "split": Act(Run, _by(helping.split, "runs at another machine too")),
    "count": Act(CountPart, _count),
    "finish": Act(Finish, _finish),
    "scan": Act(Scan, _scan),
}
