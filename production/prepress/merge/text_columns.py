"""Text of a box for many records at once: characters, widths, size, line breaks and PDF strings, as columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from production.prepress.merge.field_formats import formatted
from production.prepress.merge.fields import Align, Field, Fit, Kind, split_text
from production.prepress.merge.fonts import TABLE_SIZE, WINDOWS_1252, Face
from production.prepress.merge.line_breaks import break_lines
from production.prepress.merge.pdf_writer import join

Column: TypeAlias = pa.Array
_IS_1252 = np.zeros(TABLE_SIZE, bool)
_IS_1252[[ord(c) for c in WINDOWS_1252]] = True
_SPACE = np.zeros(TABLE_SIZE, bool)
_SPACE[[9, 10, 13, 0xA0]] = True
_EMPTY = pa.scalar("")
# First UTF-8 byte of U+0300 and what follows it: no letter before that combines with another (Unicode, UAX 15).
_FIRST_TO_COMPOSE = 0xCC


@dataclass(frozen=True, slots=True)
class FontUse:
    """A font in a file: its resource name and how its strings are written. ``glyphs`` is None for one byte a
    character in Windows-1252, else glyph numbers by code point for two bytes a character. ``lacks``: some text of the
    file has a character that the font does not have."""

    resource: bytes
    face: Face
    glyphs: np.ndarray | None
    lacks: bool = False


@dataclass(frozen=True, slots=True)
class Laid:
    """A box measured: the rows whose text does not fit, and what draws it. ``draw`` gives columns and constants that
    make the operators row by row when joined; a list check asks for nothing of that."""

    too_large: np.ndarray
    draw: Callable[[], Sequence[Column | bytes]]


def as_text(column: pa.Array | pa.ChunkedArray) -> Column:
    """One contiguous string column without nulls."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if isinstance(column, pa.ChunkedArray):  # older pyarrow keeps an empty chunked array
        column = pa.array([], pa.string())
    if column.type != pa.string():
        column = column.cast(pa.string())
    return pc.fill_null(column, "") if column.null_count else column


def _join_text(*parts: Column | str) -> Column:
    if len(parts) == 1 and isinstance(parts[0], pa.Array):
        return parts[0]
    return pc.binary_join_element_wise(
        *[p if isinstance(p, pa.Array) else pa.scalar(p) for p in parts], _EMPTY
    )


def constant(text: str, n: int) -> Column:
    """The same text n times."""
    return pa.array([text], pa.string()).take(pa.array(np.zeros(n, np.int64)))


def _column(table: pa.Table, name: str) -> Column:
    return as_text(table.column(name)) if name in table.column_names else constant("", table.num_rows)


def field_lines(field: Field, table: pa.Table) -> list[Column]:
    """The text columns of a box: one for a text box, the address lines for an address block."""
    if field.kind is Kind.ADDRESS:
        return [tidy(line) for line in address_lines(table)]
    return [tidy(_text(field, table))]


def _text(field: Field, table: pa.Table) -> Column:
    """A box's text with its columns shown; lines whose columns are all empty left out where that is asked."""
    if not field.omit_empty:
        return _line(field.parts, field, table)
    n = table.num_rows
    text, has_before = constant("", n), np.zeros(n, bool)
    for line in field.text.split("\n"):
        parts = split_text(line)
        shown, is_empty = _line(parts, field, table), _is_empty_line(parts, field, table)
        between = pc.if_else(pa.array(has_before & ~is_empty), "\n", "")
        text = _join_text(text, between, pc.if_else(pa.array(is_empty), "", shown))
        has_before |= ~is_empty
    return text


def _line(parts: list[tuple[str, str]], field: Field, table: pa.Table) -> Column:
    """Literals and columns joined."""
    joined: list[Column | str] = []
    for literal, name in parts:
        joined += [literal] if literal else []
        joined += [shown_column(field, name, table)] if name else []
    if not any(isinstance(part, pa.Array) for part in joined):
        return constant("".join(map(str, joined)), table.num_rows)
    return _join_text(*joined)


def _is_empty_line(parts: list[tuple[str, str]], field: Field, table: pa.Table) -> np.ndarray:
    """Rows where a line has columns and all of them are empty."""
    names = [name for _, name in parts if name]
    is_empty = np.full(table.num_rows, bool(names))
    for name in names:
        is_empty &= np.asarray(blank(shown_column(field, name, table)))
    return is_empty


