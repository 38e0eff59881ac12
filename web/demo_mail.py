"""The e-mails of a demonstration, as they would have been sent. There is no such page without ``indicia up --demo``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from mailbox import Maildir

from flask import Blueprint, render_template

from kernel.errors import NotFound
from web.frame import plant, require

blueprint = Blueprint("demo_mail", __name__, url_prefix="/demo-mail")
LATEST = 100


@dataclass(frozen=True, slots=True)
class Caught:
    """One message."""

    key: str
    subject: str
    to: str
    at: datetime
    text: str


@blueprint.get("")
@require("read_notices")
def listing() -> str:
    """The newest first."""
    found = sorted(_all(), key=lambda one: one.at, reverse=True)
    return render_template("notices/demo_mail.html", mails=found[:LATEST])


@blueprint.get("/<key>")
@require("read_notices")
def show(key: str) -> str:
    """One of them."""
    found = next((one for one in _all() if one.key == key), None)
    if found is None:
        raise NotFound("There is no such e-mail.")
    return render_template("notices/demo_mail_one.html", mail=found)


def _all() -> Iterator[Caught]:
    settings = plant().settings
    if not settings.mail_catcher:
        raise NotFound("There is no such page.")
    kept = Maildir(settings.caught_mail, create=True)
    for key in kept.keys():  # noqa: SIM118  # a mailbox gives messages, not keys
        message = message_from_bytes(kept.get_bytes(key), policy=policy.default)
        body = message.get_body(("plain",))
        text = body.get_content() if body is not None else ""
        yield Caught(key, str(message["Subject"]), str(message["To"]), message["Date"].datetime, text)
