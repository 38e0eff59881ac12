"""Columns of values to fixed-width records and back. Records are one matrix of bytes; no object per record.

Text is left-justified and blank filled, numbers right-justified and zero filled, decimals implied, dates
YYYYMMDD, what is not given is blank (Mail.dat 26-1, format rules). Bytes are Latin-1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kernel.errors import InvalidInput
from postal.maildat.schema import CLOSING, HEADER, Field, FileLayout, Kind, layouts

Cell: TypeAlias = str | int | Decimal | date | None
Values: TypeAlias = dict[
    str, Cell | Sequence[Cell] | npt.NDArray[Any]
]  # by field code: for all records, or a column
UInt8s = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]
Int64s = npt.NDArray[np.int64]

BLANK, ZERO = ord(" "), ord("0")
BLOCK = 1 << 16  # records written at a time: bounds memory, whatever the size of the mailing
ENCODING = "latin-1"
_DIGITS_OF = np.arange(10_000)[:, None] // np.array([1_000, 100, 10, 1]) % 10 + ZERO
_FOUR_DIGITS = _DIGITS_OF.astype(np.uint8).view(np.uint32).ravel()  # four ASCII digits in one word
_POWERS = 10 ** np.arange(18, -1, -1, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """The records of one file. ``make(start, stop)`` gives rows as bytes (stop - start, length)."""

    layout: FileLayout
    count: int
    make: Callable[[int, int], UInt8s]

    @classmethod
    def held(cls, layout: FileLayout, rows: UInt8s) -> Records:
        """Records in memory."""
        return cls(layout, len(rows), lambda start, stop: rows[start:stop])

    def __len__(self) -> int:
        return self.count

    @property
    def rows(self) -> UInt8s:
        """All records (count, length)."""
        return self.make(0, self.count)

    def blocks(self) -> Iterator[UInt8s]:
        """All records, BLOCK at a time."""
        for start in range(0, self.count, BLOCK):
            yield self.make(start, min(start + BLOCK, self.count))

    def bytes_of(self, code: str) -> UInt8s:
        """The bytes of a field (count, its length)."""
        return field_bytes(self.layout[code], self.rows)


@dataclass(frozen=True, slots=True, eq=False)
class Maildat:
    """One set of files of a version; ``files`` by extension, in the order of a transmission."""

    version: str
    files: Mapping[str, Records]

    def __getitem__(self, extension: str) -> Records:
        """The records of a file; none for a file that was not sent."""
        held = self.files.get(extension)
        return held if held is not None else _none(layouts(self.version)[extension])

    def header(self) -> dict[str, Cell]:
        """Values of the live header record by field code."""
        table = to_arrow(self[HEADER])
        live = [row for row in table.to_pylist() if row["HDR-1148"] == "C"] or table.to_pylist()
        return dict(min(live, key=lambda row: row["HDR-1025"] or 0)) if live else {}


def field_bytes(field: Field, rows: UInt8s) -> UInt8s:
    """A view of a field's bytes."""
    return rows[:, field.start - 1 : field.stop]


def text_bytes(rows: UInt8s) -> npt.NDArray[np.bytes_]:
    """Rows of bytes as one string each (trailing blanks kept)."""
    width = rows.shape[1]
    return np.ascontiguousarray(rows).view(f"S{width}").reshape(len(rows))


# -- values to bytes -----------------------------------------------------------------------------------


def encode(layout: FileLayout, count: int, values: Mapping[str, Any]) -> UInt8s:
    """Records (count, length) from values by field code: one value for all records, or a column of ``count``.

    A column is a list, an Arrow array, integers, or bytes (count, k) as they are to stand. Integers are the
    digits as they stand; a Decimal is a value in the field's unit. InvalidInput MAILDAT_VALUE.
    """
    rows = np.full((count, layout.length), BLANK, np.uint8)
    rows[:, -1] = CLOSING
    for code, given in values.items():
        if code not in layout:
            raise InvalidInput(f"{code} is not a field of this file.", code="MAILDAT_VALUE", field=code)
        cells = _cells(layout[code], given)
        if len(cells) not in (1, count):
            raise _refused(layout[code], f"has {len(cells):,} values for {count:,} records")
        field_bytes(layout[code], rows)[:] = cells
    return rows


