"""Writes a print file to disk as a stream: objects in number order known beforehand, page dictionaries in
object streams, a balanced page tree and one cross-reference stream. The same input gives the same bytes.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
CATALOG, ROOT, FIRST_FREE = 1, 2, 3  # object numbers of the catalog, the page-tree root and what follows
_FANOUT = 256
_PER_OBJECT_STREAM = 1000
_END = b"endstream\nendobj\n"


@dataclass(frozen=True, slots=True)
class PrintFile:
    """A finished print file."""

    path: Path
    pages: int
    sha256: str
    bytes: int


def numbers(values: np.ndarray) -> pa.Array:
    """Whole numbers as ASCII (pyarrow binary)."""
    return pa.array(values).cast(pa.string()).cast(pa.binary())


def join(*parts: pa.Array | bytes) -> pa.Array:
    """Columns and constants joined row by row (pyarrow binary)."""
    return pc.binary_join_element_wise(*[p if isinstance(p, pa.Array) else pa.scalar(p) for p in parts], b"")


def ends(array: pa.Array) -> np.ndarray:
    """Where each row's bytes end inside the column's own bytes (int64)."""
    offsets = np.frombuffer(array.buffers()[1], np.int32)[array.offset : array.offset + len(array) + 1]
    return offsets[1:].astype(np.int64) - int(offsets[0])


def body(array: pa.Array) -> memoryview:
    """All rows' bytes, one after the other."""
    offsets = np.frombuffer(array.buffers()[1], np.int32)
    first, last = int(offsets[array.offset]), int(offsets[array.offset + len(array)])
    return memoryview(array.buffers()[2] or b"")[first:last]


def _joined_length(parts: Sequence[pa.Array | bytes], n: int) -> np.ndarray:
    """How many bytes each of ``n`` rows has when joined (int64)."""
    length = np.zeros(n, np.int64)
    for part in parts:
        length += len(part) if isinstance(part, bytes) else np.asarray(pc.binary_length(part))
    return length


