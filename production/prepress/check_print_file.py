"""Reads a finished print file back and proves, on every page, that page k holds record k and nothing else.

The reader shares no code with the writer: it finds objects through the cross-reference stream, walks the page
tree, and reads codes and address lines out of the page contents.
"""

from __future__ import annotations

import mmap
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from kernel.findings import Finding, Place, Severity
from production.prepress import marks, text_columns
from production.prepress.fields import Kind
from production.prepress.merge import PageMarks, Part

_XREF = re.compile(
    rb"\d+ 0 obj\n<</Type/XRef/Size (\d+)/Root (\d+) 0 R/W\[1 5 4\].*?/Columns 10>>/Length (\d+)>>stream\n",
    re.DOTALL,
)
_OBJECT_STREAM = re.compile(
    rb"(\d+) 0 obj\n<</Type/ObjStm/N (\d+)/First (\d+)/Filter/FlateDecode/Length (\d+)>>stream\n"
)
_CONTENT = re.compile(rb"(\d+) 0 obj\n<</Length (\d+)>>stream\n")
_KIDS = re.compile(rb"/Kids\[([\d R]*)\]")
_CONTENTS = re.compile(rb"/Contents (\d+) 0 R")
_BAR = re.compile(rb"(\d+) (\d+) 12 (\d+) re")
_LETTER_OF_BAR = {(29, 29): b"T", (0, 58): b"D", (29, 58): b"A", (0, 87): b"F"}


class _Damaged(Exception):
    """The file's structure is not what its own tables say."""


@dataclass(frozen=True, slots=True)
class _Expected:
    """What a page must carry, looked up by piece."""

    imb: bytes
    mark: bytes
    caption: bytes
    address: bytes
    address_lines: int


def check_print_file(
    path: Path, parts: Sequence[Part], imb: np.ndarray, page_marks: PageMarks
) -> list[Finding]:
    """Findings of severity stop, none for a good file; arguments as given to ``merge_parts``. Stops at the first
    hundred pages that are wrong."""
    findings: list[Finding] = []
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            contents = _page_contents(data)
            expected_pages = len(page_marks.pieces) * parts[0].compiled.pages
            if len(contents) != expected_pages:
                raise _Damaged(f"it has {len(contents):,} pages, not {expected_pages:,}")
            for number, wrong in _wrong_pages(data, contents, parts, imb, page_marks):
                message = f"Page {number:,} does not hold its own record alone: {wrong}."
                findings.append(
                    Finding(
                        "SEQUENCE_MISMATCH",
                        Severity.STOP,
                        message,
                        "Merge the segment again.",
                        Place(page=number),
                    )
                )
                if len(findings) == 100:
                    break
    except (_Damaged, ValueError, IndexError, KeyError, zlib.error) as error:
        message = (
            f"The print file is damaged: {error if isinstance(error, _Damaged) else 'it cannot be read'}."
        )
        findings.append(Finding("PRINT_FILE_DAMAGED", Severity.STOP, message, "Merge the segment again."))
    return findings


def _page_contents(data: mmap.mmap) -> list[tuple[int, int]]:
    """Start and end of every page's content, in the order of the page tree."""
    offsets, nodes, root = _objects(data)
    numbers: list[int] = []
    waiting = [_between(data, offsets[root])]
    pages_root = int(_need(re.search(rb"/Pages (\d+) 0 R", waiting.pop()), "it has no page tree")[1])
    waiting.append(_between(data, offsets[pages_root]))
    while waiting:
        node = waiting.pop()
        kids = _KIDS.search(node)
        if kids is None:
            numbers.append(int(_need(_CONTENTS.search(node), "a page has no content")[1]))
        else:
            waiting += [nodes[int(kid)] for kid in reversed(kids[1].split()[::3])]
        if len(numbers) > len(offsets):
            raise _Damaged("its page tree runs in circles")
    if len(set(numbers)) != len(numbers):
        raise _Damaged("two pages share one content")
    places = offsets.tolist()
    return [_content_span(data, places, number) for number in numbers]


def _need(match: re.Match[bytes] | None, otherwise: str) -> re.Match[bytes]:
    if match is None:
        raise _Damaged(otherwise)
    return match


def _between(data: mmap.mmap, start: int) -> bytes:
    return data[start : data.find(b"endobj", start)]


