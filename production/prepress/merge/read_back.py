"""Reads a finished print file back and proves, on every page, that page k holds record k and nothing else.

The reader shares no code with the writer: it finds the pages through the file's own tables (``print_structure``)
and reads codes and address lines out of their contents. Whole columns of pages are compared with what they must
hold; a page that is not proven right that way is read by itself and judged.
"""

from __future__ import annotations

import mmap
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kernel.findings import Finding, Place, Severity
from production.prepress.merge import marks, text_columns
from production.prepress.merge.fields import Kind
from production.prepress.merge.print_file import PageMarks, Part
from production.prepress.merge.structure import Damaged, page_contents

_BLOCK_PAGES = 16_384
_MARK_BYTES = 88  # eight strips "(ABCDEFGH)'"
_HEAD = 60  # bytes of a line that tell its kind: " TL " begins within the first 57, if it counts
_BREAK = b")'("  # from one line of an address block to the next; a space stands there in the text
_ENDS = (b" ET", b" 0 g ET")  # of a box of text
_BAR = re.compile(rb"(\d+) (\d+) 12 (\d+) re")
_LETTER_OF_BAR = {(29, 29): b"T", (0, 58): b"D", (29, 58): b"A", (0, 87): b"F"}


@dataclass(frozen=True, slots=True)
class _Expected:
    """What a page must carry, looked up by piece."""

    imb: bytes
    mark: bytes
    caption: bytes
    address: bytes
    address_count: int


def check_print_file(
    path: Path, parts: Sequence[Part], imb: np.ndarray, page_marks: PageMarks
) -> list[Finding]:
    """Findings of severity stop, none for a good file; arguments as given to ``merge_parts``. Stops at the first
    hundred pages that are wrong."""
    findings: list[Finding] = []
    remedy = "Merge the segment again."
    try:
        with path.open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        contents = page_contents(data)
        expected_pages = len(page_marks.pieces) * parts[0].compiled.pages
        if len(contents[0]) != expected_pages:
            raise Damaged(f"it has {len(contents[0]):,} pages, not {expected_pages:,}")
        for number, wrong in _wrong_pages(data, contents, _Records(parts, imb, page_marks)):
            message = f"Page {number:,} does not hold its own record alone: {wrong}."
            findings.append(Finding("SEQUENCE_MISMATCH", Severity.STOP, message, remedy, Place(page=number)))
            if len(findings) == 100:
                break
    except (Damaged, ValueError, IndexError, KeyError, zlib.error) as error:
        what = error if isinstance(error, Damaged) else "it cannot be read"
        message = f"The print file is damaged: {what}."
        findings.append(Finding("PRINT_FILE_DAMAGED", Severity.STOP, message, remedy))
    return findings


class _Records:
    """What every page must carry, by row of the file."""

    def __init__(self, parts: Sequence[Part], imb: np.ndarray, page_marks: PageMarks) -> None:
        self.m = parts[0].compiled.pages
        self.imb, self.stream, self.pieces = imb, page_marks.stream_no, page_marks.pieces
        self.part_of = np.zeros(len(self.pieces), np.int64)
        order = np.empty(len(self.pieces), np.int64)
        made, done = [], 0
        for k, part in enumerate(parts):
            self.part_of[part.places] = k
            order[part.places] = done + np.arange(len(part.places))
            done += len(part.places)
            made.append(_printed_addresses(part.table))
        joined, counts = zip(*made, strict=True)
        self.addresses = pa.concat_arrays(joined).take(pa.array(order))
        self.address_counts = np.concatenate(counts)[order]
        # Kinds of boxes on page k of a piece of each part.
        self.kinds = [
            [{f.kind for f in part.compiled.fields.fields if f.page in {k, 0}} for k in range(1, self.m + 1)]
            for part in parts
        ]

    def has(self, kind: Kind, rows: np.ndarray, pages: np.ndarray) -> np.ndarray:
        """Whether pages (from 0) of these rows hold a box of a kind."""
        table = np.array([[kind in kinds for kinds in part] for part in self.kinds])
        held: np.ndarray = table[self.part_of[rows], pages]
        return held

    def form(self, rows: np.ndarray, pages: np.ndarray) -> np.ndarray:
        """The number of the page's template form, from 1."""
        number: np.ndarray = self.part_of[rows] * self.m + pages + 1
        return number

    def expected(self, row: int, page: int) -> _Expected:
        """Everything of one page (from 0)."""
        symbols = marks.mark_symbols(self.stream, self.pieces[row : row + 1], page + 1, self.m)
        return _Expected(
            self.imb[row].tobytes(),
            _strips(symbols).tobytes(),
            b"%d-%d %d/%d" % (self.stream, self.pieces[row], page + 1, self.m),
            self.addresses[row].as_py(),
            int(self.address_counts[row]),
        )


