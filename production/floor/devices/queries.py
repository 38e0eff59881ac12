"""What screens show of devices: who is away, what waits, and what people must decide."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.ids import parse_ulid
from production.catalog.models import WorkCenter
from production.floor.devices.chain import End, Line, stand
from production.floor.devices.lines import EventLine, line_of
from production.floor.devices.models import Device, DeviceEvent, DeviceOutcome, DeviceShift, Outcome
from production.people.models import SignIn

_OPEN = DeviceOutcome.outcome.in_((Outcome.REFUSED, Outcome.FORKED)) & DeviceOutcome.settled_at.is_(None)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a device stands. ``gaps``: first and last number of events that it made and nobody has; ``has_wrong_clock``:
    by its last event.
    """

    device: Device
    place: str
    person: str
    gaps: tuple[tuple[int, int], ...]
    conflicts: int
    has_wrong_clock: bool


@dataclass(frozen=True, slots=True)
class ToldConflict:
    """An event that was not done, for people."""

    event_id: int
    device: str
    ulid: UUID
    line: EventLine
    person: str
    outcome: DeviceOutcome


def standings(session: Session, device_id: int | None = None) -> list[Standing]:
    """Devices, those in use first, by name; or one."""
    query = select(Device, WorkCenter.name).outerjoin(WorkCenter, WorkCenter.code == Device.work_center)
    if device_id is not None:
        query = query.filter(Device.id == device_id)
    rows = session.execute(query.order_by(Device.revoked_at.is_not(None), Device.name, Device.id)).all()
    on_shift = select(DeviceShift).join(SignIn, SignIn.ulid == DeviceShift.sign_in)
    on_shift = on_shift.where(DeviceShift.ended_at.is_(None), SignIn.ended_at.is_(None)).order_by(
        DeviceShift.id
    )
    here = {shift.device_id: shift for shift in session.scalars(on_shift)}
    counts = dict(
        session.execute(
            select(DeviceEvent.device_id, func.count())
            .join(DeviceOutcome, DeviceOutcome.event_id == DeviceEvent.id)
            .where(_OPEN)
            .group_by(DeviceEvent.device_id)
        ).all()
    )
    last = select(DeviceEvent.device_id).join(
        Device, (Device.id == DeviceEvent.device_id) & (Device.last_hash == DeviceEvent.hash)
    )
    wrong = session.scalars(last.join(DeviceOutcome).where(DeviceOutcome.has_wrong_clock)).all()
    gaps = gaps_of(session, [device for device, _ in rows])
    return [
        Standing(
            device, place or "", here[device.id].user.full_name if device.id in here else "",
            gaps.get(device.id, ()), counts.get(device.id, 0), device.id in wrong,
        )
        for device, place in rows
    ]  # fmt: skip


def gaps_of(session: Session, devices: Sequence[Device]) -> dict[int, tuple[tuple[int, int], ...]]:
    """First and last numbers of events that are missing, of the devices that miss any."""
    query = (
        select(DeviceEvent.device_id, DeviceEvent.n, DeviceEvent.prev, DeviceEvent.hash)
        .outerjoin(DeviceOutcome, DeviceOutcome.event_id == DeviceEvent.id)
        .where(DeviceOutcome.event_id.is_(None), DeviceEvent.device_id.in_([one.id for one in devices]))
        .order_by(DeviceEvent.id)
    )
    waiting: dict[int, list[Line]] = {}
    for device_id, n, prev, own in session.execute(query):
        waiting.setdefault(device_id, []).append(Line(n, prev, own))
    ends = {one.id: End(one.last_n, one.last_hash) for one in devices}
    return {device_id: stand(lines, ends[device_id]).gaps for device_id, lines in waiting.items()}


def conflicts(session: Session, *, device_id: int | None = None, limit: int = 50) -> list[ToldConflict]:
    """Events that were not done and about which nobody has decided, the oldest first."""
    query = (
        select(DeviceOutcome, Device)
        .join(DeviceEvent, DeviceEvent.id == DeviceOutcome.event_id)
        .join(Device, Device.id == DeviceEvent.device_id)
        .where(_OPEN)
        .order_by(DeviceOutcome.event_id)
        .limit(limit)
    )
    if device_id is not None:
        query = query.where(Device.id == device_id)
    rows = session.execute(query).all()
    if not rows:
        return []
    lines = {outcome.event_id: line_of(outcome.event.line) for outcome, _ in rows}
    people = dict(_people(session, {line.shift for line in lines.values()}))
    return [
        ToldConflict(
            outcome.event_id, device.name, device.ulid, lines[outcome.event_id],
            people.get(lines[outcome.event_id].shift, ""), outcome,
        )
        for outcome, device in rows
    ]  # fmt: skip


def _people(session: Session, said: Collection[str]) -> Iterator[tuple[str, str]]:
    """Shift as a line names it, and the name of who was signed in."""
    ulids = {}
    for one in said:
        with suppress(ValueError):
            ulids[parse_ulid(one)] = one
    for shift in session.scalars(select(DeviceShift).where(DeviceShift.ulid.in_(ulids))):
        yield ulids[shift.ulid], shift.user.full_name


def outcomes(session: Session, device: Device, numbers: Collection[int]) -> list[tuple[int, DeviceOutcome]]:
    """What became of events of a device, by number."""
    query = (
        select(DeviceEvent.n, DeviceOutcome)
        .join(DeviceOutcome, DeviceOutcome.event_id == DeviceEvent.id)
        .where(DeviceEvent.device_id == device.id, DeviceEvent.n.in_(numbers))
        .order_by(DeviceEvent.n, DeviceEvent.id)
    )
    return [(n, outcome) for n, outcome in session.execute(query)]
