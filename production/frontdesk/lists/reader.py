"""Reading an uploaded list: what it is (by content, never by name), its columns, and a preview."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from production.frontdesk.lists.characters import as_written, without_text_formula
from production.frontdesk.lists.guess import guess_mapping
from production.frontdesk.lists.mapping import mapping_findings
from production.frontdesk.lists.shapes import (
    FIRST_ROWS,
    FIX_COLUMNS,
    MAX_BYTES,
    MAX_COLUMNS,
    MAX_FIELD_CHARACTERS,
    OPTIONS,
    WARN,
    Found,
    ListPreview,
    ListTable,
    Refused,
    group,
)
from production.frontdesk.lists.text import ENCODINGS, read_text, utf16_without_mark
from production.frontdesk.lists.unused import unused_columns
from production.frontdesk.lists.workbook import read_workbook
from production.mailings.list_order import AddressMapping, ListOptions

# What pyarrow imports with its first arrays is imported once, not by every child.
pa.array([""]), pa.array(np.zeros(1))

_ZIP_ARCHIVE = b"PK\x03\x04"
_OLE_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
# First bytes of what people send by mistake: what it is. Sources: the formats' own specifications.
_OTHER_KINDS = (
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"{\\rtf", "a word-processing document"),
    (b"%!PS", "a PostScript file"),
)
_MARKUP = re.compile(rb"(?i)\s*<(?:!doctype|\?xml|html|head|table|!--)")
_LOOKS_LIKE_DATA = re.compile(
    r"\d{5}(?:-?\d{4})?|\d+ \S.*|[\w.]+@[\w.]+|\$?[\d,]+\.\d\d|\d{1,4}[-/]\d{1,2}[-/]\d{1,4}"
)
_SAMPLE = 200
_CONTROL_BYTES = bytes(set(range(32)) - {9, 10, 13}) + b"\x7f"


def inspect_list(path: str | Path, given_name: str, options: ListOptions | None = None) -> ListPreview:
    """What the file is and how it reads, and a guessed mapping. Bad files give ``findings``, never errors."""
    try:
        table = read_list(path, options=options)
    except Refused as refusal:
        return _preview_of_refusal(refusal, given_name)
    mapping, confidence = guess(table)
    lacking = mapping_findings(mapping, table.names)
    table.found.extend(replace(one, severity=WARN) for one in lacking)
    if not lacking:
        table.found.extend(left_over(table, mapping))
    return ListPreview(
        file=given_name,
        kind=table.kind,
        encoding=table.encoding,
        encodings=list(ENCODINGS) if table.kind == "csv" else [],
        encoding_sample=table.encoding_sample,
        delimiter=table.delimiter,
        sheet=table.sheet,
        sheets=table.sheets,
        rows=len(table),
        columns=table.names,
        first_rows=first_rows(table, FIRST_ROWS),
        mapping=mapping,
        confidence=confidence,
        findings=group(table.found, table.source_row, file=given_name, sheet=table.sheet),
    )


def _preview_of_refusal(refusal: Refused, given_name: str) -> ListPreview:
    return ListPreview(
        file=given_name,
        kind="",
        encoding="",
        encodings=list(ENCODINGS),
        encoding_sample="",
        delimiter="",
        sheet="",
        sheets=[],
        rows=0,
        columns=[],
        first_rows=[],
        mapping={},
        confidence={},
        findings=group(refusal.found, np.empty(0, np.int32), file=given_name),
    )


def guess(table: ListTable) -> tuple[AddressMapping, dict[str, float]]:
    """A mapping by names and cells, and how sure it is of each field."""
    return guess_mapping(table.names, _spread_rows(table, _SAMPLE))


def left_over(table: ListTable, mapping: AddressMapping) -> list[Found]:
    """Columns that look like parts of the address and are not used."""
    return unused_columns(mapping, table.names, _spread_rows(table, _SAMPLE))


def first_rows(table: ListTable, count: int) -> list[list[str]]:
    """The first rows as lists of cells."""
    return _rows(table, np.arange(min(count, len(table))))


def _spread_rows(table: ListTable, count: int) -> list[list[str]]:
    """Rows from all over the list: its beginning may be one state, or have no ZIP Codes."""
    return _rows(table, np.unique(np.linspace(0, len(table) - 1, count).astype(np.int64)))


def _rows(table: ListTable, at: Any) -> list[list[str]]:
    columns = [column.take(pa.array(at)).to_pylist() for column in table.columns]
    return [list(cells) for cells in zip(*columns, strict=True)]


def read_list(path: str | Path, *, options: ListOptions | None = None) -> ListTable:
    """The whole list as columns, blank rows left out. Raises Refused; ValueError for an unknown option."""
    options = options or ListOptions()
    unknown = set(options) - OPTIONS
    if unknown:
        raise ValueError(f"unknown list options: {', '.join(sorted(unknown))}")
    path = Path(path)
    size = path.stat().st_size
    if not size:
        raise Refused(Found("DATA_EMPTY", detail="The file is empty."))
    if size > MAX_BYTES:
        detail = f"It has {size / 2**20:,.0f} MB; {MAX_BYTES >> 20} are allowed."
        raise Refused(Found("DATA_TOO_LARGE", detail=detail))
    with path.open("rb") as file:
        head = file.read(1 << 16)
    if head.startswith(_ZIP_ARCHIVE):
        table = read_workbook(path, options=options)
    else:
        _refuse_other_kinds(head, path)
        table = read_text(path.read_bytes(), options=options)
    return _without_blank_rows(_with_sound_header(_as_written(_within_limits(table))))


def _refuse_other_kinds(head: bytes, path: Path) -> None:
    if head.startswith(_OLE_FILE):
        locked = _ENCRYPTED_PACKAGE in path.read_bytes()
        detail = "It is protected by a password." if locked else "It is the old XLS format."
        raise Refused(Found("XLSX_UNSUPPORTED", detail=detail))
    for start, kind in _OTHER_KINDS:
        if head.startswith(start):
            raise Refused(Found("TYPE_MISMATCH", detail=f"It is {kind}."))
    if _MARKUP.match(head.removeprefix(b"\xef\xbb\xbf")):
        raise Refused(Found("TYPE_MISMATCH", detail="It is a web page or XML."))
    is_utf16 = head.startswith((b"\xff\xfe", b"\xfe\xff")) or utf16_without_mark(head)
    controls = len(head) - len(head.translate(None, _CONTROL_BYTES))
    if not is_utf16 and controls > len(head) // 20:
        raise Refused(Found("TYPE_MISMATCH", detail="It is not text."))


def _as_written(table: ListTable) -> ListTable:
    """Texts that hide in formulas taken out; in a file of rows to fix, no apostrophes that guarded its cells."""
    columns = [without_text_formula(column) for column in table.columns]
    if not set(FIX_COLUMNS) & set(table.names):
        return replace(table, columns=columns)
    names = as_written(pa.array(table.names, pa.string())).to_pylist()
    return replace(table, names=names, columns=[as_written(column) for column in columns])


def _within_limits(table: ListTable) -> ListTable:
    if len(table.names) > MAX_COLUMNS:
        raise Refused(Found("DATA_TOO_LARGE", detail=f"It has {len(table.names):,} columns."))
    for name, column in zip(table.names, table.columns, strict=True):
        if (pc.max(pc.binary_length(column)).as_py() or 0) <= MAX_FIELD_CHARACTERS:
            continue
        longest = pc.max(pc.utf8_length(column)).as_py()
        if longest > MAX_FIELD_CHARACTERS:
            at = pc.index(pc.utf8_length(column), longest).as_py()
            detail = f"A field has {longest:,} characters; {MAX_FIELD_CHARACTERS:,} are allowed."
            raise Refused(
                Found("DATA_TOO_LARGE", column=name[:80], detail=detail, row=int(table.source_row[at]))
            )
    return table


def _with_sound_header(table: ListTable) -> ListTable:
    """Names trimmed, nameless columns numbered; duplicates, data as names and title lines refused."""
    if not len(table):
        raise Refused(Found("DATA_EMPTY"))
    table = _without_idle_columns(replace(table, names=[" ".join(name.split()) for name in table.names]))
    names = table.names
    data_like = sum(bool(_LOOKS_LIKE_DATA.fullmatch(name)) for name in names)
    if data_like and data_like * 5 >= len(names):
        raise Refused(Found("DATA_HEADER", detail="The first row looks like data, not names.", row=1))
    if len(table.odd) * 2 > len(table):
        detail = f"It has {len(names)} names, but most rows have another number of cells."
        raise Refused(Found("DATA_HEADER", detail=detail, row=1))
    repeated = sorted({name for name in names if name and names.count(name) > 1})
    if repeated:
        shown = ", ".join(name[:40] for name in repeated[:10])
        raise Refused(Found("DATA_HEADER", detail=f"These names occur twice: {shown}.", row=1))
    nameless = [i for i, name in enumerate(names) if not name]
    if nameless:
        detail = f"{len(nameless)} columns have no name and are called by their number."
        table.found.append(Found("DATA_HEADER", severity=WARN, detail=detail, row=1))
    named = [name or _free_name(f"column {i + 1}", names) for i, name in enumerate(names)]
    return replace(table, names=named)


def _without_idle_columns(table: ListTable) -> ListTable:
    """Without the columns of an earlier check, and those without name and cells at a spreadsheet's edge."""
    kept = [
        i
        for i, (name, column) in enumerate(zip(table.names, table.columns, strict=True))
        if name not in FIX_COLUMNS and (name or pc.max(pc.binary_length(column)).as_py())
    ]
    return replace(table, names=[table.names[i] for i in kept], columns=[table.columns[i] for i in kept])


