"""Opening a hostile PDF: budgets for every stream before anything copies it, and the pages by walking their tree.
Called only inside the sandbox (see preflight)."""

from __future__ import annotations

import io
import zlib
from collections import Counter
from collections.abc import Iterator
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import pikepdf

from kernel.findings import Finding, Place, Severity
from production.prepress.templates.names import name_of

EXPORT = "Export the PDF again from the program it was made with."
# Budgets of one file. A 600-dpi color page is 100 MB unpacked; a letter has some thousand operators.
_STREAM_BYTES = 200 << 20
_TOTAL_BYTES = 600 << 20
_CONTENT_BYTES = 48 << 20
_IMAGE_PIXELS = 400_000_000
_MAX_FILTERS = 8
_MAX_OBJECTS = 1_000_000
_END, _TAIL = (
    b"%%EOF",
    1_000,
)  # bytes behind the end mark in which readers look for it (ISO 32000-1, annex H.3)
_MOST_HELD = 100 << 20  # bytes of a file that are held in memory
_FLATE = {"/FlateDecode", "/Fl"}
_OTHER_PACKERS = {
    "/LZWDecode", "/RunLengthDecode", "/ASCII85Decode", "/ASCIIHexDecode", "/LZW", "/RL", "/A85", "/AHx",
}  # fmt: skip
_PIECE = 1 << 14  # bytes inflated at a time
_ZLIB_HEADER = 2  # bytes; the checksum behind the data is often missing and nobody needs it

Broken = dict[tuple[int, int], int]  # object number and generation to the bytes that could be unpacked


class Refused(Exception):
    """The file cannot be used; holds the finding."""

    def __init__(self, code: str, message: str, remedy: str = EXPORT, page: int | None = None) -> None:
        super().__init__(code)
        self.finding = Finding(code, Severity.STOP, message, remedy, Place(page=page))


def open_pdf(path: str) -> pikepdf.Pdf:
    """The file opened; Refused for one that no reader could show."""
    try:
        pdf = pikepdf.open(_without_tail(path), suppress_warnings=True)
    except pikepdf.PasswordError:
        raise Refused("PDF_ENCRYPTED", "The file needs a password.", "Send it without a password.") from None
    except pikepdf.PdfError as error:
        reason = str(error).lower()
        if "loop" in reason:
            raise Refused("PDF_DAMAGED", "The file's list of pages runs in a circle.") from None
        if "depth" in reason or "nest" in reason:
            raise Refused("PDF_TOO_COMPLEX", "The file is nested too deeply.") from None
        raise Refused("PDF_UNREADABLE", "The file begins like a PDF but cannot be read as one.") from None
    if "/Root" not in pdf.trailer or "/Pages" not in pdf.Root:
        raise Refused("PDF_NO_PAGES", "The file has no pages.")
    return pdf


def _without_tail(path: str) -> str | io.BytesIO:
    """The file up to its end mark, where so much lies behind that the library would not find the mark."""
    with Path(path).open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        end = data.rfind(_END) + len(_END)
        is_long = len(data) - end > _TAIL and end < _MOST_HELD
        return io.BytesIO(data[:end]) if is_long else path


def check_objects(pdf: pikepdf.Pdf) -> Broken:
    """Every stream of the file against the budgets, used on a page or not: a bomb is found before anything copies
    it. Answers the streams whose packed data breaks off or is spoiled."""
    if len(pdf.objects) > _MAX_OBJECTS:
        raise Refused("PDF_TOO_COMPLEX", f"The file has more than {_MAX_OBJECTS:,} parts.")
    total, broken = 0, {}
    for thing in pdf.objects:
        if not isinstance(thing, pikepdf.Stream):
            continue
        if "/F" in thing or "/Ref" in thing:
            message = "The file takes a part of itself from another file."
            raise Refused(
                "PDF_EXTERNAL_REFERENCE", message, "Embed everything the page shows and export again."
            )
        if thing.get("/Subtype") == "/Image":
            _check_image(thing)
        is_drawing = thing.get("/Subtype") == "/Form" or "/PatternType" in thing or "/Type" not in thing
        limit = _CONTENT_BYTES if is_drawing and "/Width" not in thing else _STREAM_BYTES
        size, is_whole = _unpacked(thing, limit)
        if not is_whole:
            broken[thing.objgen] = size
        total += size
        if total > _TOTAL_BYTES:
            raise Refused("PDF_TOO_COMPLEX", f"Unpacked, the file is larger than {_TOTAL_BYTES >> 20} MB.")
    return broken


