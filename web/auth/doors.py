"""Who asks, from what the request carries: a signed cookie, a browser we know, a key of a program.

Signatures need no database, so the server's loop (web/server.py) can tell strangers from the headers alone; the
database then says whether a sign-in or a key still counts.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from flask import Flask, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.http import parse_cookie
from werkzeug.wrappers import Response

from kernel import clock
from kernel.ids import new_ulid, show_ulid
from production.people.sign_ins import LONGEST

_KEY_PREFIX = "indicia"
_DEVICE_KEPT = timedelta(days=180)
_NAMES_KEPT = 12  # people of one shared terminal


def new_key() -> tuple[UUID, str]:
    """The id and the text of a new API key; its last part is our signature."""
    ulid = new_ulid(clock.now())
    body = f"{_KEY_PREFIX}-{show_ulid(ulid)}-{secrets.token_hex(24)}"
    return ulid, f"{body}-{_seal(current_app, body)}"


def is_program() -> bool:
    """Is this the API, where a browser's session does not count?"""
    return request.path.startswith("/api/")


def key_given() -> str:
    """The API key this request carries, if any."""
    return _key_of(request.headers.get("Authorization", ""))


def is_our_key(app: Flask, key: str) -> bool:
    """Did we make it, whether or not it still counts?"""
    body, _, seal = key.rpartition("-")
    return hmac.compare_digest(seal.encode(), _seal(app, body).encode())


def install(app: Flask) -> None:
    """Gives the server's loop its question."""
    name = app.session_interface.get_cookie_name(app)
    cookies = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]

    def knows(headers: Mapping[str, str]) -> bool:
        """Was this person signed in within the longest time, or is this a key of ours?"""
        if is_our_key(app, _key_of(headers.get("AUTHORIZATION", ""))):
            return True
        try:
            kept = cookies.loads(
                parse_cookie(headers.get("COOKIE", "")).get(name, ""), int(LONGEST.total_seconds())
            )
        except BadSignature:
            return False
        return "_user_id" in kept

    app.extensions["knows"] = knows


def device_of(sign_in_name: str) -> str:
    """A mark of the browser when this person signed in with it before; else nothing."""
    mark, names = _device()
    return mark if _name_mark(sign_in_name) in names else ""


def remember_device(answer: Response, sign_in_name: str) -> Response:
    """After a sign-in: strangers who try this name elsewhere lock nobody out here."""
    (mark, others), own = _device(), _name_mark(sign_in_name)
    names = [own, *(name for name in others if name != own)][:_NAMES_KEPT]
    answer.set_cookie(
        _device_cookie(), _device_serializer().dumps([mark, names]),
        max_age=_DEVICE_KEPT, secure=current_app.session_interface.get_cookie_secure(current_app),
        httponly=True, samesite="Lax",
    )  # fmt: skip
    return answer


def _device() -> tuple[str, list[str]]:
    """The browser's mark and whom it remembers; a new mark for one we do not know."""
    kept = request.cookies.get(_device_cookie(), "")
    try:
        mark, names = _device_serializer().loads(kept, max_age=int(_DEVICE_KEPT.total_seconds()))
    except BadSignature:
        return secrets.token_hex(8), []
    return mark, names


def _device_cookie() -> str:
    return f"{current_app.session_interface.get_cookie_name(current_app)}-device"


def _device_serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="device")


def _name_mark(sign_in_name: str) -> str:
    return hashlib.sha256(sign_in_name.encode()).hexdigest()[:16]


def _key_of(authorization: str) -> str:
    scheme, _, key = authorization.partition(" ")
    return key.strip()[:200] if scheme.lower() == "bearer" else ""


def _seal(app: Flask, body: str) -> str:
    return hmac.new(str(app.secret_key).encode(), f"api key {body}".encode(), hashlib.sha256).hexdigest()[:16]
