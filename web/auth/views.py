"""The pages of signing in and out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, flash, jsonify, redirect, render_template, request, session, url_for
from flask_login import current_user, login_required, login_user, logout_user
from flask_wtf.csrf import generate_csrf
from pydantic import Field
from sqlalchemy import select
from werkzeug.wrappers import Response

from kernel.errors import Forbidden
from production.asked import Asked, Line, Secret
from production.people import accounts, shift_pins, sign_ins
from production.people.models import User
from store.db import UnitOfWork, system_actor
from web.acts import asks
from web.auth import passwords
from web.auth.attempts import guarded, is_refused, limiter, name_tried, note_refused
from web.auth.doors import remember_device
from web.auth.person import READER, as_person
from web.forms import Form, Refused, sent
from web.frame import actor, own_path, plant, require

blueprint = Blueprint("auth", __name__)
_REFUSED = "The sign-in name or the password is not right."
_OWN_FIRST = "Your password was chosen by somebody else. Choose one of your own, then go on."
_OPEN_BEFORE = {f"auth.{one}" for one in ("account", "change_password", "sign_out", "signed_in")} | {
    "health.healthz",
    "health.readyz",
}


def _session_of_person() -> str:
    return str(current_user.get_id())


class SignIn(Asked):
    """Who comes in, and where to."""

    name: Line = Field(title="Sign-in name", max_length=120)
    password: Secret = Field(title="Password")
    next: str = ""  # judged by own_path


class ChoosePin(Asked):
    """A PIN of one's own choice, for shifts at a device."""

    CODE = "SHIFT_PIN"
    REFUSED = "The PIN is not accepted."
    password: Secret = Field(title="Your password")
    pin: Secret = Field(title="New PIN", description="6 to 10 digits, for tablets of the floor alone.")
    pin_again: Secret = Field(title="New PIN again")


class ChangePassword(Asked):
    """A password of one's own choice."""

    CODE = "PASSWORD"
    REFUSED = "The new password is not accepted."
    password: Secret = Field(title="Present password")
    new_password: Secret = Field(
        title="New password", description="12 characters or more; a sentence is easiest to remember."
    )
    again: Secret = Field(title="New password again")


@blueprint.get("/sign-in")
def sign_in(refused: Refused | None = None, error: str = "") -> Response | str:
    """The form; somebody already signed in goes on."""
    if current_user.is_authenticated and not refused:
        return redirect(_goal(request.args.get("next", "")))
    form = Form(
        SignIn, refused, values={"name": name_tried(), "next": request.values.get("next", "")}, key="sign-in"
    )
    return render_template("auth/sign_in.html", form=form, refused=refused, error=error, is_alone=True)


@blueprint.get("/signed-in")
@login_required  # type: ignore[untyped-decorator]
def signed_in() -> Response:
    """Who is signed in now, and the token of forms sent from here on: pages ask before they send one."""
    return jsonify(person=current_user.ulid, csrf_token=generate_csrf())


@blueprint.post("/sign-in")
@guarded
@asks(SignIn, again=sign_in)
def try_sign_in(said: SignIn) -> Any:
    """One answer for a wrong name, a wrong password and a closed account, after the same work."""
    name, password = name_tried(), said.password.get_secret_value()
    with plant().db.read_only(READER) as reading:
        user = reading.scalars(select(User).filter_by(sign_in_name=name)).first()
    is_right = passwords.is_right(password, user.password_hash if user else None)
    if user is None or not is_right or user.disabled_at is not None:
        note_refused("app_user", name if user else None)
        return sign_in(error=_REFUSED), 401
    with plant().db.unit_of_work(system_actor("sign-in")) as uow:
        user = uow.session.get_one(User, user.id)
        if passwords.is_outdated(user.password_hash):
            user.password_hash = passwords.hash_password(password)
        _begin(uow, user)
    return remember_device(redirect(_goal(said.next), code=303), name)


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """Ends the sign-in here, whoever else has its cookie; harmless when there is none."""
    if current_user.is_authenticated:
        with plant().db.unit_of_work(system_actor("sign-in")) as uow:
            sign_ins.end(uow, current_user.sign_in)
            uow.audit("app_user", None, "signed_out", name=actor().name)
    by_pin = current_user.is_authenticated and current_user.by_pin
    logout_user()
    session.clear()
    flash("You are signed out.", "success")
    return redirect(url_for("tablet.shift" if by_pin else "auth.sign_in"), code=303)


