"""Characters in list columns: what is tidied, hidden, damaged or forbidden, and what a spreadsheet would run.

Regular expressions run only on columns whose bytes show that they can match: looking at all bytes of a column
is far cheaper.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Bools = npt.NDArray[np.bool_]

_CONTROL = r"[\x{00}-\x{08}\x{0B}\x{0C}\x{0E}-\x{1F}\x{7F}-\x{9F}\x{FFFD}]"
_INVISIBLE = r"[\x{AD}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2064}\x{2066}-\x{2069}\x{FEFF}]"
_WIDE_SPACE = r"[\x{A0}\x{2007}\x{202F}]"
_LEADS_OF_HIDDEN = (0xC2, 0xE2, 0xEF)  # first UTF-8 bytes of every character of the two lines above
_LEADS_OF_CONTROL = (0x7F, 0xC2, 0xEF)
_LINE_BREAK = r"\S\s*[\r\n]\s*\S"
_SCIENTIFIC = r"^\d(?:\.\d+)?[Ee]\+\d+$"
_ESCAPE = r"_x[0-9A-Fa-f]{4}_|\\['\"]"  # of a workbook's XML, of a database's text
_ENTITY = r"&(?:[A-Za-z][A-Za-z0-9]{1,8}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});"  # of a web page
# UTF-8 read as Windows-1252: what its first byte becomes, then what its others become. Curly marks and dashes behind a
# capital with an accent may be meant. Last: UTF-8 read as Mac Roman, and the old DOS letters read as Windows-1252.
_SYMBOLS = (
    r"\x{A0}-\x{BF}\x{152}\x{153}\x{160}\x{161}\x{178}\x{17D}\x{17E}\x{192}\x{2C6}\x{2020}-\x{2022}\x{2030}\x{2039}"
    r"\x{203A}\x{20AC}"
)
_MARKS = r"\x{80}-\x{9F}\x{2013}\x{2014}\x{2018}-\x{201E}\x{2026}\x{2DC}\x{2122}"
_MISREAD = (
    rf"[\x{{C2}}\x{{C3}}][{_SYMBOLS}{_MARKS}]|[\x{{C4}}\x{{C5}}\x{{CE}}-\x{{D1}}][{_SYMBOLS}]"
    rf"|[\x{{E1}}\x{{E2}}\x{{EF}}][{_SYMBOLS}{_MARKS}]{{2}}|\x{{221A}}\S"
    r"|\pL[\x{A1}\x{A2}\x{A4}\x{201A}](?:\pL|$| )"
)
_LOST_LETTER = r"\pL\?+(?:\pL|$| )|(?:^| )\?+\pL"
# What spreadsheets take for a formula (OWASP, CSV injection), the full-width signs of East Asian keyboards too.
_FORMULA = r"\s*[=+\-@\t\r\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]"
_GUARDED = rf"^'+{_FORMULA}"
_TO_GUARD = rf"^'*{_FORMULA}"
_TEXT_FORMULA = r'^="([^"]*)"$'  # how programs keep a spreadsheet from counting digits: ="02110"


def _octets(column: pa.Array) -> npt.NDArray[np.uint8]:
    """All bytes behind a column; after a slice also those of the rows cut off."""
    text = column.buffers()[2] if len(column) else None
    return np.frombuffer(text, np.uint8) if text is not None and text.size else np.zeros(1, np.uint8) + 32


def _holds(column: pa.Array, *values: int) -> bool:
    octets = _octets(column)
    return any(bool((octets == value).any()) for value in values)


def _holds_control_bytes(column: pa.Array) -> bool:
    return int(_octets(column).min()) < 32


def _may_hold_hidden(column: pa.Array) -> bool:
    return int(_octets(column).max()) > 127 and _holds(column, *_LEADS_OF_HIDDEN)


def _matching(column: pa.Array, pattern: str) -> Bools:
    return np.asarray(pc.match_substring_regex(column, pattern))


def _nowhere(column: pa.Array) -> Bools:
    return np.zeros(len(column), bool)


def tidy(column: pa.Array) -> pa.Array:
    """Ends trimmed; runs of white space, tabs and line breaks as one space."""
    column = pc.utf8_trim_whitespace(column)
    if _holds_control_bytes(column) or pc.any(pc.match_substring(column, "  ")).as_py():
        column = pc.replace_substring_regex(column, r"\s+", " ")
    return column


def bare(column: pa.Array) -> pa.Array:
    """A key: no invisible characters, plain spaces, trimmed."""
    if not _may_hold_hidden(column):
        return column
    column = pc.replace_substring_regex(column, _INVISIBLE, "")
    return pc.utf8_trim_whitespace(pc.replace_substring_regex(column, _WIDE_SPACE, " "))


def has_hidden(column: pa.Array) -> Bools:
    """Rows with invisible or direction-changing characters, or spaces that do not break."""
    if not _may_hold_hidden(column):
        return _nowhere(column)
    return _matching(column, f"{_INVISIBLE}|{_WIDE_SPACE}")


def has_control(column: pa.Array) -> Bools:
    """Rows with NUL or another control character (tab and line breaks excepted), or U+FFFD."""
    if not _holds_control_bytes(column) and not _holds(column, *_LEADS_OF_CONTROL):
        return _nowhere(column)
    return _matching(column, _CONTROL)


def has_line_break(column: pa.Array) -> Bools:
    """Rows with a line break between words."""
    return _matching(column, _LINE_BREAK) if _holds_control_bytes(column) else _nowhere(column)


def is_scientific(column: pa.Array) -> Bools:
    """Rows such as 7.08E+04, which a spreadsheet made of a longer number."""
    return _matching(column, _SCIENTIFIC) if _holds(column, ord("+")) else _nowhere(column)


def has_damage(column: pa.Array) -> Bools:
    """Rows whose text was read in a wrong way on its way here, or still has the escapes of another format."""
    found = _nowhere(column)
    if _holds(column, ord("_"), ord("\\")):
        found |= _matching(column, _ESCAPE)
    if _holds(column, ord("&")):
        found |= _matching(column, _ENTITY)
    if int(_octets(column).max()) > 127:
        found |= _matching(column, _MISREAD)
    return found


def has_lost_letter(column: pa.Array) -> Bools:
    """Rows with a question mark in or beside a word: a letter that a program could not write."""
    return _matching(column, _LOST_LETTER) if _holds(column, ord("?")) else _nowhere(column)


def neutral(column: pa.Array) -> pa.Array:
    """Cells that a spreadsheet would run as a formula get an apostrophe in front; ``as_written`` takes it off."""
    runs = pc.match_substring_regex(column, _TO_GUARD)
    if not pc.any(runs).as_py():
        return column
    return pc.if_else(runs, pc.binary_join_element_wise("'", column, ""), column)


def as_written(column: pa.Array) -> pa.Array:
    """The inverse of ``neutral`` for any text."""
    if not _holds(column, ord("'")):
        return column
    guarded = pc.match_substring_regex(column, _GUARDED)
    return pc.if_else(guarded, pc.utf8_slice_codeunits(column, 1), column)


def without_text_formula(column: pa.Array) -> pa.Array:
    """``="02110"``, a formula that only holds a text, as that text."""
    if not _holds(column, ord("=")):
        return column
    return pc.replace_substring_regex(column, _TEXT_FORMULA, r"\1")
