"""Rows of one kind: the list, a row with its history, adding, changing, bringing an old version back, agreeing."""

from __future__ import annotations

import itertools
from functools import cache
from typing import Any

from flask import Blueprint, render_template, url_for
from pydantic import Field, create_model
from sqlalchemy.orm import Session

from kernel.errors import Conflict, Forbidden, InvalidInput, NotFound
from production.asked import Asked, Count, Known, Line
from production.asked import kind_of as kind_of_field
from production.people import second_person, setup
from production.people.setup import Kind, SetupVersion
from production.setup.kinds import kind_of
from production.setup.text import as_text, in_list
from store.db import UnitOfWork
from web import acts
from web.forms import Form, Refused, two_changes
from web.frame import Done, actor, reading, require
from web.policies import may
from web.setup.effects import with_effects

blueprint = Blueprint("setup_rows", __name__, url_prefix="/setup/rows")
nav = ()
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
        words = kind.shown(session)
        rows = [(kind.key(row), in_list(kind, row, words)) for row in kind.rows(session)]
        unseen = setup.unseen(session, kind)
    return render_template(
        "setup/rows.html",
        kind=kind,
        rows=rows,
        fields={
            name: field
            for name, field in kind.value.model_fields.items()
            if not kind.listed or name in (kind.keyed_by[-1], *kind.listed)
        },
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


class Changing(Asked):
    """What is asked of a row beside its values. ``seen``: the version that was on the screen; 0: none."""

    why: Line = Field("", title="Why", description="Stands in the history.", max_length=200)
    seen: Count = 0
    knowing: Known


class BringBack(Asked):
    """An old version again."""

    number: Count
    knowing: Known


def row_asked(code: str, key: str = "") -> type[Asked]:
    """What the form of a row asks."""
    del key
    return _with_why(kind_of(code))


@cache
def _with_why(kind: Kind[Any]) -> type[Asked]:
    return create_model(kind.value.__name__, __base__=(kind.value, Changing))


@blueprint.get("/<code>/new")
@require("set_up")
def new(code: str, refused: Refused | None = None) -> str:
    """The form for a new row."""
    kind = own_kind(code)
    with reading() as session:
        form = Form(row_asked(code), refused, options=kind.choices(session))
    return render_template("setup/row.html", kind=kind, key="", form=form, refused=refused, versions=())


@blueprint.post("/<code>/new")
@require("set_up")
@acts.command(row_asked, again=new)
def add(uow: UnitOfWork, said: Any, code: str) -> Done:
    """A new row; one that is there is not changed from here."""
    kind, value = _read(code, said)
    key = kind.key(value)
    if kind.find(uow.session, key) is not None:
        finding = setup.wrong(kind.keyed_by[-1], f"{kind.name} {key} is there already.")
        raise InvalidInput(finding.message, code="SETUP", findings=[finding])
    with with_effects(uow.session, kind, value):
        setup.put(uow, kind, value, knowing=said.knowing)
    return Done(_address(kind, key), f"{kind.name} {key} is entered.")


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
    form, now = (
        Form(row_asked(code), one, values=_typed(kind, row), options=options) for one in (refused, None)
    )
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
@acts.command(row_asked, again=show)
def change(uow: UnitOfWork, said: Any, code: str, key: str) -> Done:
    """Another value; the version that was on the screen must still be the newest."""
    kind, value = _read(code, said)
    _find(uow.session, kind, key)
    if kind.key(value) != key:
        raise Conflict("What names a row stays as it is. Enter another row instead.")
    with with_effects(uow.session, kind, value):
        version = setup.put(uow, kind, value, why=said.why, seen=said.seen, knowing=said.knowing)
    return changed(kind, key, version)


@blueprint.post("/undo/<code>/<path:key>")
@require("set_up")
@acts.command(BringBack, again=show)
def undo(uow: UnitOfWork, said: BringBack, code: str, key: str) -> Done:
    """An old version again, as a new one."""
    kind = own_kind(code)
    version = setup.bring_back(uow, kind, key, said.number, knowing=said.knowing)
    return Done(_address(kind, key), _said(kind, key, version))


@blueprint.post("/waiting/<code>/<path:key>/agree")
@require("set_up")
@acts.command(Asked, again=show)
def agree(uow: UnitOfWork, _said: Asked, code: str, key: str) -> Done:
    """The second person's yes."""
    kind = own_kind(code)
    setup.agree(uow, _waiting(uow.session, kind, key), kind)
    return Done(_address(kind, key), f"{kind.name} {key} is in force as you agreed.")


@blueprint.post("/waiting/<code>/<path:key>/take_back")
@require("set_up")
@acts.command(Asked, again=show)
def take_back(uow: UnitOfWork, _said: Asked, code: str, key: str) -> Done:
    """What waits for a second person is not wanted any more."""
    kind = own_kind(code)
    setup.take_back(uow, _waiting(uow.session, kind, key))
    return Done(_address(kind, key), "The change is taken back.")


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


def _read(code: str, said: Asked) -> tuple[Kind[Any], Any]:
    """The kind, and the value that its form said."""
    kind = own_kind(code)
    return kind, kind.value.model_construct(**said.facts(*Changing.model_fields))


def _waiting(session: Session, kind: Kind[Any], key: str) -> SetupVersion:
    version = setup.waiting(session, kind, key)
    if version is None:
        raise NotFound("Nothing waits here.")
    return version


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
