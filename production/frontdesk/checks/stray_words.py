"""Words in cells that are no part of a name or an address: for nothing, for an error, against mailing, for nobody in
particular, and a date that a spreadsheet made of a number. Each is told by row, and none is printed.

The words are the shop's own (``production/catalog/data/list_words.toml``).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from production import catalog
from production.frontdesk.lists.characters import has_damage, has_lost_letter
from production.frontdesk.lists.mapping import columns_of
from production.frontdesk.lists.shapes import ADDRESS_FIELDS, ROW, WARN, Faults, Found, ListTable

Bools = npt.NDArray[np.bool_]
Fields = dict[str, pa.Array]

_DATA = Path(catalog.__file__).parent / "data" / "list_words.toml"
# Excel's and LibreOffice's errors as text, and a number that its column was too narrow for.
_ERROR = r"^(?:#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!|FIELD!|ERROR!|GETTING_DATA)|Err:\d{3}|##+)$"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DATE = (
    rf"(?i)^(?:\d{{1,2}}-{_MONTH}(?:-\d{{2,4}})?|{_MONTH}-\d{{2,4}}|\d{{1,2}}/\d{{1,2}}/(?:\d{{2}}|\d{{4}})"
    rf"|(?:\w+day, )?{_MONTH}[a-z]* \d{{1,2}}, ?\d{{4}}|\d{{4}}-\d{{2}}-\d{{2}}(?:[ T]\d{{2}}:\d{{2}}(?::\d{{2}})?)?)$"
)
_DATE_IN_STREET = rf"(?i)(?:^|[ #])(?:\d{{1,2}}-{_MONTH}|{_MONTH}-\d{{2}})(?:$|[ ,])"
_LONGEST_NOTHING = 30  # bytes
_PRINTED = "It is a program's word for no value, and the letter would print it."
_STREETS = ("street", "street2")
_NAMED = ("recipient", "company", *_STREETS, "city")
_ADDRESS = (*_NAMED, "state", "zip", "plus4", "delivery_point", "country")
# Faults of a cell: they stop a row only where its letter uses the column.
_OF_A_CELL = frozenset({"BAD_CHARACTER", "CELL_ERROR", "ID_FORMAT", "ID_PRECISION_LOST", "TEXT_DAMAGED"})


@dataclass(frozen=True, slots=True)
class StrayWords:
    """The words as patterns and sets."""

    empty_cells: pa.Array
    nothing: pa.Array
    against: str
    nobody: str


@cache
def stray_words() -> StrayWords:
    """The shop's words."""
    data = tomllib.loads(_DATA.read_text("utf-8"))
    within, alone = _any_of(data["do_not_mail"]), _any_of(data["do_not_mail_alone"])
    nobody, nobody_within = _any_of(data["nobody"]), _any_of(data["nobody_within"])
    return StrayWords(
        empty_cells=pa.array(data["empty_cells"]),
        nothing=pa.array(data["nothing"]),
        against=rf"(?i)(?:^|[^\pL\pN])(?:{within})(?:$|[^\pL\pN])|^[^\pL\pN]*(?:{alone})[^\pL\pN]*$"
        rf"|[(\[{{*<] *(?:{alone}) *[)\]}}*>]",
        nobody=rf"(?i)^[^\pL\pN]*(?:{nobody})[^\pL\pN]*$|(?:^|[^\pL\pN])(?:{nobody_within})(?:$|[^\pL\pN])",
    )


def _any_of(phrases: Iterable[str]) -> str:
    return "|".join(r"[ _-]+".join(map(re.escape, phrase.split())) for phrase in phrases)


def _nothing(column: pa.Array) -> Bools:
    """Cells of an address that hold a word for nothing, or neither letter nor digit."""
    rule, length = stray_words(), np.asarray(pc.binary_length(column))
    rows = np.flatnonzero((length > 0) & (length <= _LONGEST_NOTHING))
    cells = column.take(pa.array(rows))
    found = pc.or_(
        pc.is_in(cells, value_set=rule.empty_cells), pc.is_in(pc.utf8_upper(cells), value_set=rule.nothing)
    )
    found = pc.or_(found, pc.match_substring_regex(cells, r"^(?:[^\pL\pN]+|[Xx]{2,})$"))
    mask = np.zeros(len(column), bool)
    mask[rows] = np.asarray(found) & ~is_error(cells)
    return mask


