"""People who sign in: adding, roles, shutting out, a new password. Every change is in the audit chain."""

from __future__ import annotations

import csv
import io
import secrets
from typing import Annotated, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from pydantic import AfterValidator, Field
from sqlalchemy import select
from werkzeug.wrappers import Response

from kernel.errors import Conflict, NotFound
from kernel.ids import parse_ulid, show_ulid
from production.asked import Asked, Line, Needed, OneOf, Secret, Wrong
from production.people import accounts
from production.people.models import AGENCY_ROLES, Agency, Role, User
from production.people.persons import NO_PASSWORD
from store.db import UnitOfWork
from store.documents import JsonValue
from web.acts import asks, command
from web.auth import passwords
from web.forms import Form, Refused
from web.frame import Done, actor, reading, remembered, require

blueprint = Blueprint("admin", __name__, url_prefix="/people")
MOST_PASSWORDS = 100  # of one file: each takes its time on purpose
_ROLES = [(role.value, role.value.replace("_", " ").capitalize()) for role in Role]
_SIDES = [
    ("For people of an agency", [pair for pair in _ROLES if Role(pair[0]) in AGENCY_ROLES]),
    ("For plant staff", [pair for pair in _ROLES if Role(pair[0]) not in AGENCY_ROLES]),
]


@blueprint.get("")
@require("administer")
def people(refused: Refused | None = None) -> str:
    """Everybody, by name."""
    with reading() as session:
        users = session.scalars(select(User).order_by(User.full_name, User.id)).all()
    waiting = sum(user.password_hash == NO_PASSWORD and user.disabled_at is None for user in users)
    return render_template("admin/people.html", users=users, waiting=waiting, refused=refused)


def _sign_in_name(name: str) -> str:
    if len(name) < 2 or " " in name:
        raise Wrong("Write 2 to 120 characters without blanks, such as an e-mail address.")
    return name.lower()


class Roles(Asked):
    """What somebody may do."""

    roles: list[Role] = Field(default_factory=list, title="Roles", max_length=len(Role))


class Password(Asked):
    """A password that somebody else chose."""

    CODE = "PASSWORD"
    REFUSED = "The new password is not accepted."
    new_password: Secret = Field(title="New password", description="12 characters or more.")
    again: Secret = Field(title="New password again")

    def checked(self, sign_in_name: str) -> str:
        """The hash of the password; InvalidInput PASSWORD."""
        chosen = self.new_password.get_secret_value()
        passwords.check_new(chosen, self.again.get_secret_value(), sign_in_name=sign_in_name)
        return passwords.hash_password(chosen)


class NewPerson(Roles, Password):
    """Somebody who may sign in."""

    CODE = "USER_NAME"
    REFUSED = "Nobody was added."
    full_name: Needed = Field(title="Name", max_length=200)
    sign_in_name: Annotated[Line, AfterValidator(_sign_in_name)] = Field(
        title="Sign-in name", description="Small letters, such as an e-mail address.", max_length=120
    )
    agency: Line = Field("", title="Works for")
    new_password: Secret = Field(
        title="First password", description="12 characters or more; the person changes it after signing in."
    )
    again: Secret = Field(title="First password again")


class Access(Asked):
    """Shutting somebody out, or letting them in again."""

    access: Annotated[Line, OneOf({"in": "May sign in", "out": "Shut out"})]


@blueprint.get("/new")
@require("administer")
def new(refused: Refused | None = None) -> str:
    """The form for a new person."""
    with reading() as session:
        agencies = session.execute(select(Agency.code, Agency.name).order_by(Agency.name)).all()
    choices = [("", "The plant"), *((code, f"{name} ({code})") for code, name in agencies)]
    form = Form(NewPerson, refused, options={"agency": choices})
    return render_template("admin/new_person.html", form=form, refused=refused, sides=_SIDES)


@blueprint.post("/new")
@require("administer")
@command(NewPerson, again=new)
def add(uow: UnitOfWork, said: NewPerson) -> Done:
    """A new person with a first password."""
    user = accounts.add_user(
        uow,
        sign_in_name=said.sign_in_name,
        full_name=said.full_name,
        agency=_agency(uow, said.agency),
        roles=said.roles,
        password_hash=said.checked(said.sign_in_name),
    )
    return Done(url_for(".person", ulid=show_ulid(user.ulid)), f"{user.full_name} can sign in now.")


