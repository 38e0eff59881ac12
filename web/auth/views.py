"""The pages of signing in and out."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, flash, redirect, render_template, request, session, url_for
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import current_user, login_required, login_user, logout_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from kernel.errors import InvalidInput
from production.jobs.people import User
from store.db import system_actor
from web.auth import passwords
from web.auth.person import READER, as_person
from web.forms import errors_of
from web.frame import actor, plant

blueprint = Blueprint("auth", __name__)
nav = ()
_REFUSED = "The sign-in name or the password is not right."


def _account() -> str:
    return request.form.get("name", "").replace("\0", "").strip().lower()[:120]


def _account_here() -> str:
    return f"{get_remote_address()} {_account()}"


def _session_of_person() -> str:
    return str(current_user.get_id())


# Failures only. Somebody far away cannot lock an account soon, and nobody can try many passwords anywhere.
limiter = Limiter(get_remote_address, headers_enabled=False, in_memory_fallback_enabled=True)
_failed: dict[str, Any] = {"methods": ["POST"], "deduct_when": lambda response: response.status_code == 401}


@blueprint.get("/sign-in")
def sign_in() -> Response | str:
    """The form; somebody already signed in goes on."""
    if current_user.is_authenticated:
        return redirect(_safe_next())
    return _form()


@blueprint.post("/sign-in")
@limiter.limit("10 per 5 minutes", key_func=_account_here, **_failed)
@limiter.limit("100 per hour", key_func=_account, **_failed)
@limiter.limit("60 per 5 minutes", **_failed)
def try_sign_in() -> Response | tuple[str, int]:
    """One answer for a wrong name, a wrong password and a closed account, after the same work."""
    name, password = _account(), request.form.get("password", "")
    with plant().db.read_only(READER) as reading:
        user = reading.scalars(select(User).filter_by(sign_in_name=name)).first()
    is_right = passwords.is_right(password[:1000], user.password_hash if user else None)
    if user is None or not is_right or user.disabled_at is not None:
        _note(name if user else None, "sign_in_refused")
        return _form(error=_REFUSED), 401
    if passwords.is_outdated(user.password_hash):
        user = _keep_password(user.id, password)
    session.clear()  # nothing of the time before signing in is carried over
    session.permanent = True
    login_user(as_person(user))
    _note(name, "signed_in")
    return redirect(_safe_next(), code=303)


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """Ends the session; harmless when there is none."""
    if current_user.is_authenticated:
        _note(actor().name, "signed_out")
    logout_user()
    session.clear()
    flash("You are signed out.", "success")
    return redirect(url_for("auth.sign_in"), code=303)


@blueprint.get("/account")
@login_required  # type: ignore[untyped-decorator]
def account() -> str:
    """One's own account: who one is, and a new password."""
    return render_template("auth/account.html", errors={})


@blueprint.post("/account/password")
@login_required  # type: ignore[untyped-decorator]
@limiter.limit("10 per 5 minutes", key_func=_session_of_person, **_failed)
def change_password() -> Response | tuple[str, int]:
    """Ends every other session of this person."""
    form = request.form
    with plant().db.read_only(READER) as reading:
        user = reading.get_one(User, actor().user_id)
    if not passwords.is_right(form.get("password", "")[:1000], user.password_hash):
        return render_template(
            "auth/account.html", errors={"password": "This is not your present password."}
        ), 401
    try:
        passwords.check_new(
            form.get("new_password", ""), form.get("again", ""), sign_in_name=user.sign_in_name
        )
    except InvalidInput as error:
        return render_template("auth/account.html", errors=errors_of(error)), 422
    user = _keep_password(user.id, form["new_password"])
    _note(user.sign_in_name, "password_changed")
    session.clear()
    session.permanent = True
    login_user(as_person(user))
    flash("Your password is changed. Other sessions of yours have ended.", "success")
    return redirect(url_for("auth.account"), code=303)


def _form(error: str = "") -> str:
    return render_template(
        "auth/sign_in.html", name=_account(), next=request.values.get("next", ""), error=error, is_alone=True
    )


def _keep_password(user_id: int, password: str) -> User:
    with plant().db.unit_of_work(system_actor("sign-in")) as uow:
        user = uow.session.get_one(User, user_id)
        user.password_hash = passwords.hash_password(password)
    return user


def _note(name: str | None, act: str) -> None:
    """Into the audit chain, by sign-in name where the account exists."""
    with plant().db.unit_of_work(system_actor("sign-in")) as uow:
        uow.audit("app_user", None, act, name=name or "unknown")


def _safe_next() -> str:
    """Only a path of our own: an address from outside never decides where somebody is sent."""
    wanted = request.values.get("next", "")
    parts = urlsplit(wanted)
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.netloc
    return wanted if is_ours and "\\" not in wanted else url_for("frame.start")


def install(app: Flask, storage_url: str) -> None:
    """Where the counts of failures are kept: Redis when the deployment has one, else this process."""
    if storage_url.startswith("unix://"):
        storage_url = f"redis+{storage_url}"
    app.config.update(RATELIMIT_STORAGE_URI=storage_url or "memory://")
    limiter.init_app(app)
