"""XLSX to columns: the archive is examined before anything is opened, then values are streamed by calamine.

The archive pass unpacks every part once, in pieces and within a budget: sizes and checksums are proven,
entity declarations refused. The sheet's XML then tells what calamine does not: hidden rows, error cells,
formulas without a value.
Limits: threats-and-faults, section 2.3.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import defusedxml.ElementTree  # type: ignore[import-untyped]
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from defusedxml import DefusedXmlException
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from production.frontdesk.lists import MAX_COLUMNS, MAX_ROWS, PLACES_SHOWN, Found, ListTable, Refused

MAX_ENTRIES = 2_000
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 100
_EXACT_INTEGER = 10**15  # a double keeps 15 decimal digits (IEEE 754)
_BLOCK_ROWS = 10_000
_NESTED = (b"PK\x03\x04", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf")
_ENTITY = re.compile(rb"<!(?:DOCTYPE|ENTITY)|<\x00!\x00D\x00O\x00C|\x00<\x00!\x00D\x00O")
_UNIX_LINK = 0xA000
_LIST_NAMES = (".csv", ".txt", ".tsv", ".xlsx")

_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\b(?=[^>]*\bhidden="(?:1|true)")[^>]*?\br="(\d+)"')
_ERROR_CELL = re.compile(rb'<(?:\w+:)?c\b(?=[^>]*\bt="e")[^>]*?\br="([A-Z]+\d+)"')
_EMPTY_FORMULA = re.compile(
    rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]+\d+)"[^>]*>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)'
    rb"\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT_MAIN = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"


@dataclass(frozen=True, slots=True)
class _SheetMarks:
    hidden_rows: list[int]
    bad_cells: list[str]


def read_workbook(path: Path, *, options: dict[str, Any]) -> ListTable:
    """Columns of one sheet. Raises Refused for archives over the limits and for workbooks of other kinds."""
    with _opened(path) as archive:
        examine_archive(archive)
        _require_plain_workbook(archive)
        parts, counts_from_1904 = _sheet_parts(archive)
        try:
            book = CalamineWorkbook.from_path(str(path))
        except (CalamineError, OSError, ValueError) as error:
            raise Refused(Found("XLSX_UNREADABLE")) from error
        visible = [sheet.name for sheet in book.sheets_metadata if sheet.visible == SheetVisibleEnum.Visible]
        sheets = visible or book.sheet_names
        chosen = options.get("sheet") or (sheets[0] if sheets else "")
        if chosen not in book.sheet_names:
            raise Refused(Found("XLSX_UNREADABLE", detail="The sheet asked for is not in the workbook."))
        marks = _sheet_marks(archive, parts.get(chosen))
    table = _read_sheet(book, chosen, marks, skip_hidden=bool(options.get("skip_hidden_rows")))
    if len(book.sheet_names) > 1:
        others = len(book.sheet_names) - 1
        hidden = len(book.sheet_names) - len(visible)
        detail = f"{others} other {'sheet is' if others == 1 else 'sheets are'} ignored, {hidden} hidden."
        table.found.append(Found("XLSX_SHEETS", detail=detail))
    if counts_from_1904:
        table.found.append(Found("XLSX_1904"))
    table.sheets.extend(sheets)
    return table


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Refused(Found("ARCHIVE_DAMAGED")) from error


def examine_archive(archive: zipfile.ZipFile) -> None:
    """Refuse bombs, encrypted or nested archives, names that lead elsewhere, and sizes that lie."""
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise Refused(Found("ARCHIVE_TOO_LARGE", detail=f"It has {len(entries):,} parts."))
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names):
        raise Refused(Found("ARCHIVE_DAMAGED", detail="Two parts have the same name."))
    for entry in entries:
        if entry.flag_bits & 1:
            raise Refused(Found("XLSX_UNSUPPORTED", detail="It is protected by a password."))
        if (entry.external_attr >> 16) & 0xF000 == _UNIX_LINK or _leads_elsewhere(entry.filename):
            raise Refused(Found("ARCHIVE_DAMAGED", detail="A part points outside the archive."))
    unpacked, packed = sum(e.file_size for e in entries), sum(e.compress_size for e in entries)
    if unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * max(packed, 1):
        raise Refused(Found("ARCHIVE_TOO_LARGE"))


def _leads_elsewhere(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]


def _require_plain_workbook(archive: zipfile.ZipFile) -> None:
    names = set(archive.namelist())
    if "xl/workbook.xml" not in names:
        if "xl/workbook.bin" in names:
            raise Refused(Found("XLSX_UNSUPPORTED", detail="It is a binary workbook (XLSB)."))
        if "mimetype" in names and "content.xml" in names:
            raise Refused(Found("XLSX_UNSUPPORTED", detail="It is an OpenDocument file."))
        lists = [name for name in names if name.lower().endswith(_LIST_NAMES)]
        code = "ARCHIVE_AMBIGUOUS" if len(lists) > 1 else "TYPE_MISMATCH"
        raise Refused(Found(code, detail="It is a ZIP archive."))
    if any(name.endswith("vbaProject.bin") for name in names):
        raise Refused(Found("XLSX_UNSUPPORTED", detail="It holds macros (XLSM)."))
    budget = MAX_UNPACKED
    for entry in archive.infolist():
        budget = _prove_part(archive, entry, budget)


def _prove_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: int) -> int:
    """Unpack one part in pieces; its checksum is verified at its end. Returns the budget that is left."""
    try:
        with archive.open(entry) as part:
            tail = part.read(8)
            if tail.startswith(_NESTED):
                raise Refused(Found("ARCHIVE_DAMAGED", detail="It holds another archive."))
            while True:
                piece = part.read(1 << 20)
                budget -= len(piece)
                if budget < 0:
                    raise Refused(Found("ARCHIVE_TOO_LARGE"))
                if entry.filename.endswith((".xml", ".rels")) and _ENTITY.search(tail + piece):
                    raise Refused(Found("XLSX_UNREADABLE", detail="It declares entities."))
                if not piece:
                    return budget
                tail = piece[-16:]
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise Refused(Found("ARCHIVE_DAMAGED")) from error


def _sheet_parts(archive: zipfile.ZipFile) -> tuple[dict[str, str], bool]:
    """Sheet name -> part name, and whether dates count from 1904 (ECMA-376 part 1, 18.2.28)."""
    try:
        book = defusedxml.ElementTree.fromstring(archive.read("xl/workbook.xml"))
        relations = defusedxml.ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    except (KeyError, SyntaxError, DefusedXmlException, ValueError) as error:
        raise Refused(Found("XLSX_UNREADABLE")) from error
    targets = {one.get("Id"): one.get("Target", "") for one in relations}
    parts = {}
    for main in (_MAIN, _STRICT_MAIN):
        for sheet in book.iter(f"{main}sheet"):
            relation = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), "")
            target = targets.get(relation, "")
            parts[sheet.get("name", "")] = (
                target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
            )
    properties = book.find(f"{_MAIN}workbookPr")
    return parts, properties is not None and properties.get("date1904") in ("1", "true")


def _sheet_marks(archive: zipfile.ZipFile, part: str | None) -> _SheetMarks:
    if part is None or part not in archive.namelist():
        return _SheetMarks([], [])
    xml = archive.read(part)
    bad = [found.decode() for found in _ERROR_CELL.findall(xml)] if b't="e"' in xml else []
    if re.search(rb"<(?:\w+:)?f\b", xml):
        bad += [found.decode() for found in _EMPTY_FORMULA.findall(xml)]
    hidden = [int(row) for row in _HIDDEN_ROW.findall(xml)] if b'hidden="' in xml else []
    return _SheetMarks(hidden, bad)


def _read_sheet(book: CalamineWorkbook, name: str, marks: _SheetMarks, *, skip_hidden: bool) -> ListTable:
    """Columns below the first row that has content; row numbers as the workbook shows them."""
    try:
        sheet = book.get_sheet_by_name(name)
        _refuse_too_large(sheet)
        rows = enumerate(sheet.iter_rows(), 1)
        header_row, header = next(((at, row) for at, row in rows if any(cell != "" for cell in row)), (0, []))
        if not header:
            raise Refused(Found("DATA_EMPTY"))
        hidden = set(marks.hidden_rows)
        kept = (one for one in rows if one[0] not in hidden) if skip_hidden else rows
        names = [_text(cell) for cell in header]
        columns, source_row, lost = _columns_of_cells(kept, len(names))
        merged = sheet.merged_cell_ranges or []
    except (CalamineError, ValueError) as error:
        raise Refused(Found("XLSX_UNREADABLE")) from error
    place = {row: index for index, row in enumerate(source_row.tolist())}
    found = _cell_findings(marks, merged, place)
    found += [Found("ID_PRECISION_LOST", np.array(at, np.int64), names[i]) for i, at in enumerate(lost) if at]
    still_hidden = [place[row] for row in marks.hidden_rows if row > header_row and row in place]
    if still_hidden:
        found.append(Found("XLSX_HIDDEN", np.array(still_hidden, np.int64)))
    return ListTable(
        kind="xlsx", names=names, columns=columns, source_row=source_row, found=found, sheet=name
    )


def _refuse_too_large(sheet: CalamineSheet) -> None:
    for size, limit, what in (
        (sheet.total_width, MAX_COLUMNS, "columns"),
        (sheet.total_height, MAX_ROWS + 1, "rows"),
    ):
        if size > limit:
            detail = f"It has {size:,} {what}; {limit:,} are allowed."
            raise Refused(Found("DATA_TOO_LARGE", detail=detail))


def _columns_of_cells(
    rows: Iterator[tuple[int, list[Any]]], width: int
) -> tuple[list[pa.Array], npt.NDArray[np.int32], list[list[int]]]:
    """String columns, row numbers, and by column the rows whose number is too long; a block at a time."""
    parts: list[list[pa.Array]] = [[pa.array([], pa.string())] for _ in range(width)]
    lost: list[list[int]] = [[] for _ in range(width)]
    source_row: list[int] = []
    while block := list(islice(rows, _BLOCK_ROWS)):
        before = len(source_row)
        source_row += [number for number, _ in block]
        for i, cells in enumerate(zip(*(row for _, row in block), strict=True)):
            lost[i] += [
                before + at
                for at, cell in enumerate(cells)
                if type(cell) is float and not -_EXACT_INTEGER < cell < _EXACT_INTEGER
            ]
            parts[i].append(pa.array([_text(cell) for cell in cells], pa.string()))
    return [pa.concat_arrays(part) for part in parts], np.array(source_row, np.int32), lost


def _cell_findings(
    marks: _SheetMarks, merged: list[tuple[tuple[int, int], tuple[int, int]]], place: dict[int, int]
) -> list[Found]:
    """CELL_ERROR for rows with error cells, formulas without a value, or merged cells; names the first."""
    rows: dict[int, str] = {}
    for cell in marks.bad_cells:
        rows.setdefault(int(re.sub(r"\D", "", cell)), cell)
    for (top, left), (bottom, _) in merged:
        for row in range(top, min(bottom, top + MAX_ROWS) + 1):
            rows.setdefault(row + 1, f"{_column_letters(left)}{top + 1} (merged)")
    at = sorted((place[row], cell) for row, cell in rows.items() if row in place)
    if not at:
        return []
    named = ", ".join(cell for _, cell in at[: PLACES_SHOWN // 10])
    return [Found("CELL_ERROR", np.array([row for row, _ in at], np.int64), detail=f"First: {named}.")]


def _column_letters(index: int) -> str:
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _text(cell: Any) -> str:
    """A cell as text: whole numbers without decimals, dates as YYYY-MM-DD, truth as TRUE and FALSE."""
    match cell:
        case str():
            return cell
        case bool():
            return "TRUE" if cell else "FALSE"
        case float():
            return str(int(cell)) if cell.is_integer() else repr(cell)
        case datetime():
            return cell.date().isoformat() if cell.time() == time.min else cell.isoformat(sep=" ")
        case date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell)
    return str(cell)
