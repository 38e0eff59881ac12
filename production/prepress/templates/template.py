"""Takes the pages of a template into a print file once, as Form XObjects; images, fonts and other streams keep
their bytes. What hangs on a page or document but is not its picture (annotations, scripts, actions, embedded
files) does not come along.
"""

from __future__ import annotations

import zlib
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pikepdf

from production.prepress.templates.page_boxes import Box, as_box, finished_box, upright, visible_box

# Keys inside copied objects that lead out of the picture: scripts and actions, files, reference XObjects, prepress
# proxies, document structure, private data of applications, other pictures for some readers only.
_LEFT_BEHIND = frozenset(
    "/" + key
    for key in (
        *("AA", "A", "OpenAction", "JS", "JavaScript", "AF", "EmbeddedFiles", "EF", "Ref", "OPI"),
        *("Metadata", "PieceInfo", "StructParent", "StructParents", "LastModified", "PtData", "Alternates"),
    )
)


class Copier:
    """Copies objects of one PDF into plain bytes, numbered from ``first``."""

    def __init__(self, first: int) -> None:
        self.objects: list[bytes] = []
        self._first = first
        self._numbers: dict[tuple[int, int], int] = {}
        self._waiting: deque[tuple[int, Any]] = deque()

    def add(self, content: bytes) -> int:
        """An object of our own; returns its number."""
        self.objects.append(content)
        return self._first + len(self.objects) - 1

    def drain(self) -> None:
        """Copies everything referred to so far."""
        while self._waiting:
            index, thing = self._waiting.popleft()
            self.objects[index] = self._content(thing)

    def reference(self, thing: Any) -> bytes:
        """An indirect object's new number as ``n 0 R``, copied later; a direct one as it is."""
        if not getattr(thing, "is_indirect", False):
            return self._content(thing)
        key = thing.objgen
        if key not in self._numbers:
            self._numbers[key] = self._first + len(self.objects)
            self.objects.append(b"null")
            self._waiting.append((len(self.objects) - 1, thing))
        return b"%d 0 R" % self._numbers[key]

    def _content(self, thing: Any) -> bytes:
        if isinstance(thing, pikepdf.Stream):
            data = thing.read_raw_bytes()
            head = self.dictionary(thing, leave=frozenset({"/Length", "/F", "/FFilter", "/FDecodeParms"}))
            return head[:-2] + b"/Length %d>>stream\n" % len(data) + data + b"\nendstream"
        if isinstance(thing, pikepdf.Dictionary):
            return b"null" if thing.get("/Type") == "/Page" else self.dictionary(thing)
        if isinstance(thing, pikepdf.Array):
            return b"[" + b" ".join(self.reference(item) for item in thing) + b"]"
        if isinstance(thing, pikepdf.String):
            return b"<" + bytes(thing).hex().encode("ascii") + b">"
        if isinstance(thing, pikepdf.Name):
            return thing.unparse(resolved=True)
        return _scalar(thing)

    def dictionary(self, thing: Any, *, leave: frozenset[str] = frozenset()) -> bytes:
        """A dictionary (or a stream's) without what is left behind. Untyped dictionaries are kept whole: in a
        resource dictionary every key is a name the page chose."""
        strip = _LEFT_BEHIND if isinstance(thing, pikepdf.Stream) or "/Type" in thing else frozenset()
        pairs = [
            _name(key) + b" " + self.reference(value)
            for key, value in sorted(thing.items())
            if key not in leave and key not in strip
        ]
        return b"<<" + b"".join(pairs) + b">>"


def _name(key: str) -> bytes:
    """A key as a name object (ISO 32000-1, 7.3.5), also one whose bytes are not UTF-8."""
    return b"/" + b"".join(
        b"%c" % byte if 33 <= byte <= 126 and byte not in b"#()<>[]{}/%" else b"#%02x" % byte
        for byte in key[1:].encode("utf-8", "surrogateescape")
    )


def _scalar(thing: Any) -> bytes:
    if thing is None:
        return b"null"
    if isinstance(thing, bool):
        return b"true" if thing else b"false"
    if isinstance(thing, int):
        return b"%d" % thing
    return format(Decimal(thing), "f").encode("ascii")


