"""Findings that name a record and a field, a few of a kind one by one and the rest as a number."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kernel.findings import Finding, Place, Severity
from postal.maildat.records import BLANK, Bools, Int64s, Records, UInt8s, binary, field_bytes, numbers_of
from postal.maildat.schema import file_of

NAMED = 10  # records of one kind named one by one


def at_records(
    code: str,
    field: str,
    is_wrong: Bools,
    sentence: str,
    *,
    remedy: str = "",
    severity: Severity = Severity.STOP,
) -> Iterator[Finding]:
    """A finding for each wrong record, up to NAMED, then one that says how many more. Records count from 1."""
    rows = np.flatnonzero(is_wrong).tolist()
    file = f".{file_of(field)}"
    for row in rows[:NAMED]:
        yield Finding(code, severity, f"{field} {sentence}.", remedy, Place(file, row=row + 1, column=field))
    if len(rows) > NAMED:
        words = f"{field}: the same holds for {len(rows) - NAMED:,} more records."
        yield Finding(code, severity, words, remedy, Place(file, column=field))


def cells_of(held: Records, *codes: str) -> UInt8s:
    """The bytes of one or several fields side by side."""
    rows = held.rows
    return np.concatenate([field_bytes(held.layout[code], rows) for code in codes], axis=1)


def key_of(held: Records, *codes: str) -> pa.Array:
    """The same as one Arrow value a record."""
    return binary(cells_of(held, *codes))


def numbers(held: Records, code: str) -> Int64s:
    """A number field; 0 where malformed."""
    return numbers_of(held.bytes_of(code))[0]


def is_blank(cells: UInt8s) -> Bools:
    """Which rows hold nothing."""
    return np.asarray((cells == BLANK).all(axis=1))


def has_value(cells: UInt8s, values: set[str]) -> Bools:
    """Which rows hold one of these texts, blanks at the end aside. Few distinct values are the usual case."""
    coded = binary(cells).dictionary_encode()
    wanted = [text.decode("latin-1").rstrip() in values for text in coded.dictionary.to_pylist()]
    is_wanted: Bools = np.array([*wanted, False], np.bool_)
    chosen: Bools = is_wanted[coded.indices.to_numpy()]
    return chosen


def found_in(child: pa.Array, parent: pa.Array) -> Int64s:
    """Row of each child's value among the parents, -1 = none."""
    if not len(parent):
        return np.full(len(child), -1, np.int64)
    if child.type != parent.type:
        child, parent = _plain(child), _plain(parent)
    places = pc.fill_null(pc.index_in(child, value_set=parent), -1)
    return np.asarray(places.to_numpy(zero_copy_only=False), np.int64)


def _plain(values: pa.Array) -> pa.Array:
    """Numbers without leading zeros, text without blanks at the end: fields of two widths compare."""
    texts = pc.ascii_rtrim(values.cast(pa.binary()).cast(pa.string()), " ")
    return pc.ascii_ltrim(texts, "0")