@blueprint.get("/account")
@login_required  # type: ignore[untyped-decorator]
def account(refused: Refused | None = None) -> str:
    """One's own account: who one is, and a new password."""
    if current_user.by_pin:
        raise Forbidden("Sign in with your password to change your account.")
    must = _OWN_FIRST if current_user.must_change_password else ""
    return render_template(
        "auth/account.html", form=Form(ChangePassword, refused), pin=Form(ChoosePin, refused, key="pin"),
        refused=refused, must=must,
    )  # fmt: skip


def _wrong_password(said: ChangePassword | ChoosePin) -> tuple[str, int] | None:
    """The page again, unless the password that came along is the person's own."""
    with plant().db.read_only(READER) as reading:
        user = reading.get_one(User, actor().user_id)
    if passwords.is_right(said.password.get_secret_value(), user.password_hash):
        return None
    note_refused("app_user", user.sign_in_name)
    error = said.refusal("password", "This is not your present password.")
    return account(Refused(type(said), sent(), error)), 401


@blueprint.post("/account/pin")
@require("work_floor")
@limiter.limit("10 per 5 minutes", key_func=_session_of_person, deduct_when=is_refused)
@asks(ChoosePin, again=account)
def choose_pin(said: ChoosePin) -> Any:
    """For people of the floor; whoever signed in by a PIN has no business here."""
    if current_user.by_pin:
        raise Forbidden("Sign in with your password to choose a PIN.")
    if refused := _wrong_password(said):
        return refused
    chosen = said.pin.get_secret_value()
    shift_pins.check_new(chosen, said.pin_again.get_secret_value())
    with plant().db.unit_of_work(actor()) as uow:
        shift_pins.set_pin(uow, uow.session.get_one(User, actor().user_id), passwords.hash_password(chosen))
    flash("Your PIN is set: sign in with it at the tablets of the floor.", "success")
    return redirect(url_for("auth.account"), code=303)


@blueprint.post("/account/password")
@login_required  # type: ignore[untyped-decorator]
@limiter.limit("10 per 5 minutes", key_func=_session_of_person, deduct_when=is_refused)
@asks(ChangePassword, again=account)
def change_password(said: ChangePassword) -> Any:
    """Ends every other sign-in of this person."""
    if refused := _wrong_password(said):
        return refused
    with plant().db.read_only(READER) as reading:
        user = reading.get_one(User, actor().user_id)
    chosen = said.new_password.get_secret_value()
    passwords.check_new(chosen, said.again.get_secret_value(), sign_in_name=user.sign_in_name)
    passwords.check_other(chosen, user.password_hash)
    with plant().db.unit_of_work(system_actor("sign-in")) as uow:
        user = uow.session.get_one(User, user.id)
        accounts.change_own_password(uow, user, passwords.hash_password(chosen))
        _begin(uow, user)
    flash("Your password is changed. Other sessions of yours have ended.", "success")
    return redirect(url_for("auth.account"), code=303)


def _begin(uow: UnitOfWork, user: User) -> None:
    """A new sign-in in a new session: nothing of the time before is carried over."""
    ulid = sign_ins.begin(uow, user)
    session.clear()
    session.permanent = True
    uow.session.flush()
    found = sign_ins.person_of(uow.session, ulid)
    assert found is not None  # it has just begun  # noqa: S101
    login_user(as_person(found, ulid))


def _goal(wanted: str) -> str:
    return own_path(wanted) or url_for("frame.start")


def _own_password_first() -> Response | None:
    """Whoever came in by a password that somebody else chose gets no further with it."""
    is_in = current_user.is_authenticated and not request.path.startswith("/api/")
    if not is_in or not current_user.must_change_password or request.endpoint in _OPEN_BEFORE:
        return None
    return redirect(url_for("auth.account"), code=303)


def install(app: Flask) -> None:
    """The rule that holds on every page."""
    app.before_request(_own_password_first)
