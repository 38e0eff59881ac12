"""Where devices bring their events: kept first, then done one by one; the answer says what became of each."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from kernel.errors import Forbidden, NotFound, ShopError, TooLarge
from kernel.ids import show_ulid
from production.asked import Asked
from production.floor.devices import doing, queries, taking_in
from production.floor.devices.acts import ACTS
from production.floor.devices.lines import read_batch
from production.floor.devices.models import Device, DeviceOutcome, Outcome
from production.floor.devices.settling import settle
from store.db import UnitOfWork, system_actor
from web.acts import command
from web.auth.tablets import READER, tablet
from web.errors import report
from web.floor.queue import home
from web.frame import Done, plant, require
from web.policies import may
from web.security import STRANGERS_BODY, csrf

blueprint = Blueprint("events", __name__, url_prefix="/floor")


@blueprint.post("/events")
def take() -> Response:
    """A batch, any of it any number of times."""
    device = _device()
    lines = read_batch(_body(), show_ulid(device.ulid))
    with plant().db.unit_of_work(system_actor(f"device:{device.name}")) as uow:
        taking_in.take_in(uow, uow.session.get_one(Device, device.id), lines)
    return jsonify(_done(device.id, {line.n for line, _ in lines}))


# No page of another site can send this: the cookie is SameSite=Strict, and the origin is looked at.
csrf.exempt(take)


@blueprint.post("/events/<int:event_id>")
@require("work_floor")
@command(Asked, again=home)
def seen(uow: UnitOfWork, _said: Asked, event_id: int) -> Done:
    """Whoever is at the device has read what was not done there."""
    device = tablet()
    if device is None:
        raise NotFound("There is no such event.")
    settle(uow, event_id, note="Read at the tablet.", at=device)
    return Done(url_for("floor.home"))


def _device() -> Device:
    """The device that sends this, from a page of ours. Forbidden DEVICE_REVOKED."""
    is_ours = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
    origin = request.headers.get("Origin", request.host_url.rstrip("/"))
    device = tablet() if is_ours and origin == request.host_url.rstrip("/") and request.is_json else None
    if device is None:
        raise Forbidden("This is no device of the plant.", code="DEVICE_REVOKED")
    taking_in.refuse_revoked(device)
    return device


def _body() -> bytes:
    if (request.content_length or 0) > STRANGERS_BODY:
        raise TooLarge("A device sends at most 64 kilobytes at once.", remedy="Send fewer events at once.")
    return request.get_data()


def _done(device_id: int, numbers: set[int]) -> dict[str, Any]:
    """Do everything that is accepted, in order, and tell what became of these; a refusal does not stop the next."""
    after = 0
    while True:
        with plant().db.read_only(READER) as session:
            due = doing.next_due(session, device_id, after)
            if due is None:
                return _told(session, device_id, numbers)
        after = due.line.n
        try:
            with plant().db.unit_of_work(due.actor) as uow:
                doing.do(uow, due, ACTS, plant().files, may)
        except doing.REFUSALS as error:
            if error.instance_code == doing.LATER:
                raise  # the device sends it again
            _refuse(due, error)
        except Exception as error:  # noqa: BLE001  a fault in one act must not hold up all that follow
            fault = doing.failed(error)
            report(error)
            _refuse(due, fault)


def _refuse(due: doing.Due, error: ShopError) -> None:
    with plant().db.unit_of_work(due.actor) as uow:
        doing.refuse(uow, due, error)


def _told(session: Session, device_id: int, numbers: set[int]) -> dict[str, Any]:
    device = session.get_one(Device, device_id)
    became = queries.outcomes(session, device, numbers)
    unseen = queries.conflicts(session, device_id=device_id)
    return {
        "acknowledged": device.last_n,
        "gaps": [list(gap) for gap in queries.gaps_of(session, [device]).get(device_id, ())],
        "forks": sorted({n for n, one in became if one.outcome is Outcome.FORKED}),
        "clock": sorted({n for n, one in became if one.has_wrong_clock}),
        "events": [_event(n, one) for n, one in became],
        "conflicts": [_event(one.line.n, one.outcome) | {"item": one.line.item} for one in unseen],
    }


def _event(n: int, one: DeviceOutcome) -> dict[str, Any]:
    said = {"code": one.code, "sentence": one.sentence, "remedy": one.remedy}
    return {"n": n, "id": one.event_id, "outcome": one.outcome.value, **said}
