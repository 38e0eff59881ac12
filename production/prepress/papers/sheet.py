"""The sheet that all shop papers share: fonts, header and footer with page numbers, banner, tables, Code 128.

The same values give the same bytes (fixed dates and ids), so a paper can be kept by its hash.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from barcode.codex import Code128, Gs1_128
from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import letter
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    LongTable,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

from kernel.errors import Corrupt
from production.prepress.merge import fonts
from production.prepress.merge.pdf_writer import PrintFile
from production.prepress.second_reading import Shown, read_again

REGULAR, BOLD, MONO = "DejaVuSansCondensed", "DejaVuSansCondensed-Bold", "DejaVuSansMono"
_FILES = {REGULAR: "DejaVu Sans Condensed", BOLD: "DejaVu Sans Condensed Bold", MONO: "DejaVu Sans Mono"}
MARGIN = 43
WIDTH, HEIGHT = letter
INNER = WIDTH - 2 * MARGIN
NOT_LIVE = "NOT FOR LIVE MAIL"
_RULE = colors.HexColor("#8a8a8a")
_SHADE = colors.HexColor("#ececec")

BODY = ParagraphStyle("body", fontName=REGULAR, fontSize=9, leading=12)
SMALL = ParagraphStyle("small", parent=BODY, fontSize=7.5, leading=9.6)
CELL = ParagraphStyle("cell", parent=BODY, fontSize=8.5, leading=10.6)
RIGHT = ParagraphStyle("right", parent=CELL, alignment=TA_RIGHT)
HEAD = ParagraphStyle("head", parent=CELL, fontName=BOLD)
HEAD_RIGHT = ParagraphStyle("head right", parent=HEAD, alignment=TA_RIGHT)
SECTION = ParagraphStyle(
    "section", parent=BODY, fontName=BOLD, fontSize=11, leading=14, spaceBefore=10, spaceAfter=4
)


def use_fonts() -> None:
    """Makes the DejaVu fonts known to ReportLab, once a process."""
    for name, ours in _FILES.items():
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(fonts.find_font(ours))))


def text(value: object, style: ParagraphStyle = BODY) -> Paragraph:
    """A paragraph of plain text: markup in the data prints as it stands."""
    return Paragraph(escape(str(value)), style)


class _NumberedCanvas(Canvas):
    """Knows how many pages there are when it draws their feet."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **(named | {"initialFontName": REGULAR}))
        self._pages: list[dict[str, object]] = []

    def showPage(self) -> None:  # noqa: N802  the library's name
        self._pages.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]

    def save(self) -> None:
        for number, page in enumerate(self._pages, start=1):
            self.__dict__.update(page)
            self.setFont(REGULAR, 8)
            self.drawRightString(WIDTH - MARGIN, 26, f"Page {number} of {len(self._pages)}")
            super().showPage()
        super().save()


def write(
    out: Path,
    story: Sequence[Flowable],
    *,
    title: str,
    subtitle: str,
    caution: Sequence[str] = (),
    figures: Sequence[str] = (),
) -> PrintFile:
    """Sets a story under the head of the house. With ``caution`` every page says NOT FOR LIVE MAIL, and the first
    lists why. ``figures`` must be found on the finished paper, as ``keep`` says."""
    use_fonts()

    def frame(canvas: Canvas, _: BaseDocTemplate) -> None:
        canvas.setFont(BOLD, 14)
        canvas.drawString(MARGIN, HEIGHT - 44, title)
        canvas.setFont(REGULAR, 9)
        canvas.drawRightString(WIDTH - MARGIN, HEIGHT - 44, subtitle)
        canvas.setLineWidth(1.2)
        canvas.line(MARGIN, HEIGHT - 51, WIDTH - MARGIN, HEIGHT - 51)
        canvas.setFont(REGULAR, 8)
        canvas.drawString(MARGIN, 26, subtitle)
        if caution:
            canvas.setFont(BOLD, 8)
            canvas.drawCentredString(WIDTH / 2, 26, NOT_LIVE)

    buffer = io.BytesIO()
    document = BaseDocTemplate(buffer, pagesize=letter, title=title, invariant=1, pageCompression=1)
    body = Frame(
        MARGIN, 44, INNER, HEIGHT - 44 - 58, leftPadding=0, rightPadding=0, topPadding=4, bottomPadding=0
    )
    document.addPageTemplates([PageTemplate("page", [body], onPage=frame)])
    pages = [0]
    document.setProgressCallBack(lambda kind, value: pages.__setitem__(0, value) if kind == "PAGE" else None)
    document.build([*banner(caution), *story], canvasmaker=_NumberedCanvas)
    # A name in letters that the font has not is drawn as boxes; what we write ourselves is ASCII.
    head = [title, subtitle] if subtitle.isascii() else [title]
    words = [[*head, f"Page {number} of {pages[0]}"] for number in range(1, pages[0] + 1)]
    return keep(out, buffer.getvalue(), words, figures=figures)


