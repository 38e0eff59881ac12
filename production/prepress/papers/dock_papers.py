"""Papers of what leaves in cartons: labels, packing slip, delivery note, pallet tags."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from reportlab.lib.pagesizes import landscape, letter
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Spacer

from production.prepress.merge.pdf_writer import PrintFile
from production.prepress.papers.sheet import (
    BODY,
    BOLD,
    INNER,
    MONO,
    REGULAR,
    SECTION,
    Code128Flowable,
    draw_code128,
    facts,
    grid,
    keep,
    text,
    use_fonts,
    write,
)

LABEL = (6 * 72.0, 4 * 72.0)  # the roll of a common label printer; shop to confirm
_MARGIN = 16


@dataclass(frozen=True, slots=True)
class LabelPaper:
    """A label of a carton or pallet. ``code``: what its Code 128 says, which has its check character besides;
    ``small``: lines under the title.
    """

    agency: str
    title: str
    small: tuple[str, ...]
    count: str  # 'Carton 3 of 12'
    pieces: str
    place: str
    code: str


@dataclass(frozen=True, slots=True)
class StopPaper:
    """What goes to one stop: for the packing slip, and for the delivery note that is signed."""

    number: str
    code: str
    agency: str
    title: str
    form: str
    place: str
    way: str
    day: str
    shop: str
    cartons: tuple[tuple[int, int, Decimal | None], ...]  # number, pieces, pounds


def labels(papers: Sequence[LabelPaper], out: Path) -> PrintFile:
    """A label a page, 6 x 4 in. ValueError without one."""
    return _pages(papers, out, size=LABEL, title="Carton labels", scale=1.0)


def pallet_tags(papers: Sequence[LabelPaper], out: Path) -> PrintFile:
    """A tag a page, Letter, readable from a forklift. ValueError without one."""
    return _pages(papers, out, size=landscape(letter), title="Pallet tags", scale=1.9)


def _pages(
    papers: Sequence[LabelPaper], out: Path, *, size: tuple[float, float], title: str, scale: float
) -> PrintFile:
    if not papers:
        raise ValueError("there is nothing to label")
    use_fonts()
    buffer = io.BytesIO()
    # The stubs take the font name for a number.
    canvas = Canvas(buffer, pagesize=size, invariant=1, pageCompression=1, initialFontName=REGULAR)  # type: ignore[arg-type]
    canvas.setTitle(title)
    for paper in papers:
        _draw(canvas, paper, size, scale)
        canvas.showPage()
    canvas.save()
    return keep(out, buffer.getvalue(), [(one.count, one.pieces, one.code) for one in papers], size=size)


def _draw(canvas: Canvas, paper: LabelPaper, size: tuple[float, float], scale: float) -> None:
    width, height = size
    inside, at = width - 2 * _MARGIN, height - 14
    lines = [
        (paper.agency, REGULAR, 13), (paper.title, BOLD, 18), *((line, REGULAR, 11) for line in paper.small),
        (paper.place, BOLD, 16), (f"{paper.count}     {paper.pieces}", BOLD, 18),
    ]  # fmt: skip
    for line, font, points in lines:
        if not line:
            continue
        # What is long is set smaller, never cut.
        fitting = min(
            points * scale, points * scale * inside / max(1.0, stringWidth(line, font, points * scale))
        )
        at -= points * scale
        canvas.setFont(font, fitting)
        canvas.drawString(_MARGIN, at, line)
        at -= 5 * scale
    bars = 62 * scale
    draw_code128(canvas, paper.code, x=_MARGIN, y=26, width=inside, height=bars)
    canvas.setFont(MONO, 11)
    canvas.drawCentredString(width / 2, 12, paper.code)


def packing_slip(paper: StopPaper, out: Path) -> PrintFile:
    """What is in which carton of a stop."""
    return write(
        out, _story(paper), title="Packing slip", subtitle=f"Job {paper.number}", figures=_figures(paper)
    )


def delivery_note(paper: StopPaper, out: Path) -> PrintFile:
    """What is handed over at a stop, with room for who takes it."""
    rows = [
        ("Received by, in print", ""),
        ("Signature", ""),
        ("Day and time", ""),
        ("Missing or damaged", ""),
    ]
    signed = [Spacer(0, 24), *(part for row in rows for part in (facts([row], columns=1), Spacer(0, 20)))]
    return write(
        out,
        [*_story(paper), *signed],
        title="Delivery note",
        subtitle=f"Job {paper.number}",
        figures=_figures(paper),
    )


def _figures(paper: StopPaper) -> list[str]:
    return [f"{sum(pieces for _, pieces, _ in paper.cartons):,}"]


def _story(paper: StopPaper) -> list[Flowable]:
    told = [("Agency", paper.agency), ("To", paper.place), ("How", paper.way), ("Day", paper.day)]
    told += [("Form", paper.form)] if paper.form else []
    told += [("From", paper.shop)] if paper.shop else []
    pounds = [lb for _, _, lb in paper.cartons]
    rows = [(number, f"{pieces:,}", "" if lb is None else f"{lb}") for number, pieces, lb in paper.cartons]
    whole = "" if None in pounds else f"{sum(lb for lb in pounds if lb is not None)}"
    total = (f"{len(rows):,} in all", f"{sum(pieces for _, pieces, _ in paper.cartons):,}", whole)
    return [
        text(paper.title, SECTION), Code128Flowable(paper.code, INNER * 0.4, 46), Spacer(0, 8), facts(told),
        Spacer(0, 10), text("Counted into cartons before it left:", BODY), Spacer(0, 4),
        grid(("Carton", "Pieces", "Pounds"), [*rows, total], widths=(2, 1, 1), right=(1, 2), last_is_total=True),
    ]  # fmt: skip
