"""The signed-in person: read anew on every request, so that a lost role or a closed account counts at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast
from urllib.parse import urlsplit
from uuid import UUID

from flask import Flask, current_app, g, redirect, request, url_for
from flask_login import LoginManager, current_user
from werkzeug.wrappers import Response

from kernel.ids import parse_ulid, show_ulid
from production.floor.devices import shifts
from production.people import api_keys, sign_ins
from production.people.contact import ContactValue
from production.people.models import Role
from production.people.sign_ins import SignedIn
from store.db import Actor, system_actor
from web.auth.doors import is_our_key, is_program, key_given
from web.auth.tablets import tablet_secret
from web.frame import plant
from web.policies import ON_SHIFT

READER = system_actor("sign-in")
_ROLE_WORDS = {role: role.value.replace("_", " ").capitalize() for role in Role}


@dataclass(frozen=True, slots=True)
class Person:
    """Who sits at the screen. Flask-Login asks for the properties at the end."""

    ulid: str
    name: str
    agency: str
    agency_code: str
    actor: Actor
    sign_in: UUID
    must_change_password: bool
    has_toured: bool
    contact: ContactValue | None
    by_pin: bool

    @property
    def role(self) -> str:
        """The roles in words, with the agency's code."""
        roles = ", ".join(words for role, words in _ROLE_WORDS.items() if role.value in self.actor.roles)
        return " · ".join(part for part in (self.agency_code, roles) if part)

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """What the session keeps: the sign-in, which the database can end."""
        return show_ulid(self.sign_in)


def as_person(found: SignedIn, sign_in: UUID) -> Person:
    """Who signed in, for the screen."""
    return Person(
        ulid=show_ulid(found.ulid),
        name=found.name,
        agency=found.agency,
        agency_code=found.agency_code,
        actor=found.actor,
        sign_in=sign_in,
        must_change_password=found.must_change_password,
        has_toured=found.has_toured,
        contact=found.contact,
        by_pin=found.by_pin,
    )


def install(app: Flask) -> None:
    """Flask-Login with our loader; who is not signed in goes to the sign-in page and comes back."""
    manager = LoginManager(app)
    manager.session_protection = (
        None  # plant terminals change address; the cookie is signed, HttpOnly and SameSite
    )

    manager.user_loader(find_person)

    @manager.unauthorized_handler  # type: ignore[untyped-decorator]
    def to_sign_in() -> Response:
        if request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
            return Response("Sign in again.", status=401)  # a script asks: it opens the sign-in over the page
        if tablet_secret() and request.path.startswith("/floor"):
            return redirect(url_for("tablet.shift"), code=303)
        sent_from = urlsplit(request.referrer or "")
        page = sent_from.path if sent_from.netloc == request.host else None
        back = request.full_path.rstrip("?") if request.method == "GET" else page
        return redirect(url_for("auth.sign_in", next=back), code=303)


def is_known() -> bool:
    """Is whoever asks signed in, or a program with a living key? Asked before anything of the body is read."""
    return find_caller() is not None if is_program() else bool(current_user.is_authenticated)


def find_caller() -> Actor | None:
    """The actor of the request's API key, looked up once a request; ``g.api_key`` is the key's id."""
    key = key_given()
    if "caller" not in g and is_our_key(current_app, key):
        with plant().db.read_only(READER) as session:
            found = api_keys.key_of(session, key)
            if found is not None:
                g.caller, g.api_key = found.user.as_actor(), found.ulid
    return cast("Actor | None", g.get("caller"))


def find_person(kept: str) -> Person | None:
    """Who began this sign-in, unless it has ended. One by PIN holds at its device, for its shift."""
    try:
        sign_in = parse_ulid(kept)
    except ValueError:
        return None
    with plant().db.read_only(READER) as session:
        found = sign_ins.person_of(session, sign_in)
        if found is not None and found.by_pin:
            g.shift = shifts.of_sign_in(session, sign_in, tablet_secret())
            on_shift = replace(found.actor, roles=found.actor.roles | {ON_SHIFT})
            found = replace(found, actor=on_shift) if g.shift else None
    return as_person(found, sign_in) if found else None
