"""Acts of people: a form is read by the model of its act, done once, or comes again with what was typed and why not."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar
from urllib.parse import urlsplit

from flask import flash, jsonify, redirect, render_template, request, url_for
from pydantic import Field
from werkzeug.wrappers import Response

from kernel.errors import (
    AttentionNeeded,
    Conflict,
    InvalidInput,
    ShopError,
    Unavailable,
    Unconfirmed,
    UserError,
)
from production.asked import Asked, Known, Line, Sent, read
from store.db import UnitOfWork
from web import frame
from web.errors import status_of
from web.forms import Refused, sent, sentence_of
from web.frame import Done

__all__ = [
    "REFUSALS",
    "Knowing",
    "Scan",
    "Scanned",
    "asks",
    "command",
    "scans",
    "sentence_of",
    "status_of",
]
Said = TypeVar("Said", bound=Asked)
Where = ParamSpec("Where")
Answer = Response | str | tuple[str, int]
Again = Callable[..., Any]
Form = type[Said] | Callable[..., type[Said]]
# What a person can do something about; a page that is not theirs is not shown again.
_NOT_AGAIN = ("csrf_token", "idempotency_key", "knowing")
REFUSALS = (InvalidInput, Conflict, AttentionNeeded, Unavailable)


class Knowing(Asked):
    """An act whose consequences somebody has read."""

    knowing: Known


class Scan(NamedTuple):
    """What a scan answers: the sentence to say and perhaps a page to go to."""

    message: str
    go: str = ""


def asks(
    asked: Form[Said], again: Again
) -> Callable[[Callable[Concatenate[Said, Where], Any]], Callable[Where, Any]]:
    """A view that is given what its form says: by a model, or by the one that ``asked`` gives for what the address
    names. Refused, the page comes ``again``: called with what the address named and with ``refused``. What must be read
    first is a page of its own, that sends the same form again.
    """

    def wrap(view: Callable[Concatenate[Said, Where], Any]) -> Callable[Where, Any]:
        @wraps(view)
        def asking(*args: Where.args, **where: Where.kwargs) -> Any:
            given = sent()
            model = asked if isinstance(asked, type) else asked(*args, **where)
            try:
                return view(read(model, given), *args, **where)
            except Unconfirmed as error:
                return _consequences(error, given), status_of(error)
            except REFUSALS as error:
                return again(*args, **where, refused=Refused(model, given, error)), status_of(error)

        asking.asked = asked  # type: ignore[attr-defined]
        return asking

    return wrap


def command(
    asked: Form[Said], again: Again
) -> Callable[[Callable[Concatenate[UnitOfWork, Said, Where], Done]], Callable[Where, Any]]:
    """A view that is one command: in its transaction, once under the form's key; then on to where it says."""

    def wrap(work: Callable[Concatenate[UnitOfWork, Said, Where], Done]) -> Callable[Where, Any]:
        @asks(asked, again)
        @wraps(work)
        def once(said: Said, /, *args: Where.args, **where: Where.kwargs) -> Response:
            return frame.once(lambda uow: work(uow, said, *args, **where))

        return once

    return wrap


def _consequences(error: Unconfirmed, given: Sent) -> str:
    typed = [(name, text) for name, texts in given.texts.items() if name not in _NOT_AGAIN for text in texts]
    back = urlsplit(request.referrer or "/").path
    return render_template("confirm.html", error=error, typed=typed, action=request.path, back=back)


class Scanned(Asked):
    """What a scanner typed."""

    scan: Line = Field(title="Scan", max_length=80)


def scans(
    asked: type[Said], back: str
) -> Callable[[Callable[Concatenate[UnitOfWork, Said, Where], Scan]], Callable[Where, Response]]:
    """A view that is one scan, done once: JSON for the scan field, else the page at ``back`` with the words."""

    def wrap(work: Callable[Concatenate[UnitOfWork, Said, Where], Scan]) -> Callable[Where, Response]:
        @wraps(work)
        def scanning(*args: Where.args, **where: Where.kwargs) -> Response:
            try:
                said = read(asked, sent())
                done = frame.remembered(Scan, lambda uow: work(uow, said, *args, **where)._asdict())
            except (UserError, AttentionNeeded, Unavailable) as error:
                return _scan_refused(error, url_for(back, **(request.view_args or {})))
            return _scan_done(done, url_for(back, **(request.view_args or {})))

        scanning.asked = asked  # type: ignore[attr-defined]
        return scanning

    return wrap


def _wants_json() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _scan_refused(error: ShopError, back: str) -> Response:
    words = sentence_of(error)
    if not _wants_json():
        flash(words, "error")
        return redirect(back, code=303)
    answer = jsonify(outcome="bad", message=words)
    answer.status_code = status_of(error)
    return answer


def _scan_done(done: Scan, back: str) -> Response:
    if done.go or not _wants_json():
        flash(done.message, "success")
    if not _wants_json():
        return redirect(done.go or back, code=303)
    return jsonify(outcome="good", **{name: value for name, value in done._asdict().items() if value})
