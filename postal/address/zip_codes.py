"""ZIP Code, ZIP+4 and delivery point of a whole list as integers, by one rule for every reader of lists.

Digits become numbers position by position for all rows at once, straight from the Arrow buffers; text is made again
only where it is written. Nothing is padded or cut in silence: a code that has lost zeros is read with them and marked
``short``, and whoever reads decides (``without``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Bools = npt.NDArray[np.bool_]
Int64s = npt.NDArray[np.int64]

# Full lengths 5, 9, 11; a spreadsheet takes one zero (two in Puerto Rico and parts of the Northeast).
_FULL_LENGTHS = (5, 9, 11)
_SHORT_OF_ZEROS = {3: 5, 4: 5, 7: 9, 8: 9, 10: 11}
_CODE = r"\d{3,5}(?:[- ]?\d{4}(?:[- ]?\d{2})?)?"
_SHAPE = f"^{_CODE}$"
_PLAIN = r"^[0-9]*(?:[- ][0-9]+)*$"
# What stands round a code and is none of it: ="70802" and '70802 keep a spreadsheet from counting, 70802- has lost an
# add-on, and a dash has many forms.
_DASHES = "[\u2010-\u2015\u2212]"
_BEFORE, _BEHIND = "(?:=? ?\"|=|'|\u2019)? ?", '[-_ ]*"?'
_WRAPPED = f"^{_BEFORE}(.*?){_BEHIND}$"
_CELL = re.compile(f"{_BEFORE}{_CODE}{_BEHIND}")
_CHANGED_BY_SPREADSHEET = r"^\d+(?:\.\d+)?[Ee]\+?\d+$|^\d+\.\d+$"
# Codes with letters: Canada, the United Kingdom and Ireland, the Netherlands, and numbers behind a country's letters.
_ABROAD = (
    r"^(?i:[A-Z]\d[A-Z][ -]?\d[A-Z]\d|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[\dW] ?[A-Z\d]{4}"
    r"|\d{4} ?[A-Z]{2}|[A-Z]{1,3}-\d{4,6})$"
)
_MOST_DIGITS = 18
# 0000 is what software writes where it knows no add-on. That none is ever assigned: unconfirmed.
NO_ADD_ON = "0000"


@dataclass(frozen=True, slots=True)
class Routing:
    """Integer columns, -1 where absent, and what is wrong by row. ``zip11`` only with all three parts."""

    zip5: Int64s
    plus4: Int64s
    delivery_point: Int64s
    missing: Bools
    invalid: Bools
    short: Bools  # the ZIP Code has lost zeros; the numbers have them
    short_add_on: Bools  # the same of an add-on in a column of its own
    changed: Bools  # scientific notation or decimals
    abroad: Bools  # the postal code of another country
    bad_add_on: Bools  # unusable, or two that differ

    @property
    def zip11(self) -> Int64s:
        whole = (self.zip5 >= 0) & (self.plus4 >= 0) & (self.delivery_point >= 0)
        return np.where(whole, self.zip5 * 1_000_000 + self.plus4 * 100 + self.delivery_point, -1)

    def without(self, zips: Bools, add_ons: Bools) -> Routing:
        """Without the codes of rows ``zips``, and the add-ons of rows ``add_ons``."""
        return replace(
            self,
            zip5=np.where(zips, -1, self.zip5),
            plus4=np.where(zips | add_ons, -1, self.plus4),
            delivery_point=np.where(zips | add_ons, -1, self.delivery_point),
        )


def looks_like_zip(cell: str) -> bool:
    """Whether one cell is a ZIP Code by its form, with all its zeros or without."""
    return bool(_CELL.fullmatch(re.sub(_DASHES, "-", cell)))


def read_zips(zip_code: pa.Array, plus4: pa.Array, delivery_point: pa.Array) -> Routing:
    """Three columns of trimmed text, read together; ``zip_code`` may hold 5, 9 or 11 digits."""
    zip_code, plus4, delivery_point = map(_unwrapped, (zip_code, plus4, delivery_point))
    bare = _without(zip_code, "-", " ")
    length, value, numeric = digit_values(bare)
    missing = _length(zip_code) == 0
    if bare is not zip_code:
        numeric &= _matches(zip_code, _SHAPE, numeric & (length != _length(zip_code)), otherwise=True)
    short = np.isin(length, list(_SHORT_OF_ZEROS)) & numeric
    usable = (np.isin(length, _FULL_LENGTHS) & numeric) | short
    digits = np.select([length == lost for lost in _SHORT_OF_ZEROS], list(_SHORT_OF_ZEROS.values()), length)
    zip5 = np.where(usable, value // np.select([digits == 9, digits == 11], [10_000, 1_000_000], 1), -1)
    own_plus4 = np.select([digits == 9, digits == 11], [value % 10_000, value // 100 % 10_000], -1)
    own_point = np.where(digits == 11, value % 100, -1)
    own_plus4 = np.where(own_plus4 == int(NO_ADD_ON), -1, own_plus4)
    other_plus4, short_plus4, bad_plus4 = _add_on(plus4, 4, none=int(NO_ADD_ON))
    other_point, short_point, bad_point = _add_on(delivery_point, 2, none=-1)
    final_plus4, differs = _one_of(own_plus4, other_plus4)
    final_point, differs_too = _one_of(own_point, other_point)
    usable &= zip5 > 0
    final_plus4 = np.where(usable, final_plus4, -1)
    strange = ~missing & ~numeric
    changed = _matches(zip_code, _CHANGED_BY_SPREADSHEET, strange, otherwise=False)
    abroad = _matches(zip_code, _ABROAD, strange & ~changed, otherwise=False)
    return Routing(
        zip5=np.where(usable, zip5, -1),
        plus4=final_plus4,
        delivery_point=np.where(final_plus4 >= 0, final_point, -1),
        missing=missing,
        invalid=~missing & ~usable & ~changed & ~abroad,
        short=short & usable,
        short_add_on=usable & (short_plus4 | short_point),
        changed=changed,
        abroad=abroad,
        bad_add_on=usable & (bad_plus4 | bad_point | differs | differs_too),
    )


def _unwrapped(column: pa.Array) -> pa.Array:
    """Cells without what is written round a code; hardly any list has one."""
    is_plain = pc.match_substring_regex(column, _PLAIN)
    if pc.all(is_plain).as_py():
        return column
    code = pc.replace_substring_regex(pc.replace_substring_regex(column, _DASHES, "-"), _WRAPPED, r"\1")
    return pc.if_else(is_plain, column, code)


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


def _add_on(column: pa.Array, width: int, *, none: int) -> tuple[Int64s, Bools, Bools]:
    """Value (-1 = none or unusable), whether it has lost zeros, and whether something unusable is there."""
    length, value, numeric = digit_values(column)
    fits = numeric & (length <= width)
    usable = fits & (value != none)
    return np.where(usable, value, -1), usable & (length < width), (length > 0) & ~fits


def _one_of(own: Int64s, other: Int64s) -> tuple[Int64s, Bools]:
    """The one of two add-ons that is there; neither where they differ."""
    differs = (own >= 0) & (other >= 0) & (own != other)
    return np.where(differs, -1, np.maximum(own, other)), differs


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
