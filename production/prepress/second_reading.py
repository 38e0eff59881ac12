"""The second reading: pypdf, which had no part in making a print file or a paper, reads it before it is released.

``merge.read_back`` proves every page of a print file, but by a reader of ours, and what we misunderstand about PDF we
misunderstand twice. pypdf takes 35 microseconds to see a page and milliseconds to read its text, so it reads

- of every file the cross-reference, every node of the page tree, and with them the number of pages;
- of a print file the boxes and the words of whole pieces: the first, the last, one between them that differs from file
  to file, and the first of each job up to eight. Pages differ by job and by page of the piece and by nothing else;
- of a paper the boxes of every page and the words of every page (of sheets of tray labels eight, spread evenly).

Words are compared without their blanks, since a reader places those by its own lights. See ADR 22.
"""

from __future__ import annotations

import io
import logging
import unicodedata
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pypdf
from pypdf.errors import PyPdfError
from pypdf.generic import DictionaryObject, NameObject

from kernel.findings import Finding, Place, Severity
from production.prepress.merge import text_columns
from production.prepress.merge.fields import Kind
from production.prepress.merge.marks import Bars
from production.prepress.merge.print_file import PageMarks, Part

CODE = "SECOND_READING"
MOST_JOBS, MOST_SHEETS = 8, 8
_INHERITED = ("/MediaBox", "/CropBox", "/Resources", "/Rotate")
_IMAGE = DictionaryObject({NameObject("/Subtype"): NameObject("/Image")})
_UNREAD = (
    PyPdfError, OSError, ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError, zlib.error,
)  # fmt: skip
logging.getLogger("pypdf").setLevel(logging.ERROR)  # what it finds odd and reads all the same


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page must show: its size in points, and words that stand on it."""

    size: tuple[float, float]
    words: Sequence[str] = ()


def read_print_file(
    path: Path, parts: Sequence[Part], imb: np.ndarray, page_marks: PageMarks, *, bars: Bars
) -> list[Finding]:
    """Findings of severity stop, none for a good file; arguments as given to ``merge_parts``."""
    m, count = parts[0].compiled.pages, len(page_marks.pieces)
    between = (page_marks.stream_no * 7919 + int(page_marks.pieces[0])) % count
    firsts = [int(parts[k].places[0]) for k in spread(len(parts), MOST_JOBS)]
    shown: dict[int, Shown] = {}
    for place in sorted({0, between, count - 1, *firsts}):
        for page, expected in enumerate(_piece(parts, place, imb, page_marks, bars)):
            shown[place * m + page] = expected
    return read_again(path, count * m, shown)


def read_again(
    file: Path | io.BytesIO, pages: int, shown: Mapping[int, Shown], anywhere: Sequence[str] = ()
) -> list[Finding]:
    """What another reader does not find: the number of pages, the size and words of pages (from 0), and words that
    stand on any of those. Findings of severity stop, the first of its kind each."""
    try:
        return [
            Finding(
                CODE, Severity.STOP, f"Another reader of PDF does not find what was meant: {wrong}.",
                "Make it again; if that does not help, have the operator of the system look.", Place(page=page),
            )
            for page, wrong in _differences(file, pages, shown, anywhere)
        ]  # fmt: skip
    except _UNREAD as error:
        message = f"Another reader of PDF cannot read the file ({type(error).__name__})."
        return [Finding(CODE, Severity.STOP, message, "Make it again.")]


def spread(count: int, most: int) -> list[int]:
    """At most so many of the numbers 0..count-1, the first and the last among them, evenly apart."""
    return sorted({round(k) for k in np.linspace(0, count - 1, min(count, most)).tolist()})


def _differences(
    file: Path | io.BytesIO, pages: int, shown: Mapping[int, Shown], anywhere: Sequence[str]
) -> Iterator[tuple[int | None, str]]:
    with pypdf.PdfReader(file, strict=True) as reader:
        root = reader.root_object["/Pages"]
        count = _count(root)
        if count != pages:
            yield None, f"it has {count:,} pages, not {pages:,}"
            return
        seen = []
        for number, expected in sorted(shown.items()):
            page = _page(reader, root, number)
            if wrong := _wrong_box(page, expected.size):
                yield number + 1, wrong
            text = _squeezed(page.extract_text()) if expected.words or anywhere else ""
            seen.append(text)
            if missing := next((words for words in expected.words if _squeezed(words) not in text), None):
                # What is missing may be somebody's address, and this is told in logs.
                yield number + 1, f"{len(missing)} characters that must stand on page {number + 1:,} do not"
        whole = "".join(seen)
        for words in anywhere:
            if _squeezed(words) not in whole:
                yield None, f"{words} stands nowhere on it"


def _count(node: Any) -> int:
    """Pages below a node. One that counts as many pages as it has kids holds pages, which need not be read for that."""
    kids, said = node["/Kids"], int(node["/Count"])
    found = len(kids) if said == len(kids) else sum(_count(kid.get_object()) for kid in kids)
    if found != said:
        raise ValueError("a node of the page tree counts other pages than it has")
    return found


def _page(reader: pypdf.PdfReader, node: Any, number: int) -> pypdf.PageObject:
    """Page ``number`` (from 0) with what it inherits, by way of the tree: only what lies on the way is read. Its forms
    count as pictures: they are the template, other people's content, and were compared as pictures before
    (``merge.page_match``)."""
    kept: dict[str, object] = {}
    while "/Kids" in node:
        kept |= {key: node[key] for key in _INHERITED if key in node}
        kids = node["/Kids"]
        if int(node["/Count"]) == len(kids):
            node, number = kids[number].get_object(), 0
            continue
        for kid in kids:
            below = int(kid.get_object()["/Count"])
            if number < below:
                node = kid.get_object()
                break
            number -= below
    page = pypdf.PageObject(reader)
    page.update({NameObject(key): value for key, value in (kept | dict(node)).items()})
    resources = DictionaryObject(page.get("/Resources", {}))
    pictures = dict.fromkeys(resources.get("/XObject", ()), _IMAGE)
    resources[NameObject("/XObject")] = DictionaryObject(pictures)
    page[NameObject("/Resources")] = resources
    return page


def _wrong_box(page: pypdf.PageObject, size: tuple[float, float]) -> str:
    boxes = [page.mediabox, page.cropbox, page.trimbox]
    found = [tuple(float(side) for side in box) for box in boxes]
    if page.rotation or not np.allclose(found, [(0, 0, *size)] * len(boxes), atol=0.01):
        return (
            f"its size is {found[0][2]:g} by {found[0][3]:g} points, not {size[0]:g} by {size[1]:g} unturned"
        )
    return ""


def _piece(
    parts: Sequence[Part], place: int, imb: np.ndarray, page_marks: PageMarks, bars: Bars
) -> Iterator[Shown]:
    """What the pages of the piece at a place must show."""
    part = next(part for part in parts if place in part.places)
    row = part.table.slice(int(np.searchsorted(part.places, place)), 1).combine_chunks()
    lines = [text_columns.tidy(line)[0].as_py() for line in text_columns.address_lines(row)]
    m = part.compiled.pages
    for page, size in enumerate(part.compiled.sizes, start=1):
        kinds = {field.kind for field in part.compiled.fields.fields if field.page in {page, 0}}
        words = (
            [f"{page_marks.stream_no}-{page_marks.pieces[place]} {page}/{m}"] if Kind.MARK in kinds else []
        )
        if Kind.IMB in kinds and bars == Bars.GLYPHS:
            words.append(imb[place].tobytes().decode("ascii"))
        if Kind.ADDRESS in kinds:
            words.append(" ".join(lines))
        yield Shown(size, words)


def _squeezed(text: str) -> str:
    return "".join(unicodedata.normalize("NFC", text).split())