def records(layout: FileLayout, count: int, values: Mapping[str, Any]) -> Records:
    """``encode`` as Records."""
    return Records.held(layout, encode(layout, count, values))


def _cells(field: Field, given: Any) -> UInt8s:
    if isinstance(given, np.ndarray):
        if given.dtype == np.uint8 and given.ndim == 2:
            return _placed(field, given)
        return _digits(field, given.astype(np.int64, copy=False), np.ones(len(given), np.bool_))
    if isinstance(given, pa.ChunkedArray):
        given = given.combine_chunks()
    if isinstance(given, pa.Array):
        return _column(field, given)
    if isinstance(given, Sequence) and not isinstance(given, str):
        return _listed(field, given)
    return _listed(field, [given])


def _listed(field: Field, values: Sequence[Cell]) -> UInt8s:
    """Few values, one at a time: Python's own formatting."""
    lines = [_formatted(field, value) for value in values]
    return np.frombuffer(b"".join(lines), np.uint8).reshape(len(lines), field.length)


def _formatted(field: Field, value: Cell) -> bytes:
    if value is None or value == "":
        return b" " * field.length
    if isinstance(value, date):
        value = f"{value.year:04d}{value.month:02d}{value.day:02d}"
    elif isinstance(value, Decimal):
        value = _implied(field, value)
    if isinstance(value, int):
        if value < 0:
            raise _refused(field, "is negative")
        value = f"{value:0{field.length}d}"
    try:
        text = str(value).encode(ENCODING)
    except UnicodeEncodeError:
        raise _refused(field, "has a character outside Latin-1") from None
    if len(text) > field.length:
        raise _refused(field, f"is longer than {field.length} characters")
    return text.rjust(field.length, b"0") if field.kind is Kind.NUMBER else text.ljust(field.length)


def _implied(field: Field, value: Decimal) -> int:
    scaled = value.scaleb(field.decimals)
    if scaled != int(scaled):
        raise _refused(field, f"has more than {field.decimals} decimals")
    return int(scaled)


def _column(field: Field, values: pa.Array) -> UInt8s:
    kind = values.type
    if pa.types.is_null(kind):
        return np.full((len(values), field.length), BLANK, np.uint8)
    if pa.types.is_string(kind):
        return _texts(field, values)
    present = values.is_valid().to_numpy(zero_copy_only=False)
    if pa.types.is_date32(kind):
        days = pc.fill_null(values.cast(pa.int32()), 0).to_numpy().astype("datetime64[D]")
        text = np.datetime_as_string(days, unit="D").astype("S10").view(np.uint8).reshape(len(days), 10)
        cells = text[:, [0, 1, 2, 3, 5, 6, 8, 9]]
        cells[~present] = BLANK
        return _placed(field, cells)
    if pa.types.is_decimal(kind):
        scaled = values.cast(pa.decimal128(38, field.decimals))
        words = np.frombuffer(scaled.buffers()[1], np.int64)
        numbers = words[2 * scaled.offset : 2 * (scaled.offset + len(scaled)) : 2]
        return _digits(field, np.where(present, numbers, 0), present)
    return _digits(field, pc.fill_null(values, 0).to_numpy(zero_copy_only=False).astype(np.int64), present)


def _texts(field: Field, values: pa.Array) -> UInt8s:
    if not len(values):
        return np.zeros((0, field.length), np.uint8)
    filled = pc.fill_null(values, "")
    if not pc.all(pc.string_is_ascii(filled)).as_py():
        return _listed(field, filled.to_pylist())
    if pc.max(pc.binary_length(filled)).as_py() > field.length:
        raise _refused(field, f"is longer than {field.length} characters")
    padded = pc.utf8_rpad(filled, width=field.length, padding=" ")
    data = np.frombuffer(padded.buffers()[2], np.uint8)
    start = padded.offset * field.length
    return data[start : start + len(padded) * field.length].reshape(len(padded), field.length)


def _digits(field: Field, numbers: Int64s, present: Bools) -> UInt8s:
    if len(numbers) and (numbers.min() < 0 or numbers.max() >= 10**field.length):
        raise _refused(field, f"is negative or has more than {field.length} digits")
    cells = decimal_digits(numbers, field.length)
    if not present.all():
        cells[~present] = BLANK
    return cells


