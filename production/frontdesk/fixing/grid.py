"""The page of rows to fix: groups of faults, offers, and a table in which only the wrong cell can be typed into."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kernel.findings import Severity
from production.frontdesk.fixing.sheet import Sheet
from production.frontdesk.lists.shapes import RULES
from production.frontdesk.repairs.faults import Fault, NewCell
from production.frontdesk.repairs.kinds import KINDS

PAGE = 60
EXAMPLES = 10
_GROUPS = (
    (Severity.ROW, "Left out until fixed", "left-out"),
    (Severity.WARN, "Please look, they will mail", "warning"),
    (Severity.NOTE, "For your information", "info"),
)


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A fault in the list of groups: how many rows have it, and how many are still open."""

    code: str
    label: str
    count: int
    open: int


@dataclass(frozen=True, slots=True)
class OfferLine:
    """A repair of one kind in words, with examples."""

    kind: str
    words: str
    does: str
    count: int
    examples: Sequence[NewCell]


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell; ``key`` where it can be typed into. ``told``: what is wrong; ``suggestion``: what it could become."""

    column: str
    text: str
    key: str = ""
    told: str = ""
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class GridRow:
    """An open row. ``told``: faults that no cell can fix."""

    row: int
    cells: Sequence[GridCell]
    told: Sequence[str]


@dataclass(frozen=True, slots=True)
class FixedLine:
    """Something that was fixed, newest first; ``undo``: what takes it back."""

    row: int | None
    what: str
    before: str
    after: str
    who: str
    at: datetime
    undo: str
    is_checked: bool


@dataclass(frozen=True, slots=True)
class Grid:
    """The page. ``open``: rows left out and not dealt with, ``hidden``: those beyond what is kept."""

    groups: Sequence[tuple[str, str, Sequence[GroupLine]]]  # title, icon
    offers: Sequence[OfferLine]
    columns: Sequence[str]
    rows: Sequence[GridRow]
    first: int
    count: int
    suggestions: int
    fixed: Sequence[FixedLine]
    open: int
    hidden: int
    dealt_with: int


def grid_of(sheet: Sheet, code: str, first: int) -> Grid:
    """The rows of one code, or all that are left out, from a place on."""
    faults, open_rows = sheet.faults_of(code), sheet.open_rows(code)
    first = first if first < len(open_rows) else 0
    here = open_rows[first : first + PAGE]
    by_row = {
        row: [one for one in faults if row in set(one.rows) and sheet.is_open(one, row)] for row in here
    }
    columns = _columns(sheet, by_row)
    left = len(sheet.open_rows(""))
    all_left = {row for one in sheet.faults_of("") for row in one.rows}
    return Grid(
        groups=_groups(sheet),
        offers=_offers(sheet),
        columns=columns,
        rows=[_row(sheet, row, found, columns) for row, found in by_row.items()],
        first=first,
        count=len(open_rows),
        suggestions=len(suggested(sheet, code)),
        fixed=_fixed(sheet),
        open=left,
        hidden=sum(one.count - len(one.rows) for one in sheet.faults_of("")),
        dealt_with=len(all_left) - left,
    )


def suggested(sheet: Sheet, code: str) -> list[tuple[int, str]]:
    """Open cells of the code for which something is suggested."""
    return [
        (row, column)
        for fault in sheet.faults_of(code)
        for row in fault.rows
        if sheet.is_open(fault, row)
        for column in fault.columns
        if (row, column) in sheet.suggestions
    ]


def _groups(sheet: Sheet) -> list[tuple[str, str, list[GroupLine]]]:
    return [
        (title, sign, lines)
        for severity, title, sign in _GROUPS
        if (lines := _lines(sheet, [one for one in sheet.faults.faults if one.severity is severity]))
    ]


def _lines(sheet: Sheet, faults: Sequence[Fault]) -> list[GroupLine]:
    return [
        GroupLine(
            code,
            (RULES[code].message if code in RULES else alike[0].sentence).rstrip("."),
            sum(one.count for one in alike),
            len({row for one in alike for row in one.rows if sheet.is_open(one, row)}),
        )
        for code in dict.fromkeys(one.code for one in faults)
        if (alike := [one for one in faults if one.code == code])
    ]


def _offers(sheet: Sheet) -> list[OfferLine]:
    chosen = {one.kind for one in sheet.repairs.kinds}
    return [
        OfferLine(
            one.kind, words_of(one.kind, one.count), KINDS[one.kind].does, one.count, one.cells[:EXAMPLES]
        )
        for one in sheet.faults.offers
        if one.kind in KINDS and one.kind not in chosen
    ]


def words_of(kind: str, count: int) -> str:
    """So many of a kind."""
    known = KINDS.get(kind)
    return f"{count:,} {known.one if count == 1 else known.many}" if known else f"{count:,} repairs"


def _columns(sheet: Sheet, by_row: Mapping[int, Sequence[Fault]]) -> list[str]:
    """Parts of the address that are not empty in all these rows, and what is at fault."""
    wrong = {column for found in by_row.values() for one in found for column in one.columns}
    parts = set(sheet.faults.columns[: sheet.faults.shown])
    return [
        name
        for name in sheet.faults.columns
        if name in wrong or (name in parts and any(sheet.values[row, name] for row in by_row))
    ]


def _row(sheet: Sheet, row: int, found: Sequence[Fault], columns: Sequence[str]) -> GridRow:
    told: dict[str, dict[str, None]] = {}
    for one in found:
        for column in one.columns:  # said once, at the first of them
            told.setdefault(column, {}).update({one.sentence: None} if column == one.columns[0] else {})
    cells = [_cell(sheet, row, name, told.get(name)) for name in columns]
    return GridRow(row, cells, [f"{one.sentence} {one.remedy}".strip() for one in found if not one.columns])


def _cell(sheet: Sheet, row: int, column: str, told: Iterable[str] | None) -> GridCell:
    text = sheet.values[row, column]
    if told is None:
        return GridCell(column, text)
    key = f"{row}.{sheet.faults.columns.index(column)}"
    return GridCell(column, text, key, " ".join(told), sheet.suggestions.get((row, column), ""))


def _fixed(sheet: Sheet) -> list[FixedLine]:
    index = {name: at for at, name in enumerate(sheet.faults.columns)}
    checked = set(sheet.checked.cells) | set(sheet.checked.dropped) | set(sheet.checked.kinds)
    lines: Iterable[FixedLine] = [
        *(
            FixedLine(
                None, words_of(one.kind, one.rows), "", "in all rows", one.who, one.at,
                f"undo_kind:{one.kind}", one in checked,
            )
            for one in sheet.repairs.kinds
        ),
        *(
            FixedLine(
                one.row, one.column, one.before, one.after, one.who, one.at,
                f"undo:{one.row}.{index.get(one.column, '')}", one in checked,
            )
            for one in sheet.repairs.cells
        ),
        *(
            FixedLine(
                one.row, "the whole row", "", "dropped", one.who, one.at, f"undo_row:{one.row}", one in checked
            )
            for one in sheet.repairs.dropped
        ),
    ]  # fmt: skip
    return sorted(lines, key=lambda one: one.at, reverse=True)