def page_box(page: pikepdf.Page) -> tuple[Box, int]:
    """The finished page (trim box, else what is visible) and its clockwise rotation. ValueError for a page without a
    usable box or with a rotation that is not a quarter turn."""
    trim = None
    with suppress(ValueError, TypeError):  # a trim box that is none says nothing
        trim = as_box(page.obj.get("/TrimBox"))
    box = finished_box(seen_box(page), trim)
    turn = int(inherited(page.obj, "/Rotate", 0))
    if turn % 90:
        raise ValueError("the page is rotated by a part of a quarter turn")
    return box, turn % 360


def seen_box(page: pikepdf.Page) -> Box:
    """What of the page is visible. ValueError for a page without a usable box."""
    return visible_box(as_box(page.mediabox), as_box(page.cropbox))


def inherited(page: Any, key: str, default: Any = None) -> Any:
    """A page attribute, looked up through the page tree (at most 50 levels)."""
    node = page
    for _ in range(50):
        if node is None:
            break
        if key in node:
            return node[key]
        node = node.get("/Parent")
    return default


def _numbers(values: tuple[float, ...]) -> bytes:
    return " ".join(f"{v:.4f}".rstrip("0").rstrip(".") if v else "0" for v in values).encode("ascii")


def content_streams(page: Any) -> list[pikepdf.Stream]:
    """The streams of a page's content; a reader passes over whatever else stands there."""
    contents = page.get("/Contents")
    listed = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
    return [stream for stream in listed if isinstance(stream, pikepdf.Stream)]


def _page_stream(page: Any) -> tuple[bytes, bytes]:
    """Filter entries and data of the page's content: as it is when it is one stream, else joined (ISO 32000-1,
    7.8.2: a break between streams is white space) and deflated once."""
    streams = content_streams(page)
    if len(streams) == 1:
        stream = streams[0]
        keys = [key for key in ("/Filter", "/DecodeParms") if key in stream]
        plain = Copier(0)  # filters and their parameters are direct in all but odd files; those are decoded
        heads = [key.encode() + b" " + plain.reference(stream[key]) for key in keys]
        if not plain.objects:
            return b"".join(heads), stream.read_raw_bytes()
    return b"/Filter/FlateDecode", zlib.compress(b"\n".join(s.read_bytes() for s in streams), 9)


def _form(copier: Copier, page: pikepdf.Page) -> tuple[int, tuple[float, float]]:
    """A page as a form: its number and size as seen."""
    box, turn = page_box(page)
    unit = float(inherited(page.obj, "/UserUnit", 1))
    matrix = tuple(v * unit for v in upright(box, turn))
    width, height = (box[2] - box[0]) * unit, (box[3] - box[1]) * unit
    head = b"<</Type/XObject/Subtype/Form/BBox[%b]/Matrix[%b]" % (_numbers(box), _numbers(matrix))
    head += b"/Resources " + copier.reference(inherited(page.obj, "/Resources", pikepdf.Dictionary()))
    filters, data = _page_stream(page.obj)
    number = copier.add(head + filters + b"/Length %d>>stream\n" % len(data) + data + b"\nendstream")
    return number, (height, width) if turn in {90, 270} else (width, height)


@dataclass(frozen=True, slots=True)
class FormPage:
    """A page of a template in a print file: the number of its form, its size (width, height in points as seen) and
    its transparency group as a dictionary, empty without one."""

    form: int
    size: tuple[float, float]
    group: bytes


def read_pages(pdf: pikepdf.Pdf, copier: Copier) -> list[FormPage]:
    """Copies the pages of a document. ValueError for a page without a usable box."""
    pages = []
    for page in pdf.pages:
        number, size = _form(copier, page)
        # The page that draws the form has the group of the page it stands for: so it blends in the same colors.
        group = page.obj.get("/Group")
        is_group = isinstance(group, pikepdf.Dictionary)
        pages.append(FormPage(number, size, copier.dictionary(group) if is_group else b""))
        copier.drain()
    return pages