def shown_column(field: Field, name: str, table: pa.Table) -> Column:
    """A column in the format of the box, and its text for empty where there is nothing."""
    column = _column(table, name)
    if as_format := field.format_of(name):
        column, _ = formatted(column, as_format)
    if instead := field.text_for_empty(name):
        column = pc.if_else(blank(column), instead, column)
    return column


def blank(column: Column) -> Column:
    """Rows with nothing but white space."""
    return pc.equal(pc.binary_length(pc.utf8_trim_whitespace(column)), 0)


def unread_values(field: Field, name: str, table: pa.Table) -> np.ndarray:
    """Rows whose value is not of the kind that the format of the box shows."""
    as_format = field.format_of(name)
    return formatted(_column(table, name), as_format)[1] if as_format else np.zeros(table.num_rows, bool)


def address_lines(table: pa.Table) -> list[Column]:
    """Recipient, company, street, second street line, and city, state, ZIP+4 (Publication 28, 211)."""
    lines = [
        pc.utf8_trim_whitespace(_column(table, name))
        for name in ("recipient", "company", "street", "street2")
    ]
    city, state, zip5, plus4 = (
        pc.utf8_trim_whitespace(_column(table, name)) for name in ("city", "state", "zip5", "plus4")
    )
    dashed = pc.if_else(pc.greater(pc.binary_length(plus4), 0), _join_text("-", plus4), "")
    last = pc.utf8_trim_whitespace(_join_text(city, " ", state, " ", zip5, dashed))
    return [*lines, last]


def code_points(column: Column) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All characters of a string column (uint8 or uint32) and each row's start and end in them."""
    offsets = np.frombuffer(column.buffers()[1], np.int32)[column.offset : column.offset + len(column) + 1]
    offsets = offsets.astype(np.int64)
    first, last = (int(offsets[0]), int(offsets[-1])) if len(offsets) else (0, 0)
    data = np.frombuffer(column.buffers()[2] or b"", np.uint8)[first:last]
    if not len(data) or data.max() < 0x80:
        return data, offsets[:-1] - first, offsets[1:] - first
    lines = _join_text(column, "\0")
    raw = lines.buffers()[2]
    stop = int(np.frombuffer(lines.buffers()[1], np.int32)[len(lines)])
    codes = np.frombuffer(raw.to_pybytes()[:stop].decode("utf-8").encode("utf-32-le"), np.uint32)
    stops = np.flatnonzero(codes == 0)
    if len(stops) != len(column):
        raise ValueError("a text holds a NUL character")
    return codes, np.concatenate([[0], stops[:-1] + 1]), stops


def _within(codes: np.ndarray) -> np.ndarray:
    """Code points as places in the tables; beyond them all fall on the last, which no font has."""
    return codes if codes.dtype == np.uint8 else np.minimum(codes, TABLE_SIZE - 1)


def seen(column: Column) -> np.ndarray:
    """Which code points a column uses: bool of ``TABLE_SIZE`` (beyond it they count as the last one)."""
    used = np.zeros(TABLE_SIZE, bool)
    codes, _, _ = code_points(column)
    used[_within(codes)] = True
    used[0] = False
    return used


def tidy(column: Column) -> Column:
    """Composed letters (NFC), tabs and carriage returns as spaces, NUL as a visible fault."""
    data = _octets(column)
    if not len(data):
        return column
    if data.max() >= _FIRST_TO_COMPOSE:
        column = pc.utf8_normalize(column, form="NFC")
    if data.min() < 0x20:
        for control, instead in (("\r\n", "\n"), ("\r", "\n"), ("\t", " "), ("\0", "\x01")):
            if np.any(data == ord(control[0])):
                column = pc.replace_substring(column, control, instead)
    return column


def _octets(column: Column) -> np.ndarray:
    """All bytes behind a column, of a slice also those around it."""
    return np.frombuffer(column.buffers()[2] or b"", np.uint8)