@blueprint.post("/first-passwords")
@require("administer")
@asks(Asked, again=people)
def first_passwords(_said: Asked) -> Response:
    """A first password for each person who has none, told once, as a file; they choose their own when they sign in."""
    told: list[tuple[str, str, str]] = []

    def work(uow: UnitOfWork) -> dict[str, JsonValue]:
        for user in accounts.without_password(uow)[:MOST_PASSWORDS]:
            password = "-".join(secrets.token_hex(2) for _ in range(4))
            accounts.set_password(uow, user, passwords.hash_password(password))
            told.append((user.full_name, user.sign_in_name, password))
        return {}

    remembered(dict, work)  # a repeat tells nothing: what was told stands nowhere
    if not told:
        flash("Nobody is without a password. Who lost a file of first passwords sets new ones.", "info")
        return redirect(url_for(".people"), code=303)
    out = io.StringIO(newline="")
    csv.writer(out).writerows([("Name", "Sign-in name", "First password"), *told])
    named = {"Content-Disposition": 'attachment; filename="first-passwords.csv"', "Cache-Control": "no-store"}
    return Response(out.getvalue(), mimetype="text/csv", headers=named)


@blueprint.get("/<ulid>")
@require("administer")
def person(ulid: str, refused: Refused | None = None) -> str:
    """One person."""
    with reading() as session:
        user = _find(session, ulid)
    return render_template(
        "admin/person.html",
        user=user,
        refused=refused,
        roles=Form(Roles, refused, values={"roles": user.roles}),
        password=Form(Password, refused),
        sides=[_SIDES[0] if user.agency_id else _SIDES[1]],
        is_self=user.id == actor().user_id,
    )


@blueprint.post("/<ulid>/roles")
@require("administer")
@command(Roles, again=person)
def set_roles(uow: UnitOfWork, said: Roles, ulid: str) -> Done:
    """Other roles, from the person's next request on."""
    version = accounts.set_roles(uow, _other(uow, ulid), said.roles)
    waits = version is not None and version.in_force_at is None
    say = "The new roles wait for a second person." if waits else "The roles are changed."
    return Done(url_for(".person", ulid=ulid), say)


@blueprint.post("/<ulid>/password")
@require("administer")
@command(Password, again=person)
def set_password(uow: UnitOfWork, said: Password, ulid: str) -> Done:
    """A new password for somebody who lost theirs; their sessions end."""
    user = _other(uow, ulid)
    accounts.set_password(uow, user, said.checked(user.sign_in_name))
    return Done(url_for(".person", ulid=ulid), "The password is changed.")


@blueprint.post("/<ulid>/access")
@require("administer")
@command(Access, again=person)
def set_access(uow: UnitOfWork, said: Access, ulid: str) -> Done:
    """Shut somebody out, or let them in again."""
    is_out = said.access == "out"
    accounts.set_disabled(uow, _other(uow, ulid), is_disabled=is_out)
    say = "Shut out; sessions have ended." if is_out else "May sign in again."
    undo = (request.path, {"access": "in" if is_out else "out"})
    return Done(url_for(".person", ulid=ulid), say, undo)


def _other(uow: UnitOfWork, ulid: str) -> User:
    """Somebody else; Conflict for one's own account."""
    user = _find(uow.session, ulid)
    if user.id == actor().user_id:
        raise Conflict(
            "Another administrator has to change your own account, so that nobody locks the last door."
        )
    return user


def _agency(uow: UnitOfWork, code: str) -> Agency | None:
    if not code:
        return None
    agency = uow.session.scalars(select(Agency).filter_by(code=code)).first()
    if agency is None:
        raise NotFound("There is no such agency.")
    return agency


def _find(session: Any, ulid: str) -> User:
    try:
        user: User | None = session.scalars(select(User).filter_by(ulid=parse_ulid(ulid))).first()
    except ValueError:
        user = None
    if user is None:
        raise NotFound("There is no such person.")
    return user
