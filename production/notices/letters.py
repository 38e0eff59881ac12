"""The e-mails: plain text and simple HTML of the same words. They name jobs, never the recipients of mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from markupsafe import Markup

from production.notices.inbox import Told

_AGAIN = "You may have had this message before: whether it reached you could not be told."


@dataclass(frozen=True, slots=True)
class Item:
    """One notice with the address that its act leads to."""

    told: Told
    link: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """From whom, to whom, and by which id it is the same message however often it comes."""

    sender: str
    name: str
    address: str
    message_id: str
    at: datetime


def write(envelope: Envelope, items: Sequence[Item], choices: str, *, is_again: bool) -> EmailMessage:
    """One e-mail of one or more notices. ``choices``: address of the page where the person says what is sent."""
    message = EmailMessage()
    message["Subject"] = items[0].told.says if len(items) == 1 else f"{len(items):,} notices of today"
    message["From"] = envelope.sender
    message["To"] = envelope.address
    message["Date"] = format_datetime(envelope.at)
    message["Message-ID"] = envelope.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_plain(envelope.name, items, choices, is_again=is_again))
    message.add_alternative(str(_html(envelope.name, items, choices, is_again=is_again)), subtype="html")
    return message


def _plain(name: str, items: Sequence[Item], choices: str, *, is_again: bool) -> str:
    parts = [f"{name},", *([_AGAIN] if is_again else [])]
    parts += [f"{one.told.says}\n{one.told.why}\n{one.told.kind.does}: {one.link}" for one in items]
    return "\n\n".join([*parts, f"What is sent to you, and how: {choices}"]) + "\n"


def _html(name: str, items: Sequence[Item], choices: str, *, is_again: bool) -> Markup:
    again = Markup("<p><strong>{}</strong></p>").format(_AGAIN) if is_again else Markup("")
    rows = Markup("").join(
        Markup('<p><strong>{}</strong><br>{}<br><a href="{}">{}</a></p>').format(
            one.told.says, one.told.why, one.link, one.told.kind.does
        )
        for one in items
    )
    return Markup(
        '<!doctype html><html lang="en"><body style="font-family: sans-serif; color: #1b2430">'
        '<p>{},</p>{}{}<p style="color: #515a66"><a href="{}">What is sent to you, and how</a></p></body></html>'
    ).format(name, again, rows, choices)
