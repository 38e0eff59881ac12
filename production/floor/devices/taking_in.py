"""Events of a device as they come: kept at once, accepted in the order of their numbers, forks told to people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, tuple_

from kernel.errors import Forbidden
from production.floor.devices.chain import End, Line, stand
from production.floor.devices.lines import EventLine, Written, line_of
from production.floor.devices.models import Device, DeviceEvent, DeviceOutcome, Outcome
from production.floor.devices.times import Happened, Said, happened
from store.db import UnitOfWork

_GAP = "Events before it never came, so it was not done."
_GAP_REMEDY = "Ask who worked there what they did, and enter it by hand."
_FORK = "The device sent another event under this number before."
_FORK_REMEDY = (
    "Two copies of one tablet are at work, or its storage was put back. Nothing of this was done: if it happened, "
    "enter it by hand. Then enroll the tablet anew."
)


def refuse_revoked(device: Device) -> None:
    """Forbidden DEVICE_REVOKED."""
    if device.revoked_at is not None:
        raise Forbidden(
            "This device has been revoked.", code="DEVICE_REVOKED",
            remedy="Hand it to a supervisor. What it could not send stays on it and is entered by hand.",
        )  # fmt: skip


def take_in(uow: UnitOfWork, device: Device, lines: Sequence[tuple[EventLine, Written]]) -> None:
    """Keep what is new of these lines and follow the chain on. Forbidden DEVICE_REVOKED."""
    uow.session.refresh(device, with_for_update=True)
    refuse_revoked(device)
    device.seen_at = uow.now
    sent = {(line.n, line.hash): (line, text) for line, text in lines}
    of_device = select(DeviceEvent.n, DeviceEvent.hash).filter_by(device_id=device.id)
    rows = uow.session.execute(of_device.where(tuple_(DeviceEvent.n, DeviceEvent.hash).in_(sent)))
    here = {(n, own) for n, own in rows}
    for line, text in (both for key, both in sent.items() if key not in here):
        uow.session.add(
            DeviceEvent(
                device_id=device.id, n=line.n, prev=line.prev, hash=line.hash, line=text, recorded_at=uow.now
            )
        )  # fmt: skip
    uow.session.flush()
    _follow(uow, device)


def give_up(uow: UnitOfWork, device: Device) -> None:
    """Nothing comes from this device any more: what waits behind a gap is told to people."""
    for event in _waiting(uow, device):
        at = happened(line_of(event.line).said, uow.now)
        _add(uow, event, Outcome.FORKED, at, code="DEVICE_GAP", sentence=_GAP, remedy=_GAP_REMEDY)


def _waiting(uow: UnitOfWork, device: Device) -> Sequence[DeviceEvent]:
    """Events that are neither accepted nor given up, in order of arrival."""
    query = (
        select(DeviceEvent)
        .outerjoin(DeviceOutcome, DeviceOutcome.event_id == DeviceEvent.id)
        .where(DeviceEvent.device_id == device.id, DeviceOutcome.event_id.is_(None))
        .order_by(DeviceEvent.id)
    )
    return uow.session.scalars(query).all()


def _follow(uow: UnitOfWork, device: Device) -> None:
    """Accept what goes on from the end of the chain, and note what does not fit it."""
    waiting = {Line(one.n, one.prev, one.hash): one for one in _waiting(uow, device)}
    standing = stand(waiting, End(device.last_n, device.last_hash))
    before = _last(uow, device)
    for link in standing.accepted:
        said = line_of(waiting[link].line).said
        at = happened(said, waiting[link].recorded_at, before)
        before = said, at.at
        _add(uow, waiting[link], Outcome.ACCEPTED, at, code="DEVICE_CLOCK" if at.has_wrong_clock else "")
    device.last_n, device.last_hash = standing.end
    for link in standing.forks:
        at = happened(line_of(waiting[link].line).said, uow.now)
        _add(uow, waiting[link], Outcome.FORKED, at, code="DEVICE_FORK", sentence=_FORK, remedy=_FORK_REMEDY)
        uow.audit("device", device.ulid, "forked", name=device.name, n=link.n)


def _last(uow: UnitOfWork, device: Device) -> tuple[Said, datetime] | None:
    """The last accepted event and when it happened."""
    query = (
        select(DeviceOutcome)
        .join(DeviceEvent, DeviceEvent.id == DeviceOutcome.event_id)
        .filter(DeviceEvent.device_id == device.id, DeviceEvent.hash == device.last_hash)
    )
    last = uow.session.scalars(query).first()
    return (line_of(last.event.line).said, last.occurred_at) if last else None


def _add(uow: UnitOfWork, event: DeviceEvent, outcome: Outcome, when: Happened, **told: str) -> None:
    times = {"occurred_at": when.at, "has_wrong_clock": when.has_wrong_clock, "at": uow.now}
    uow.session.add(DeviceOutcome(event_id=event.id, outcome=outcome, **times, **told))
