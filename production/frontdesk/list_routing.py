"""ZIP Code, ZIP+4 and delivery point of a whole list as integers, straight from the Arrow buffers.

Digits become numbers position by position for all rows at once; text is made again only where it is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from production.frontdesk.list_places import CANADIAN_POSTAL_CODE

Bools = npt.NDArray[np.bool_]
Int64s = npt.NDArray[np.int64]

# Full lengths 5, 9, 11; a spreadsheet takes one zero (two in Puerto Rico and parts of the Northeast).
_FULL_LENGTHS = (5, 9, 11)
_SHORT_OF_ZEROS = {3: 5, 4: 5, 7: 9, 8: 9, 10: 11}
_SHAPE = r"^\d{3,5}(?:[- ]?\d{4}(?:[- ]?\d{2})?)?$"
_CHANGED_BY_SPREADSHEET = r"^\d+(?:\.\d+)?[Ee]\+?\d+$|^\d+\.\d+$"
_MOST_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Routing:
    """Integer columns, -1 where absent, and what is wrong by row. ``zip11`` only with all three parts."""

    zip5: Int64s
    plus4: Int64s
    delivery_point: Int64s
    missing: Bools
    invalid: Bools
    short: Bools  # lost zeros, not yet repaired
    repaired: Bools
    changed: Bools  # scientific notation or decimals
    canadian: Bools
    bad_add_on: Bools

    @property
    def zip11(self) -> Int64s:
        whole = (self.zip5 >= 0) & (self.plus4 >= 0) & (self.delivery_point >= 0)
        return np.where(whole, self.zip5 * 1_000_000 + self.plus4 * 100 + self.delivery_point, -1)


def digit_values(column: pa.Array) -> tuple[Int64s, Int64s, Bools]:
    """Length in bytes, value, and whether all bytes are ASCII digits (1 to 18 of them), of each string."""
    size = len(column)
    if not size:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, bool)
    _, offset_buffer, text = column.buffers()
    offsets = np.frombuffer(offset_buffer, np.int32)[column.offset : column.offset + size + 1].astype(
        np.int64
    )
    length = np.diff(offsets)
    value = np.zeros(size, np.int64)
    good = (length > 0) & (length <= _MOST_DIGITS)
    octets = np.frombuffer(text, np.uint8) if text is not None else np.empty(0, np.uint8)
    for position in range(int(length[good].max(initial=0))):
        rows = good & (length > position)
        everywhere = bool(rows.all())
        at = offsets[:-1] + position if everywhere else offsets[:-1][rows] + position
        digit = octets[at].astype(np.int64) - 48
        fits = (digit >= 0) & (digit <= 9)
        if everywhere:
            value = value * 10 + digit
            good &= fits
        else:
            value[rows] = value[rows] * 10 + digit
            good[rows] &= fits
    return length, np.where(good, value, -1), good


def read_routing(zip_code: pa.Array, plus4: pa.Array, delivery_point: pa.Array, *, repair: bool) -> Routing:
    """Three columns free of hidden characters, read together; ``zip_code`` may hold 5, 9 or 11 digits."""
    bare = _without(zip_code, "-", " ")
    length, value, numeric = digit_values(bare)
    missing = np.asarray(pc.equal(pc.binary_length(zip_code), 0))
    if bare is not zip_code:
        numeric &= _matches(zip_code, _SHAPE, numeric & (length != _length(zip_code)), otherwise=True)
    full = np.isin(length, _FULL_LENGTHS) & numeric
    short = np.isin(length, list(_SHORT_OF_ZEROS)) & numeric
    repaired = short & repair
    usable = full | repaired
    digits = length.copy()
    for lost, whole in _SHORT_OF_ZEROS.items():
        digits[repaired & (length == lost)] = whole
    zip5 = np.where(usable, value // np.select([digits == 9, digits == 11], [10_000, 1_000_000], 1), -1)
    own_plus4 = np.where(
        usable & (digits == 9), value % 10_000, np.where(usable & (digits == 11), value // 100 % 10_000, -1)
    )
    own_point = np.where(usable & (digits == 11), value % 100, -1)
    other_plus4, bad_plus4 = _add_on(plus4, 4, repair=repair)
    other_point, bad_point = _add_on(delivery_point, 2, repair=repair)
    final_plus4 = np.where(own_plus4 >= 0, own_plus4, other_plus4)
    final_point = np.where(own_point >= 0, own_point, other_point)
    strange = ~missing & ~numeric
    changed = _matches(zip_code, _CHANGED_BY_SPREADSHEET, strange, otherwise=False)
    return Routing(
        zip5=zip5,
        plus4=np.where(usable, final_plus4, -1),
        delivery_point=np.where(usable & (final_plus4 >= 0), final_point, -1),
        missing=missing,
        invalid=(~missing & ~usable & ~short & ~changed) | (usable & (zip5 == 0)),
        short=short & ~repaired,
        repaired=repaired,
        changed=changed,
        canadian=_canadian(zip_code, strange),
        bad_add_on=bad_plus4 | bad_point,
    )


def _without(column: pa.Array, *marks: str) -> pa.Array:
    for mark in marks:
        if pc.any(pc.match_substring(column, mark)).as_py():
            column = pc.replace_substring(column, mark, "")
    return column


def _length(column: pa.Array) -> Any:
    return np.asarray(pc.binary_length(column))


def _matches(column: pa.Array, pattern: str, rows: Bools, *, otherwise: bool) -> Bools:
    """The pattern on the chosen rows only."""
    result = np.full(len(column), otherwise)
    at = np.flatnonzero(rows)
    if len(at):
        result[at] = np.asarray(pc.match_substring_regex(column.take(pa.array(at)), pattern))
    return result


def _canadian(column: pa.Array, rows: Bools) -> Bools:
    result = np.zeros(len(column), bool)
    at = np.flatnonzero(rows)
    if len(at):
        codes = column.take(pa.array(at)).to_pylist()
        result[at] = [bool(CANADIAN_POSTAL_CODE.fullmatch(code.upper())) for code in codes]
    return result


def _add_on(column: pa.Array, width: int, *, repair: bool) -> tuple[Int64s, Bools]:
    """Value (-1 = none or unusable) and whether something unusable is there."""
    length, value, numeric = digit_values(column)
    usable = numeric & ((length <= width) if repair else (length == width))
    return np.where(usable, value, -1), (length > 0) & ~usable


def fixed_digits(values: Int64s, width: int) -> pa.Array:
    """Integers as strings of ``width`` digits with leading zeros; negative ones as empty strings."""
    present = values >= 0
    shown = values[present]
    digits = np.empty((len(shown), width), np.uint8)
    for position in range(width - 1, -1, -1):
        shown, digit = np.divmod(shown, 10)
        digits[:, position] = digit + 48
    offsets = np.zeros(len(values) + 1, np.int32)
    np.cumsum(present * width, out=offsets[1:])
    return pa.Array.from_buffers(
        pa.string(), len(values), [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(digits))]
    )