def _printed_addresses(table: pa.Table) -> tuple[pa.Array, np.ndarray]:
    """The strings of an address block, one behind the other (binary), and how many letters and lines it has."""
    shown, count = [], np.zeros(table.num_rows, np.int64)
    for line in text_columns.address_lines(table.combine_chunks()):
        flat = pc.replace_substring(text_columns.tidy(line), "\n", " ")
        filled = pc.greater(pc.binary_length(flat), 0)
        raw = flat.cast(pa.binary())
        if not pc.all(pc.string_is_ascii(flat)).as_py():
            raw = pa.array("\n".join(flat.to_pylist()).encode("cp1252", "replace").split(b"\n"), pa.binary())
        for special in (b"\\", b"(", b")"):
            raw = pc.replace_substring(raw, special, b"\\" + special)
        own = pc.binary_join_element_wise(b"(", raw.slice(0, len(flat)), b")'", b"")
        shown.append(pc.if_else(filled, own, b""))
        count += np.asarray(filled) + np.asarray(pc.utf8_length(flat))
    return pc.binary_join_element_wise(*shown, b""), count


def _strips(symbols: np.ndarray) -> np.ndarray:
    """The eight strips of every mark as they stand on a page: (n, 88) uint8."""
    strips = np.full((len(symbols), 8, 11), ord("("), np.uint8)
    strips[:, :, 1:9] = marks.mark_letters(symbols)
    strips[:, :, 9:] = list(b")'")
    return strips.reshape(-1, _MARK_BYTES)


def _wrong_pages(
    data: mmap.mmap, contents: tuple[np.ndarray, np.ndarray], records: _Records
) -> Iterator[tuple[int, str]]:
    """Pages (from 1) that are not as they must be, and why. Whole columns are compared; only a page that is not
    shown to be right that way is read by itself."""
    starts, stops = contents
    for first in range(0, len(starts), _BLOCK_PAGES):
        block = slice(first, first + _BLOCK_PAGES)
        right = _right_pages(data, starts[block], stops[block], first, records)
        for place in np.flatnonzero(~right).tolist():
            start, stop = int(starts[first + place]), int(stops[first + place])
            row, page = divmod(first + place, records.m)
            which = int(records.part_of[row])
            wrong = _page_fault(
                data[start:stop],
                records.kinds[which][page],
                which * records.m + page + 1,
                records.expected(row, page),
            )
            if wrong:
                yield first + place + 1, wrong


# --- whole columns -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Lines:
    """Some lines of a block of pages, feed included, and the page (in the block) of each."""

    text: bytes
    start: np.ndarray
    stop: np.ndarray
    page: np.ndarray

    def begins(self, length: int) -> pa.Array:
        """At most so many bytes of each line."""
        return _spans(self.text, self.start, np.minimum(self.start + length, self.stop))

    def ends_with(self, end: bytes) -> np.ndarray:
        """Which lines end so."""
        letters = np.frombuffer(self.text, np.uint8)
        found: np.ndarray = self.stop - self.start >= len(end)
        for place, letter in enumerate(reversed(end), start=1):
            found &= letters[self.stop - place] == letter
        return found

    def take(self, which: np.ndarray) -> _Lines:
        """The lines that a mask or index names."""
        return _Lines(self.text, self.start[which], self.stop[which], self.page[which])

    def after(self, marker: bytes) -> pa.Array:
        """Each line from the first marker on."""
        begin = np.asarray(pc.find_substring(_spans(self.text, self.start, self.stop), marker)).astype(
            np.int64
        )
        return _spans(self.text, self.start + np.maximum(begin, 0), self.stop)


def _spans(text: bytes, starts: np.ndarray, stops: np.ndarray) -> pa.Array:
    """Stretches of a text, in order and not overlapping, as a binary column."""
    if not len(starts):
        return pa.array([], pa.binary())
    offsets = np.stack([starts, stops], axis=1).astype(np.int32).ravel()
    both = pa.Array.from_buffers(
        pa.binary(), len(offsets) - 1, [None, pa.py_buffer(offsets), pa.py_buffer(text)]
    )
    return both.take(pa.array(np.arange(0, len(offsets), 2)))


