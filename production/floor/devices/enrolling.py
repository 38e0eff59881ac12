"""Devices come in by a code that works once, and go by being revoked, which counts at their next contact."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import Conflict, InvalidInput, NotFound, refused_field
from kernel.ids import named_ulid, new_ulid
from production.catalog.models import WorkCenter
from production.floor.devices import taking_in
from production.floor.devices.models import Device, DeviceShift
from production.people import sign_ins
from store.db import UnitOfWork

CODE_HOLDS = timedelta(minutes=30)
LONGEST_NAME = 80
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that looks like another
_LENGTH = 8


def hash_of_secret(text: str) -> str:
    """What is kept of a secret that nobody could guess."""
    return hashlib.sha256(text.encode()).hexdigest()


def _hash_of_code(typed: str) -> str:
    return hash_of_secret("".join(typed.split()).replace("-", "").upper())


def find(session: Session, ulid: str) -> Device:
    """The device that an address names. NotFound."""
    device = session.scalars(select(Device).filter_by(ulid=named_ulid(ulid, "device"))).first()
    if device is None:
        raise NotFound("There is no such device.")
    return device


def of_secret(session: Session, secret: str) -> Device | None:
    """The device that shows this secret, revoked or not."""
    return session.scalars(select(Device).filter_by(secret_hash=hash_of_secret(secret))).first()


def add(uow: UnitOfWork, *, name: str, work_center: str) -> tuple[Device, str]:
    """A device by its name and place, with the code that enrolls it, which stands nowhere else. InvalidInput
    DEVICE_NAME.
    """
    name = " ".join(name.split())
    in_use = select(Device.id).filter_by(name=name, revoked_at=None)
    if not 1 <= len(name) <= LONGEST_NAME or uow.session.scalar(in_use) is not None:
        words = "Another device has this name." if name else "Give the device a name, as it stands on it."
        raise refused_field("DEVICE_NAME", "name", words)
    if work_center and uow.session.get(WorkCenter, work_center) is None:
        raise refused_field("DEVICE_NAME", "work_center", "There is no such machine or bench.")
    device = Device(
        ulid=new_ulid(uow.now), name=name, work_center=work_center or None, made_by=uow.actor.name, made_at=uow.now
    )  # fmt: skip
    uow.session.add(device)
    uow.audit("device", device.ulid, "added", name=name, work_center=work_center)
    return device, give_code(uow, device)


def give_code(uow: UnitOfWork, device: Device) -> str:
    """A new code for a device that has not been enrolled; the one before works no more. Conflict DEVICE_CODE."""
    if device.enrolled_at is not None or device.revoked_at is not None:
        raise Conflict(
            "This device has been enrolled before. Revoke it and add it anew: it begins to count from one again.",
            code="DEVICE_CODE",
        )
    code = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    device.code_hash, device.code_until = _hash_of_code(code), uow.now + CODE_HOLDS
    return f"{code[:4]}-{code[4:]}"


def redeem(uow: UnitOfWork, code: str) -> tuple[Device, str]:
    """Enroll the device that this code is for; gives the secret that it shows from now on. InvalidInput DEVICE_CODE."""
    query = (
        select(Device).filter_by(code_hash=_hash_of_code(code), revoked_at=None).with_for_update(of=Device)
    )
    device = uow.session.scalars(query).first()
    if device is None or device.code_until is None or device.code_until < uow.now:
        raise InvalidInput(
            "This code does not hold.", code="DEVICE_CODE",
            remedy="It works once and for half an hour. Have a new one made under Devices.",
        )  # fmt: skip
    secret = secrets.token_urlsafe(32)
    device.secret_hash, device.enrolled_at, device.seen_at = hash_of_secret(secret), uow.now, uow.now
    device.code_hash = device.code_until = None
    uow.audit("device", device.ulid, "enrolled", name=device.name)
    return device, secret


def end_shift(uow: UnitOfWork, device: Device) -> None:
    """Whoever is signed in there by PIN is so no more."""
    for shift in uow.session.scalars(select(DeviceShift).filter_by(device_id=device.id, ended_at=None)):
        sign_ins.end(uow, shift.sign_in)
        shift.ended_at = uow.now


def revoke(uow: UnitOfWork, device: Device, *, reason: str = "") -> None:
    """It may do nothing from its next contact on; whoever works at it is signed out, and what waits behind a gap is
    told to people. A second time changes nothing.
    """
    uow.session.refresh(device, with_for_update=True)
    if device.revoked_at is not None:
        return
    device.revoked_at, device.revoked_by = uow.now, uow.actor.name
    device.code_hash = device.code_until = None
    end_shift(uow, device)
    taking_in.give_up(uow, device)
    uow.audit("device", device.ulid, "revoked", name=device.name, reason=reason)
