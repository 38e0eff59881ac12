"""Many rows at once: pasted from a spreadsheet or in a file, tried first; and the whole set-up as one file."""

from __future__ import annotations

from typing import Annotated, Any

from flask import Blueprint, Response, render_template, url_for
from pydantic import Field
from werkzeug.wrappers import Response as AnyResponse

from billing.setup import BESIDE
from kernel.errors import Forbidden
from production.asked import Asked, File, Input, Line, read_all
from production.people.setup import Kind
from production.setup import file as setup_file
from production.setup.file import MAX_BYTES, Given, Taken
from production.setup.kinds import KINDS
from production.setup.table import read_table, write_table
from store.db import UnitOfWork
from web.acts import asks
from web.forms import Refused
from web.frame import Done, actor, once, plant, reading, require
from web.policies import may
from web.setup.rows import own_kind

blueprint = Blueprint("setup_tables", __name__, url_prefix="/setup/tables")
nav = ()
WHOLE = "everything"


class Rows(Asked):
    """Rows in a file or pasted, and whether what they do was read."""

    REFUSED = "Nothing was taken in."
    text: Annotated[str, Input("paragraph")] = Field("", title="Paste from a spreadsheet")
    file: File | None = Field(None, title="File")
    name: Line = Field("", max_length=200)  # of the file that the text came from
    go: bool = False

    @property
    def table(self) -> tuple[bytes, str]:
        """What was given, and the name of its file."""
        if self.file is None:
            return self.text.encode(), self.name
        self.file.stream.seek(0)
        return self.file.stream.read(MAX_BYTES + 1), self.file.name


@blueprint.get("/<code>")
@require("set_up")
def form(code: str, refused: Refused | None = None) -> str:
    """Where rows are pasted or a file is given."""
    said, _ = read_all(Rows, refused.sent, {}) if refused else (None, ())
    return _page(code, said, refused=refused)


@blueprint.post("/<code>")
@require("set_up")
@asks(Rows, again=form)
def take_in(said: Rows, code: str) -> str | AnyResponse:
    """Try the rows and tell what they would do; taken in when that was read."""
    data, name = said.table
    given = _given(code, data, name)
    if not said.go:
        return _page(code, said, taken=setup_file.take_in(plant().db, actor(), given, dry=True))

    def work(uow: UnitOfWork) -> Done:
        done = setup_file.take_rows(uow, given, why=f"From {name or 'a table'}.")
        differ = sum(one.outcome != "same" for one in done)
        return Done(_back(code), f"{differ:,} of {len(done):,} rows are entered or changed.")

    return once(work)


@blueprint.get("/<code>/file")
@require("set_up")
def written(code: str) -> Response:
    """Rows of a kind as CSV, or everything as one file."""
    kind = _kind(code)
    with reading() as session:
        if kind is None:
            text, mime, name = setup_file.export(session, BESIDE), "application/json", "setup.json"
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
    return read_table(kind, data, name) if kind else setup_file.rows_of(data, name or "the file", BESIDE)


def _back(code: str) -> str:
    return url_for(".form", code=code) if code == WHOLE else url_for("setup_rows.listing", code=code)


def _page(
    code: str, said: Rows | None, *, taken: list[Taken] | None = None, refused: Refused | None = None
) -> str:
    kind = _kind(code)
    data, name = said.table if said else (b"", "")
    return render_template(
        "setup/table.html", kind=kind, code=code, text=data.decode("utf-8", "replace"), name=name, taken=taken,
        refused=refused, titles=[field.title for field in kind.value.model_fields.values()] if kind else (),
        names={one.code: one.name for one in KINDS} | {one.code: one.name for one in BESIDE},
        differ=[one for one in taken or () if one.outcome != "same"],
    )  # fmt: skip
