"""The first step of the form, to and from an order: title, date, class, envelope, sides, accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from kernel import clock
from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity
from postal.piece.kinds import CLASS_NAMES, CONTENTS
from production.catalog.piece_weight import DEFAULT_ENVELOPE, envelopes
from production.frontdesk.orders.intake import DEFAULT_CLASS, MailingRequest
from production.frontdesk.orders.queries import AccountLine

SHARE = "share-"


def empty(accounts: Sequence[AccountLine]) -> dict[str, str]:
    """A new form: the first account pays all of it."""
    form = {
        "title": "",
        "mail_date": "",
        "mail_class": DEFAULT_CLASS,
        "content": "",
        "envelope": DEFAULT_ENVELOPE,
        "sides": "duplex",
    }
    return form | {f"{SHARE}{line.bill_code}": "" if k else "100" for k, line in enumerate(accounts)}


def as_form(wishes: Mapping[str, Any], accounts: Sequence[AccountLine]) -> dict[str, str]:
    """The form of a draft."""
    splits = wishes["splits"]
    return {
        "title": wishes["title"],
        "mail_date": wishes["mail_date"] or "",
        "mail_class": wishes.get("mail_class", DEFAULT_CLASS),
        "content": wishes.get("content", ""),
        "envelope": wishes["envelope"],
        "sides": "duplex" if wishes["is_duplex"] else "simplex",
        **{f"{SHARE}{line.bill_code}": str(splits.get(line.bill_code, "")) for line in accounts},
    }


def read(form: Mapping[str, str]) -> tuple[MailingRequest, list[Finding]]:
    """The order a form stands for, and what in it could not be read; rules are checked by the order itself."""
    unread = []
    try:
        mail_date = date.fromisoformat(form.get("mail_date", ""))
    except ValueError:
        mail_date = clock.today()
        unread.append(_unread("mail_date", "Enter the mailing date."))
    splits: dict[str, int] = {}
    for name, text in form.items():
        if not name.startswith(SHARE) or not text.strip():
            continue
        share = text.strip().rstrip("%").strip()
        if not share.isascii() or not share.isdigit() or len(share) > 6:
            unread.append(
                _unread("account", f"Write the share of {name.removeprefix(SHARE)} as a whole number.")
            )
        elif int(share):
            splits[name.removeprefix(SHARE)] = int(share)
    request = MailingRequest(
        title=form.get("title", ""),
        mail_date=mail_date,
        files={},
        splits=splits,
        envelope=form.get("envelope", ""),
        mail_class=form.get("mail_class", ""),
        content=form.get("content", ""),
        is_duplex=form.get("sides") != "simplex",
    )
    return request, unread


def refuse(unread: list[Finding]) -> None:
    """InvalidInput with what could not be read."""
    if unread:
        raise InvalidInput("The order is not complete.", code="ORDER", findings=unread)


def class_choices() -> list[tuple[str, str]]:
    """(class, name) for a select."""
    return list(CLASS_NAMES.items())


def content_choices() -> list[tuple[str, str]]:
    """(content, words) for a select."""
    return [("", "Choose"), *CONTENTS.items()]


def envelope_choices() -> list[tuple[str, str]]:
    """(code, name) for a select."""
    return [(code, envelope.name) for code, envelope in envelopes().items()]


def _unread(column: str, sentence: str) -> Finding:
    return Finding("ORDER", Severity.STOP, sentence, place=Place(column=column))
