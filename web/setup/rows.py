"""Rows of one kind: the list, a row with its history, adding, changing, bringing an old version back, agreeing."""

from __future__ import annotations

import itertools
from typing import Any

from flask import Blueprint, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from kernel.errors import Conflict, Forbidden, InvalidInput, NotFound
from production.asked import Asked, read
from production.asked import kind_of as kind_of_field
from production.people import second_person, setup
from production.people.setup import Kind, SetupVersion
from production.setup.kinds import kind_of
from production.setup.text import as_text
from store.db import UnitOfWork
from web import acts
from web.forms import Form, Refused, sent, two_changes
from web.frame import Done, actor, reading, require
from web.policies import may

blueprint = Blueprint("setup_rows", __name__, url_prefix="/setup/rows")
nav = ()
LONGEST_WHY = 200
Page = Response | tuple[str, int]
_NOTHING_NEW = "It says so already; nothing was changed."


@blueprint.get("/<code>")
@require("set_up")
def listing(code: str, refused: Refused | None = None) -> str:
    """Every row of a kind."""
    kind = own_kind(code)
    if kind.is_one:
        with reading() as session:
            is_there = kind.find(session, setup.ONE) is not None
        return str(show(code, setup.ONE) if is_there else new(code))
    with reading() as session:
        rows = [(kind.key(row), as_text(kind, row)) for row in kind.rows(session)]
        unseen = setup.unseen(session, kind)
    return render_template(
        "setup/rows.html",
        kind=kind,
        rows=rows,
        fields=kind.value.model_fields,
        unseen=unseen,
        refused=refused,
    )


@blueprint.post("/<code>/confirm")
@require("set_up")
@acts.command(Asked, again=listing)
def confirm(uow: UnitOfWork, _said: Asked, code: str) -> Done:
    """Everything that stands as it came is right so."""
    kind = own_kind(code)
    count = setup.confirm_all(uow, kind)
    words = f"{kind.name} confirmed." if kind.is_one else f"{count:,} confirmed as they stand."
    return Done(url_for(".listing", code=code), words)


blueprint.add_url_rule(
    "/agency", "agencies", listing, defaults={"code": "agency"}
)  # places of the navigation
blueprint.add_url_rule("/work_center", "machines", listing, defaults={"code": "work_center"})


@blueprint.get("/<code>/new")
@require("set_up")
def new(code: str, refused: Refused | None = None) -> str:
    """The form for a new row."""
    kind = own_kind(code)
    with reading() as session:
        form = Form(kind.value, refused, options=kind.choices(session))
    return render_template("setup/row.html", kind=kind, key="", form=form, refused=refused, versions=())


@blueprint.post("/<code>/new")
@require("set_up")
def add(code: str) -> Page:
    """A new row; one that is there is not changed from here."""
    kind = own_kind(code)

    def work(uow: UnitOfWork) -> Done:
        value = read(kind.value, sent())
        key = kind.key(value)
        if kind.find(uow.session, key) is not None:
            finding = setup.wrong(kind.keyed_by[-1], f"{kind.name} {key} is there already.")
            raise InvalidInput(finding.message, code="SETUP", findings=[finding])
        setup.put(uow, kind, value, knowing=_knowing())
        return Done(_address(kind, key), f"{kind.name} {key} is entered.")

    return acts.act(work, again=lambda error: new(code, Refused(kind.value, sent(), error)))


@blueprint.get("/<code>/<path:key>")
@require("set_up")
def show(code: str, key: str, refused: Refused | None = None) -> str:
    """One row: what it says, what waits, and its history."""
    kind = own_kind(code)
    with reading() as session:
        row = _find(session, kind, key)
        options = kind.choices(session)
        versions = setup.history(session, kind, key)
        unseen = setup.unseen(session, kind) if kind.is_one else 0
        who_may = second_person.who_may(session, actor().name)
    form, now = (Form(kind.value, one, values=_typed(kind, row), options=options) for one in (refused, None))
    told = [_told(kind, version) for version in versions]
    for newer, older in itertools.pairwise(told):
        newer["changes"] = kind.differences(newer["row"], older["row"])
    return render_template(
        "setup/row.html", kind=kind, key=key, form=form, refused=refused, unseen=unseen, both=two_changes(form, now),
        seen=told[0]["number"] if told else 0,
        versions=[one for one in told if one["is_in_force"]],
        waits=next((one for one in told if not one["is_in_force"]), None), me=actor().name, who_may=who_may,
    )  # fmt: skip


