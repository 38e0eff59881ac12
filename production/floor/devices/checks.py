"""What must hold of devices, for ``indicia verify``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import and_, select

from kernel import clock
from production.floor.devices.chain import End, hash_of
from production.floor.devices.models import Device, DeviceEvent, DeviceOutcome, Outcome
from store.keeping.verify import Check, Open, Survey

_DONE_WITHIN = timedelta(minutes=10)


def devices_count_without_gaps(survey: Survey) -> Iterator[Open]:
    """Events of a device that were accepted run from 1 without a gap to its last one, each naming the hash of the one
    before it; every line still has its hash.
    """
    of_chain = and_(DeviceOutcome.event_id == DeviceEvent.id, DeviceOutcome.outcome != Outcome.FORKED)
    query = (
        select(DeviceEvent, DeviceOutcome.event_id)
        .outerjoin(DeviceOutcome, of_chain)
        .order_by(DeviceEvent.device_id, DeviceEvent.n, DeviceEvent.id)
    )
    ends: dict[int, End] = {}
    names = {one.id: one for one in survey.session.scalars(select(Device))}
    for event, accepted in survey.each(survey.session.execute(query.execution_options(yield_per=1_000))):
        name = names[event.device_id].name
        if hash_of(event.line) != event.hash:
            yield Open(f"event {event.n} of device {name} was changed", (name,))
        if accepted is None:
            continue
        end = ends.get(event.device_id, End())
        if (event.n, event.prev) != (end.n + 1, end.hash):
            yield Open(f"event {event.n} of device {name} does not follow on event {end.n}", (name,))
        ends[event.device_id] = End(event.n, event.hash)
    for device in names.values():
        if ends.get(device.id, End()) != (device.last_n, device.last_hash):
            yield Open(
                f"device {device.name} says {device.last_n} events, its chain another end", (device.name,)
            )


def accepted_events_are_done(survey: Survey) -> Iterator[Open]:
    """An event that everything before it is here of is done or refused within minutes."""
    query = (
        select(DeviceEvent.n, Device.name)
        .join(DeviceOutcome, DeviceOutcome.event_id == DeviceEvent.id)
        .join(Device, Device.id == DeviceEvent.device_id)
        .where(DeviceOutcome.outcome == Outcome.ACCEPTED, DeviceOutcome.at < clock.now() - _DONE_WITHIN)
        .order_by(Device.name, DeviceEvent.n)
    )
    for n, name in survey.each(survey.session.execute(query)):
        yield Open(f"event {n} of device {name} waits", (name,))


CHECKS: tuple[Check, ...] = (devices_count_without_gaps, accepted_events_are_done)