def _free_name(name: str, taken: list[str]) -> str:
    while name in taken:
        name += "'"
    return name


def _without_blank_rows(table: ListTable) -> ListTable:
    blank = np.ones(len(table), bool)
    for column in table.columns:
        blank &= np.asarray(pc.equal(pc.binary_length(pc.utf8_trim_whitespace(column)), 0))
        if not blank.any():
            return table
    blank[list(table.surplus)] = False
    if blank.all():
        raise Refused(Found("DATA_EMPTY"))
    found = Found("ROW_BLANK", row=int(table.source_row[blank][0]), count=int(blank.sum()))
    kept = without_rows(table, blank)
    return replace(kept, blank=int(blank.sum()), found=[*kept.found, found])


def without_rows(table: ListTable, out: Any) -> ListTable:
    """The list without the rows ``out``; the others keep their numbers."""
    if not out.any():
        return table
    kept = np.flatnonzero(~out)
    position = np.cumsum(~out) - 1
    return replace(
        table,
        columns=[column.take(pa.array(kept)) for column in table.columns],
        source_row=table.source_row[kept],
        odd=position[table.odd[~out[table.odd]]],
        surplus={int(position[index]): cells for index, cells in table.surplus.items() if not out[index]},
        found=[moved for one in table.found if (moved := _moved(one, out, position))],
    )


def _moved(one: Found, out: Any, position: Any) -> Found | None:
    """None where all its rows are out."""
    if not len(one.rows):
        return one
    rows = position[one.rows[~out[one.rows]]]
    return replace(one, rows=rows) if len(rows) else None