def widths(column: Column, face: Face) -> np.ndarray:
    """Each row's width at one point of size (float64, points)."""
    codes, starts, stops = code_points(column)
    wide = np.zeros(len(column))
    filled = stops > starts
    if len(codes):
        # Rows follow one another, so each ends where the next begins; separators between them have no width.
        wide[filled] = np.add.reduceat(face.widths[_within(codes)], starts[filled]) * face.unit / 1000
    return wide


def above_ascender(column: Column, face: Face) -> np.ndarray:
    """How far each row's ink reaches above the font's ascender, in em (float64): accents of capitals do."""
    codes, starts, stops = code_points(column)
    above = np.zeros(len(column))
    reach = face.reach[_within(codes)]
    filled = stops > starts
    if len(reach) and reach.max() > face.ascender:
        # As in ``widths``: separators between rows have no ink.
        above[filled] = np.maximum(0.0, np.maximum.reduceat(reach, starts[filled]) - face.ascender)
    return above


def missing_glyphs(column: Column, face: Face) -> list[tuple[int, int]]:
    """(row, code point) of characters the font lacks, each character once a row; line feeds are no characters."""
    codes, starts, _ = code_points(column)
    bad = ~face.has_glyph[_within(codes)] & (codes != 10)
    if codes.dtype == np.uint32:
        bad &= codes != 0  # the separators
    places = np.flatnonzero(bad)
    rows = np.searchsorted(starts, places, side="right") - 1
    return list(dict.fromkeys(zip(rows.tolist(), codes[places].tolist(), strict=True)))


def is_windows_1252(used: np.ndarray) -> bool:
    """Whether one byte a character is enough (line feeds aside)."""
    return not np.any(used & ~_IS_1252 & ~_SPACE)


def pdf_strings(column: Column, use: FontUse) -> list[Column | bytes]:
    """PDF string tokens, to be joined row by row: ``(Main St)`` or ``<00450046>``."""
    if use.glyphs is not None:
        return [b"<", _hex_strings(column, use.glyphs), b">"]
    codes, _, _ = code_points(column)
    if codes.dtype == np.uint8:
        raw = column.cast(pa.binary())
    else:
        lines = _join_text(column, "\0")
        stop = int(np.frombuffer(lines.buffers()[1], np.int32)[len(lines)])
        data = lines.buffers()[2].to_pybytes()[:stop].decode("utf-8").encode("cp1252", "replace")
        stops = np.flatnonzero(np.frombuffer(data, np.uint8) == 0)
        offsets = np.concatenate([[0], stops + 1]).astype(np.int32)
        raw = pa.Array.from_buffers(
            pa.binary(), len(column), [None, pa.py_buffer(offsets), pa.py_buffer(data)]
        )
        raw = pc.replace_substring(raw, b"\0", b"")
    for special in (b"\\", b"(", b")"):
        if len(codes) and np.any(codes == special[0]):
            raw = pc.replace_substring(raw, special, b"\\" + special)
    return [b"(", raw, b")"]


def _hex_strings(column: Column, glyphs: np.ndarray) -> Column:
    codes, starts, stops = code_points(column)
    numbers_ = glyphs[_within(codes)]
    kept = np.ones(len(codes), bool)
    if codes.dtype == np.uint32:
        kept[stops] = False
        starts = starts - np.arange(len(starts))
        stops = stops - np.arange(len(stops))
    nibbles = numbers_[kept, None] >> np.array([12, 8, 4, 0], np.uint16) & 15
    data = np.frombuffer(b"0123456789ABCDEF", np.uint8)[nibbles].tobytes()
    offsets = (np.append(starts[:1], stops) * 4).astype(np.int32)
    return pa.Array.from_buffers(pa.binary(), len(column), [None, pa.py_buffer(offsets), pa.py_buffer(data)])


# --- boxes -------------------------------------------------------------------------------------------------


def hundredths(values: np.ndarray) -> Column:
    """Lengths as text with at most two decimals (binary)."""
    rounded = np.rint(np.asarray(values, np.float64) * 100) / 100 + 0.0  # no "-0"
    return pa.array(rounded).cast(pa.string()).cast(pa.binary())