@blueprint.post("/<code>/<path:key>")
@require("set_up")
def change(code: str, key: str) -> Page:
    """Another value; the version that was on the screen must still be the newest."""
    kind = own_kind(code)

    def work(uow: UnitOfWork) -> Done:
        _find(uow.session, kind, key)
        value = read(kind.value, sent())
        if kind.key(value) != key:
            raise Conflict("What names a row stays as it is. Enter another row instead.")
        why, seen = request.form.get("why", ""), _number("seen")
        version = setup.put(uow, kind, value, why=why[:LONGEST_WHY], seen=seen, knowing=_knowing())
        return changed(kind, key, version)

    return acts.act(work, again=lambda error: show(code, key, Refused(kind.value, sent(), error)))


@blueprint.post("/undo/<code>/<path:key>")
@require("set_up")
def undo(code: str, key: str) -> Page:
    """An old version again, as a new one."""
    kind = own_kind(code)

    def work(uow: UnitOfWork) -> Done:
        version = setup.bring_back(uow, kind, key, _number("number"), knowing=_knowing())
        return Done(_address(kind, key), _said(kind, key, version))

    return acts.act(work, again=lambda error: show(code, key, Refused(kind.value, sent(), error)))


@blueprint.post("/waiting/<code>/<path:key>/<any(agree, take_back):what>")
@require("set_up")
def settle(code: str, key: str, what: str) -> Page:
    """The second person's yes, or the question taken back."""
    kind = own_kind(code)

    def work(uow: UnitOfWork) -> Done:
        version = setup.waiting(uow.session, kind, key)
        if version is None:
            raise NotFound("Nothing waits here.")
        if what == "agree":
            setup.agree(uow, version, kind)
            return Done(_address(kind, key), f"{kind.name} {key} is in force as you agreed.")
        setup.take_back(uow, version)
        return Done(_address(kind, key), "The change is taken back.")

    return acts.act(work, again=lambda error: show(code, key, Refused(kind.value, sent(), error)))


def own_kind(code: str) -> Kind[Any]:
    """The kind of that code, if this person may change it. NotFound, Forbidden."""
    kind = kind_of(code)
    if not may(actor(), kind.verb):
        raise Forbidden("Your role does not include this.")
    return kind


def changed(kind: Kind[Any], key: str, version: SetupVersion | None, back: str = "") -> Done:
    """What became of a change, and its undo; ``back``: the page it was asked on, if not that of the row."""
    return Done(back or _address(kind, key), _said(kind, key, version), _undo(kind, key, version))


def _said(kind: Kind[Any], key: str, version: SetupVersion | None) -> str:
    name = kind.name if kind.is_one else f"{kind.name} {key}"
    if version is None:
        return _NOTHING_NEW
    if version.in_force_at is None:
        return f"{name}: the change waits for a second person."
    return f"{name} is changed. The version before is in the history."


def _undo(kind: Kind[Any], key: str, version: SetupVersion | None) -> tuple[str, dict[str, str]] | None:
    if version is None or version.in_force_at is None:
        return None
    return url_for("setup_rows.undo", code=kind.code, key=key), {"number": str(version.number - 1)}


def _address(kind: Kind[Any], key: str) -> str:
    return url_for(".listing", code=kind.code) if kind.is_one else url_for(".show", code=kind.code, key=key)


def _find(session: Session, kind: Kind[Any], key: str) -> Any:
    found = kind.find(session, key)
    if found is None:
        raise NotFound(f"There is no such {kind.name.lower()}.")
    return found


def _knowing() -> list[str]:
    return request.form.getlist("knowing")


def _number(field: str) -> int:
    text = request.form.get(field, "")
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise NotFound("There is no such version.")
    return int(text)


def _typed(kind: Kind[Any], row: Any) -> dict[str, object]:
    """The values of a row for its form: numbers, and lists that are typed into one field, as text."""
    texts, fields = as_text(kind, row), kind.value.model_fields
    return {
        name: value if kind_of_field(fields[name]) in ("many", "yes") else texts[name] for name, value in row
    }


def _told(kind: Kind[Any], version: SetupVersion) -> dict[str, object]:
    return {
        "number": version.number, "actor": version.actor, "at": version.recorded_at,
        "why": version.why, "undoes": version.undoes, "is_in_force": version.in_force_at is not None,
        "row": setup.value_of(kind, version), "changes": [],
    }  # fmt: skip