def _objects(data: mmap.mmap) -> tuple[np.ndarray, dict[int, bytes], int]:
    """Offsets by object number (0 where packed), the packed objects, and the catalog's number."""
    tail = _need(re.search(rb"startxref\n(\d+)\n%%EOF\n\Z", data[-64:]), "it has no end")
    start = int(tail[1])
    match = _need(_XREF.match(data, start), "its cross-reference is not where it should be")
    size, root, length = (int(match[k]) for k in (1, 2, 3))
    rows = np.frombuffer(zlib.decompress(data[match.end() : match.end() + length]), np.uint8).reshape(
        size, 11
    )
    rows = np.cumsum(rows[:, 1:], axis=0, dtype=np.uint8).astype(np.int64)
    kind = rows[:, 0]
    second = rows[:, 1:6] @ (256 ** np.arange(4, -1, -1, dtype=np.int64))
    offsets = np.where(kind == 1, second, 0)
    nodes: dict[int, bytes] = {}
    for stream in np.unique(second[kind == 2]).tolist():
        head = _need(
            _OBJECT_STREAM.match(data, int(offsets[stream])), "an object stream is not where it should be"
        )
        inside = zlib.decompress(data[head.end() : head.end() + int(head[4])])
        first = int(head[3])
        index = [int(v) for v in inside[:first].split()]
        stops = [*index[3::2], len(inside) - first]
        for number, begin, stop in zip(index[::2], index[1::2], stops, strict=True):
            nodes[number] = inside[first + begin : first + stop]
    return offsets, nodes, root


def _content_span(data: mmap.mmap, offsets: list[int], number: int) -> tuple[int, int]:
    head = _need(_CONTENT.match(data, offsets[number]), f"object {number} is not where it should be")
    stop = head.end() + int(head[2])
    if int(head[1]) != number or data[stop : stop + 17] != b"endstream\nendobj\n":
        raise _Damaged(f"the length of object {number} is wrong")
    return head.end(), stop


def _wrong_pages(
    data: mmap.mmap,
    contents: list[tuple[int, int]],
    parts: Sequence[Part],
    imb: np.ndarray,
    page_marks: PageMarks,
) -> Iterator[tuple[int, str]]:
    m = parts[0].compiled.pages
    pieces = page_marks.pieces
    strips = [_strips(marks.mark_symbols(page_marks.batch_no, pieces, k, m)) for k in range(1, m + 1)]
    kinds = [
        [{f.kind for f in part.compiled.fields.fields if f.page in {k, 0}} for k in range(1, m + 1)]
        for part in parts
    ]
    part_of = np.zeros(len(pieces), np.int64)
    addresses: list[tuple[str, ...]] = [()] * len(pieces)
    for k, part in enumerate(parts):
        part_of[part.places] = k
        lines = zip(*(line.to_pylist() for line in _address_lines(part.table)), strict=True)
        for place, shown in zip(part.places.tolist(), lines, strict=True):
            addresses[place] = shown
    for number, (start, stop) in enumerate(contents):
        row, page = divmod(number, m)
        which = int(part_of[row])
        printed = [line.encode("cp1252", "replace") for line in addresses[row] if line]
        expected = _Expected(
            imb[row].tobytes(),
            strips[page][row * 88 : row * 88 + 88],
            b"%d-%d %d/%d" % (page_marks.batch_no, pieces[row], page + 1, m),
            b"".join([b"(%b)'" % _escaped(line) for line in printed]),
            len(printed),
        )
        wrong = _page_fault(data[start:stop], kinds[which][page], which * m + page + 1, expected)
        if wrong:
            yield number + 1, wrong


def _escaped(line: bytes) -> bytes:
    return line.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _strips(symbols: np.ndarray) -> bytes:
    """The eight strips of every mark as they stand on a page: 88 bytes a mark."""
    strips = np.full((len(symbols), 8, 11), ord("("), np.uint8)
    strips[:, :, 1:9] = marks.mark_letters(symbols)
    strips[:, :, 9:] = list(b")'")
    return strips.tobytes()


def _address_lines(table: pa.Table) -> list[Any]:
    return [text_columns.tidy(line) for line in text_columns.address_lines(table.combine_chunks())]


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
    if shown.startswith(b"<"):  # glyph numbers: the count of lines is what can be read without the font
        return shown.count(b">'") == expected.address_lines
    return shown.startswith(expected.address + b" ") and shown[len(expected.address) :] in {
        b" ET",
        b" 0 g ET",
    }
