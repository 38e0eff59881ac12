# ruff: noqa: INP001  a script beside what it makes, not a package
"""Makes the sample letter beside it: ``python docs/samples/make_letter.py``. The same words, the same bytes.

The letter leaves room where fields.json places its boxes: the #10 window, a salutation, an amount, a paragraph.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import letter
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from production.prepress.papers.sheet import BOLD, REGULAR, use_fonts

HERE = Path(__file__).resolve().parent
WIDTH, HEIGHT = letter
PARAGRAPHS = (
    (
        "It is time to renew your state identification card. The amount above covers the new card and its postage. "
        "If you have moved, please tell us before you pay, so that the card reaches you."
    ),
    (
        "You may pay by mail with the form on the next sheet, at any office of motor vehicles, or by telephone. "
        "Please have your account number at hand; it stands at the top of this letter."
    ),
    "If you have already renewed, you need not do anything.",
)
BODY = ParagraphStyle("letter", fontName=REGULAR, fontSize=10.5, leading=15, alignment=TA_LEFT)


def make_letter(out: Path) -> None:
    """Two pages: the letter and its payment slip."""
    use_fonts()
    canvas = Canvas(str(out), pagesize=letter, invariant=1, pageCompression=1, initialFontName=REGULAR)
    canvas.setTitle("Sample renewal letter")
    canvas.setFont(BOLD, 15)
    canvas.drawString(72, HEIGHT - 66, "Bayou State Department of Samples")
    canvas.setFont(REGULAR, 9)
    canvas.drawString(72, HEIGHT - 80, "P.O. Box 0000, Baton Rouge LA 70821")
    canvas.setLineWidth(0.8)
    canvas.line(72, HEIGHT - 88, 520, HEIGHT - 88)
    canvas.setFont(REGULAR, 10.5)
    canvas.drawString(72, HEIGHT - 300, "Account")
    canvas.drawString(330, HEIGHT - 300, "Amount due")
    _paragraphs(canvas, PARAGRAPHS, HEIGHT - 400)
    canvas.showPage()
    canvas.setFont(BOLD, 13)
    canvas.drawString(72, HEIGHT - 90, "Payment slip")
    canvas.setFont(REGULAR, 10.5)
    canvas.drawString(72, HEIGHT - 120, "Name")
    canvas.drawString(72, HEIGHT - 145, "Account")
    canvas.drawString(72, HEIGHT - 170, "Amount")
    canvas.rect(66, HEIGHT - 190, 480, 120)
    canvas.showPage()
    canvas.save()


def _paragraphs(canvas: Canvas, texts: tuple[str, ...], top: float) -> None:
    for text in texts:
        paragraph = Paragraph(text, BODY)
        _, height = paragraph.wrap(WIDTH - 144, top)
        paragraph.drawOn(canvas, 72, top - height)
        top -= height + 12


if __name__ == "__main__":
    make_letter(HERE / "letter.pdf")
