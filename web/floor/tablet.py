"""A tablet of the floor: enrolled by a code, then signed in by a PIN for a shift."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_login import current_user
from pydantic import Field
from werkzeug.wrappers import Response

from kernel.errors import InvalidInput
from kernel.ids import show_ulid
from production.asked import Asked, Line, Needed, Secret
from production.catalog.models import WorkCenter
from production.floor.devices import enrolling, shifts
from production.floor.devices.models import Device
from production.floor.devices.taking_in import refuse_revoked
from production.people import shift_pins
from production.people.models import User
from store.db import UnitOfWork
from web.acts import asks
from web.auth import passwords
from web.auth.attempts import address, guarded, is_refused, limiter, note_refused
from web.auth.tablets import READER, remember_tablet, tablet
from web.floor.queue import WORK_CENTER
from web.forms import Form, Refused, sent
from web.frame import plant

blueprint = Blueprint("tablet", __name__, url_prefix="/floor")
_REFUSED = "The badge or name, or the PIN, is not right."


class Enroll(Asked):
    """A device comes in."""

    CODE = "DEVICE_CODE"
    code: Needed = Field(
        title="Code",
        description="Eight letters and digits, as the page of the device shows it.",
        max_length=20,
    )


class ShiftSignIn(Asked):
    """Somebody signs in for a shift."""

    CODE = "SHIFT_PIN"
    name: Line = Field(title="Badge or sign-in name", max_length=120)
    pin: Secret = Field(title="PIN")


@blueprint.get("/enroll")
def enroll(refused: Refused | None = None) -> str:
    """Where the code is typed; the QR code brings it along."""
    form = Form(Enroll, refused, values={"code": request.args.get("code", "")[:20]})
    return render_template("floor/enroll.html", form=form, refused=refused, known=tablet())


@blueprint.post("/enroll")
@limiter.limit("20 per 5 minutes", key_func=address, deduct_when=is_refused)
@asks(Enroll, again=enroll)
def enrolled(said: Enroll) -> Any:
    """The code is changed for a secret, which this browser keeps where no script reads it."""
    try:
        with plant().db.unit_of_work(READER) as uow:
            device, secret = enrolling.redeem(uow, said.code)
    except InvalidInput as error:
        note_refused("device", None)
        return enroll(Refused(Enroll, sent(), error)), 401
    flash(f"This is {device.name} now.", "success")
    return remember_tablet(redirect(url_for(".shift"), code=303), secret)


@blueprint.get("/shift")
def shift(refused: Refused | None = None, error: str = "") -> Response | str:
    """Badge and PIN; a browser that is no device of the plant is told where it becomes one."""
    device = tablet()
    if device is None:
        return redirect(url_for(".enroll"), code=303)
    refuse_revoked(device)
    if current_user.is_authenticated and not refused and not error:
        return redirect(url_for("floor.home"))
    form = Form(ShiftSignIn, refused, values={"name": request.form.get("name", "")})
    return render_template("floor/shift.html", form=form, refused=refused, error=error, device=device)


@blueprint.post("/shift")
@guarded
@asks(ShiftSignIn, again=shift)
def begin_shift(said: ShiftSignIn) -> Any:
    """One answer for a wrong badge and a wrong PIN, after the same work; after some of them, none for a while."""
    device = tablet()
    if device is None:
        return redirect(url_for(".enroll"), code=303)
    refuse_revoked(device)
    with plant().db.read_only(READER) as reading:
        found = shift_pins.find(reading, said.name)
    user, pin = found or (None, None)
    if pin is not None:
        shift_pins.refuse_locked(pin)
    is_right = passwords.is_right(said.pin.get_secret_value(), pin.pin_hash if pin else None)
    with plant().db.unit_of_work(READER) as uow:
        if user is not None:
            shift_pins.note_tried(uow, user, is_right=is_right)
        if user is not None and is_right:
            _begin(uow, device, user)
    if not is_right:
        note_refused("app_user", user.sign_in_name if user else None)
        return shift(error=_REFUSED), 401
    return redirect(url_for("floor.home"), code=303)


def _begin(uow: UnitOfWork, device: Device, user: User) -> None:
    """A new sign-in in a new session, at the device's place."""
    begun = shifts.begin(uow, uow.session.get_one(Device, device.id), user)
    place = uow.session.get(WorkCenter, device.work_center) if device.work_center else None
    session.clear()
    session.permanent = True
    if place is not None:
        session[WORK_CENTER] = place.name
    session["_user_id"], session["_fresh"] = show_ulid(begun.sign_in), True
