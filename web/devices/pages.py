"""Devices of the plant: who has which, what waits there, and what people must decide."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, url_for
from pydantic import Field
from werkzeug.wrappers import Response

from kernel.ids import show_ulid
from production.asked import Asked, Line, Needed, Why
from production.floor import operations
from production.floor.devices import enrolling, queries
from production.floor.devices.models import Device
from production.floor.devices.settling import settle
from store.db import UnitOfWork
from web.acts import asks, command
from web.charts.barcode import qr
from web.forms import Form, Refused
from web.frame import Done, reading, remembered, require

blueprint = Blueprint("devices", __name__, url_prefix="/devices")


class NewDevice(Asked):
    """A tablet comes in."""

    CODE = "DEVICE_NAME"
    name: Needed = Field(
        title="Name",
        description="As it stands on the tablet: Press 2 tablet.",
        max_length=enrolling.LONGEST_NAME,
    )
    work_center: Line = Field("", title="Place", description="The machine or bench where it stays.")


class Revoke(Asked):
    """A device may do nothing any more."""

    reason: Line = Field("", title="Why", max_length=200)


class Settle(Asked):
    """What was done about an event."""

    note: Why = Field(title="What you did about it")


@blueprint.get("")
@require("keep_machines")
def listing(refused: Refused | None = None, **_where: int) -> str:
    """All of them, and what waits for a decision."""
    with reading() as session:
        standings, conflicts = queries.standings(session), queries.conflicts(session)
    forms = {
        one.event_id: Form(
            Settle, refused, key=str(one.event_id), action=url_for(".settled", event_id=one.event_id)
        )
        for one in conflicts
    }
    return render_template(
        "devices/list.html", standings=standings, conflicts=conflicts, forms=forms, refused=refused
    )


@blueprint.get("/new")
@require("keep_machines")
def new(refused: Refused | None = None) -> str:
    """The form for a new one."""
    with reading() as session:
        places = [(place.code, place.name) for place in operations.work_centers(session)]
    form = Form(NewDevice, refused, options={"work_center": [("", "None"), *places]})
    return render_template("devices/new.html", form=form, refused=refused)


class Coded(NamedTuple):
    """What is kept of a code that was given: whose."""

    device: str


@blueprint.post("/new")
@require("keep_machines")
@asks(NewDevice, again=new)
def add(said: NewDevice) -> Response | str:
    """A new device; its code is in this answer and nowhere again."""
    return _with_code(lambda uow: enrolling.add(uow, name=said.name, work_center=said.work_center))


def _with_code(work: Callable[[UnitOfWork], tuple[Device, str]]) -> Response | str:
    told: list[str] = []

    def coded(uow: UnitOfWork) -> dict[str, str]:
        device, code = work(uow)
        told.append(code)
        return {"device": show_ulid(device.ulid)}

    ulid = remembered(Coded, coded).device
    if not told:
        flash("Its code was shown once. Have a new one made if it was not used.", "warning")
        return redirect(url_for(".show", ulid=ulid), code=303)
    return _page(ulid, code=told[0])


@blueprint.get("/<ulid>")
@require("keep_machines")
def show(ulid: str, refused: Refused | None = None) -> str:
    """One device: where it is, what waits there, and what it could not do."""
    return _page(ulid, refused=refused)


def _page(ulid: str, *, code: str = "", refused: Refused | None = None) -> str:
    with reading() as session:
        device = enrolling.find(session, ulid)
        (standing,) = queries.standings(session, device.id)
        conflicts = queries.conflicts(session, device_id=device.id)
    address = url_for("tablet.enroll", code=code, _external=True) if code else ""
    picture = (
        qr(address, "Code of the device", f"Leads the tablet to the page where {code} is typed.")
        if code
        else ""
    )
    revoke = Form(Revoke, refused, key="revoke", action=url_for(".revoke", ulid=ulid))
    return render_template(
        "devices/device.html", one=standing, conflicts=conflicts, code=code, picture=picture, revoke=revoke,
        refused=refused, address=url_for("tablet.enroll", _external=True),
    )  # fmt: skip


@blueprint.post("/<ulid>/code")
@require("keep_machines")
@asks(Asked, again=show)
def give_code(_said: Asked, ulid: str) -> Response | str:
    """Another code, for a device that was not enrolled in time."""

    def work(uow: UnitOfWork) -> tuple[Device, str]:
        device = enrolling.find(uow.session, ulid)
        return device, enrolling.give_code(uow, device)

    return _with_code(work)


@blueprint.post("/<ulid>/revoke")
@require("keep_machines")
@command(Revoke, again=show)
def revoke(uow: UnitOfWork, said: Revoke, ulid: str) -> Done:
    """Lost, broken or put away: it may do nothing from its next contact on."""
    device = enrolling.find(uow.session, ulid)
    enrolling.revoke(uow, device, reason=said.reason)
    return Done(url_for(".show", ulid=ulid), f"{device.name} is revoked: it may do nothing any more.")


@blueprint.post("/events/<int:event_id>")
@require("keep_machines")
@command(Settle, again=listing)
def settled(uow: UnitOfWork, said: Settle, event_id: int) -> Done:
    """Somebody has dealt with an event that was not done."""
    settle(uow, event_id, note=said.note)
    return Done(url_for(".listing"), "Noted.")
