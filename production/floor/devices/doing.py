"""What a device's events do: each in a transaction of whoever was signed in, by the verb of its act, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import AttentionNeeded, Fault, Forbidden, InvalidInput, ShopError, Unavailable, UserError
from kernel.ids import parse_ulid
from production.asked import Asked, Sent, read
from production.floor.devices.lines import BrokenLine, EventLine, line_of
from production.floor.devices.models import Device, DeviceEvent, DeviceOutcome, DeviceShift, Outcome
from store.db import Actor, UnitOfWork, system_actor
from store.files import FileStore

REFUSALS = (UserError, AttentionNeeded)  # what people can do something about
_AT_ONCE = timedelta(minutes=1)  # what comes so soon was not away
LATER = "STATE_BUSY"  # nobody's decision: it is tried again


@dataclass(frozen=True, slots=True)
class Event:
    """What an act is given: the thing it is about, where the device stands, and when it happened, None: just now."""

    item: str
    occurred_at: datetime | None
    work_center: str
    files: FileStore


class Shown(NamedTuple):
    """What came of an act that is on record and still not what was done there: people are shown it."""

    code: str
    sentence: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Act:
    """What events of a name ask and do; ``do`` gives the sentence to say. ``verb``: who may (web/policies.py)."""

    asked: type[Asked]
    do: Callable[[UnitOfWork, Event, Asked], str | Shown]
    verb: str = "work_floor"


@dataclass(frozen=True, slots=True)
class Due:
    """An accepted event. ``shift`` is None where nobody had signed in who could have done it."""

    event_id: int
    device: Device
    line: EventLine
    occurred_at: datetime
    shift: DeviceShift | None

    @property
    def actor(self) -> Actor:
        """Who did it."""
        return self.shift.user.as_actor() if self.shift else system_actor("devices")


def next_due(session: Session, device_id: int, after: int = 0) -> Due | None:
    """The first accepted event of a device behind a number, that is not done yet."""
    query = (
        select(DeviceOutcome)
        .join(DeviceEvent, DeviceEvent.id == DeviceOutcome.event_id)
        .where(
            DeviceEvent.device_id == device_id,
            DeviceEvent.n > after,
            DeviceOutcome.outcome == Outcome.ACCEPTED,
        )
        .order_by(DeviceEvent.n)
        .limit(1)
    )
    found = session.scalars(query).first()
    if found is None:
        return None
    line, device = line_of(found.event.line), session.get_one(Device, device_id)
    return Due(found.event_id, device, line, found.occurred_at, _shift(session, device, line.shift))


def _shift(session: Session, device: Device, said: str) -> DeviceShift | None:
    try:
        ulid = parse_ulid(said)
    except ValueError:
        return None
    shift = session.scalars(select(DeviceShift).filter_by(ulid=ulid, device_id=device.id)).first()
    return shift if shift is not None and shift.user.disabled_at is None else None


def do(
    uow: UnitOfWork, due: Due, acts: Mapping[str, Act], files: FileStore, may: Callable[[Actor, str], bool]
) -> None:
    """Do an event, unless that was done meanwhile. UserError or AttentionNeeded where it is refused."""
    row = _locked(uow, due)
    if row is None:
        return
    if isinstance(due.line, BrokenLine):
        raise InvalidInput(
            "This event cannot be read: it is not made as a line is.", code="DEVICE_LINE",
            remedy="Ask who did it, and enter it by hand.",
        )  # fmt: skip
    act = acts.get(due.line.act)
    if act is None:
        raise InvalidInput("This device can do something that the plant does not know.", code="DEVICE_LINE")
    if due.shift is None or not may(uow.actor, act.verb):
        raise Forbidden(
            "Nobody was signed in at the device who may do this.", code="DEVICE_SHIFT",
            remedy="Ask who did it, and enter it by hand.",
        )  # fmt: skip
    said = read(act.asked, Sent({name: [text] for name, text in due.line.fields.items()}))
    occurred_at = None if uow.now - due.occurred_at < _AT_ONCE else due.occurred_at
    event = Event(due.line.item, occurred_at, due.device.work_center or "", files)
    came = act.do(uow, event, said)
    row.outcome, row.at = Outcome.APPLIED, uow.now
    if isinstance(came, Shown):
        row.outcome, (row.code, row.sentence, row.remedy) = Outcome.REFUSED, came
    else:
        row.sentence = came


def failed(error: Exception) -> Fault:
    """What people are told of an event that the plant failed at by a fault of its own: waiting for it would hold up
    everything behind it. What passes by itself is raised again: the device sends it once more.
    """
    if isinstance(error, Unavailable | OSError):
        raise error
    return Fault(
        "The plant failed at this, by a fault of its own. Nothing of it was done.",
        remedy="Do it at a computer of the plant, and tell whoever looks after the system: its log names the fault.",
    )


def refuse(uow: UnitOfWork, due: Due, error: ShopError) -> None:
    """Note that an event could not be done: people are shown what happened and what to do. Later ones go on."""
    row = _locked(uow, due)
    if row is None:
        return
    words = [error.sentence]
    if isinstance(error, InvalidInput):
        words += [one.message for one in error.findings if one.message not in error.sentence]
    row.outcome, row.code, row.at = Outcome.REFUSED, error.instance_code, uow.now
    row.sentence, row.remedy = " ".join(words)[:2000], error.remedy
    uow.audit(
        "device",
        due.device.ulid,
        "event_refused",
        name=due.device.name,
        n=due.line.n,
        code=error.instance_code,
    )


def _locked(uow: UnitOfWork, due: Due) -> DeviceOutcome | None:
    query = select(DeviceOutcome).filter_by(event_id=due.event_id, outcome=Outcome.ACCEPTED)
    return uow.session.scalars(query.with_for_update(of=DeviceOutcome)).first()
