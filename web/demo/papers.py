"""What the agencies of the demonstration send: letters, forms and lists, drawn anew with the same bytes each time."""

from __future__ import annotations

import io
import tempfile
import zlib
from pathlib import Path

from reportlab.lib.colors import CMYKColor
from reportlab.lib.pagesizes import letter as letter_size
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from production.frontdesk.lists.samples import write_messy_list, write_sample_list
from production.prepress.papers.sheet import BODY, BOLD, REGULAR, use_fonts

_WIDTH, _HEIGHT = letter_size
_NOTHING_TO_DO = (
    "This letter is part of a demonstration. The office that sends it, its people and everybody it is addressed to are "
    "invented; nothing has to be paid, signed or sent back."
)
_KEEP_IT = (
    "Please keep it with your papers. If your address is not right, tell the office named above, so that the next "
    "letter reaches you."
)


def letter(office: str, title: str, pages: int) -> bytes:
    """A letter of an office, with room for the address behind the window."""
    out = io.BytesIO()
    canvas = _canvas(out, letter_size, title)
    for number in range(1, pages + 1):
        canvas.setFont(BOLD, 14)
        canvas.drawString(72, _HEIGHT - 66, office if number == 1 else f"{title}, page {number}")
        canvas.setFont(BOLD, 12)
        canvas.drawString(72, _HEIGHT - 330, title)
        _paragraphs(canvas, _HEIGHT - 350)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def form(title: str, size: tuple[float, float], *, lines: int = 12) -> bytes:
    """A form with lines to write on, of a size in inches."""
    out = io.BytesIO()
    width, height = (side * 72 for side in size)
    canvas = _canvas(out, (width, height), title)
    canvas.setFont(BOLD, 14)
    canvas.drawString(54, height - 72, title)
    canvas.setLineWidth(0.6)
    for number in range(lines):
        down = height - 110 - number * (height - 200) / lines
        canvas.line(54, down, width - 54, down)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def card(office: str) -> bytes:
    """The background of a business card: a rule, and the name of the office under it."""
    out = io.BytesIO()
    width, _ = size = (252.0, 144.0)
    canvas = _canvas(out, size, office)
    canvas.setStrokeColor(CMYKColor(0, 0, 0, 1))
    canvas.setFillColor(CMYKColor(0, 0, 0, 1))
    canvas.line(30, 104, width - 30, 104)
    canvas.setFont(BOLD, 9)
    canvas.drawString(30, 112, office)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def addresses(key: str, pieces: int, *, is_messy: bool = False) -> bytes:
    """A list of invented people at real ZIP Codes, another for each key."""
    write = write_messy_list if is_messy else write_sample_list
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        write(path, pieces, seed=zlib.crc32(key.encode()))
        return path.read_bytes()


def _canvas(out: io.BytesIO, size: tuple[float, float], title: str) -> Canvas:
    use_fonts()
    canvas = Canvas(out, pagesize=size, invariant=1, pageCompression=1, initialFontName=REGULAR)  # type: ignore[arg-type]  # a name, as in docs/samples
    canvas.setTitle(title)
    return canvas


def _paragraphs(canvas: Canvas, top: float) -> None:
    for text in (_NOTHING_TO_DO, _KEEP_IT):
        paragraph = Paragraph(text, BODY)
        _, height = paragraph.wrap(_WIDTH - 144, top)
        paragraph.drawOn(canvas, 72, top - height)
        top -= height + 12