def keep(
    out: Path,
    data: bytes,
    pages: Sequence[Sequence[str]],
    *,
    size: tuple[float, float] = letter,
    figures: Sequence[str] = (),
) -> PrintFile:
    """Writes a finished paper under a temporary name, then renames it. ``pages``: the words that each must show;
    ``figures``: what must stand somewhere. Corrupt SECOND_READING when another reader does not find that.
    """
    shown = {number: Shown(size, words) for number, words in enumerate(pages)}
    if wrong := read_again(io.BytesIO(data), len(pages), shown, figures):
        raise Corrupt(wrong[0].message, code=wrong[0].code)
    partial = out.with_name(out.name + ".part")
    partial.write_bytes(data)
    partial.replace(out)
    return PrintFile(out, len(pages), hashlib.sha256(data).hexdigest(), len(data))


def banner(caution: Sequence[str]) -> list[Flowable]:
    """A box that cannot be overlooked, with what is assumed; nothing when nothing is."""
    if not caution:
        return []
    large = ParagraphStyle("banner", fontName=BOLD, fontSize=13, leading=16)
    lines = [text(NOT_LIVE, large), text("This paper rests on assumptions that nobody has confirmed:", SMALL)]
    lines += [text(f"\u2022 {sentence}", SMALL) for sentence in caution]
    box = Table([[lines]], colWidths=[INNER])
    box.setStyle(
        [
            ("FONT", (0, 0), (-1, -1), REGULAR),
            ("BOX", (0, 0), (-1, -1), 2, colors.black),
            ("BACKGROUND", (0, 0), (-1, -1), _SHADE),
        ]
    )
    return [box, Spacer(0, 8)]


def facts(pairs: Sequence[tuple[str, str]], columns: int = 2) -> Flowable:
    """Labels and values, two or more pairs abreast."""
    if not pairs:
        return Spacer(0, 0)
    cells: list[list[Any]] = [[text(label, SMALL), text(value, CELL)] for label, value in pairs]
    cells += [["", ""]] * (-len(cells) % columns)
    rows = [[cell for pair in cells[k : k + columns] for cell in pair] for k in range(0, len(cells), columns)]
    widths = [INNER / columns * 0.34, INNER / columns * 0.66] * columns
    table = Table(rows, colWidths=widths)
    table.setStyle(
        [
            ("FONT", (0, 0), (-1, -1), REGULAR, 8.5, 10.6),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, _RULE),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
            ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ]
    )
    return table


def grid(
    head: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    widths: Sequence[float],
    right: Sequence[int] = (),
    last_is_total: bool = False,
) -> LongTable:
    """A ruled table whose head repeats on every page. ``widths`` are shares of the page; ``right`` are the columns of
    figures."""
    whole = sum(widths)
    numeric = set(right)
    cells: list[list[Any]] = [
        [text(name, HEAD_RIGHT if k in numeric else HEAD) for k, name in enumerate(head)]
    ]
    # Short plain cells are drawn as strings: paragraphs cost ten times as much in a report of thousands of trays.
    cells += [[value if k in numeric else _cell(value) for k, value in enumerate(row)] for row in rows]
    table = LongTable(cells, colWidths=[INNER * w / whole for w in widths], repeatRows=1)
    style: list[Any] = [
        ("FONT", (0, 0), (-1, -1), REGULAR, 8.5, 10.6),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("BACKGROUND", (0, 0), (-1, 0), _SHADE),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.black),
        ("LINEBELOW", (0, 1), (-1, -1), 0.25, _RULE),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
    ]
    style += [("ALIGN", (k, 1), (k, -1), "RIGHT") for k in numeric]
    if last_is_total and rows:
        style += [
            ("FONT", (0, -1), (-1, -1), BOLD, 8.5, 10.6),
            ("LINEABOVE", (0, -1), (-1, -1), 0.8, colors.black),
        ]
    table.setStyle(style)
    return table


def _cell(value: object) -> Any:
    if isinstance(value, list):  # paragraphs already
        return value
    return str(value) if len(str(value)) <= 12 else text(value, CELL)


def code128_modules(value: str, *, is_gs1: bool = False) -> str:
    """Bars and spaces of a Code 128 symbol as 1 and 0; even runs of digits in subset C (python-barcode). ``is_gs1``:
    with the function character that makes it a GS1-128.
    """
    return str((Gs1_128 if is_gs1 else Code128)(value).build()[0])


def draw_code128(
    canvas: Canvas, value: str, *, x: float, y: float, width: float, height: float, is_gs1: bool = False
) -> None:
    """Vector bars from the lower left corner, inside ten modules of quiet zone left and right (ISO/IEC 15417)."""
    modules = code128_modules(value, is_gs1=is_gs1)
    module = width / (len(modules) + 20)
    canvas.setFillColor(colors.black)
    path = canvas.beginPath()
    at = 0
    while at < len(modules):
        run = len(modules[at:]) - len(modules[at:].lstrip(modules[at]))
        if modules[at] == "1":
            path.rect(x + (10 + at) * module, y, run * module, height)
        at += run
    canvas.drawPath(path, stroke=0, fill=1)


class Code128Flowable(Flowable):
    """A Code 128 symbol with its text beneath."""

    def __init__(self, value: str, width: float, height: float) -> None:
        super().__init__()
        self.value, self.width, self.height = value, width, height

    def draw(self) -> None:
        """Paints on the canvas the page gave us."""
        canvas = self.canv
        draw_code128(canvas, self.value, x=0, y=11, width=self.width, height=self.height - 11)
        canvas.setFont(MONO, 9)
        canvas.drawCentredString(self.width / 2, 1, self.value)
