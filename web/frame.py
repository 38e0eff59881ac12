"""The frame all counters share: the plant of this process, the person's actor, one command a form, navigation."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import wraps
from importlib.metadata import version
from typing import Any, NamedTuple, TypeVar, cast

from flask import Blueprint, Flask, current_app, flash, redirect, request, url_for
from flask_login import current_user, login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

import production.rooms  # noqa: F401  lots of every kind are known
from kernel.clock import now
from kernel.errors import Forbidden, NotFound, Unavailable
from production.notices.inbox import Bell, bell
from production.people.models import Role
from store import idempotency
from store.db import Actor, UnitOfWork
from store.documents import JsonValue
from store.plant import Plant
from web.demo import line
from web.policies import first_counter, may

blueprint = Blueprint("frame", __name__)
BAR = 6  # places in a bar; the rest is in the menu
_BUILD = f"version {version('indicia')}"
T = TypeVar("T")
_NOT_OF_THE_BODY = {"csrf_token", "idempotency_key"}


class Entry(NamedTuple):
    """A place of the navigation: for those who may do the verb; in the bar of some roles, else in the menu."""

    verb: str
    endpoint: str
    label: str
    bar: tuple[Role, ...] = ()
    waiting: Callable[[Session, Actor], int] | None = None  # how many wait there for this very person
    within: str = ""  # other addresses that belong to it begin so


class Place(NamedTuple):
    """An entry as the page shows it to one person."""

    url: str
    label: str
    in_bar: bool = True
    is_here: bool = False
    waiting: int = 0


class Done(NamedTuple):
    """What a command answers: where to go, what to say there, and how it is taken back: (address, fields)."""

    go: str
    say: str = ""
    undo: tuple[str, dict[str, str]] | None = None


def plant() -> Plant:
    """The open plant of this process."""
    return cast("Plant", current_app.extensions["plant"])


def actor() -> Actor:
    """The signed-in person as an actor, with the roles of this moment."""
    if not current_user.is_authenticated:
        raise Forbidden("Sign in first.")
    return cast("Actor", current_user.actor)


@contextmanager
def reading() -> Iterator[Session]:
    """A read-only transaction in the person's scope; close it before the template renders."""
    with plant().db.read_only(actor()) as session:
        yield session


