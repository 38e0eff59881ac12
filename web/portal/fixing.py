"""Rows to fix on one page: the wrong cell is typed anew, a row dropped, a kind of fault repaired in all rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

from flask import Blueprint, render_template, request, url_for
from pydantic import Field
from werkzeug.wrappers import Response

from production.asked import Asked, Count, Line
from production.frontdesk.fixing import bench as fixing
from production.frontdesk.fixing.bench import Bench
from production.frontdesk.fixing.grid import PAGE, grid_of, suggested
from production.frontdesk.fixing.sheet import Sheet, has_sheet, sheet_of
from production.frontdesk.orders import intake, queries
from production.frontdesk.repairs.document import Key, Repairs
from production.jobs.lifecycle import verbs
from production.mailings.models import letters
from store.db import UnitOfWork
from web.acts import command
from web.forms import Form, Refused, list_place
from web.frame import Done, actor, plant, reading, require
from web.portal.jobs import job_page_again
from web.recipients import ask_first

blueprint = Blueprint("fixing", __name__, url_prefix="/jobs")


class Fix(Asked):
    """Cells as they stand on the page, by row and column, and what is done beside keeping them (``go``)."""

    CODE = "ROWS"
    REFUSED = "Nothing was kept."
    revision: Count
    seen: Line = ""
    show: Line = ""
    cell: dict[str, Annotated[Line, Field(max_length=fixing.LONGEST)]] = Field(
        default_factory=dict, title="Cell", max_length=PAGE * 20
    )
    go: Line = "save"


@blueprint.get("/<number>/fix")
@require("order")
def page(number: str, refused: Refused | None = None) -> Response | str:
    """Groups at the left, the rows of one of them; who opens it has looked at recipients."""
    if question := ask_first(number, "rows to fix"):
        return question
    with reading() as session:
        job = queries.job_by_number(session, actor(), number)
        sheet = sheet_of(session, plant().files, job) if has_sheet(session, job) else None
        may_change = "submit" in verbs(job)
    if sheet is None:
        return job_page_again(number, refused)
    asked_for = refused.sent.fields if refused else request.args
    show, known = asked_for.get("show", ""), {one.code for one in sheet.faults.faults}
    show = show if show in known else "" if sheet.faults_of("") else next(iter(sorted(known)), "")
    grid = grid_of(sheet, show, list_place("from", 0))
    first = next((cell.key for row in grid.rows for cell in row.cells if cell.key), "")
    return render_template(
        "portal/fix.html", job=job, sheet=sheet, grid=grid, show=show, refused=refused, form=Form(Fix, refused),
        may_change=may_change, page_size=PAGE, address=url_for(".page", number=job.number), longest=fixing.LONGEST,
        focus=first if "next" in request.args and not refused else "",
    )  # fmt: skip


@blueprint.post("/<number>/fix")
@require("order")
@command(Fix, again=page)
def fix(uow: UnitOfWork, said: Fix, number: str) -> Done:
    """Keep what was typed and do what the button says; the check comes again only when it is asked for."""
    job = letters(intake.find_job(uow, queries.canonical(number)))
    bench = fixing.open_bench(uow, plant().files, job, revision=said.revision, seen=said.seen)
    repairs = fixing.with_typed(bench, _typed(bench.sheet, said.cell))
    act, _, what = said.go.partition(":")
    repairs = _ACTS.get(act, _save)(bench, repairs, what or said.show)
    if act == "check":
        count = fixing.check_again(bench, repairs)
        go = url_for("jobs.show", number=job.number)
        return Done(go, f"The list is being checked again with {count:,} repair{'s' if count != 1 else ''}.")
    fixing.keep(bench, repairs)
    return Done(url_for(".page", number=job.number, show=said.show or None, next=1))


def _typed(sheet: Sheet, cells: Mapping[str, str]) -> dict[Key, str]:
    found = {key: text for name, text in cells.items() if (key := _key(sheet, name)) in sheet.values}
    return {key: text for key, text in found.items() if key is not None}


def _key(sheet: Sheet, name: str) -> Key | None:
    row, _, column = name.partition(".")
    is_one = all(part.isascii() and part.isdigit() and len(part) <= 9 for part in (row, column))
    return (
        (int(row), sheet.faults.columns[int(column)])
        if is_one and int(column) < len(sheet.faults.columns)
        else None
    )


# --- what a button does ------------------------------------------------------------------------------------

Act = Callable[[Bench, Repairs, str], Repairs]


def _save(_bench: Bench, repairs: Repairs, _what: str) -> Repairs:
    return repairs


def _use(bench: Bench, repairs: Repairs, name: str) -> Repairs:
    key = _key(bench.sheet, name)
    return fixing.with_suggestions(bench, repairs, [key] if key else [])


def _use_all(bench: Bench, repairs: Repairs, show: str) -> Repairs:
    return fixing.with_suggestions(bench, repairs, suggested(bench.sheet, show))


def _drop(bench: Bench, repairs: Repairs, row: str) -> Repairs:
    return fixing.with_dropped(bench, repairs, [int(row)] if row.isascii() and row.isdigit() else [])


def _drop_all(bench: Bench, repairs: Repairs, show: str) -> Repairs:
    return fixing.with_dropped(bench, repairs, bench.sheet.open_rows(show))


def _undo(bench: Bench, repairs: Repairs, name: str) -> Repairs:
    key = _key(bench.sheet, name)
    return repairs.without_cell(key) if key else repairs


def _undo_row(_bench: Bench, repairs: Repairs, row: str) -> Repairs:
    return repairs.with_row(int(row)) if row.isascii() and row.isdigit() else repairs


def _undo_kind(_bench: Bench, repairs: Repairs, kind: str) -> Repairs:
    return repairs.without_kind(kind)


_ACTS: Mapping[str, Act] = {
    "use": _use,
    "use_all": _use_all,
    "drop": _drop,
    "drop_all": _drop_all,
    "kind": fixing.with_kind,
    "undo": _undo,
    "undo_row": _undo_row,
    "undo_kind": _undo_kind,
}
