"""What people decide about events of devices that were not done."""

from __future__ import annotations

from sqlalchemy import select

from kernel.errors import NotFound
from production.floor.devices.models import Device, DeviceEvent, DeviceOutcome, Outcome
from store.db import UnitOfWork


def settle(uow: UnitOfWork, event_id: int, *, note: str, at: Device | None = None) -> DeviceOutcome:
    """Somebody has seen it and says what was done about it; ``at``: at this device, and of no other. NotFound."""
    query = (
        select(DeviceOutcome, Device)
        .join(DeviceEvent, DeviceEvent.id == DeviceOutcome.event_id)
        .join(Device, Device.id == DeviceEvent.device_id)
        .where(
            DeviceOutcome.event_id == event_id, DeviceOutcome.outcome.in_((Outcome.REFUSED, Outcome.FORKED))
        )
        .with_for_update(of=DeviceOutcome)
    )
    found = uow.session.execute(query).first()
    if found is None or (at is not None and at.id != found[1].id):
        raise NotFound("There is no such event.")
    row, device = found
    if row.settled_at is None:
        row.settled_at, row.settled_by, row.note = uow.now, uow.actor.name, note
        uow.audit("device", device.ulid, "event_settled", name=device.name, n=row.event.n, note=note)
    return row