def _check_image(image: pikepdf.Stream) -> None:
    if int(image.get("/Width", 0)) * int(image.get("/Height", 0)) > _IMAGE_PIXELS:
        raise Refused(
            "PDF_IMAGE_TOO_LARGE", "A picture has more dots than any press prints.", "Reduce its resolution."
        )


def _unpacked(stream: pikepdf.Stream, limit: int) -> tuple[int, bool]:
    """Bytes behind the general filters, counted without keeping them, and whether they came out whole; Refused when
    over the limit."""
    filters = stream.get("/Filter", pikepdf.Array([]))
    names = ["/" + name_of(f) for f in (filters if isinstance(filters, pikepdf.Array) else [filters])]
    if len(names) > _MAX_FILTERS:
        raise Refused("PDF_TOO_COMPLEX", "A part of the file is packed again and again.")
    data: bytes | bytearray = stream.read_raw_bytes()
    size, is_whole = len(data), True
    for name in names:
        if name in _FLATE:
            data, is_whole = _inflate(data, limit)
        elif name in _OTHER_PACKERS:
            try:
                data = stream.read_bytes()
            except (pikepdf.PdfError, NotImplementedError):
                is_whole = names[-1] not in _FLATE | _OTHER_PACKERS  # else a picture inside a packing
                break
            size = max(size, len(data))
            break
        else:
            break  # pictures: their size is in their dictionary
        if not is_whole:
            return len(data), False
        size = max(size, len(data))
        if size > limit:
            raise _over(limit)
    return size, is_whole


def _inflate(data: bytes | bytearray, limit: int) -> tuple[bytearray, bool]:
    """What can be inflated, and whether the data came to its own end."""
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    out = bytearray()
    if int.from_bytes(data[:_ZLIB_HEADER], "big") % 31:
        return out, False
    for start in range(_ZLIB_HEADER, len(data), _PIECE):  # in pieces: what came before a fault is kept
        try:
            out += unpacker.decompress(data[start : start + _PIECE], limit + 1 - len(out))
        except zlib.error:
            return out, False
        if len(out) > limit:
            raise _over(limit)
        if unpacker.eof:
            return out, True
    return out, not data.strip()


def _over(limit: int) -> Refused:
    return Refused("PDF_TOO_COMPLEX", f"A part of the file unpacks to more than {limit >> 20} MB.")


def walk_pages(pdf: pikepdf.Pdf, max_pages: int) -> Iterator[Any]:
    """The pages by walking the tree: /Count is not believed. A node inside itself is damage; one met many times
    over is an attack on the reader."""
    visits: Counter[tuple[int, int]] = Counter()
    waiting: list[tuple[Any, frozenset[tuple[int, int]]]] = [(pdf.Root["/Pages"], frozenset())]
    found = 0
    while waiting:
        node, above = waiting.pop()
        if not isinstance(node, pikepdf.Dictionary):
            raise Refused("PDF_DAMAGED", "The file's list of pages is damaged.")
        key = node.objgen
        if key in above or len(above) > 200:
            raise Refused("PDF_DAMAGED", "The file's list of pages runs in a circle.")
        visits[key] += 1
        if key != (0, 0) and visits[key] > 50:
            raise Refused("PDF_TOO_COMPLEX", "The file shows the same page over and over.")
        if "/Kids" in node:
            inside = above | {key} if key != (0, 0) else above
            waiting += [(kid, inside) for kid in reversed(list(node["/Kids"]))]
            if len(waiting) > 4 * max_pages + 1000:
                raise Refused(
                    "PDF_TOO_MANY_PAGES", f"The file has more than {max_pages:,} pages.", "Split the file."
                )
            continue
        found += 1
        if found > max_pages:
            raise Refused(
                "PDF_TOO_MANY_PAGES", f"The file has more than {max_pages:,} pages.", "Split the file."
            )
        yield node
    if not found:
        raise Refused("PDF_NO_PAGES", "The file has no pages.")