def decimal_digits(numbers: Int64s, places: int) -> UInt8s:
    """Digits of whole numbers as ASCII (n, places), zero filled; four places at a look-up."""
    groups = -(-places // 4)
    words = np.empty((len(numbers), groups), np.uint32)
    rest = numbers.astype(np.uint64)
    for group in range(groups - 1, -1, -1):
        left = rest // np.uint64(10_000)
        words[:, group] = _FOUR_DIGITS[(rest - left * np.uint64(10_000)).astype(np.intp)]
        rest = left
    return words.view(np.uint8)[:, groups * 4 - places :]


def _placed(field: Field, cells: UInt8s) -> UInt8s:
    spare = field.length - cells.shape[1]
    if spare < 0:
        raise _refused(field, f"is longer than {field.length} characters")
    return np.pad(cells, ((0, 0), (0, spare)), constant_values=BLANK) if spare else cells


def _refused(field: Field, words: str) -> InvalidInput:
    return InvalidInput(f"{field.code} {field.name} {words}.", code="MAILDAT_VALUE", field=field.code)


# -- bytes to values -----------------------------------------------------------------------------------


def to_arrow(held: Records) -> pa.Table:
    """Typed columns by field code: text as strings, numbers as int64 or decimal128, dates as date32; blank
    and malformed values are null (the validator names the malformed ones). The closing character is left out.
    """
    rows = held.rows
    fields = [field for field in held.layout.fields if field.kind is not Kind.CLOSING]
    return pa.table(
        {field.code: _values(field, np.ascontiguousarray(field_bytes(field, rows))) for field in fields}
    )


def _values(field: Field, cells: UInt8s) -> pa.Array:
    if field.kind is Kind.NUMBER:
        numbers, is_number = numbers_of(cells)
        if not field.decimals:
            return pa.array(numbers, mask=~is_number)
        return _decimals(numbers, is_number, pa.decimal128(field.length, field.decimals))
    if field.kind is Kind.DATE:
        days, is_date = dates_of(cells)
        return pa.array(days.astype(np.int32), mask=~is_date).cast(pa.date32())
    texts = pc.ascii_rtrim(_strings(cells), " ")
    return pc.if_else(pc.equal(texts, ""), None, texts)


def _strings(cells: UInt8s) -> pa.Array:
    if cells.size and cells.max() > 127:
        return pa.array([line.decode(ENCODING) for line in map(bytes, cells)], pa.string())
    return binary(cells).cast(pa.binary()).cast(pa.string())


def binary(cells: UInt8s) -> pa.Array:
    """Rows of bytes as an Arrow array without a copy."""
    width = cells.shape[1]
    data = pa.py_buffer(np.ascontiguousarray(cells))
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), len(cells), [None, data])


def numbers_of(cells: UInt8s) -> tuple[Int64s, Bools]:
    """Whole numbers of digits, and which rows are digits throughout; 0 where not."""
    values = cells - np.uint8(ZERO)  # anything else wraps to over 9
    is_number: Bools = np.asarray((values <= 9).all(axis=1))
    places = _POWERS[-cells.shape[1] :]
    numbers = np.zeros(len(cells), np.int64)
    for place, weight in enumerate(places):
        numbers += values[:, place] * weight
    return np.where(is_number, numbers, 0), is_number


def dates_of(cells: UInt8s) -> tuple[Int64s, Bools]:
    """Days since 1970-01-01 of YYYYMMDD, and which rows are days of the calendar; 0 where not."""
    numbers, is_number = numbers_of(cells)
    year, month, day = numbers // 10_000, numbers // 100 % 100, numbers % 100
    known = is_number & (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    months = np.where(known, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + np.where(known, day - 1, 0)
    same_month: Bools = np.asarray(days.astype("datetime64[M]") == months)  # the 31st of a short month is not
    is_date = known & same_month
    return np.where(is_date, days.astype(np.int64), 0), is_date


def _decimals(numbers: Int64s, present: Bools, kind: pa.DataType) -> pa.Array:
    words = np.zeros((len(numbers), 2), np.int64)
    words[:, 0] = numbers
    valid = pa.py_buffer(np.packbits(present, bitorder="little"))
    return pa.Array.from_buffers(kind, len(numbers), [valid, pa.py_buffer(words)])


def _none(layout: FileLayout) -> Records:
    return Records.held(layout, np.zeros((0, layout.length), np.uint8))
