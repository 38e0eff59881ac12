"""The device that asks, by the secret in its cookie, and whoever is signed in there for the shift."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from flask import Flask, current_app, g, request
from flask_login import current_user
from werkzeug.wrappers import Response

from production.floor.devices import enrolling, queries, shifts
from production.floor.devices.acts import ACTS
from production.floor.devices.models import Device
from store.db import system_actor
from web.frame import plant

_KEPT = timedelta(days=400)  # what browsers allow; each shift renews it
READER = system_actor("devices")


def tablet_secret() -> str:
    """What the device shows, if this is one."""
    return request.cookies.get(_cookie(), "")[:100]


def tablet() -> Device | None:
    """The device that asks, revoked or not; looked up once a request."""
    if "tablet" not in g:
        g.tablet = None
        if secret := tablet_secret():
            with plant().db.read_only(READER) as session:
                g.tablet = enrolling.of_secret(session, secret)
    found: Device | None = g.tablet
    return found


def remember_tablet(answer: Response, secret: str) -> Response:
    """From now on this browser is that device. Other sites cannot make it send this."""
    answer.set_cookie(
        _cookie(), secret, max_age=_KEPT, httponly=True, samesite="Strict",
        secure=current_app.session_interface.get_cookie_secure(current_app),
    )  # fmt: skip
    return answer


def _cookie() -> str:
    return f"{current_app.session_interface.get_cookie_name(current_app)}-tablet"


class Here(NamedTuple):
    """What a page on a device's shift says of it."""

    ulid: UUID
    device: Device
    acts: tuple[str, ...]
    conflicts: list[queries.ToldConflict]

    @property
    def acts_in_words(self) -> str:
        """What works without a network."""
        *most, last = (act.replace("-", " ") for act in self.acts)
        return f"{', '.join(most)} and {last}"


def tablet_here() -> Here | None:
    """The device and shift of this page; None where somebody signed in by a password."""
    shift = g.get("shift") if current_user.is_authenticated else None
    if shift is None:
        return None
    with plant().db.read_only(READER) as session:
        conflicts = queries.conflicts(session, device_id=shift.device_id)
        return Here(shift.ulid, session.get_one(Device, shift.device_id), tuple(ACTS), conflicts)


def _note_seen() -> None:
    """A person on shift did something: pages that follow by themselves are no acts."""
    is_act = request.method == "POST" or request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    if not (is_act and tablet_secret() and current_user.is_authenticated):
        return
    shift = g.get("shift")
    if shift is not None and shifts.is_stale(shift):
        with plant().db.unit_of_work(READER) as uow:
            shifts.note_seen(uow, shift)


def install(app: Flask) -> None:
    """What holds on every page of a device."""
    app.before_request(_note_seen)
    app.jinja_env.globals["tablet_here"] = tablet_here