def points(value: float) -> bytes:
    """A length as text with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".").encode("ascii") if round(value, 2) else b"0"


def color_operators(color: str) -> tuple[bytes, bytes]:
    """What sets a fill color and what brings back black. A page begins black, so black says nothing; gray stays
    gray, so that it prints with black alone."""
    if color == "000000":
        return b"", b""
    red, green, blue = (int(color[k : k + 2], 16) / 255 for k in (0, 2, 4))
    if red == green == blue:
        return b" %b g" % points(red), b"0 g "
    return b" %b %b %b rg" % (points(red), points(green), points(blue)), b"0 g "


def line_room(
    field: Field, size: np.ndarray | float, face: Face, above: np.ndarray | float = 0.0
) -> np.ndarray:
    """How many lines of a size the box holds, whose first one reaches so far above the ascender (em)."""
    tall = np.asarray(size) * (above + face.ascender + face.descender)
    return (
        np.floor((field.height - tall + 0.05) / (np.asarray(size) * field.line_spacing)).astype(np.int64) + 1
    )


def _fitting_size(field: Field, wide: np.ndarray) -> np.ndarray:
    """Largest size, in tenths of a point, up to the nominal one, at which a width (at one point) fits."""
    with np.errstate(divide="ignore"):
        fits = np.floor(field.width / wide * 10 + 1e-6) / 10
    return np.clip(fits, field.min_size, field.size)


def lay_out(field: Field, lines: Sequence[Column], use: FontUse, page_height: float) -> Laid:
    """Text or address box for every row of its ``field_lines``."""
    if field.kind is Kind.ADDRESS:
        return _address(field, lines, use, page_height)
    if field.fit is Fit.WRAP:
        return _wrapped(field, lines[0], use, page_height)
    return _single(field, _one_line(lines[0]), use, page_height)


def _one_line(column: Column) -> Column:
    return pc.replace_substring(column, "\n", " ") if np.any(_octets(column) == 10) else column


def _begin(field: Field, use: FontUse, size: Column | bytes) -> list[Column | bytes]:
    return [b"BT" + color_operators(field.color)[0] + b"/" + use.resource + b" ", size, b" Tf "]


def _end(field: Field) -> bytes:
    return color_operators(field.color)[1] + b"ET\n"


def _sizes(field: Field, size: np.ndarray) -> Column | bytes:
    return hundredths(size) if np.any(size != field.size) else points(field.size)


def _single(field: Field, text: Column, use: FontUse, page_height: float) -> Laid:
    wide = widths(text, use.face)
    size = _fitting_size(field, wide) if field.fit is Fit.SHRINK else np.full(len(text), field.size)
    taken = wide * size
    too_large = (taken > field.width + 0.05) | (line_room(field, size, use.face) < 1)
    baseline = page_height - field.y - field.size * use.face.ascender

    def draw() -> list[Column | bytes]:
        x: Column | bytes = points(field.x)
        if field.align is not Align.LEFT:
            share = 0.5 if field.align is Align.CENTER else 1.0
            x = hundredths(field.x + (field.width - taken) * share)
        return [
            *_begin(field, use, _sizes(field, size)),
            x,
            b" " + points(baseline) + b" Td",
            *pdf_strings(text, use),
            b"Tj " + _end(field),
        ]

    return Laid(too_large, draw)


def _address(field: Field, lines: Sequence[Column], use: FontUse, page_height: float) -> Laid:
    """Each line that is not empty moves down one line and shows itself, so empty lines close up. The ink of the first
    one begins at the top of the box at the highest, whatever accents it has: bars may stand there."""
    lines = [_one_line(line) for line in lines]
    filled = [pc.greater(pc.binary_length(line), 0) for line in lines]
    above = above_ascender(_first_filled(lines, filled), use.face)
    size, too_large = _address_size(field, lines, filled, use.face, above)
    broken = []
    for reach in np.unique(above[too_large]):
        rows = np.flatnonzero(too_large & (above == reach))
        part = [line.take(pa.array(rows)) for line in lines]
        block, size[rows], fits = _broken_lines(field, part, use, float(reach))
        too_large[rows] = ~fits
        broken.append((rows, block))

    def draw() -> list[Column | bytes]:
        leading = size * field.line_spacing
        top = page_height - field.y - size * (use.face.ascender + above) + leading
        return [
            *_begin(field, use, _one_or_many(size)), _one_or_many(leading),
            b" TL " + points(field.x) + b" ", _one_or_many(top), b" Td",
            *_address_strings(lines, filled, use, broken), b" " + _end(field),
        ]  # fmt: skip

    return Laid(too_large, draw)


def _address_strings(
    lines: list[Column], filled: list[pa.Array], use: FontUse, broken: list[tuple[np.ndarray, Column]]
) -> list[Column]:
    """What shows the lines; ``broken``: rows whose whole block is shown in another way."""
    shown = [
        pc.if_else(f, join(*pdf_strings(line, use), b"'"), pa.scalar(b""))
        for f, line in zip(filled, lines, strict=True)
    ]
    if not broken:
        return shown
    block, count = join(*shown), len(lines[0])
    for rows, instead in broken:
        block = pc.replace_with_mask(block, pa.array(np.isin(np.arange(count), rows)), instead)
    return [block]


def _first_filled(lines: list[Column], filled: list[pa.Array]) -> Column:
    first = lines[-1]
    for line, is_filled in zip(lines[-2::-1], filled[-2::-1], strict=True):
        first = pc.if_else(is_filled, line, first)
    return first


def _one_or_many(values: np.ndarray) -> Column | bytes:
    """A length for each row, said once where it is the same for all."""
    return (
        hundredths(values) if len(values) and np.any(values != values[0]) else points(float(values[:1].sum()))
    )


def _address_size(
    field: Field, lines: list[Column], filled: list[pa.Array], face: Face, above: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The largest size at which every line fits the width and all of them the height, and where none does."""
    wide = np.max([widths(line, face) for line in lines], axis=0)
    count = np.sum([np.asarray(f) for f in filled], axis=0)
    size = _fitting_size(field, wide)
    for step in np.arange(field.size, field.min_size - 0.01, -0.5):
        tall = (count > line_room(field, size, face, above)) & (size > step)
        size = np.where(tall, step, size)
    return size, (wide * size > field.width + 0.05) | (count > line_room(field, size, face, above))


