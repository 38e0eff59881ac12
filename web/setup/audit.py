"""The audit page: who did what, when, to which thing; each entry compared with its hash; and the same as a file."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from datetime import date
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for

from kernel.clock import today
from store import audit_reading
from store.audit_reading import Seen, Wanted
from store.keeping.verify_part import VerifyMark
from web.forms import list_place
from web.frame import reading, require
from web.names import who

blueprint = Blueprint("audit", __name__, url_prefix="/setup/audit")
PAGE, MOST_IN_FILE = 50, 100_000
_TOLD = ("roles", "what", "fields", "reason", "address", "outcome", "asked_by", "agency", "found")
_PEOPLE = ("name", "asked_by")


@blueprint.get("")
@require("administer")
def page() -> str:
    """Entries, newest first, by what the address asks."""
    wanted, before = _wanted(), list_place("before", 0)
    with reading() as session:
        found = audit_reading.entries(session, wanted, before=before or None, limit=PAGE + 1)
        subjects = audit_reading.subjects(session)
        mark = session.get(VerifyMark, 1)
    older = url_for(".page", **_asked(wanted), before=found[PAGE - 1].number) if len(found) > PAGE else None
    return render_template(
        "setup/audit.html", entries=[_row(one) for one in found[:PAGE]], older=older, wanted=wanted, mark=mark,
        subjects=[("", "Everything"), *((one, _words(one)) for one in subjects)],
        file_url=url_for(".file", **_asked(wanted)), broken=[one.number for one in found[:PAGE] if not one.is_whole],
    )  # fmt: skip


@blueprint.get("/file")
@require("administer")
def file() -> Response:
    """The same entries as CSV, with their hashes, so that they can be compared with a copy of the chain."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["number", "at", "actor", "subject", "id", "act", "details", "hash"])
    with reading() as session:
        for one in audit_reading.all_entries(session, _wanted(), MOST_IN_FILE):
            details = json.dumps(one.details, ensure_ascii=False, sort_keys=True)
            row = [one.number, one.at.isoformat(), one.actor, one.subject, one.ulid or "", one.act, details]
            writer.writerow([*row, one.hash.hex()])
    named = {"Content-Disposition": f'attachment; filename="audit-{today()}.csv"'}
    return Response(out.getvalue(), mimetype="text/csv", headers=named)


def _wanted() -> Wanted:
    typed = {
        name: request.args.get(name, "").strip()[:200].replace("\0", "")
        for name in ("actor", "subject", "thing")
    }
    return Wanted(**typed, since=_day("since"), until=_day("until"))


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _asked(wanted: Wanted) -> dict[str, Any]:
    return {name: str(value) for name, value in asdict(wanted).items() if value}


def _row(one: Seen) -> dict[str, Any]:
    """As the table shows it: words for people, nothing that only a program reads."""
    more = [f"{_words(name)}: {_value(name, one.details[name])}" for name in _TOLD if one.details.get(name)]
    return {
        "number": one.number, "at": one.at, "who": who(one.actor), "what": f"{_words(one.subject)}: {_words(one.act)}",
        "thing": _thing(one), "more": "; ".join(more),
        "whole": "yes" if one.is_whole else "NO",
    }  # fmt: skip


def _thing(one: Seen) -> str:
    """People by their names; everything else as it is called."""
    kind, _, key = one.thing.rpartition(" ")
    if one.subject == "app_user" and one.thing:
        return who(one.thing)
    return f"{kind} {who(key)}" if kind == "person" else one.thing.replace("_", " ")


def _value(name: str, value: Any) -> str:
    if name in _PEOPLE:
        return who(str(value))
    listed = value if isinstance(value, list) else [value]
    return ", ".join(str(one).replace("_", " ") for one in listed)


def _words(name: str) -> str:
    words = {"app_user": "person", "agreement": "second person"}.get(name, name)
    return words.replace("_", " ").capitalize()
