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
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv

from production.frontdesk.lists import (
    MAX_COLUMNS,
    MAX_ROWS,
    STOP,
    Found,
    ListTable,
    Refused,
)

DELIMITERS = (",", "\t", ";", "|")
ENCODINGS = ("utf-8", "cp1252", "utf-16", "latin-1", "cp437", "mac-roman")
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_UTF32_BOM = b"\xff\xfe\x00\x00"
_SAMPLE_BYTES = 1 << 16
_BLOCK_BYTES = 1 << 23
_EXCEL_SEPARATOR_LINE = re.compile(rb'"?sep=(.)"?\r?\n')
_QUOTE, _NEWLINE, _RETURN = b'"\n\r'


def read_text(data: bytes, *, options: dict[str, Any]) -> ListTable:
    """Columns of a delimited file. Raises Refused for what cannot be read without guessing."""
    data, encoding, sample, found = _to_utf8(data, options.get("encoding"))
    separator_line = _EXCEL_SEPARATOR_LINE.match(data)
    if separator_line:
        data = data[separator_line.end() :]
    delimiter = options.get("delimiter") or (
        separator_line.group(1).decode() if separator_line else find_delimiter(data)
    )
    width = _header_width(data, delimiter)
    read = _read_fast if quotes_are_regular(data, delimiter) else _read_strictly
    columns, source_row, surplus, odd = read(data, delimiter, width)
    return ListTable(
        kind="csv",
        names=[column[0].as_py() for column in columns],
        columns=[column.slice(1) for column in columns],
        source_row=source_row[1:],
        odd=odd - 1,
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
    if choice and choice != "utf-8":
        if choice not in ENCODINGS:
            raise Refused(Found(code="ENCODING", severity=STOP, detail=f"Unknown encoding {choice[:20]!r}."))
        return _decoded(data, 0, choice)
    if data.isascii() and b"\x00" in data[:_SAMPLE_BYTES] and _zeros_alternate(data):
        raise Refused(Found(code="ENCODING", severity=STOP, detail="It looks like UTF-16 without its mark."))
    bad_byte = _first_not_utf8(data)
    return (data, "utf-8", "", []) if bad_byte is None else _as_cp1252(data, bad_byte)


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


def _zeros_alternate(data: bytes) -> bool:
    head = np.frombuffer(data[:_SAMPLE_BYTES], np.uint8)
    return bool(max((head[0::2] == 0).mean(), (head[1::2] == 0).mean()) > 0.4)


def _decoded(data: bytes, skip: int, encoding: str) -> tuple[bytes, str, str, list[Found]]:
    try:
        text = data[skip:].decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, skip + error.start) + 1
        detail = f"It is not {encoding}: byte {skip + error.start:,}, line {line:,}."
        raise Refused(Found(code="ENCODING", severity=STOP, detail=detail, row=line)) from None
    return text.encode("utf-8"), encoding, "", []


def _as_cp1252(data: bytes, at: int) -> tuple[bytes, str, str, list[Found]]:
    line = data.count(b"\n", 0, at) + 1
    place = f"First at byte {at:,}, line {line:,}."
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        raise Refused(
            Found(code="ENCODING", severity=STOP, detail=f"{place} It is not Windows-1252 either.", row=line)
        ) from None
    sample = data[max(at - 20, 0) : at + 20].decode("cp1252", errors="replace")
    found = Found(code="ENCODING", detail=f"It was read as Windows-1252. {place}", row=line)
    return text.encode("utf-8"), "cp1252", " ".join(sample.split()), [found]


def _records(data: bytes, delimiter: str, *, strict: bool) -> Iterator[list[str]]:
    text = io.StringIO(data.decode("utf-8", errors="replace"), newline="")
    return csv.reader(text, delimiter=delimiter, strict=strict)


def find_delimiter(data: bytes) -> str:
    """The candidate that cuts the first rows into the most equal cells; a comma for a single column."""
    head = data[:_SAMPLE_BYTES]
    if len(data) > _SAMPLE_BYTES:
        head = head[: head.rfind(b"\n") + 1] or head
    best = (0.0, 0, ",")
    for delimiter in DELIMITERS:
        widths = []
        try:
            for record in _records(head, delimiter, strict=False):
                widths += [len(record)] if any(record) else []
                if len(widths) == 50:
                    break
        except csv.Error:
            continue
        if not widths or widths[0] < 2:
            continue
        agree = sum(width == widths[0] for width in widths) / len(widths)
        if (agree, widths[0]) > best[:2]:
            best = (agree, widths[0], delimiter)
    return best[2]


def quotes_are_regular(data: bytes, delimiter: str) -> bool:
    """Whether quotation marks only wrap whole fields and are doubled inside them (RFC 4180, section 2).

    Marks alternate between opening and closing, so a mark beside an opening or a closing one is of the other
    kind and makes a doubled mark; any other neighbour must be a delimiter, a line break or the end of the file.
    """
    octets = np.frombuffer(data, np.uint8)
    may_touch = np.zeros(256, bool)
    may_touch[[ord(delimiter), _QUOTE, _NEWLINE, _RETURN]] = True
    seen = 0
    for start in range(0, len(data), _BLOCK_BYTES):
        marks = np.flatnonzero(octets[start : start + _BLOCK_BYTES] == _QUOTE) + start
        opening, closing = marks[seen % 2 :: 2], marks[1 - seen % 2 :: 2]
        # The first and the last byte of the file are taken as their own neighbours: marks, so allowed.
        before_ok = may_touch[octets[np.maximum(opening - 1, 0)]]
        after_ok = may_touch[octets[np.minimum(closing + 1, len(data) - 1)]]
        if not (before_ok.all() and after_ok.all()):
            return False
        seen += len(marks)
    return seen % 2 == 0


