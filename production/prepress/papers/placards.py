"""Placards of pallets and other containers of trays: one letter page each, readable from a forklift, with a GS1-128."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from reportlab.lib.pagesizes import landscape, letter
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from kernel.clock import long_date
from production.prepress.merge.pdf_writer import PrintFile
from production.prepress.papers.sheet import BOLD, MONO, NOT_LIVE, REGULAR, draw_code128, keep, use_fonts

WIDTH, HEIGHT = landscape(letter)
_MARGIN = 40


@dataclass(frozen=True, slots=True)
class PlacardPaper:
    """One placard. ``barcode``: 21 characters of the Intelligent Mail container barcode."""

    mailing: str
    container: int
    containers: int
    line_1: str
    line_2: str
    line_3: str
    barcode: str
    first_tray: int
    last_tray: int
    pieces: int
    weight_lb: str
    mail_date: date


def placards(papers: Sequence[PlacardPaper], out: Path, *, caution: str) -> PrintFile:
    """One page a container, in their order. ValueError without containers."""
    if not papers:
        raise ValueError("there are no containers")
    use_fonts()
    buffer = io.BytesIO()
    # The stubs take the font name for a number.
    canvas = Canvas(buffer, pagesize=(WIDTH, HEIGHT), invariant=1, pageCompression=1, initialFontName=REGULAR)  # type: ignore[arg-type]
    canvas.setTitle("Container placards")
    for paper in papers:
        _draw(canvas, paper, caution)
        canvas.showPage()
    canvas.save()
    words = [
        (paper.line_1, paper.barcode[2:], f"Trays {paper.first_tray:,} to {paper.last_tray:,}")
        for paper in papers
    ]
    return keep(out, buffer.getvalue(), words, size=(WIDTH, HEIGHT))


def _draw(canvas: Canvas, paper: PlacardPaper, caution: str) -> None:
    inside, at = WIDTH - 2 * _MARGIN, HEIGHT - 108
    for line, font, size in ((paper.line_1, BOLD, 54), (paper.line_2, BOLD, 40), (paper.line_3, REGULAR, 26)):
        # A long destination is set smaller, never cut.
        fitting = min(size, size * inside / max(1.0, stringWidth(line, font, size)))
        canvas.setFont(font, fitting)
        canvas.drawString(_MARGIN, at, line)
        at -= size + 14
    canvas.setLineWidth(1.5)
    canvas.line(_MARGIN, at + 10, WIDTH - _MARGIN, at + 10)
    facts = (
        f"Container {paper.container:,} of {paper.containers:,}",
        f"Trays {paper.first_tray:,} to {paper.last_tray:,}",
        f"{paper.pieces:,} pieces, {paper.weight_lb} lb",
        f"Mailing {paper.mailing}, {long_date(paper.mail_date)}",
    )
    canvas.setFont(REGULAR, 20)
    for k, words in enumerate(facts):
        canvas.drawString(_MARGIN + (k % 2) * inside / 2, at - 22 - (k // 2) * 30, words)
    draw_code128(canvas, paper.barcode, x=_MARGIN, y=92, width=inside, height=110, is_gs1=True)
    canvas.setFont(MONO, 16)
    canvas.drawCentredString(WIDTH / 2, 72, f"({paper.barcode[:2]}) {paper.barcode[2:]}")
    canvas.setFont(REGULAR, 8)
    canvas.drawString(_MARGIN, 30, f"{NOT_LIVE}: {caution}")