class PdfWriter:
    """A PDF of ``pages`` pages being written to a temporary name beside ``out``; renamed when finished.

    Object numbers: catalog, page-tree root, the fixed objects, the page contents, then (in object streams)
    page dictionaries and tree nodes, the object streams, the cross-reference stream.
    """

    def __init__(self, out: Path, *, fixed: int, pages: int) -> None:
        self.out, self.pages = out, pages
        self.first_content = FIRST_FREE + fixed
        self.first_page = self.first_content + pages
        self.levels = _tree_levels(pages)
        self.first_node = self.first_page + pages
        packed = pages + sum(self.levels)
        self.first_object_stream = self.first_node + sum(self.levels)
        self.xref_number = self.first_object_stream + -(-packed // _PER_OBJECT_STREAM)
        self._offsets = np.zeros(self.first_object_stream - pages - sum(self.levels), np.int64)
        self._position = 0
        self._hash = hashlib.sha256()
        self._partial = out.with_name(out.name + ".part")
        self._file = self._partial.open("wb")
        self._write(HEADER)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        if kind is not None:
            self._partial.unlink(missing_ok=True)

    def _write(self, data: bytes | memoryview) -> None:
        self._hash.update(data)
        self._file.write(data)
        self._position += len(data)

    def add(self, number: int, content: bytes) -> None:
        """One object: its dictionary or stream without the ``n 0 obj`` around it."""
        self._offsets[number] = self._position
        self._write(b"%d 0 obj\n%b\nendobj\n" % (number, content))

    def add_contents(self, first_number: int, contents: Sequence[Sequence[pa.Array | bytes]], n: int) -> None:
        """Content streams of ``n`` pieces: for each page of a piece the columns and constants its contents are made
        of; numbers run piece by piece. A content ends with a line feed, which the length counts. All is joined once,
        numbers and pages with it: every byte is copied a single time on its way into the file."""
        m = len(contents)
        runs: list[pa.Array | bytes] = []
        lengths = np.empty((n, m), np.int64)
        for page, content in enumerate(contents):
            length = _joined_length(content, n)
            number = numbers(np.arange(n, dtype=np.int64) * m + first_number + page)
            parts = [number, b" 0 obj\n<</Length ", numbers(length), b">>stream\n", *content, _END]
            lengths[:, page] = length + _joined_length([*parts[:4], _END], n)
            runs += parts
        starts = self._position + np.cumsum(lengths.ravel()) - lengths.ravel()
        self._offsets[first_number : first_number + n * m] = starts
        self._write(body(join(*runs)))

    def finish(
        self, *, catalog: str, root: str, page_keys: Sequence[str], page_kinds: np.ndarray | None = None
    ) -> PrintFile:
        """Page tree, cross-reference and trailer. ``root`` holds what pages inherit; ``page_keys`` what the
        pages of a piece have of their own, kind after kind; ``page_kinds`` the kind of each piece."""
        self.add(CATALOG, f"<</Type/Catalog/Pages {ROOT} 0 R{catalog}>>".encode("ascii"))
        nodes = self._tree(_page_key_of(self.pages, page_keys, page_kinds), page_keys, root)
        streams = self._object_streams(nodes)
        self._cross_reference(len(nodes), streams)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._partial.replace(self.out)
        return PrintFile(self.out, self.pages, self._hash.hexdigest(), self._position)

    def _tree(self, key_of: np.ndarray, page_keys: Sequence[str], root: str) -> pa.Array:
        """Page dictionaries and inner nodes, bottom up; writes the root. Returns the packed objects in order."""
        page = np.arange(self.pages, dtype=np.int64)
        parent = self.first_node + page // _FANOUT if self.levels else np.full(self.pages, ROOT)
        own = pa.array([key.encode("ascii") for key in page_keys], pa.binary()).take(pa.array(key_of))
        parts = [
            join(
                b"<</Type/Page/Parent ",
                numbers(parent),
                b" 0 R/Contents ",
                numbers(self.first_content + page),
                b" 0 R",
                own,
                b">>",
            )
        ]
        first_kid, kids, kid_pages, first = (
            self.first_page,
            self.pages,
            np.ones(self.pages, np.int64),
            self.first_node,
        )
        for level, count in enumerate(self.levels):
            above = first + count
            totals = np.add.reduceat(kid_pages, np.arange(0, kids, _FANOUT))
            is_top = level == len(self.levels) - 1
            texts = []
            for k in range(count):
                span = range(first_kid + k * _FANOUT, first_kid + min(kids, (k + 1) * _FANOUT))
                up = ROOT if is_top else above + k // _FANOUT
                refs = " ".join(f"{n} 0 R" for n in span)
                texts.append(
                    f"<</Type/Pages/Parent {up} 0 R/Count {totals[k]}/Kids[{refs}]>>".encode("ascii")
                )
            parts.append(pa.array(texts, pa.binary()))
            first_kid, kids, kid_pages, first = first, count, totals, above
        refs = " ".join(f"{n} 0 R" for n in range(first_kid, first_kid + kids))
        self.add(ROOT, f"<</Type/Pages/Count {self.pages}/Kids[{refs}]{root}>>".encode("ascii"))
        return pa.concat_arrays(parts)

    def _object_streams(self, nodes: pa.Array) -> np.ndarray:
        """Writes the packed objects by the thousand; returns where each object stream starts."""
        starts = []
        for k, first in enumerate(range(0, len(nodes), _PER_OBJECT_STREAM)):
            block = nodes.slice(first, _PER_OBJECT_STREAM)
            stops = ends(block)
            number = self.first_page + first + np.arange(len(block))
            pairs = join(numbers(number), b" ", numbers(np.append(0, stops[:-1])), b" ")
            index = bytes(body(pairs))[:-1] + b"\n"
            packed = zlib.compress(index + bytes(body(block)), 1)
            starts.append(self._position)
            self._write(
                b"%d 0 obj\n<</Type/ObjStm/N %d/First %d/Filter/FlateDecode/Length %d>>stream\n%b\nendstream\nendobj\n"
                % (self.first_object_stream + k, len(block), len(index), len(packed), packed)
            )
        return np.array(starts, np.int64)

    def _cross_reference(self, packed: int, streams: np.ndarray) -> None:
        """ISO 32000-1, 7.5.8: fields of 1, 5 and 4 bytes, predictor 12 (Up)."""
        size = self.xref_number + 1
        kind = np.ones(size, np.int64)
        second = np.zeros(size, np.int64)
        third = np.zeros(size, np.int64)
        kind[0], third[0] = 0, 65535
        plain = len(self._offsets)
        second[:plain] = self._offsets
        place = np.arange(packed)
        kind[plain : plain + packed] = 2
        second[plain : plain + packed] = self.first_object_stream + place // _PER_OBJECT_STREAM
        third[plain : plain + packed] = place % _PER_OBJECT_STREAM
        second[self.first_object_stream : self.xref_number] = streams
        start = second[self.xref_number] = self._position
        rows = np.empty((size, 10), np.uint8)
        rows[:, 0] = kind
        rows[:, 1:6] = second.astype(">u8").view(np.uint8).reshape(size, 8)[:, 3:]
        rows[:, 6:] = third.astype(">u4").view(np.uint8).reshape(size, 4)
        coded = np.empty((size, 11), np.uint8)
        coded[:, 0] = 2
        coded[0, 1:] = rows[0]
        np.subtract(rows[1:], rows[:-1], out=coded[1:, 1:])
        packed_rows = zlib.compress(coded.tobytes(), 1)
        # The file identifier comes from the content, so a repeat has the same one.
        name = self._hash.copy().hexdigest()[:32]
        self._write(
            b"%d 0 obj\n<</Type/XRef/Size %d/Root %d 0 R/W[1 5 4]/ID[<%b><%b>]/Filter/FlateDecode"
            b"/DecodeParms<</Predictor 12/Columns 10>>/Length %d>>stream\n%b\n"
            b"endstream\nendobj\nstartxref\n%d\n%%%%EOF\n"
            % (
                self.xref_number,
                size,
                CATALOG,
                name.encode(),
                name.encode(),
                len(packed_rows),
                packed_rows,
                start,
            )
        )


def _page_key_of(pages: int, page_keys: Sequence[str], page_kinds: np.ndarray | None) -> np.ndarray:
    """Index into ``page_keys`` of every page."""
    page = np.arange(pages, dtype=np.int64)
    if page_kinds is None:
        return page % len(page_keys)
    m = pages // len(page_kinds)
    return np.repeat(page_kinds, m) * m + page % m


def _tree_levels(pages: int) -> list[int]:
    """Inner nodes a level, from the leaves up; empty when the root holds the pages itself."""
    levels, count = [], pages
    while count > _FANOUT:
        count = -(-count // _FANOUT)
        levels.append(count)
    return levels