def _right_pages(
    data: mmap.mmap, starts: np.ndarray, stops: np.ndarray, first: int, records: _Records
) -> np.ndarray:
    """Which pages of a block certainly hold their own record and nothing else (bool). Says no where it cannot tell,
    as for bars painted as boxes."""
    with memoryview(data) as whole:
        text = b"".join(
            [whole[start:stop] for start, stop in zip(starts.tolist(), stops.tolist(), strict=True)]
        )
    ends = np.cumsum(stops - starts)
    letters = np.frombuffer(text, np.uint8)
    feeds = np.flatnonzero(letters == 10) + 1
    if np.any(letters[ends - 1] != 10):
        return np.zeros(len(starts), bool)
    page = np.searchsorted(ends, feeds)
    lines = _Lines(text, np.append(0, feeds[:-1]), feeds, page)
    rows, pages = np.divmod(first + np.arange(len(starts)), records.m)
    return _judge(lines, rows, pages, records)


def _judge(lines: _Lines, rows: np.ndarray, pages: np.ndarray, records: _Records) -> np.ndarray:
    """The rules of ``_page_fault`` for whole columns: a line's kind by how it begins, then its value."""
    column = lines.begins(_HEAD)
    leading = np.asarray(pc.find_substring(column, b" TL "))
    form, code, mark, small, text = (
        np.asarray(pc.starts_with(column, begin))
        for begin in (b"/T", b"BT/I 1 Tf", b"BT/M 1 Tf", b"BT/L 4.5 Tf", b"BT")
    )
    caption = small & ~((leading >= 0) & (leading <= 36))
    address = text & (leading >= 0) & (leading <= 56) & ~(code | mark | caption)
    plain = lines.ends_with(b"ET\n")
    odd = ~(form | code | mark | caption | address | plain)
    count = len(rows)

    def has(some: np.ndarray, values: pa.Array, expected: pa.Array) -> tuple[np.ndarray, np.ndarray]:
        """How many lines of a kind a page holds, and how many of them are its own."""
        where = lines.page[some]
        own = np.asarray(pc.equal(values, expected.take(pa.array(where))))
        return np.bincount(where, minlength=count), np.bincount(where[own], minlength=count)

    def after(some: np.ndarray, marker: bytes) -> pa.Array:
        return lines.take(some).after(marker)

    right: np.ndarray = np.bincount(lines.page[odd], minlength=count) == 0
    found, own = has(form, after(form, b"/T"), _text(b"/T", records.form(rows, pages), b" Do\n"))
    right &= (found == 1) & (own == 1)
    found, own = has(code, after(code, b"("), _text(b"(", records.imb[rows], b")Tj ET\n"))
    right &= (found == own) & (own == records.has(Kind.IMB, rows, pages))
    captions = _text(
        b"(%d-" % records.stream, records.pieces[rows], b" ", pages + 1, b"/%d)Tj ET\n" % records.m
    )
    found, own = has(caption, after(caption, b"("), captions)
    right &= (found == own) & (own == records.has(Kind.MARK, rows, pages))
    found, own = has(mark, after(mark, b"("), _text(_marks(rows, pages, records), b" ET\n"))
    right &= (found == own) & (own <= 1)
    right &= _with_address(lines.take(address), rows, records) | ~records.has(Kind.ADDRESS, rows, pages)
    return right


def _with_address(lines: _Lines, rows: np.ndarray, records: _Records) -> np.ndarray:
    """Pages on which some text box holds the address lines, letter by letter, or as many glyph numbers. Nearly all are
    found by the first way; the others look at what is left."""
    found = np.zeros(len(rows), bool)
    for is_own in (_is_written, _is_written_with_breaks, _is_in_glyphs):
        lines = lines.take(~found[lines.page])
        if len(lines.page):
            own = is_own(lines.after(b"Td"), rows[lines.page], records)
            found[lines.page[own]] = True
    return found


def _is_written(shown: pa.Array, rows: np.ndarray, records: _Records) -> np.ndarray:
    own = np.zeros(len(rows), bool)
    for expected in _addresses(rows, records):
        own |= np.asarray(pc.equal(shown, expected))
    return own


def _is_written_with_breaks(shown: pa.Array, rows: np.ndarray, records: _Records) -> np.ndarray:
    """A line that is broken at a space has a break in its place."""
    own, flat = np.zeros(len(rows), bool), pc.replace_substring(shown, _BREAK, b" ")
    for expected in _addresses(rows, records):
        own |= np.asarray(pc.equal(flat, pc.replace_substring(expected, _BREAK, b" ")))
    return own


def _addresses(rows: np.ndarray, records: _Records) -> Iterator[pa.Array]:
    """What shows the addresses of rows, with each of the ends a box may have."""
    for end in _ENDS:
        yield pc.binary_join_element_wise(b"Td", records.addresses.take(pa.array(rows)), end + b"\n", b"")


