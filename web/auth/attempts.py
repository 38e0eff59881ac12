"""How often somebody may try to sign in: failures are counted, for the browser's sign-in and the API alike.

Somebody who signed in with this browser before is counted alone, so strangers lock nobody out; everybody else by
address, by name, by both, and all together.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from ipaddress import IPv6Address, ip_address
from typing import Any, NamedTuple

from flask import Flask, g, request
from flask_limiter import Limiter

from store.db import system_actor
from web.auth.doors import device_of, is_program, key_given
from web.frame import plant


def address() -> str:
    """Where the request comes from, behind the trusted proxies; of IPv6 the network, which one site owns whole."""
    given = request.remote_addr or "unknown"
    try:
        found = ip_address(given)
    except ValueError:
        return given
    return str(int(found) >> 64) if isinstance(found, IPv6Address) else given


def name_tried() -> str:
    """The sign-in name or the id of the API key that is tried."""
    if is_program():
        return key_given().replace("\0", "")[:34]  # up to its id
    return request.form.get("name", "").replace("\0", "").strip().lower()[:120]


def device() -> str:
    """The mark of a browser with which the person of this name signed in before."""
    return device_of(name_tried())


class Rule(NamedTuple):
    """So many failures in so long, by what."""

    limit: str
    counted_by: Callable[[], str]
    is_for_known: bool = False


RULES = {
    "known-device": Rule("10 per 5 minutes", lambda: f"{device()} {name_tried()}", is_for_known=True),
    "name-and-address": Rule("10 per 5 minutes", lambda: f"{address()} {name_tried()}"),
    "address": Rule("60 per 5 minutes", address),
    "name": Rule("100 per hour", name_tried),
    "everybody": Rule("1000 per 5 minutes", lambda: "everybody"),
}
limiter = Limiter(address, headers_enabled=False, in_memory_fallback_enabled=True)


def is_refused(answer: Any) -> bool:
    """Only failures count."""
    return bool(answer.status_code == 401)


def guarded(view: Callable[..., Any]) -> Callable[..., Any]:
    """A view that somebody enters with a secret; whoever has been let in already is not asked."""
    for scope, rule in RULES.items():
        view = limiter.shared_limit(
            rule.limit, scope=scope, key_func=rule.counted_by, deduct_when=is_refused,
            exempt_when=partial(_is_let_by, rule),
        )(view)  # fmt: skip
    return view


def _is_let_by(rule: Rule) -> bool:
    return "caller" in g or bool(device()) is not rule.is_for_known


def note_refused(subject: str, name: str | None) -> None:
    """A failure into the audit chain, by the name of an account or key that exists, and from where."""
    with plant().db.unit_of_work(system_actor("sign-in")) as uow:
        uow.audit(subject, None, "sign_in_refused", name=name or "unknown", address=address())


def install(app: Flask, storage_url: str) -> None:
    """Where the counts of failures are kept: Redis when the deployment has one, else this process."""
    if storage_url.startswith("unix://"):
        storage_url = f"redis+{storage_url}"
    app.config.update(RATELIMIT_STORAGE_URI=storage_url or "memory://")
    limiter.init_app(app)
