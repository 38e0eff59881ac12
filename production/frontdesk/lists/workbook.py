"""XLSX to columns: the archive is examined before anything is opened, then values are streamed by calamine and
written as the workbook shows them.

The archive pass unpacks every part once, in pieces and within a budget: sizes and checksums are proven,
entity declarations refused. The sheet's XML then tells what calamine does not: hidden rows and columns, error
cells, formulas without a value, number formats.
Limits: docs/lists.md.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import defusedxml.ElementTree  # type: ignore[import-untyped]
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from defusedxml import DefusedXmlException
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from production.frontdesk.lists.headings import header_below, header_row, names_address
from production.frontdesk.lists.shapes import (
    MAX_COLUMNS,
    MAX_ROWS,
    PLACES_SHOWN,
    WARN,
    Found,
    ListTable,
    Refused,
)
from production.mailings.list_order import ListOptions
from production.prepress.merge.number_formats import BUILT_IN, GENERAL, NumberFormat, general, number_format

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
# Without a value, and not the empty text (t="str") that a formula may well give.
_EMPTY_FORMULA = re.compile(
    rb'<(?:\w+:)?c\b(?![^>]*\bt="str")[^>]*?\br="([A-Z]+\d+)"[^>]*>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)'
    rb"\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT_MAIN = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"


_CELL = re.compile(rb"<(?:\w+:)?c\b[^>]*>")
_ROW_OR_CELL = re.compile(rb"(<(?:\w+:)?(?:row|c)\b)[^>]*>")
_HIDDEN_COLUMN = re.compile(
    rb'<(?:\w+:)?col\b(?=[^>]*\bhidden="(?:1|true)")(?=[^>]*\bmin="(\d+)")[^>]*?\bmax="(\d+)"'
)
_SAMPLE_ROWS = 50

Styled = dict[int, dict[int, NumberFormat]]  # column from 0, row from 1: the format, where it says something


@dataclass(frozen=True, slots=True)
class _SheetMarks:
    hidden_rows: list[int]
    hidden_columns: list[int]
    bad_cells: list[str]
    styled: Styled


def read_workbook(path: Path, *, options: ListOptions) -> ListTable:
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
        lists = [name for name in sheets if _is_list(book, name)] if len(sheets) > 1 else []
        chosen = options.get("sheet") or next(iter(lists or sheets), "")
        if chosen not in book.sheet_names:
            raise Refused(Found("XLSX_UNREADABLE", detail="The sheet asked for is not in the workbook."))
        marks = _sheet_marks(archive, parts.get(chosen))
    table = _read_sheet(book, chosen, marks, skip_hidden=bool(options.get("skip_hidden_rows")))
    if len(book.sheet_names) > 1:
        hidden = len(book.sheet_names) - len(visible)
        table.found.append(
            _sheets_found(chosen, len(book.sheet_names) - 1, hidden, lists, asked="sheet" in options)
        )
    if counts_from_1904:
        table.found.append(Found("XLSX_1904"))
    table.sheets.extend(sheets)
    return table


def _is_list(book: CalamineWorkbook, name: str) -> bool:
    """Does the sheet have a row of headings that name parts of an address, and rows below it?"""
    try:
        sheet = book.get_sheet_by_name(name)
        rows = [[_text(cell) for cell in row] for row in islice(sheet.iter_rows(), _SAMPLE_ROWS)]
    except (CalamineError, ValueError):
        return False
    return (
        any(any(row) for row in rows) and names_address(rows[(at := header_row(rows))]) and at + 1 < len(rows)
    )


def _sheets_found(chosen: str, others: int, hidden: int, lists: list[str], *, asked: bool) -> Found:
    """Which sheet was read; a warning where nobody chose and another looks like a list as well."""
    ignored = f"{others} other {'sheet is' if others == 1 else 'sheets are'} ignored, {hidden} hidden."
    detail = f"{chosen[:40]!r} is read; {ignored}"
    more = [name[:40] for name in lists if name != chosen]
    if asked or not more:
        return Found("XLSX_SHEETS", detail=detail)
    return Found("XLSX_SHEETS", severity=WARN, detail=f"{detail} Lists as well: {', '.join(more)}.")


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
        return _SheetMarks([], [], [], {})
    xml = _with_places(archive.read(part))
    bad = [found.decode() for found in _ERROR_CELL.findall(xml)] if b't="e"' in xml else []
    if re.search(rb"<(?:\w+:)?f\b", xml):
        bad += [found.decode() for found in _EMPTY_FORMULA.findall(xml)]
    hidden = [int(row) for row in _HIDDEN_ROW.findall(xml)] if b'hidden="' in xml else []
    head = xml[: xml.find(b"sheetData")]
    spans = [range(int(low) - 1, min(int(high), MAX_COLUMNS)) for low, high in _HIDDEN_COLUMN.findall(head)]
    return _SheetMarks(hidden, [i for span in spans for i in span], bad, _styled(xml, _formats(archive)))


def _with_places(xml: bytes) -> bytes:
    """Rows and cells that leave their place out (ECMA-376 allows it) are given it, by counting."""
    first = _CELL.search(xml)
    if first is None or b' r="' in first[0]:
        return xml
    row = column = 0

    def placed(match: re.Match[bytes]) -> bytes:
        nonlocal row, column
        if match[1].endswith(b"row"):
            own = re.search(rb'\br="(\d+)"', match[0])
            row, column = int(own[1]) if own else row + 1, 0
            return match[0] if own else b'%b r="%d"' % (match[1], row) + match[0][len(match[1]) :]
        column += 1
        return (
            b'%b r="%b%d"' % (match[1], _column_letters(column - 1).encode(), row) + match[0][len(match[1]) :]
        )

    return _ROW_OR_CELL.sub(placed, xml)


def _formats(archive: zipfile.ZipFile) -> dict[int, NumberFormat]:
    """Number formats by style of a cell (ECMA-376 part 1, 18.8.10), where they change what is seen."""
    codes = dict(BUILT_IN)
    styles: list[int] = []
    try:
        for one in defusedxml.ElementTree.fromstring(archive.read("xl/styles.xml")):
            kind = one.tag.rpartition("}")[2]
            if kind == "numFmts":
                codes |= {int(own.get("numFmtId", 0)): own.get("formatCode", "") for own in one}
            elif kind == "cellXfs":
                styles = [int(own.get("numFmtId", 0)) for own in one]
    except KeyError:
        return {}
    except (SyntaxError, DefusedXmlException, ValueError) as error:
        raise Refused(Found("XLSX_UNREADABLE")) from error
    formats = {style: number_format(codes.get(number) or GENERAL) for style, number in enumerate(styles)}
    return {style: one for style, one in formats.items() if not one.is_plain}


def _styled(xml: bytes, formats: dict[int, NumberFormat]) -> Styled:
    if not formats:
        return {}
    wanted = b"|".join(str(style).encode() for style in formats)
    cells = re.findall(rb'<(?:\w+:)?c\b(?=[^>]*\bs="(%b)")[^>]*?\br="([A-Z]+)(\d+)"' % wanted, xml)
    by_letters: dict[bytes, dict[int, NumberFormat]] = {}
    by_style = {str(style).encode(): one for style, one in formats.items()}
    for style, letters, row in cells:
        by_letters.setdefault(letters, {})[int(row)] = by_style[style]
    return {_column_index(letters): by_row for letters, by_row in by_letters.items()}


def _read_sheet(book: CalamineWorkbook, name: str, marks: _SheetMarks, *, skip_hidden: bool) -> ListTable:
    """Columns below the row of headings; row numbers as the workbook shows them."""
    try:
        sheet = book.get_sheet_by_name(name)
        _refuse_too_large(sheet)
        first = [[_text(cell) for cell in row] for row in islice(sheet.iter_rows(), _SAMPLE_ROWS)]
        if not any(any(row) for row in first):
            raise Refused(Found("DATA_EMPTY"))
        at = header_row(first)
        names = first[at]
        rows = islice(enumerate(sheet.iter_rows(), 1), at + 1, None)
        hidden = set(marks.hidden_rows)
        kept = (one for one in rows if one[0] not in hidden) if skip_hidden else rows
        left = (sheet.start or (0, 0))[1]  # empty columns before the first are left out
        styled = {i - left: formats for i, formats in marks.styled.items()}
        columns, source_row, lost = _columns_of_cells(kept, len(names), styled)
        merged = sheet.merged_cell_ranges or []
    except (CalamineError, ValueError) as error:
        raise Refused(Found("XLSX_UNREADABLE")) from error
    place = {row: index for index, row in enumerate(source_row.tolist())}
    found = _cell_findings(marks, merged, place, dict(enumerate(names, (sheet.start or (0, 0))[1])))
    found += [Found("ID_PRECISION_LOST", np.array(at, np.int64), names[i]) for i, at in enumerate(lost) if at]
    if any(any(row) for row in first[:at]):
        found.append(header_below(at + 1))
    still_hidden = [place[row] for row in marks.hidden_rows if row > at + 1 and row in place]
    if still_hidden:
        found.append(Found("XLSX_HIDDEN", np.array(still_hidden, np.int64)))
    concealed = [name[:40] for i, name in enumerate(names, left) if name and i in marks.hidden_columns]
    if concealed:
        found.append(Found("XLSX_HIDDEN", detail=f"Columns that are hidden: {', '.join(concealed)}."[:300]))
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
    rows: Iterator[tuple[int, list[Any]]], width: int, styled: Styled
) -> tuple[list[pa.Array], npt.NDArray[np.int32], list[list[int]]]:
    """String columns, row numbers, and by column the rows whose number is too long; a block at a time."""
    parts: list[list[pa.Array]] = [[pa.array([], pa.string())] for _ in range(width)]
    lost: list[list[int]] = [[] for _ in range(width)]
    source_row: list[int] = []
    while block := list(islice(rows, _BLOCK_ROWS)):
        before = len(source_row)
        numbers = [number for number, _ in block]
        source_row += numbers
        for i, cells in enumerate(zip(*(row for _, row in block), strict=True)):
            lost[i] += [
                before + at
                for at, cell in enumerate(cells)
                if type(cell) is float and not -_EXACT_INTEGER < cell < _EXACT_INTEGER
            ]
            if formats := styled.get(i):
                texts = [_shown(cell, formats.get(row)) for row, cell in zip(numbers, cells, strict=True)]
            else:
                texts = [cell if type(cell) is str else _text(cell) for cell in cells]
            parts[i].append(pa.array(texts, pa.string()))
    return [pa.concat_arrays(part) for part in parts], np.array(source_row, np.int32), lost


def _cell_findings(
    marks: _SheetMarks,
    merged: list[tuple[tuple[int, int], tuple[int, int]]],
    place: dict[int, int],
    names: dict[int, str],
) -> list[Found]:
    """CELL_ERROR by column for rows with error cells, formulas without a value, or merged cells; names the first.
    ``names``: of the columns, by their place in the sheet."""
    rows: dict[int, dict[int, str]] = {}
    for cell in marks.bad_cells:
        letters = cell.rstrip("0123456789")
        rows.setdefault(_column_index(letters.encode()), {}).setdefault(int(cell.removeprefix(letters)), cell)
    for (top, left), (bottom, right) in merged:
        for column in range(left, min(right, left + MAX_COLUMNS) + 1):
            for row in range(top, min(bottom, top + MAX_ROWS) + 1):
                named = f"{_column_letters(left)}{top + 1} (merged)"
                rows.setdefault(column, {}).setdefault(row + 1, named)
    found = []
    for column, by_row in sorted(rows.items()):
        at = sorted((place[row], cell) for row, cell in by_row.items() if row in place)
        if at:
            named = ", ".join(dict.fromkeys(cell for _, cell in at[: PLACES_SHOWN // 10]))
            cells = np.array([row for row, _ in at], np.int64)
            found.append(Found("CELL_ERROR", cells, names.get(column, "")[:80], f"First: {named}."))
    return found


def _column_letters(index: int) -> str:
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _column_index(letters: bytes) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + letter - 64
    return index - 1


def _shown(cell: Any, as_format: NumberFormat | None) -> str:
    """A cell as the workbook shows it."""
    if as_format is None or type(cell) is bool or cell == "":
        return _text(cell)
    if type(cell) is str:
        return as_format.shown_text(cell)
    return as_format.shown(cell) if type(cell) is float else _shown_moment(as_format, cell)


@lru_cache(maxsize=20_000)
def _shown_moment(as_format: NumberFormat, moment: Any) -> str:
    return as_format.shown(moment)


def _text(cell: Any) -> str:
    """A cell as text: whole numbers without decimals, dates as YYYY-MM-DD, truth as TRUE and FALSE."""
    match cell:
        case str():
            return cell
        case bool():
            return "TRUE" if cell else "FALSE"
        case float():
            return general(cell)
        case datetime():
            return cell.date().isoformat() if cell.time() == time.min else cell.isoformat(sep=" ")
        case date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell)
    return str(cell)
