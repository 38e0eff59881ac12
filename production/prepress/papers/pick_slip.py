"""The slip of an order from the shelf: what is taken, how many, and where it goes; what its approver looks at."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from production.prepress.papers.sheet import BOLD, REGULAR, keep, use_fonts

WIDTH, HEIGHT = 612.0, 792.0  # points: letter
_LEFT, _TOP, _STEP = 54.0, 720.0, 15.0
_AT = 180.0  # where answers begin


def pick_slip(out: Path, title: str, facts: Sequence[tuple[str, str]]) -> Path:
    """One page with what is called how beside what is said. Corrupt SECOND_READING."""
    use_fonts()
    buffer = io.BytesIO()
    # The stubs take the font name for a number.
    canvas = Canvas(buffer, pagesize=(WIDTH, HEIGHT), invariant=1, pageCompression=1, initialFontName=REGULAR)  # type: ignore[arg-type]
    canvas.setTitle(title)
    canvas.setFont(BOLD, 18)
    canvas.drawString(_LEFT, _TOP, "From the shelf")
    at = _TOP - 2 * _STEP
    for name, said in (("What", title), *facts):
        canvas.setFont(REGULAR, 11)
        canvas.drawString(_LEFT, at, name)
        canvas.setFont(BOLD, 11)
        for line in simpleSplit(said, BOLD, 11, WIDTH - _LEFT - _AT):
            canvas.drawString(_AT, at, line)
            at -= _STEP
        at -= 5
    canvas.save()
    return keep(out, buffer.getvalue(), [tuple(said for _, said in facts[:1])], size=(WIDTH, HEIGHT)).path
