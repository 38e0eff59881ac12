"""API keys: a requester makes one for a program of the agency and sees it once; who may revoke sees the list."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from kernel.errors import InvalidInput, NotFound
from kernel.ids import parse_ulid, show_ulid
from production.people import api_keys
from store.db import UnitOfWork
from web.auth.doors import new_key
from web.forms import errors_of
from web.frame import Done, Entry, actor, once, reading, remembered, require
from web.policies import may

blueprint = Blueprint("keys", __name__, url_prefix="/keys")
nav = (Entry("keep_api_keys", "keys.listing", "API keys"),)


@blueprint.get("")
@require("keep_api_keys")
def listing() -> str:
    """The keys of the agency; an administrator sees all."""
    return _page()


@blueprint.post("")
@require("order")
def make() -> Response | str | tuple[str, int]:
    """A new key, shown in this answer and nowhere again: not in the database, not behind the one-time key."""
    ulid, key = new_key()

    def work(uow: UnitOfWork) -> dict[str, str]:
        api_keys.make(uow, ulid=ulid, key=key, label=request.form.get("label", ""))
        return {"made": show_ulid(ulid)}

    try:
        answer = remembered(work)
    except InvalidInput as error:
        return _page(errors=errors_of(error)), 422
    if answer["made"] != show_ulid(ulid):
        flash(
            "This key is made already and was shown once. Revoke it and make another if it is lost.",
            "warning",
        )
        return redirect(url_for(".listing"), code=303)
    return _page(new=key)


@blueprint.post("/<ulid>/revoke")
@require("keep_api_keys")
def revoke(ulid: str) -> Response:
    """End a key at once."""
    try:
        key = parse_ulid(ulid)
    except ValueError:
        raise NotFound("There is no such key.") from None

    def work(uow: UnitOfWork) -> Done:
        row = api_keys.revoke(uow, key)
        return Done(url_for(".listing"), f"The key of {row.label} is revoked.")

    return once(work)


def _page(*, new: str = "", errors: dict[str, str] | None = None) -> str:
    with reading() as session:
        found = api_keys.keys(session, actor())
    return render_template(
        "portal/keys.html", keys=found, new=new, errors=errors or {}, may_make=may(actor(), "order")
    )
