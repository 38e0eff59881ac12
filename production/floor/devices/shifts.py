"""Signing in at a device for a shift: who works there now, and when that ends."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kernel import clock
from kernel.ids import new_ulid
from production.floor.devices.enrolling import end_shift, hash_of_secret
from production.floor.devices.models import Device, DeviceShift
from production.people import shift_pins, sign_ins
from production.people.models import User
from store.db import UnitOfWork

_SEEN_EVERY = timedelta(minutes=1)


def begin(uow: UnitOfWork, device: Device, user: User) -> DeviceShift:
    """Somebody signs in there; whoever was is signed out. The PIN has been compared."""
    end_shift(uow, device)
    kept = sign_ins.begin(uow, user, by_pin=True)
    shift = DeviceShift(
        ulid=new_ulid(uow.now), device_id=device.id, user_id=user.id, sign_in=kept, began_at=uow.now, seen_at=uow.now
    )  # fmt: skip
    uow.session.add(shift)
    device.seen_at = uow.now
    return shift


def of_sign_in(session: Session, sign_in: UUID, secret: str) -> DeviceShift | None:
    """The shift of a sign-in by PIN, while it lasts and at the device where it began alone."""
    shift = session.scalars(select(DeviceShift).filter_by(sign_in=sign_in, ended_at=None)).first()
    if shift is None or shift.device.revoked_at or shift.device.secret_hash != hash_of_secret(secret):
        return None
    limits, now = shift_pins.rule(session), clock.now()
    is_over = now - shift.began_at > timedelta(hours=limits.hours)
    is_idle = now - shift.seen_at > timedelta(minutes=limits.idle_minutes)
    return None if is_over or is_idle else shift


def is_stale(shift: DeviceShift) -> bool:
    """Has it been a while since an act of the person was noted?"""
    return clock.now() - shift.seen_at > _SEEN_EVERY


def note_seen(uow: UnitOfWork, shift: DeviceShift) -> None:
    """The person has just done something."""
    uow.session.execute(update(DeviceShift).filter_by(id=shift.id).values(seen_at=uow.now))
    uow.session.execute(update(Device).filter_by(id=shift.device_id).values(seen_at=uow.now))
