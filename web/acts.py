"""Forms and scans of the plant's counters: done once, or answered with what was refused, nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from flask import flash, jsonify, redirect, render_template, request
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
from store.db import UnitOfWork
from web import frame
from web.errors import status_of
from web.frame import Done

__all__ = ["REFUSALS", "Page", "Scan", "act", "scan", "sentence_of", "status_of"]
Page = Callable[[ShopError], str]
# What a person at the plant can do something about; a page that is not theirs is not shown again.
_NOT_AGAIN = ("csrf_token", "idempotency_key", "knowing")
REFUSALS = (InvalidInput, Conflict, AttentionNeeded, Unavailable)


class Scan(NamedTuple):
    """What a scan answers: the sentence to say and perhaps a page to go to."""

    message: str
    go: str = ""


def act(work: Callable[[UnitOfWork], Done], again: Page) -> Response | tuple[str, int]:
    """A form's command, once; refused, the page comes ``again`` with the error and what was typed. What must be read
    first is a page of its own, that sends the same form again.
    """
    try:
        return frame.once(work)
    except Unconfirmed as error:
        typed = [(name, value) for name, value in request.form.items(multi=True) if name not in _NOT_AGAIN]
        page = render_template(
            "confirm.html",
            error=error,
            typed=typed,
            action=request.path,
            back=urlsplit(request.referrer or "/").path,
        )
        return page, status_of(error)
    except REFUSALS as error:
        return again(error), status_of(error)


def knowing() -> list[str]:
    """The consequences that were on the page the form came from."""
    return request.form.getlist("knowing")


def scan(work: Callable[[UnitOfWork], Scan], *, back: str) -> Response:
    """A scan's command, once per scan: JSON for the scan field, else the page at ``back`` with the words."""
    wants_json = request.accept_mimetypes.best == "application/json"
    try:
        done = Scan(**frame.remembered(lambda uow: work(uow)._asdict()))
    except (UserError, AttentionNeeded, Unavailable) as error:
        words = sentence_of(error)
        if not wants_json:
            flash(words, "error")
            return redirect(back, code=303)
        answer = jsonify(outcome="bad", message=words)
        answer.status_code = status_of(error)
        return answer
    if done.go or not wants_json:
        flash(done.message, "success")
    if not wants_json:
        return redirect(done.go or back, code=303)
    return jsonify(outcome="good", **{name: value for name, value in done._asdict().items() if value})


def sentence_of(error: ShopError) -> str:
    """The error with its remedies, as one line."""
    remedies = [error.remedy]
    if isinstance(error, InvalidInput):
        remedies += [finding.remedy for finding in error.findings[:3]]
    return " ".join(part for part in (error.sentence, *dict.fromkeys(remedies)) if part)
