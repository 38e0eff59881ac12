"""The signed-in person: read anew on every request, so that a lost role or a closed account counts at once."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from flask import Flask, redirect, request, url_for
from flask_login import LoginManager
from sqlalchemy import select
from werkzeug.wrappers import Response

from kernel.ids import parse_ulid, show_ulid
from production.jobs.people import Role, User
from store.db import Actor, system_actor
from store.plant import Plant

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
    mark: str

    @property
    def role(self) -> str:
        """The roles in words, with the agency's code."""
        roles = ", ".join(words for role, words in _ROLE_WORDS.items() if role.value in self.actor.roles)
        return " · ".join(part for part in (self.agency_code, roles) if part)

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """What the session keeps: the public id, and a mark that changes with the password."""
        return f"{self.ulid}.{self.mark}"


def as_person(user: User) -> Person:
    """The frozen view of a user row."""
    return Person(
        ulid=show_ulid(user.ulid),
        name=user.full_name,
        agency=user.agency.name if user.agency else "",
        agency_code=user.agency.code if user.agency else "",
        actor=user.as_actor(),
        mark=hashlib.sha256(user.password_hash.encode()).hexdigest()[:16],
    )


def install(app: Flask, plant: Plant) -> None:
    """Flask-Login with our loader; who is not signed in goes to the sign-in page and comes back."""
    manager = LoginManager(app)
    manager.session_protection = (
        None  # plant terminals change address; the cookie is signed, HttpOnly and SameSite
    )

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(kept: str) -> Person | None:
        ulid, _, mark = kept.partition(".")
        person = find_person(plant, ulid)
        return person if person and hmac.compare_digest(person.mark, mark) else None

    @manager.unauthorized_handler  # type: ignore[untyped-decorator]
    def to_sign_in() -> Response:
        if request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
            return Response("Sign in again.", status=401)  # a script asks: it loads the page anew
        back = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("auth.sign_in", next=back), code=303)


def find_person(plant: Plant, ulid: str) -> Person | None:
    """The person with this public id, unless the account is closed."""
    try:
        key = parse_ulid(ulid)
    except ValueError:
        return None
    with plant.db.read_only(READER) as session:
        user = session.scalars(select(User).filter_by(ulid=key, disabled_at=None)).first()
        return as_person(user) if user else None