def _broken_lines(
    field: Field, lines: list[Column], use: FontUse, above: float
) -> tuple[Column, np.ndarray, np.ndarray]:
    """Address blocks whose lines break at spaces while the box has room; city, state and ZIP Code stay on one line.
    What shows each block, its size, and whether it fits. ``above``: how far all first lines reach above the ascender.
    """
    block = lines[-1]
    for line in lines[-2::-1]:
        ahead = pc.if_else(pc.greater(pc.binary_length(line), 0), _join_text(line, "\n"), "")
        block = _join_text(ahead, block)
    codes, starts, stops = code_points(block)
    size = len(codes) + 1
    last = stops - np.asarray(pc.utf8_length(lines[-1]))
    is_last = np.cumsum(np.bincount(last, minlength=size) - np.bincount(stops, minlength=size))[:-1] > 0
    sizes = _size_steps(field)
    found = break_lines(
        np.where(is_last, 0, codes), (starts, stops), use.face.widths[_within(codes)], unit=use.face.unit,
        rooms=field.width / sizes * 1000, heights=line_room(field, sizes, use.face, above),
    )  # fmt: skip
    drawn = join(*pdf_strings(_substrings(codes, found.start, found.stop), use), b"'")
    return _by_text(drawn, found.text, len(block)), sizes[found.size], found.fits


def _size_steps(field: Field) -> np.ndarray:
    """The sizes a full box tries, half a point apart."""
    steps: np.ndarray = field.size - 0.5 * np.arange(
        max(0, int((field.size - field.min_size) / 0.5 + 1e-9)) + 1
    )
    return steps


def _by_text(drawn: Column, text: np.ndarray, count: int) -> Column:
    """The lines of each text together. They stand side by side, so a text is a longer slice of the same bytes."""
    last = np.searchsorted(text, np.arange(count), side="right")
    offsets = np.frombuffer(drawn.buffers()[1], np.int32)[drawn.offset + np.append(0, last)]
    return pa.Array.from_buffers(pa.binary(), count, [None, pa.py_buffer(offsets), drawn.buffers()[2]])


