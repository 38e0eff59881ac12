"""People who sign in: adding, roles, shutting out, a new password. Every change is in the audit chain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from kernel.errors import Conflict, InvalidInput, NotFound
from kernel.findings import Finding, Place, Severity
from kernel.ids import parse_ulid, show_ulid
from production.people import accounts
from production.people.models import AGENCY_ROLES, Agency, Role, User
from store.db import UnitOfWork
from web.auth import passwords
from web.forms import errors_of
from web.frame import Done, actor, once, reading, require

blueprint = Blueprint("admin", __name__, url_prefix="/people")
Page = str | Response | tuple[str, int]
_ROLES = [(role.value, role.value.replace("_", " ").capitalize()) for role in Role]
_SIDES = [
    ("For people of an agency", [pair for pair in _ROLES if Role(pair[0]) in AGENCY_ROLES]),
    ("For plant staff", [pair for pair in _ROLES if Role(pair[0]) not in AGENCY_ROLES]),
]


@blueprint.get("")
@require("administer")
def people() -> str:
    """Everybody, by name."""
    with reading() as session:
        users = session.scalars(select(User).order_by(User.full_name, User.id)).all()
    return render_template("admin/people.html", users=users)


@blueprint.get("/new")
@require("administer")
def new() -> str:
    """The form for a new person."""
    return _new_page({}, {})


@blueprint.post("/new")
@require("administer")
def add() -> Page:
    """A new person with a first password."""
    form = request.form

    def work(uow: UnitOfWork) -> Done:
        name = form.get("sign_in_name", "").strip().lower()
        _check_names(name, form.get("full_name", "").strip())
        passwords.check_new(form.get("new_password", ""), form.get("again", ""), sign_in_name=name)
        user = accounts.add_user(
            uow,
            sign_in_name=name,
            full_name=form["full_name"].strip(),
            agency=_agency(uow, form.get("agency", "")),
            roles=_roles(),
            password_hash=passwords.hash_password(form["new_password"]),
        )
        return Done(url_for(".person", ulid=show_ulid(user.ulid)), f"{user.full_name} can sign in now.")

    try:
        return once(work)
    except InvalidInput as error:
        return _new_page(form, _beside(error)), 422
    except Conflict as error:
        return _new_page(form, {"sign_in_name": error.sentence}), 409


@blueprint.get("/<ulid>")
@require("administer")
def person(ulid: str) -> str:
    """One person."""
    return _person_page(ulid, {})


@blueprint.post("/<ulid>/roles")
@require("administer")
def set_roles(ulid: str) -> Page:
    """Other roles, from the person's next request on."""
    return _change(ulid, lambda uow, user: accounts.set_roles(uow, user, _roles()), "The roles are changed.")


@blueprint.post("/<ulid>/password")
@require("administer")
def set_password(ulid: str) -> Page:
    """A new password for somebody who lost theirs; their sessions end."""

    def work(uow: UnitOfWork, user: User) -> None:
        chosen = request.form.get("new_password", "")
        passwords.check_new(chosen, request.form.get("again", ""), sign_in_name=user.sign_in_name)
        accounts.set_password(uow, user, passwords.hash_password(chosen))

    return _change(ulid, work, "The password is changed.")


@blueprint.post("/<ulid>/access")
@require("administer")
def set_access(ulid: str) -> Page:
    """Shut somebody out, or let them in again."""
    is_disabled = request.form.get("access") == "out"
    say = "Shut out; sessions have ended." if is_disabled else "May sign in again."

    def work(uow: UnitOfWork, user: User) -> None:
        accounts.set_disabled(uow, user, is_disabled=is_disabled)

    undo = (request.path, {"access": "in" if is_disabled else "out"})
    return _change(ulid, work, say, undo=undo)


def _change(
    ulid: str,
    work: Callable[[UnitOfWork, User], None],
    say: str,
    *,
    undo: tuple[str, dict[str, str]] | None = None,
) -> Page:
    def command(uow: UnitOfWork) -> Done:
        user = _find(uow.session, ulid)
        if user.id == actor().user_id:
            raise Conflict(
                "Another administrator has to change your own account, so that nobody locks the last door."
            )
        work(uow, user)
        return Done(url_for(".person", ulid=ulid), say, undo)

    try:
        return once(command)
    except InvalidInput as error:
        return _person_page(ulid, _beside(error)), 422


def _beside(error: InvalidInput) -> dict[str, str]:
    """Roles of the wrong side come without a place."""
    return {(name or "roles"): sentence for name, sentence in errors_of(error).items()}


def _roles() -> list[Role]:
    known = {role.value for role in Role}
    return [Role(word) for word in request.form.getlist("roles") if word in known]


def _check_names(sign_in_name: str, full_name: str) -> None:
    found = []
    if not 2 <= len(sign_in_name) <= 120 or any(letter.isspace() for letter in sign_in_name):
        found.append(
            _wrong("sign_in_name", "Write 2 to 120 characters without blanks, such as an e-mail address.")
        )
    if not 1 <= len(full_name) <= 200:
        found.append(_wrong("full_name", "Write the person's name."))
    if found:
        raise InvalidInput("The person's names are not complete.", code="USER_NAME", findings=found)


def _wrong(column: str, sentence: str) -> Finding:
    return Finding("USER_NAME", Severity.STOP, sentence, place=Place(column=column))


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


def _new_page(form: Any, errors: dict[str, str]) -> str:
    with reading() as session:
        agencies = session.execute(select(Agency.code, Agency.name).order_by(Agency.name)).all()
    choices = [("", "The plant"), *((code, f"{name} ({code})") for code, name in agencies)]
    chosen = form.getlist("roles") if form else []
    return render_template(
        "admin/new_person.html", form=form, errors=errors, agencies=choices, sides=_SIDES, chosen=chosen
    )


def _person_page(ulid: str, errors: dict[str, str]) -> str:
    with reading() as session:
        user = _find(session, ulid)
    sides = [_SIDES[0] if user.agency_id else _SIDES[1]]
    return render_template(
        "admin/person.html", user=user, errors=errors, sides=sides, is_self=user.id == actor().user_id
    )
