"""Pages and sheets drawn by hand with ReportLab, in the arithmetic of the trade, for the checker to judge."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT, BLEED, MARGIN = 200.0, 280.0, 9.0, 24.0
Placed = dict[str, Any]
Edit = Callable[[int, Placed], Placed]


def artwork(canvas: Canvas, number: int, extra: str = "") -> None:
    """A page with its lower left corner at the origin: text, its number, and paint over all its edges."""
    rand = random.Random(number)
    canvas.setFillColorRGB(0.9, 0.5, 0.1 + number % 7 / 10)
    canvas.rect(-BLEED, HEIGHT - 30, WIDTH + 2 * BLEED, 30 + BLEED, stroke=0, fill=1)
    canvas.rect(-BLEED, -BLEED, 12 + BLEED, HEIGHT / 2, stroke=0, fill=1)
    canvas.setFillColorRGB(0, 0, 0)
    canvas.setFont("Helvetica", 8)
    for line in range(14):
        words = " ".join("".join(rand.choices("aeinrst", k=rand.randint(2, 7))) for _ in range(6))
        canvas.drawString(24, HEIGHT - 50 - 13 * line, words[:30])
    canvas.drawString(WIDTH - 60, 14, f"Page {number}")
    if extra:
        canvas.drawString(24, 34, extra)


def draw_pages(path: Path, count: int) -> Path:
    """The input: pages with trim and bleed boxes, the trim not at the origin."""
    size = (WIDTH + 2 * BLEED, HEIGHT + 2 * BLEED)
    canvas = Canvas(str(path), pagesize=size, invariant=1)
    for number in range(1, count + 1):
        canvas.setTrimBox((BLEED, BLEED, BLEED + WIDTH, BLEED + HEIGHT))
        canvas.setBleedBox((0, 0, *size))
        canvas.translate(BLEED, BLEED)
        artwork(canvas, number)
        canvas.showPage()
    canvas.save()
    return path


@dataclass(frozen=True)
class Sheets:
    """A layout as the contract writes it, and for each placement how far paint may reach beyond its trim (left,
    bottom, right, top)."""

    layout: dict[str, Any]
    reach: Sequence[Sequence[float]]
    extra: Mapping[int, str] = field(default_factory=dict)

    def draw(self, path: Path, edit: Edit = lambda _, placed: placed, mark: Any = None) -> Path:
        """The sheets with their crop marks. ``edit`` changes what is drawn, not what the layout says; ``mark``: side
        and line (x0, y0, x1, y1) of one mark more."""
        canvas = Canvas(str(path), pagesize=self.layout["sheet"], invariant=1)
        for side in range(1, max(placed["side"] for placed in self.layout["placements"]) + 1):
            for k, placed in enumerate(self.layout["placements"]):
                if placed["side"] == side:
                    self._draw(
                        canvas, k, edit(k, dict(placed, extra=self.extra.get(k, ""), reach=self.reach[k]))
                    )
            if mark and mark[0] == side:
                canvas.setLineWidth(0.25)
                canvas.line(*mark[1])
            canvas.showPage()
        canvas.save()
        return path

    def _draw(self, canvas: Canvas, k: int, placed: Placed) -> None:
        left, low, right, high = placed["trim"]
        canvas.setLineWidth(0.25)
        for x in (left, right):
            canvas.line(x, MARGIN / 2 - 6, x, MARGIN / 2)
        if placed["page"] is None:
            return
        reach = placed["reach"]
        canvas.saveState()
        around = canvas.beginPath()
        around.rect(
            left - reach[0],
            low - reach[1],
            right - left + reach[0] + reach[2],
            high - low + reach[1] + reach[3],
        )
        canvas.clipPath(around, stroke=0)
        if placed["rotate"] == 180:
            canvas.translate(right, high)
            canvas.rotate(180)
        else:
            canvas.translate(left, low)
        artwork(canvas, placed["page"], placed["extra"])
        canvas.restoreState()

    def write(self, path: Path, **changes: Any) -> Path:
        """The layout as a file."""
        path.write_text(json.dumps(self.layout | changes), "utf-8")
        return path


def saddle(pages: int, creep: float = 0.0, blanks: Sequence[int] = ()) -> Sheets:
    """2-up saddle, sheet i of N/4: front (N-2i+2, 2i-1), back (2i, N-2i+1) (print-shop practice, section 5). Pages of
    the sheet k from the outside, from 0, move ``k x creep`` to the spine. ``blanks``: what stays empty; the pages
    behind move up."""
    fold, places, reach = MARGIN + WIDTH, [], []
    numbers = {place: place - sum(blank < place for blank in blanks) for place in range(1, pages + 1)}
    for i in range(1, pages // 4 + 1):
        moved = (i - 1) * creep
        fronts = (2 * i - 1, (pages - 2 * i + 2, 2 * i - 1))
        for side, pair in (fronts, (2 * i, (2 * i, pages - 2 * i + 1))):
            for column, place in enumerate(pair):
                left = MARGIN + column * WIDTH + (-moved if column else moved)
                page = None if place in blanks else numbers[place]
                places.append(_placed(side, page, left, MARGIN))
                inner = -moved  # the page ends at the fold
                reach.append((inner, BLEED, BLEED, BLEED) if column else (BLEED, BLEED, inner, BLEED))
    layout = _layout(
        (2 * (WIDTH + MARGIN), HEIGHT + 2 * MARGIN), "saddle", places, nest=pages // 4, spine="left",
        folds=[{"line": "x", "at": fold, "move": "left", "over": False}],
    )  # fmt: skip
    return Sheets(layout, reach)


def signature() -> Sheets:
    """Eight pages on one sheet, folded twice at right angles: front 5 4 over 8 1, back 3 6 over 2 7, the upper rows
    head to head with the lower. The upper half folds behind, then the left one."""
    gap = 2 * BLEED
    sheet = (2 * (WIDTH + MARGIN), 2 * (HEIGHT + MARGIN) + gap)
    places, reach = [], []
    for side, rows in ((1, ((8, 1), (5, 4))), (2, ((2, 7), (3, 6)))):
        for row, pair in enumerate(rows):
            for column, page in enumerate(pair):
                left, low = MARGIN + column * WIDTH, MARGIN + row * (HEIGHT + gap)
                places.append(_placed(side, page, left, low, rotate=180 * row))
                reach.append((0, BLEED, BLEED, BLEED) if column else (BLEED, BLEED, 0, BLEED))
    folds = [
        {"line": "y", "at": sheet[1] / 2, "move": "top", "over": False},
        {"line": "x", "at": sheet[0] / 2, "move": "left", "over": False},
    ]
    return Sheets(_layout(sheet, "perfect", places, folds=folds, spine="left"), reach)


def side_by_side(
    style: str,
    forms: Sequence[Sequence[int | None]],
    turn: str,
    extra: Mapping[int, str] | None = None,
    **more: Any,
) -> Sheets:
    """Two pages beside one another on each side, cut apart with two cuts a gutter."""
    gap = 2 * BLEED
    sheet = (2 * (WIDTH + MARGIN) + gap, HEIGHT + 2 * MARGIN)
    lefts = [MARGIN, MARGIN + WIDTH + gap]
    places = [
        _placed(side, page, lefts[column], MARGIN)
        for side, form in enumerate(forms, start=1)
        for column, page in enumerate(form)
    ]
    cuts = [{"line": "x", "at": at + step} for at in lefts for step in (0, WIDTH)]
    cuts += [{"line": "y", "at": at} for at in (MARGIN, MARGIN + HEIGHT)]
    order = [[left + WIDTH / 2, sheet[1] / 2] for left in lefts]
    layout = _layout(sheet, style, places, turn=turn, cuts=cuts, stack_order=order, **more)
    return Sheets(layout, [(BLEED,) * 4] * len(places), extra or {})


def _placed(side: int, page: int | None, left: float, low: float, rotate: int = 0) -> Placed:
    return {"side": side, "page": page, "trim": [left, low, left + WIDTH, low + HEIGHT], "rotate": rotate}


def _layout(sheet: tuple[float, float], style: str, placements: list[Placed], **more: Any) -> dict[str, Any]:
    usual = {
        "turn": "left-right",
        "cuts": [],
        "folds": [],
        "nest": 1,
        "gather": 1,
        "spine": None,
        "stack_order": [],
    }
    return (
        {"unit": "pt", "sheet": list(sheet), "style": style}
        | usual
        | more
        | {"placements": placements, "marks": []}
    )