def is_empty_cell(column: pa.Array) -> Bools:
    """Cells with what a program writes for no value."""
    return np.asarray(pc.is_in(pc.utf8_trim_whitespace(column), value_set=stray_words().empty_cells))


def is_error(column: pa.Array) -> Bools:
    """Cells with a spreadsheet's error as text."""
    may_be = pc.or_(pc.starts_with(column, "#"), pc.starts_with(column, "Err:"))
    return _matching(column, _ERROR) if pc.any(may_be).as_py() else np.zeros(len(column), bool)


def without_empty_cells(table: ListTable, mapping: Mapping[str, Any]) -> ListTable:
    """The list with nothing where a program wrote a word for it, in columns that are joined to one part of an address:
    there the whole no longer shows it."""
    parts = {
        name for source in mapping.values() if len(columns_of(source)) > 1 for name in columns_of(source)
    }
    columns = [
        pc.if_else(pa.array(is_empty_cell(column)), "", column) if name in parts else column
        for name, column in zip(table.names, table.columns, strict=True)
    ]
    return replace(table, columns=columns)


def check_stray_words(fields: Fields) -> tuple[Fields, Faults]:
    """The fields of an address without words for nothing, and what was found in them."""
    faults: Faults = {}
    clean = dict(fields)
    for name, empty in _by_field(fields, _ADDRESS, _nothing).items():
        if empty.any():
            clean[name] = pc.if_else(pa.array(empty), "", fields[name])
            faults["CELL_PLACEHOLDER", name, ""] = empty
    for name, found in _by_field(clean, _NAMED, partial(_matching, pattern=_DATE)).items():
        faults["CELL_DATE", name, ""] = found
    against = partial(_matching, pattern=stray_words().against)
    for name, found in _by_field(clean, _NAMED, against).items():
        faults["DO_NOT_MAIL", name, ""] = found
    for name in _STREETS:
        faults["CELL_DATE", name, ""] |= _matching(clean[name], _DATE_IN_STREET)
    for name in ("recipient", "city"):
        faults["TEXT_DAMAGED", name, "A question mark stands where a letter was."] = has_lost_letter(
            clean[name]
        )
    faults["NAMES_NOBODY", "recipient", ""] = _matching(clean["recipient"], stray_words().nobody)
    return clean, faults


def _by_field(fields: Fields, names: Sequence[str], judge: Callable[[pa.Array], Bools]) -> dict[str, Bools]:
    """What is found in the cells of some fields, judged as one column: Arrow compiles a pattern anew at every call,
    which takes longer than a small list.
    """
    found = judge(pa.concat_arrays([fields[name] for name in names]))
    return dict(zip(names, np.split(found, len(names)), strict=True))


def check_cells(table: ListTable, letter: Iterable[str]) -> Faults:
    """What was found in the list's own cells; ``letter``: columns that the letter itself prints."""
    faults: Faults = {}
    for name, column in zip(table.names, table.columns, strict=True):
        faults["CELL_ERROR", name[:80], ""] = is_error(column)
        faults["TEXT_DAMAGED", name[:80], ""] = has_damage(column)
    for name in letter:
        if name in table.names:
            cells = table.columns[table.names.index(name)]
            faults["CELL_ERROR", name[:80], _PRINTED] = is_empty_cell(cells)
    return faults


def by_use(found: Iterable[Found], mapping: Mapping[str, Any], letter: Iterable[str] | None) -> list[Found]:
    """Faults of a cell in a column that neither address nor letter uses are warnings. ``letter`` None: what the letter
    uses is not known, every column counts."""
    if letter is None:
        return list(found)
    used = {
        name[:80] for name in (*letter, *(name for source in mapping.values() for name in columns_of(source)))
    }
    used |= {"", *ADDRESS_FIELDS}
    return [
        replace(one, severity=WARN)
        if one.level is ROW and one.code in _OF_A_CELL and " ".join(one.column.split()) not in used
        else one
        for one in found
    ]


def _matching(column: pa.Array, pattern: str) -> Bools:
    return np.asarray(pc.match_substring_regex(column, pattern))
