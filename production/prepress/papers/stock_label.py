"""The label of a stock lot: 4 by 2 inches, number as Code 128 and in letters, item, bin and day."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from production.prepress.papers.sheet import BOLD, MONO, REGULAR, draw_code128, keep, use_fonts

WIDTH, HEIGHT = 288.0, 144.0  # points; a common roll of labels, shop to confirm
_INSIDE = WIDTH - 24


def stock_label(out: Path, number: str, name: str, facts: Sequence[str]) -> bytes:
    """One page. ``facts``: two lines under the name. Corrupt SECOND_READING."""
    use_fonts()
    buffer = io.BytesIO()
    # The stubs take the font name for a number.
    canvas = Canvas(buffer, pagesize=(WIDTH, HEIGHT), invariant=1, pageCompression=1, initialFontName=REGULAR)  # type: ignore[arg-type]
    canvas.setTitle(f"Label of stock lot {number}")
    at = HEIGHT - 26
    for line, font, size in ((name, BOLD, 13.0), *((fact, REGULAR, 9.5) for fact in facts)):
        # A long name is set smaller, never cut.
        canvas.setFont(font, min(size, size * _INSIDE / max(1.0, stringWidth(line, font, size))))
        canvas.drawString(12, at, line)
        at -= 14
    draw_code128(canvas, number.replace("-", ""), x=6, y=28, width=WIDTH - 12, height=46)
    canvas.setFont(MONO, 11)
    canvas.drawCentredString(WIDTH / 2, 13, number)
    canvas.save()
    made = keep(out, buffer.getvalue(), [(number,)], size=(WIDTH, HEIGHT))
    return made.path.read_bytes()
