"""What can be done on the floor with a device that was away: each act with what it asks and the verb that does it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pydantic import Field

from production.asked import Asked, Count, Line, Paragraph
from production.floor import operations, scan_field
from production.floor.devices.doing import Act, Event, Shown
from production.floor.ledger.lines import Counted
from production.floor.working import first_good, first_piece, helping, pausing
from production.floor.working.occurred import read_occurred
from production.floor.working.spells import shown
from production.jobs.models import Operation
from store.db import UnitOfWork


class Told(Asked):
    """``occurred``: when it was, where a person says so after an outage; else the device knows."""

    occurred: Line = Field("", max_length=30)


class Start(Told):
    """An operation begins, at the device's own place unless another is named."""

    work_center: Line = Field("", max_length=60)
    reason: Line = Field("", max_length=60)


class CountPart(Told):
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


class Finish(Told):
    """The end of a run."""

    CODE = "COUNT"
    good: Count | None = None
    pieces: Paragraph = Field("", max_length=2000)
    reason: Line = Field("", max_length=60)
    numbers: Line = Field("", max_length=2000)


class Run(Told):
    """Going on after a pause, or somebody who comes or goes."""

    work_center: Line = Field("", max_length=60)


class FirstGood(Run):
    """The first good piece, as it was measured."""

    CODE = "FIRST_PIECE"
    measured: dict[str, Line] = Field(default_factory=dict)


class Pause(Run):
    """It stands: for one of the step's reasons, or in one's own words."""

    reason: Line = Field("", max_length=60)
    own: Line = Field("", max_length=50)


class Scan(Asked):
    """A scan at a running operation, or, without an item, at none in particular."""

    scan: Line = Field(max_length=2000)
    reason: Line = Field("", max_length=60)


def _when(event: Event, said: Any) -> datetime | None:
    return read_occurred(said.occurred) or event.occurred_at


def _first_good(uow: UnitOfWork, event: Event, said: Any) -> str | Shown:
    runs = first_good.run(
        uow, event.item, said.measured, files=event.files, work_center=said.work_center,
        occurred_at=_when(event, said),
    )  # fmt: skip
    return f"{event.item} runs." if runs else _stands(event)


def _measure(uow: UnitOfWork, event: Event, said: Any) -> str | Shown:
    rows = first_piece.measure(
        uow, event.item, first_good.values(uow, event.item, said.measured), files=event.files,
        work_center=said.work_center, occurred_at=_when(event, said),
    )  # fmt: skip
    if any(row.stops for row in rows):
        return _stands(event)
    return f"{event.item}: within the tolerance."


def _stands(event: Event) -> str | Shown:
    """Whoever measured it somewhere without a network had no answer, and may have gone on."""
    if event.occurred_at is None:
        return f"{event.item}: {first_good.STANDS}"
    return Shown(
        "FIRST_PIECE",
        f"The first piece of {event.item}, measured {shown(event.occurred_at)}, is outside its tolerance: it stands"
        " since then.",
        "Set aside what was made since. Set it right and measure again; or a second person says why it may run so.",
    )


def _pause(uow: UnitOfWork, event: Event, said: Any) -> str:
    reason = f"{pausing.OTHER}{said.own}" if said.own else said.reason
    at = _when(event, said)
    operation = pausing.pause(uow, event.item, reason=reason, work_center=said.work_center, occurred_at=at)
    return f"{operation.ticket} stands."


def _start(uow: UnitOfWork, event: Event, said: Any) -> str:
    place = said.work_center or event.work_center
    operation = operations.start(
        uow, event.item, work_center=place, reason=said.reason, occurred_at=_when(event, said)
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
        uow, event.item, counted, numbers=said.numbers, occurred_at=_when(event, said)
    )
    return f"Counted at {operation.ticket}."


def _finish(uow: UnitOfWork, event: Event, said: Any) -> str:
    operation = operations.finish(
        uow, event.item, files=event.files, good=said.good, spoiled=said.pieces, reason=said.reason,
        numbers=said.numbers, occurred_at=_when(event, said),
    )  # fmt: skip
    return f"Finished {operation.ticket}: {scan_field.good_words(uow, operation)}."


def _by(verb: Callable[..., Operation], words: str) -> Callable[[UnitOfWork, Event, Any], str]:
    def do(uow: UnitOfWork, event: Event, said: Any) -> str:
        at = _when(event, said)
        operation = verb(uow, event.item, work_center=said.work_center, occurred_at=at)
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
    "run": Act(FirstGood, _first_good),
    "measure": Act(FirstGood, _measure),
    "pause": Act(Pause, _pause),
    "resume": Act(Run, _by(pausing.resume, "goes on")),
    "help": Act(Run, _by(helping.join, "has your help")),
    "leave": Act(Run, _by(helping.leave, "goes on without you")),
    "take-over": Act(Run, _by(helping.take_over, "is yours")),
    "split": Act(Run, _by(helping.split, "runs at another machine too")),
    "count": Act(CountPart, _count),
    "finish": Act(Finish, _finish),
    "scan": Act(Scan, _scan),
}