def _is_in_glyphs(shown: pa.Array, rows: np.ndarray, records: _Records) -> np.ndarray:
    body = pc.replace_substring_regex(shown, r"^Td<(.*)>'[^>']*$", r"\1")
    breaks = np.asarray(pc.count_substring(body, b">'<"))
    letters = (np.asarray(pc.binary_length(body)) - 3 * breaks) // 4
    is_glyphs = np.asarray(pc.starts_with(shown, b"Td<"))
    own: np.ndarray = is_glyphs & (letters + breaks + 1 == records.address_counts[rows])
    return own


def _marks(rows: np.ndarray, pages: np.ndarray, records: _Records) -> np.ndarray:
    strips = np.empty((len(rows), _MARK_BYTES), np.uint8)
    for page in range(records.m):
        here = pages == page
        strips[here] = _strips(
            marks.mark_symbols(records.stream, records.pieces[rows[here]], page + 1, records.m)
        )
    return strips


def _text(*parts: bytes | np.ndarray) -> pa.Array:
    """Constants, numbers and (n, width) letters joined row by row (binary)."""
    columns: list[pa.Array | bytes] = []
    for part in parts:
        if isinstance(part, np.ndarray) and part.ndim == 2:
            wide = pa.binary(part.shape[1])
            raw = pa.py_buffer(np.ascontiguousarray(part))
            columns.append(pa.Array.from_buffers(wide, len(part), [None, raw]).cast(pa.binary()))
        elif isinstance(part, np.ndarray):
            columns.append(pa.array(part).cast(pa.string()).cast(pa.binary()))
        else:
            columns.append(part)
    return pc.binary_join_element_wise(*columns, b"")


# --- one page ----------------------------------------------------------------------------------------------


def _page_fault(content: bytes, kinds: set[Kind], page: int, expected: _Expected) -> str:
    """What is wrong with a page's content; empty when it is right."""
    shown = _shown(content)
    if shown["form"] != [b"/T%d Do" % page]:
        return "not its one template page"
    if shown["imb"] + _letters_of_boxes(shown["box"]) != ([expected.imb] if Kind.IMB in kinds else []):
        return "another barcode than its own"
    if shown["caption"] != ([expected.caption] if Kind.MARK in kinds else []):
        return "another piece number than its own"
    if shown["mark"] and shown["mark"] != [expected.mark]:
        return "another page mark than its own"
    if Kind.ADDRESS in kinds and not any(_same_lines(lines, expected) for lines in shown["address"]):
        return "another address than its own"
    return ""


def _shown(content: bytes) -> dict[str, list[bytes]]:
    """What a page shows, by kind: one line of the content holds one box."""
    shown: dict[str, list[bytes]] = {
        "form": [],
        "imb": [],
        "caption": [],
        "mark": [],
        "address": [],
        "box": [],
    }
    for line in content.split(b"\n"):
        if line.startswith(b"/T"):
            shown["form"].append(line)
        elif line.startswith(b"BT/I 1 Tf"):
            shown["imb"].append(line[line.index(b"(") + 1 : -6])
        elif line.startswith(b"BT/M 1 Tf"):
            shown["mark"].append(line[line.index(b"(") : -3])
        elif line.startswith(b"BT/L 4.5 Tf") and b" TL " not in line[:40]:
            shown["caption"].append(line[line.index(b"(") + 1 : -6])
        elif line.startswith(b"BT") and b" TL " in line[:60]:
            shown["address"].append(line[line.index(b"Td") + 2 :])
        elif line.rstrip().endswith(b"re"):
            shown["box"].append(line)
    return shown


def _letters_of_boxes(boxes: list[bytes]) -> list[bytes]:
    """IMb letters of bars painted as rectangles, 65 to a code."""
    bars = _BAR.findall(b"\n".join(boxes)) if boxes else []
    letters = b"".join(_LETTER_OF_BAR[int(y), int(height)] for _, y, height in bars)
    return [letters[k : k + 65] for k in range(0, len(letters), 65)]


def _same_lines(shown: bytes, expected: _Expected) -> bool:
    if shown.startswith(b"<"):  # glyph numbers: the count of letters is what can be read without the font
        body = shown[1 : shown.rfind(b">'")]
        breaks = body.count(b">'<")
        return (len(body) - 3 * breaks) // 4 + breaks + 1 == expected.address_count
    flat = shown.replace(_BREAK, b" ")
    return flat in {expected.address.replace(_BREAK, b" ") + end for end in _ENDS}
