"""What the browser is told and what the server refuses: headers, cookies, CSRF, hosts, body size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from kernel import clock
from kernel.ids import new_ulid, show_ulid

csrf = CSRFProtect()
STRANGERS_BODY = 64 << 10  # a name, a password and an address to go on to
STRANGERS_PARTS = 20

# No inline script or style anywhere, nothing from another host, never inside another page.
_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in _POLICY.items()),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",  # pages show one agency's data; a view that may be cached says so itself
}
_TWO_YEARS_OF_HTTPS = "max-age=63072000"


def install(
    app: Flask,
    *,
    trusted_hosts: Sequence[str],
    https: bool,
    max_body_bytes: int,
    trusted_proxies: int = 0,
    is_known: Callable[[], bool] = lambda: True,
) -> None:
    """Applies to every route. ``https`` is false only for plain HTTP on the loopback address. ``is_known``: has
    whoever asks been let in? Until then a body is small and has few parts.
    """
    if trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=trusted_proxies, x_proto=trusted_proxies)  # type: ignore[method-assign]
    app.config.update(
        SESSION_COOKIE_NAME="__Host-indicia" if https else "indicia",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=10),  # one shift
        MAX_CONTENT_LENGTH=max_body_bytes,
        MAX_FORM_MEMORY_SIZE=500_000,
        MAX_FORM_PARTS=1_000,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: an operator's page stays open all shift
        WTF_CSRF_SSL_STRICT=https,
    )
    known_hosts = [host.lower().strip("[]") for host in trusted_hosts]

    @app.before_request
    def refuse_foreign_hosts() -> None:
        """Flask's TRUSTED_HOSTS knows no IPv6 address."""
        if not any(_is_host(request.host, known) for known in known_hosts):
            abort(400)

    @app.before_request
    def small_for_strangers() -> None:
        if request.method != "POST" or not is_known():
            request.max_content_length = min(max_body_bytes, STRANGERS_BODY)
            request.max_form_parts = STRANGERS_PARTS

    csrf.init_app(app)
    app.jinja_env.globals["one_time_key"] = one_time_key

    @app.before_request
    def refuse_nul() -> None:
        """No text has it, and the database keeps none."""
        is_read = not request.path.startswith("/api/") or is_known()
        parts = (request.args, request.form) if is_read else (request.args,)
        values = (value for part in parts for _, value in part.items(multi=True))
        if "\0" in request.path or any("\0" in value for value in values):
            abort(400)

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if https:
            response.headers.setdefault("Strict-Transport-Security", _TWO_YEARS_OF_HTTPS)
        return response


def _is_host(given: str, known: str) -> bool:
    """Is it the known host, whatever the port, or one under it when that begins with a dot?"""
    try:
        name = urlsplit(f"//{given}").hostname or ""
    except ValueError:
        return False
    return name == known.removeprefix(".") or (known.startswith(".") and name.endswith(known))


def one_time_key() -> str:
    """A fresh idempotency key for the hidden field of a form that changes something."""
    return show_ulid(new_ulid(clock.now()))