def _wrapped(field: Field, text: Column, use: FontUse, page_height: float) -> Laid:
    """Breaks lines at spaces, at the nominal size or, where the box is full, half a point smaller at a time. A
    text that many rows share is broken once."""
    coded = text.dictionary_encode()
    distinct, rows = coded.dictionary, coded.indices
    if not len(distinct):
        return Laid(np.zeros(0, bool), lambda: [pa.array([], pa.binary())])
    codes, starts, stops = code_points(distinct)
    sizes = _size_steps(field)
    lines = break_lines(
        codes,
        (starts, stops),
        use.face.widths[_within(codes)],
        unit=use.face.unit,
        rooms=field.width / sizes * 1000,
        heights=line_room(field, sizes, use.face),
    )

    def draw() -> list[Column | bytes]:
        shown = _substrings(codes, lines.start, lines.stop)
        drawn = _line_operators(field, shown, use, lines.text, sizes[lines.size[lines.text]], page_height)
        bodies = _by_text(drawn, lines.text, len(distinct))
        heads = [
            b"".join([*_begin(field, use, points(s))]).rstrip() + b" %b TL" % points(s * field.line_spacing)
            for s in sizes.tolist()
        ]
        parts = [_chosen(heads, lines.size), bodies]
        if len(distinct) < len(text):
            parts = [part.take(rows) for part in parts]
        return [*parts, b" " + _end(field)]

    return Laid(~lines.fits[np.asarray(rows)], draw)


def _chosen(texts: Sequence[bytes], which: np.ndarray) -> Column:
    return pa.array(texts, pa.binary()).take(pa.array(which))


def _substrings(codes: np.ndarray, starts: np.ndarray, stops: np.ndarray) -> Column:
    """Stretches of characters, in order and apart from one another, as a string column."""
    size = len(codes) + 1
    depth = np.bincount(starts, minlength=size) - np.bincount(stops, minlength=size)
    kept = codes[np.cumsum(depth[:-1]) > 0]
    ends = np.append(0, np.cumsum(stops - starts))
    if codes.dtype == np.uint8:
        data = kept.tobytes()
    else:
        data = kept.tobytes().decode("utf-32-le").encode("utf-8")
        taken = 1 + (kept >= 0x80).astype(np.int64) + (kept >= 0x800) + (kept >= 0x10000)
        ends = np.append(0, np.cumsum(taken))[ends]
    offsets = pa.py_buffer(ends.astype(np.int32))
    return pa.Array.from_buffers(pa.string(), len(starts), [None, offsets, pa.py_buffer(data)])


def _line_operators(
    field: Field, shown: Column, use: FontUse, text: np.ndarray, size: np.ndarray, page_height: float
) -> Column:
    """Moves to each line and shows it; a line that begins under the one before needs no move but the leading."""
    share = {Align.LEFT: 0.0, Align.CENTER: 0.5, Align.RIGHT: 1.0}[field.align]
    x = np.round(field.x + (field.width - widths(shown, use.face) * size) * share, 2)
    is_first = np.append(True, text[1:] != text[:-1])
    before = np.where(is_first, 0.0, np.append(0.0, x[:-1]))
    straight = ~is_first & (x == before)
    down = np.where(is_first, page_height - field.y - size * use.face.ascender, -size * field.line_spacing)
    moves = np.flatnonzero(~straight)
    move = join(b" ", hundredths((x - before)[moves]), b" ", hundredths(down[moves]), b" Td")
    place = np.zeros(len(straight), np.int64)
    place[moves] = np.arange(1, len(moves) + 1)
    move = pa.concat_arrays([pa.array([b""], pa.binary()), move]).take(pa.array(place))
    return join(move, *pdf_strings(shown, use), _chosen([b"Tj", b"'"], straight.astype(np.int8)))


def runs_of(parts: Iterable[Column | bytes]) -> list[Column | bytes]:
    """Columns and constants, neighboring constants as one."""
    runs: list[Column | bytes] = []
    for part in parts:
        if isinstance(part, bytes) and runs and isinstance(runs[-1], bytes):
            runs[-1] += part
        else:
            runs.append(part)
    return runs


def join_runs(parts: Iterable[Column | bytes], n: int) -> Column:
    """n rows of columns and constants joined, neighboring constants first."""
    runs = runs_of(parts)
    if all(isinstance(run, bytes) for run in runs):
        return pa.array(runs or [b""], pa.binary()).take(pa.array(np.zeros(n, np.int64)))
    return join(*runs)
