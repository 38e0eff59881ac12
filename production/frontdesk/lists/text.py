"""Delimited text to columns: encoding, delimiter, strict quotes, row numbers.

Well-formed files go through Arrow's reader. Whether a file is well-formed is decided beforehand on all of its
quotation marks at once; only a file that fails takes the strict reader of the standard library, which is slow
and says where.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from statistics import mode
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from production.frontdesk.lists.headings import header_below, header_row
from production.frontdesk.lists.shapes import MAX_COLUMNS, MAX_ROWS, STOP, Found, ListTable, Refused
from production.mailings.list_order import ListOptions

DELIMITERS = (",", "\t", ";", "|")
ENCODINGS = ("utf-8", "cp1252", "utf-16", "latin-1", "cp437", "mac-roman")
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_UTF32_BOM = b"\xff\xfe\x00\x00"
_SAMPLE_BYTES = 1 << 16
_SAMPLE_ROWS = 50
_END_OF_DOS_FILE = re.compile(rb"(?<=[\r\n])\x1a[\x1a\x00\r\n]*\Z")
_FIXED_WIDTH = re.compile(r"\S {2,}\S")
_BLOCK_BYTES = 1 << 23
_EXCEL_SEPARATOR_LINE = re.compile(rb'"?sep=(.)"?\r?\n')
_QUOTE, _NEWLINE, _RETURN = b'"\n\r'


def read_text(data: bytes, *, options: ListOptions) -> ListTable:
    """Columns of a delimited file. Raises Refused for what cannot be read without guessing."""
    data, encoding, sample, found = _to_utf8(data, options.get("encoding"))
    dos_end = _END_OF_DOS_FILE.search(data, max(len(data) - _SAMPLE_BYTES, 0))
    if dos_end:
        data = data[: dos_end.start()]
    separator_line = _EXCEL_SEPARATOR_LINE.match(data)
    if separator_line:
        data = data[separator_line.end() :]
    delimiter = options.get("delimiter") or (
        separator_line.group(1).decode() if separator_line else find_delimiter(data)
    )
    first = _first_rows(data, delimiter)
    at, width, widest = _header_of(first)
    read = _read_fast if quotes_are_regular(data, delimiter) else _read_strictly
    columns, rows, strays = read(data, delimiter, widest)
    _refuse_too_many(len(rows) - at)
    columns = [column.slice(at) for column in columns]
    strays = {index - at: cells for index, cells in strays.items() if index > at}
    surplus = _surplus(columns, width, strays)
    named = max(i for i, cell in enumerate(first[at], 1) if cell.strip())
    short = [index for index, cells in strays.items() if len(cells) < named]
    if any(any(cell.strip() for cell in record) for record in first[:at]):
        found.append(header_below(at + 1))
    return ListTable(
        kind="csv",
        names=[column[0].as_py() for column in columns[:width]],
        columns=[column.slice(1) for column in columns[:width]],
        source_row=rows[at + 1 :],
        odd=np.array(sorted({*short, *surplus}), np.int64) - 1,
        surplus={index - 1: cells for index, cells in surplus.items()},
        found=found,
        encoding=encoding,
        encoding_sample=sample,
        delimiter=delimiter,
    )


def _to_utf8(data: bytes, choice: str | None) -> tuple[bytes, str, str, list[Found]]:
    """UTF-8 bytes without mark, the encoding, a sample of doubtful text and what to say of it."""
    if data.startswith(_UTF32_BOM):
        raise Refused(Found(code="ENCODING", severity=STOP, detail="It is UTF-32."))
    for mark, name in _BOMS:
        if data.startswith(mark):
            return _decoded(data, len(mark) if name == "utf-8" else 0, name)
    unmarked = utf16_without_mark(data)
    if choice and choice != "utf-8" and not (choice == "utf-16" and unmarked):
        if choice not in ENCODINGS:
            raise Refused(Found(code="ENCODING", severity=STOP, detail=f"Unknown encoding {choice[:20]!r}."))
        return _decoded(data, 0, choice)
    if unmarked:
        text = _decoded(data, 0, unmarked)[0]
        return text, "utf-16", "", [Found("ENCODING", detail="It was read as UTF-16, whose mark is missing.")]
    bad_byte = _first_not_utf8(data)
    return (data, "utf-8", "", []) if bad_byte is None else _not_quite_utf8(data, bad_byte)


def _first_not_utf8(data: bytes) -> int | None:
    """Position of the first byte that is not UTF-8; decoded in pieces, to keep one piece in memory."""
    if data.isascii():
        return None
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(data), _BLOCK_BYTES):
        try:
            held = len(decoder.getstate()[0])
            decoder.decode(data[start : start + _BLOCK_BYTES], final=start + _BLOCK_BYTES >= len(data))
        except UnicodeDecodeError as error:
            return start - held + error.start
    return None


def utf16_without_mark(data: bytes) -> str:
    """The byte order of Western text in UTF-16 that lacks its mark: every other byte is zero. Else empty."""
    head = np.frombuffer(data[:_SAMPLE_BYTES], np.uint8)
    if len(head) < 2:
        return ""
    even, odd = float((head[0::2] == 0).mean()), float((head[1::2] == 0).mean())
    if max(even, odd) < 0.4 or min(even, odd) > 0.1:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _decoded(data: bytes, skip: int, encoding: str) -> tuple[bytes, str, str, list[Found]]:
    try:
        text = data[skip:].decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, skip + error.start) + 1
        detail = f"It is not {encoding}: byte {skip + error.start:,}, line {line:,}."
        raise Refused(Found(code="ENCODING", severity=STOP, detail=detail, row=line)) from None
    return text.encode("utf-8"), encoding, "", []


def _not_quite_utf8(data: bytes, at: int) -> tuple[bytes, str, str, list[Found]]:
    """Windows-1252, unless most letters beyond ASCII are UTF-8: then the rows with the strays come back."""
    line = data.count(b"\n", 0, at) + 1
    place = f"First at byte {at:,}, line {line:,}."
    mixed = data.decode("utf-8", errors="replace")
    strays = mixed.count("\N{REPLACEMENT CHARACTER}")
    letters = len(mixed) - len(mixed.encode("ascii", errors="ignore")) - strays
    if letters > strays:
        found = Found("ENCODING", detail=f"It is UTF-8 with {strays:,} bytes that are not. {place}", row=line)
        return mixed.encode("utf-8"), "utf-8", "", [found]
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        raise Refused(
            Found(code="ENCODING", severity=STOP, detail=f"{place} It is not Windows-1252 either.", row=line)
        ) from None
    sample = data[max(at - 20, 0) : at + 20].decode("cp1252", errors="replace")
    found = Found(code="ENCODING", detail=f"It was read as Windows-1252. {place}", row=line)
    return text.encode("utf-8"), "cp1252", " ".join(sample.split()), [found]


def _records(data: bytes, delimiter: str, *, strict: bool, blanks: bool = False) -> Iterator[list[str]]:
    """Rows of cells; ``blanks``: a blank before a cell is kept, and a mark behind it is text."""
    text = io.StringIO(data.decode("utf-8", errors="replace"), newline="")
    return csv.reader(text, delimiter=delimiter, strict=strict, skipinitialspace=not blanks)


def find_delimiter(data: bytes) -> str:
    """The candidate that cuts the first rows into the most equal cells; a comma for a single column."""
    head = data[:_SAMPLE_BYTES]
    if len(data) > _SAMPLE_BYTES:
        head = head[: head.rfind(b"\n") + 1] or head
    best = (0.0, False, 0, ",")
    for delimiter in DELIMITERS:
        widths = []
        try:
            for record in _records(head, delimiter, strict=False):
                widths += [len(record)] if any(record) else []
                if len(widths) == _SAMPLE_ROWS:
                    break
        except csv.Error:
            continue
        width = mode(widths) if widths else 0
        if width < 2:
            continue
        agree = widths.count(width) / len(widths)
        best = max(best, (agree, widths[0] == width, width, delimiter), key=lambda one: one[:3])
    return best[3]


def quotes_are_regular(data: bytes, delimiter: str) -> bool:
    """Whether quotation marks only wrap whole fields and are doubled inside them (RFC 4180, section 2).

    Marks alternate between opening and closing, so a mark beside an opening or a closing one is of the other
    kind and makes a doubled mark; any other neighbor must be a delimiter, a line break or the end of the file.
    """
    octets = np.frombuffer(data, np.uint8)
    may_touch = np.zeros(256, bool)
    may_touch[[ord(delimiter), _QUOTE, _NEWLINE, _RETURN]] = True
    seen = 0
    for start in range(0, len(data), _BLOCK_BYTES):
        marks = np.flatnonzero(octets[start : start + _BLOCK_BYTES] == _QUOTE) + start
        opening, closing = marks[seen % 2 :: 2], marks[1 - seen % 2 :: 2]
        # The first and the last byte of the file are taken as their own neighbors: marks, so allowed.
        before_ok = may_touch[octets[np.maximum(opening - 1, 0)]]
        after_ok = may_touch[octets[np.minimum(closing + 1, len(data) - 1)]]
        if not (before_ok.all() and after_ok.all()):
            return False
        seen += len(marks)
    return seen % 2 == 0


def _first_rows(data: bytes, delimiter: str) -> list[list[str]]:
    """Blank rows at the top, then some with content. Refuses an empty file and a monstrous first row."""
    rows: list[list[str]] = []
    seen = 0
    try:
        for record in _records(data[: 1 << 22], delimiter, strict=False):
            rows.append(record)
            seen += any(cell.strip() for cell in record)
            if seen == _SAMPLE_ROWS:
                break
    except csv.Error:
        if not seen:
            raise Refused(
                Found("DATA_TOO_LARGE", detail="A field of the first row is too long.", row=1)
            ) from None
    if not seen:
        raise Refused(Found("DATA_EMPTY"))
    return rows


def _header_of(rows: list[list[str]]) -> tuple[int, int, int]:
    """Where the header is, how many cells it has, and how many most rows have where that is more."""
    at = header_row(rows)
    width = len(rows[at])
    if width > MAX_COLUMNS:
        detail = f"It has {width:,} columns; {MAX_COLUMNS} are allowed."
        raise Refused(Found("DATA_TOO_LARGE", detail=detail))
    below = [row for row in rows[at + 1 :] if row]
    blocks = [row for row in [rows[at], *below] if len(row) == 1 and _FIXED_WIDTH.search(row[0])]
    if width == 1 and rows[at] in blocks and len(blocks) > len(below) // 2:
        raise Refused(Found("TYPE_MISMATCH", detail="Its columns are parted by blanks (fixed width)."))
    return at, width, max(width, mode(len(row) for row in below) if below else 0)


def _surplus(columns: list[pa.Array], width: int, strays: dict[int, list[str]]) -> dict[int, list[str]]:
    """Cells beyond the header, by index, of the rows where any of them holds something."""
    found = {index: cells[width:] for index, cells in strays.items()}
    for column in columns[width:]:
        filled = np.flatnonzero(np.asarray(pc.not_equal(column, "")))
        found |= {i: [one[i].as_py() for one in columns[width:]] for i in filled.tolist() if i not in strays}
    return {index: cells for index, cells in found.items() if index and any(map(str.strip, cells))}


# Columns of all records, their numbers, and the cells of each record (by index) that has another number of cells.
Read = tuple[list[pa.Array], npt.NDArray[np.int32], dict[int, list[str]]]


def _read_fast(data: bytes, delimiter: str, width: int) -> Read:
    """Arrow, one thread: only then does it number the rows it cannot fit."""
    strays: list[tuple[int, list[str]]] = []

    def keep_aside(row: Any) -> str:
        strays.append(
            (row.number, next(_records(row.text.encode(), delimiter, strict=False, blanks=True), []))
        )
        return "skip"

    names = [str(i) for i in range(width)]
    try:
        table = pyarrow.csv.read_csv(
            pa.py_buffer(data),
            read_options=pyarrow.csv.ReadOptions(
                use_threads=False, column_names=names, block_size=min(_BLOCK_BYTES, max(len(data), 1))
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=b'"' in data,
                ignore_empty_lines=False,
                invalid_row_handler=keep_aside,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
            ),
        )
    except pa.ArrowInvalid:
        return _read_strictly(data, delimiter, width)  # a record longer than a block
    rows = np.arange(1, table.num_rows + len(strays) + 1, dtype=np.int32)
    stray_rows = np.array([number for number, _ in strays], np.int32)
    in_table = np.setdiff1d(rows, stray_rows, assume_unique=True)
    columns = [_one_chunk(column) for column in table.columns]
    if not strays:
        return columns, rows, {}
    order = np.argsort(np.concatenate([in_table, stray_rows]), kind="stable")
    columns = [
        pa.concat_arrays([column, pa.array([_cell(cells, i) for _, cells in strays], pa.string())]).take(
            pa.array(order)
        )
        for i, column in enumerate(columns)
    ]
    return columns, rows, {number - 1: cells for number, cells in strays}


def _cell(cells: list[str], index: int) -> str:
    return cells[index] if index < len(cells) else ""


def _one_chunk(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks != 1 else column.chunk(0)


def _refuse_too_many(rows: int) -> None:
    if rows > MAX_ROWS + 1:
        raise Refused(Found("DATA_TOO_LARGE", detail=f"It has {rows:,} rows; {MAX_ROWS:,} are allowed."))


def _read_strictly(data: bytes, delimiter: str, width: int) -> Read:
    """The standard library's reader, strict: accepts marks inside a bare field and blanks before a quoted one,
    locates what is wrong."""
    reader = _records(data, delimiter, strict=True)
    cells: list[list[str]] = [[] for _ in range(width)]
    strays: dict[int, list[str]] = {}
    index, line_before = 0, 0
    try:
        for record in reader:
            line_before = reader.line_num  # type: ignore[attr-defined]
            if record and len(record) != width:
                strays[index] = record
            for i, column in enumerate(cells):
                column.append(_cell(record, i))
            index += 1
    except csv.Error as error:
        if "field larger" in str(error):
            raise Refused(
                Found("DATA_TOO_LARGE", detail="A field is too long.", row=line_before + 1)
            ) from None
        line = _line_of_opening(data, delimiter, line_before)
        raise Refused(Found("CSV_QUOTE", detail=f"It opens in line {line:,}.", row=line)) from None
    columns = [pa.array(column, pa.string()) for column in cells]
    return columns, np.arange(1, index + 1, dtype=np.int32), strays


def _line_of_opening(data: bytes, delimiter: str, lines_before: int) -> int:
    """Line of the quotation mark that breaks the record which begins after ``lines_before`` lines."""
    text = data.decode("utf-8", errors="replace")
    at = 0
    for _, line_end in zip(range(lines_before), re.finditer(r"\r\n|\r|\n", text), strict=False):
        at = line_end.end()
    edge = re.escape(delimiter)
    good_field = re.compile(rf' *(?:"(?:[^"]++|"")*+"|(?!")[^{edge}\r\n]*+)(?:{edge}|\r\n|\r|\n|$)')
    while (match := good_field.match(text, at)) and match.end() > at:
        at = match.end()
    return len(re.findall(r"\r\n|\r|\n", text[:at])) + 1
