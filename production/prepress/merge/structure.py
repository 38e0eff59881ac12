"""Reads the structure of a print file back without the writer's code: cross-reference stream, object streams, page
tree, and where each page's content begins and ends. Whole columns of objects are read at once.
"""

from __future__ import annotations

import mmap
import re
import zlib
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.lib.stride_tricks import sliding_window_view

_XREF = re.compile(
    rb"\d+ 0 obj\n<</Type/XRef/Size (\d+)/Root (\d+) 0 R/W\[1 5 4\].*?/Columns 10>>/Length (\d+)>>stream\n",
    re.DOTALL,
)
_OBJECT_STREAM = re.compile(
    rb"(\d+) 0 obj\n<</Type/ObjStm/N (\d+)/First (\d+)/Filter/FlateDecode/Length (\d+)>>stream\n"
)
_CONTENT = r"\A(?P<head>(?P<number>\d+) 0 obj\n<</Length (?P<length>\d+)>>stream\n)"
_HEAD_BYTES, _END = 64, b"endstream\nendobj\n"
_KIDS = re.compile(rb"/Kids\[([\d R]*)\]")


class Damaged(Exception):
    """The file's structure is not what its own tables say."""


@dataclass(frozen=True, slots=True, eq=False)
class _Nodes:
    """The packed objects by ascending number; ``content`` is what a page shows, -1 for other objects."""

    numbers: np.ndarray
    bodies: pa.Array
    content: np.ndarray

    def find(self, numbers: np.ndarray) -> np.ndarray:
        """Where objects stand; all of them must be there."""
        at = np.minimum(np.searchsorted(self.numbers, numbers), len(self.numbers) - 1)
        if not len(self.numbers) or np.any(self.numbers[at] != numbers):
            raise Damaged("its page tree names an object that is not there")
        return at


def page_contents(data: mmap.mmap) -> tuple[np.ndarray, np.ndarray]:
    """Start and end of every page's content (int64), in the order of the page tree."""
    offsets, nodes, root = _objects(data)
    catalog = _between(data, offsets[root])
    pages_root = int(_need(re.search(rb"/Pages (\d+) 0 R", catalog), "it has no page tree")[1])
    numbers = _pages_under(_between(data, offsets[pages_root]), nodes)
    if len(np.unique(numbers)) != len(numbers):
        raise Damaged("two pages share one content")
    return _content_spans(data, offsets, numbers)


def _pages_under(root: bytes, nodes: _Nodes) -> np.ndarray:
    """Content numbers of the pages below a node, in order. Kids that are all pages are taken together."""
    found: list[np.ndarray] = []
    waiting, seen = [root], 0
    while waiting:
        kids = np.array(_need(_KIDS.search(waiting.pop()), "a page tree node has no kids")[1].split()[::3])
        at = nodes.find(kids.astype(np.int64))
        inner = nodes.content[at] < 0
        seen += len(at)
        if seen > len(nodes.numbers):
            raise Damaged("its page tree runs in circles")
        if not inner.any():
            found.append(nodes.content[at])
        elif inner.all():
            waiting += [nodes.bodies[k].as_py() for k in at[::-1].tolist()]
        else:
            raise Damaged("pages and nodes stand side by side in its page tree")
    return np.concatenate(found) if found else np.zeros(0, np.int64)


def _need(match: re.Match[bytes] | None, otherwise: str) -> re.Match[bytes]:
    if match is None:
        raise Damaged(otherwise)
    return match


def _between(data: mmap.mmap, start: int) -> bytes:
    return data[start : data.find(b"endobj", start)]


def _objects(data: mmap.mmap) -> tuple[np.ndarray, _Nodes, int]:
    """Offsets by object number (0 where packed), the packed objects, and the catalog's number."""
    tail = _need(re.search(rb"startxref\n(\d+)\n%%EOF\n\Z", data[-64:]), "it has no end")
    start = int(tail[1])
    match = _need(_XREF.match(data, start), "its cross-reference is not where it should be")
    size, root, length = (int(match[k]) for k in (1, 2, 3))
    rows = np.frombuffer(zlib.decompress(data[match.end() : match.end() + length]), np.uint8).reshape(
        size, 11
    )
    rows = np.cumsum(rows[:, 1:], axis=0, dtype=np.uint8)
    kind = rows[:, 0]
    second = rows[:, 1:6] @ (256 ** np.arange(4, -1, -1, dtype=np.int64))
    offsets = np.where(kind == 1, second, 0)
    numbers, bodies = [np.zeros(0, np.int64)], [pa.array([], pa.binary())]
    for stream in np.unique(second[kind == 2]).tolist():
        head = _need(
            _OBJECT_STREAM.match(data, int(offsets[stream])), "an object stream is not where it should be"
        )
        inside = zlib.decompress(data[head.end() : head.end() + int(head[4])])
        first = int(head[3])
        index = np.fromstring(inside[:first], np.int64, sep=" ")
        places = pa.py_buffer(np.append(index[1::2] + first, len(inside)).astype(np.int32))
        numbers.append(index[::2])
        bodies.append(
            pa.Array.from_buffers(pa.binary(), len(index) // 2, [None, places, pa.py_buffer(inside)])
        )
    found, order = np.unique(np.concatenate(numbers), return_index=True)
    packed = pa.concat_arrays(bodies).take(pa.array(order))
    return offsets, _Nodes(found, packed, _number_in(packed, r"/Contents (?P<n>\d+) 0 R")), root


def _number_in(column: pa.Array, pattern: str) -> np.ndarray:
    """The number named n that a pattern finds in each row (int64); -1 where it finds none."""
    found = pc.struct_field(pc.extract_regex(column, pattern), "n")
    return np.asarray(pc.fill_null(pc.cast(found.cast(pa.string()), pa.int64()), -1))


def _content_spans(
    data: mmap.mmap, offsets: np.ndarray, numbers: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where the streams of content objects begin and end: number, length and end must all be as announced."""
    if len(numbers) and numbers.max() >= len(offsets):
        raise Damaged("a page names a content that is not there")
    whole = np.frombuffer(data, np.uint8)
    at = offsets[numbers]
    if len(at) and at.max() > len(whole) - _HEAD_BYTES:
        raise Damaged("a content is not where it should be")
    heads = sliding_window_view(whole, _HEAD_BYTES)[at]
    parts = pc.extract_regex(
        pa.FixedSizeBinaryArray.from_buffers(
            pa.binary(_HEAD_BYTES), len(at), [None, pa.py_buffer(np.ascontiguousarray(heads))]
        ).cast(pa.binary()),
        _CONTENT,
    )
    if parts.null_count:
        wrong = int(numbers[np.flatnonzero(np.asarray(parts.is_null()))[0]])
        raise Damaged(f"object {wrong} is not where it should be")
    number, length = (
        np.asarray(parts.field(name).cast(pa.string()).cast(pa.int64())) for name in ("number", "length")
    )
    starts = at + np.asarray(pc.binary_length(parts.field("head")))
    stops = starts + length
    ends = sliding_window_view(whole, len(_END))[np.minimum(stops, len(whole) - len(_END))]
    wrong = (number != numbers) | np.any(ends != np.frombuffer(_END, np.uint8), axis=1)
    if wrong.any():
        raise Damaged(f"the length of object {numbers[np.flatnonzero(wrong)[0]]} is wrong")
    return starts, stops
