"""API keys: a requester makes one for a program of the agency and sees it once; who may revoke sees the list."""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, url_for
from pydantic import Field
from werkzeug.wrappers import Response

from kernel.ids import named_ulid, show_ulid
from production.asked import Asked, Line
from production.people import api_keys
from store.db import UnitOfWork
from web.acts import asks, command
from web.auth.doors import new_key
from web.forms import Form, Refused
from web.frame import Done, actor, reading, remembered, require
from web.policies import may

blueprint = Blueprint("keys", __name__, url_prefix="/keys")


class Made(NamedTuple):
    """What is kept of a key that was made: its public id."""

    made: str


class MakeKey(Asked):
    """A key for a program."""

    label: Line = Field(
        title="Which program will use the key",
        description="Such as the name of your licensing system. The key acts in your name, while you may order.",
        max_length=api_keys.LONGEST_LABEL,
    )


def _page(*, new: str = "", refused: Refused | None = None, **_where: str) -> str:
    with reading() as session:
        found = api_keys.keys(session, actor())
    form = Form(MakeKey, refused)
    return render_template(
        "portal/keys.html", keys=found, new=new, form=form, refused=refused, may_make=may(actor(), "order")
    )


@blueprint.get("")
@require("keep_api_keys")
def listing() -> str:
    """The keys of the agency; an administrator sees all."""
    return _page()


@blueprint.post("")
@require("order")
@asks(MakeKey, again=_page)
def make(said: MakeKey) -> Response | str:
    """A new key, shown in this answer and nowhere again: not in the database, not behind the one-time key."""
    ulid, key = new_key()

    def work(uow: UnitOfWork) -> dict[str, str]:
        api_keys.make(uow, ulid=ulid, key=key, label=said.label)
        return {"made": show_ulid(ulid)}

    if remembered(Made, work).made != show_ulid(ulid):
        flash(
            "This key is made already and was shown once. Revoke it and make another if it is lost.",
            "warning",
        )
        return redirect(url_for(".listing"), code=303)
    return _page(new=key)


@blueprint.post("/<ulid>/revoke")
@require("keep_api_keys")
@command(Asked, again=_page)
def revoke(uow: UnitOfWork, _said: Asked, ulid: str) -> Done:
    """End a key at once."""
    row = api_keys.revoke(uow, named_ulid(ulid, "key"))
    return Done(url_for(".listing"), f"The key of {row.label} is revoked.")
