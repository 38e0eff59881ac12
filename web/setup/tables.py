"""Many rows at once: pasted from a spreadsheet or in a file, tried first; and the whole set-up as one file."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from kernel.errors import Forbidden, InvalidInput
from production.people.setup import Kind
from production.setup import file as setup_file
from production.setup.file import MAX_BYTES, Given, Taken
from production.setup.kinds import KINDS
from production.setup.table import read_table, write_table
from store.db import UnitOfWork
from web.frame import Done, actor, once, plant, reading, require
from web.policies import may
from web.setup.rows import own_kind

blueprint = Blueprint("setup_tables", __name__, url_prefix="/setup/tables")
nav = ()
WHOLE = "everything"


@blueprint.get("/<code>")
@require("set_up")
def form(code: str) -> str:
    """Where rows are pasted or a file is given."""
    return _page(code)


@blueprint.post("/<code>")
@require("set_up")
def take_in(code: str) -> str | AnyResponse | tuple[str, int]:
    """Try the rows and tell what they would do; taken in when that was read."""
    data, name = _data()
    text = data.decode("utf-8", "replace")
    try:
        given = _given(code, data, name)
        if request.form.get("go") != "yes":
            taken = setup_file.take_in(plant().db, actor(), given, dry=True)
            return _page(code, text=text, name=name, taken=taken)

        def work(uow: UnitOfWork) -> Done:
            done = setup_file.take_rows(uow, given, why=f"From {name or 'a table'}.")
            differ = sum(one.outcome != "same" for one in done)
            return Done(_back(code), f"{differ:,} of {len(done):,} rows are entered or changed.")

        return once(work)
    except InvalidInput as error:
        return _page(code, text=text, name=name, error=error), 422


@blueprint.get("/<code>/file")
@require("set_up")
def written(code: str) -> Response:
    """Rows of a kind as CSV, or everything as one file."""
    kind = _kind(code)
    with reading() as session:
        if kind is None:
            text, mime, name = setup_file.export(session), "application/json", "setup.json"
        else:
            text, mime, name = write_table(kind, kind.rows(session)), "text/csv", f"{kind.code}.csv"
    return Response(text, mimetype=mime, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _kind(code: str) -> Kind[Any] | None:
    """None for everything, which is the administrator's."""
    if code != WHOLE:
        return own_kind(code)
    if not may(actor(), "administer"):
        raise Forbidden("Your role does not include this.")
    return None


def _given(code: str, data: bytes, name: str) -> list[Given]:
    kind = _kind(code)
    return read_table(kind, data, name) if kind else setup_file.rows_of(data, name or "the file")


def _data() -> tuple[bytes, str]:
    file = request.files.get("file")
    if file is not None and file.filename:
        return file.read(MAX_BYTES + 1), file.filename[:120]
    return request.form.get("text", "").encode(), request.form.get("name", "")[:120]


def _back(code: str) -> str:
    return url_for(".form", code=code) if code == WHOLE else url_for("setup_rows.listing", code=code)


def _page(
    code: str,
    *,
    text: str = "",
    name: str = "",
    taken: list[Taken] | None = None,
    error: InvalidInput | None = None,
) -> str:
    kind = _kind(code)
    return render_template(
        "setup/table.html", kind=kind, code=code, text=text, name=name, taken=taken, error=error,
        titles=[field.title for field in kind.value.model_fields.values()] if kind else (),
        names={one.code: one.name for one in KINDS},
        differ=[one for one in taken or () if one.outcome != "same"],
    )  # fmt: skip
