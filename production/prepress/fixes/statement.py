"""Words of the shop's own drawn on a page that is there already: a statement that the law wants on the piece."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pikepdf

from kernel.errors import InvalidInput
from production.catalog.press_limits import order_limits
from production.prepress.merge import fonts
from production.prepress.merge.lettering import lettering
from production.prepress.preflight.finish import finish_of
from production.prepress.preflight.geometry import displayed, read_boxes, size_of
from production.prepress.preflight.order import PrintOrder
from production.prepress.templates.drawings import dictionary
from production.prepress.templates.names import key_of
from production.prepress.templates.template import inherited

_LINE = 1.2  # times the size of the letters, from line to line
_FONT = "/Statement"


@dataclass(frozen=True, slots=True)
class Statement:
    """``page``: from 1, 0 the last; ``left`` and ``bottom`` from the trimmed corner to the last line, ``width`` of the
    box and ``size`` of the letters in points.
    """

    words: str
    page: int
    left: float
    bottom: float
    width: float
    size: float


def place(pdf: pikepdf.Pdf, order: PrintOrder, statement: Statement) -> None:
    """Draws it in black on its page; what the page draws stays as it is, once. InvalidInput STATEMENT_BOX where the
    page or the room is not there, GLYPH_MISSING for a character that the font lacks.
    """
    number = statement.page or len(pdf.pages)
    if number > len(pdf.pages):
        words = f"The statement belongs on page {number}, and the file has {len(pdf.pages)}."
        raise InvalidInput(words, code="STATEMENT_BOX", remedy="The shop corrects the page in its rule.")
    page = pdf.pages[number - 1].obj
    trim = finish_of(read_boxes(page, number), order, order_limits(order.product, order.press)).trim
    lines = list(_lines(statement))
    across, up = size_of(trim)
    top = statement.bottom + len(lines) * statement.size * _LINE
    if statement.left + statement.width > across or top > up:
        words = f"The statement does not fit page {number} where its rule puts it."
        raise InvalidInput(
            words, code="STATEMENT_BOX", remedy="The shop corrects place, width or size in its rule."
        )
    letters = lettering(pdf, lines)
    a, b, c, d, e, f = pikepdf.Matrix(*displayed(page).matrix).inverse().shorthand
    drawn = [
        f"q {a:.6f} {b:.6f} {c:.6f} {d:.6f} {e:.4f} {f:.4f} cm BT 0 g {_FONT} {statement.size:g} Tf".encode()
    ]
    x = trim[0] + statement.left
    for above, line in enumerate(lines):
        y = trim[1] + top - (above + 1) * statement.size * _LINE
        drawn.append(f"1 0 0 1 {x:.4f} {y:.4f} Tm ".encode() + letters.shown(line) + b" Tj")
    _add(pdf, page, letters.font, b"\n".join([*drawn, b"ET Q"]))


def _lines(statement: Statement) -> Iterator[str]:
    """Broken between words where a line would be wider than the box; a word that is wider alone stands alone."""
    line = ""
    for word in statement.words.split():
        longer = f"{line} {word}".strip()
        if line and _width(longer) * statement.size > statement.width:
            yield line
            longer = word
        line = longer
    yield line


def _width(text: str) -> float:
    """In em."""
    face = fonts.face(fonts.DEFAULT)
    known: Sequence[int] = [min(ord(one), fonts.TABLE_SIZE - 1) for one in text]
    return float(face.widths[known].sum()) * face.unit / 1000


def _add(pdf: pikepdf.Pdf, page: Any, font: Any, drawn: bytes) -> None:
    """Behind what the page draws, which is closed off first: it may leave states open, or close more than it opened."""
    fewest = depth = 0
    for part in pikepdf.parse_content_stream(page, "q Q"):
        depth += 1 if key_of(part.operator) == "q" else -1
        fewest = min(fewest, depth)
    before, after = b"q " * (1 - fewest), b"Q " * (1 + depth - fewest)
    page_ = pikepdf.Page(page)
    page_.contents_add(pdf.make_stream(before), prepend=True)
    page_.contents_add(pdf.make_stream(after + b"\n" + drawn))
    resources = pikepdf.Dictionary(
        dict(dictionary(inherited(page, "/Resources", pikepdf.Dictionary())).items())
    )
    resources["/Font"] = pikepdf.Dictionary(dict(dictionary(resources.get("/Font")).items()) | {_FONT: font})
    page["/Resources"] = resources