def _header_width(data: bytes, delimiter: str) -> int:
    """Cells of the first row with any content. Refuses an empty file and a monstrous first row."""
    try:
        for record in _records(data[: 1 << 22], delimiter, strict=False):
            if any(cell.strip() for cell in record):
                if len(record) > MAX_COLUMNS:
                    detail = f"It has {len(record):,} columns; {MAX_COLUMNS} are allowed."
                    raise Refused(Found("DATA_TOO_LARGE", detail=detail))
                return len(record)
    except csv.Error:
        raise Refused(
            Found("DATA_TOO_LARGE", detail="A field of the first row is too long.", row=1)
        ) from None
    raise Refused(Found("DATA_EMPTY"))


Read = tuple[list[pa.Array], npt.NDArray[np.int32], dict[int, list[str]], npt.NDArray[np.int64]]


def _read_fast(data: bytes, delimiter: str, width: int) -> Read:
    """Arrow, one thread: only then does it number the rows it cannot fit."""
    strays: list[tuple[int, list[str]]] = []

    def keep_aside(row: Any) -> str:
        strays.append((row.number, next(_records(row.text.encode(), delimiter, strict=False), [])))
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
    _refuse_too_many(table.num_rows + len(strays))
    rows = np.arange(1, table.num_rows + len(strays) + 1, dtype=np.int32)
    stray_rows = np.array([number for number, _ in strays], np.int32)
    in_table = np.setdiff1d(rows, stray_rows, assume_unique=True)
    columns = [_one_chunk(column) for column in table.columns]
    if not strays:
        return _from_header(columns, rows, {}, np.empty(0, np.int64))
    order = np.argsort(np.concatenate([in_table, stray_rows]), kind="stable")
    columns = [
        pa.concat_arrays([column, pa.array([_cell(cells, i) for _, cells in strays], pa.string())]).take(
            pa.array(order)
        )
        for i, column in enumerate(columns)
    ]
    odd = stray_rows.astype(np.int64) - 1
    surplus = {number - 1: cells[width:] for number, cells in strays if len(cells) > width}
    return _from_header(columns, rows, surplus, odd)


def _cell(cells: list[str], index: int) -> str:
    return cells[index] if index < len(cells) else ""


def _one_chunk(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks != 1 else column.chunk(0)


def _refuse_too_many(rows: int) -> None:
    if rows > MAX_ROWS + 1:
        raise Refused(Found("DATA_TOO_LARGE", detail=f"It has {rows:,} rows; {MAX_ROWS:,} are allowed."))


def _from_header(columns: list[pa.Array], rows: Any, surplus: dict[int, list[str]], odd: Any) -> Read:
    """Drop blank lines above the header, so that index 0 is the header."""
    first = 0
    while not any(column[first].as_py().strip() for column in columns):
        first += 1
    if not first:
        return columns, rows, surplus, odd
    return (
        [column.slice(first) for column in columns],
        rows[first:],
        {index - first: cells for index, cells in surplus.items()},
        odd[odd >= first] - first,
    )


def _read_strictly(data: bytes, delimiter: str, width: int) -> Read:
    """The standard library's reader, strict: accepts marks inside a bare field, locates what is wrong."""
    reader = _records(data, delimiter, strict=True)
    cells: list[list[str]] = [[] for _ in range(width)]
    surplus: dict[int, list[str]] = {}
    odd: list[int] = []
    index, line_before = 0, 0
    try:
        for record in reader:
            line_before = reader.line_num  # type: ignore[attr-defined]
            if record and len(record) != width:
                odd.append(index)
                if len(record) > width:
                    surplus[index] = record[width:]
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
    _refuse_too_many(index)
    columns = [pa.array(column, pa.string()) for column in cells]
    rows = np.arange(1, index + 1, dtype=np.int32)
    return _from_header(columns, rows, surplus, np.array(odd, np.int64))


def _line_of_opening(data: bytes, delimiter: str, lines_before: int) -> int:
    """Line of the quotation mark that breaks the record which begins after ``lines_before`` lines."""
    text = data.decode("utf-8", errors="replace")
    at = 0
    for _, line_end in zip(range(lines_before), re.finditer(r"\r\n|\r|\n", text), strict=False):
        at = line_end.end()
    edge = re.escape(delimiter)
    good_field = re.compile(rf'(?:"(?:[^"]++|"")*+"|(?!")[^{edge}\r\n]*+)(?:{edge}|\r\n|\r|\n|$)')
    while (match := good_field.match(text, at)) and match.end() > at:
        at = match.end()
    return len(re.findall(r"\r\n|\r|\n", text[:at])) + 1