def require(verb: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A view for people whose role allows the verb: sign-in page for strangers, Forbidden for others."""

    def guard(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        @login_required  # type: ignore[untyped-decorator]
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not may(actor(), verb):
                raise Forbidden("Your role does not include this.")
            return view(*args, **kwargs)

        guarded.verb = verb  # type: ignore[attr-defined]
        return guarded

    return guard


def remembered(shape: Callable[..., T], work: Callable[[UnitOfWork], Mapping[str, JsonValue]]) -> T:
    """The answer of a form's command under its one-time key, in one transaction; a repeat gets the first answer, if its
    texts and files are the same.
    """
    form = request.form.to_dict(flat=False)
    body: dict[str, object] = {name: values for name, values in form.items() if name not in _NOT_OF_THE_BODY}
    if hashes := _hashes():
        body["files"] = hashes
    with plant().db.unit_of_work(actor()) as uow:
        attempt = idempotency.begin(
            uow, key=request.form.get("idempotency_key", ""), route=request.path[:120], body=body
        )
        answer = attempt.answer
        if answer is None:
            answer = work(uow)
            idempotency.remember(uow, attempt, answer)
    return shape(**answer)


def _hashes() -> dict[str, list[str]]:
    """Of the files that were sent, by field."""
    found: dict[str, list[str]] = {}
    for name, sent in request.files.items(multi=True):
        sent.stream.seek(0)
        found.setdefault(name, []).append(_digest(sent.stream))
        sent.stream.seek(0)
    return found


def _digest(stream: Any) -> str:
    return hashlib.file_digest(stream, "sha256").hexdigest()


def once(work: Callable[[UnitOfWork], Done]) -> Response:
    """Do a form's command once, say what was done, and go on."""
    answer = remembered(Done, lambda uow: work(uow)._asdict())
    if answer.say:
        said = {"text": answer.say, "undo": answer.undo} if answer.undo else answer.say
        flash(said, "success")  # type: ignore[arg-type]  # the session keeps it as JSON
    return redirect(answer.go, code=303)


def own_path(wanted: str) -> str:
    """A path of our own, or nothing: an address from outside never decides where somebody is sent."""
    is_ours = wanted.startswith("/") and not wanted.startswith("//")
    is_plain = all("!" <= letter <= "~" for letter in wanted) and "\\" not in wanted
    return wanted if is_ours and is_plain else ""


def places() -> list[Place]:
    """What this person may use, in the house's order: at most six in the bar of their roles."""
    open_now = _open_entries()
    if not open_now:
        return []
    bar = [entry for entry in open_now if actor().roles.intersection(entry.bar)][:BAR]
    urls = [url_for(entry.endpoint) for entry in open_now]
    begun = [
        url for url, entry in zip(urls, open_now, strict=True) if _leads_to(request.path, url, entry.within)
    ]
    here = max(begun, key=len, default="")
    waiting = _waiting(open_now)
    return [
        Place(url, entry.label, entry in bar, url == here, waiting.get(entry, 0))
        for url, entry in zip(urls, open_now, strict=True)
    ]


def _leads_to(path: str, *begun: str) -> bool:
    return any(one and f"{path}/".startswith(f"{one}/") for one in begun)


def _waiting(entries: list[Entry]) -> dict[Entry, int]:
    counts = {entry: entry.waiting for entry in entries if entry.waiting}
    if not counts:
        return {}
    with reading() as session:
        return {entry: count(session, actor()) for entry, count in counts.items()}


def _open_entries() -> list[Entry]:
    if not current_user.is_authenticated:
        return []
    known, who = cast("tuple[Entry, ...]", current_app.extensions["nav"]), actor()
    return [entry for entry in known if may(who, entry.verb)]


@blueprint.get("/")
@login_required  # type: ignore[untyped-decorator]
def start() -> Response:
    """The counter where this person begins the day, else the first that is open to them."""
    open_now = _open_entries()
    if not open_now:
        raise NotFound("Your account has no role yet. Ask your administrator.")
    return redirect(url_for(_first(open_now).endpoint))


def _first(entries: list[Entry]) -> Entry:
    return next((entry for entry in entries if entry.verb == first_counter(actor())), entries[0])


def _begins_here() -> bool:
    """Is this the page where the person begins the day?"""
    open_now = _open_entries()
    return bool(open_now) and request.endpoint == _first(open_now).endpoint


def _notices_new() -> Bell:
    """What is new for this person; asked by whole pages alone, the page that says what is away among them."""
    with suppress(Unavailable), reading() as session:
        return bell(session, actor())
    return Bell(0, ())


def context() -> dict[str, object]:
    """What every page shows around its content."""
    is_in = current_user.is_authenticated
    who = actor() if is_in else None
    return {
        "nav": places(),
        "person": current_user if is_in else None,
        "sign_out_url": url_for("auth.sign_out"),
        "account_url": url_for("auth.account"),
        "notices_new": _notices_new,
        "help_url": url_for("help.own"),
        "may": lambda verb: who is not None and may(who, verb),
        "begins_here": _begins_here(),
        "build": _BUILD,
        "printed_at": now(),
        "demonstration": demonstration,
    }


def demonstration() -> line.Filling | None:
    """What the line of a demonstration says; None where this is none."""
    return line.told(plant())


def install(app: Flask, opened: Plant) -> None:
    """Gives every page its navigation, person and build."""
    app.extensions["plant"] = opened
    app.extensions["nav"] = ()
    app.context_processor(context)
