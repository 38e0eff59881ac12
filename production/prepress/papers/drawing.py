"""Drawings of sheets, folds and holes as plain values, the same for paper and screen, and how they are put on paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from reportlab.lib import colors
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from production.prepress.papers.sheet import BOLD, REGULAR

# What a line is. On paper only its width and its dashes tell; black ink prints it.
Kind = Literal["sheet", "trim", "bleed", "safe", "cut", "fold", "head", "hole", "mark", "measure"]


class Pen(NamedTuple):
    """Points of width, dashes and gaps, and how black (0: black)."""

    width: float
    dashes: tuple[float, ...] = ()
    gray: float = 0.0


PENS: dict[Kind, Pen] = {
    "sheet": Pen(0.8),
    "trim": Pen(0.4, (), 0.55),
    "bleed": Pen(0.3, (1, 1), 0.6),
    "safe": Pen(0.3, (3, 1), 0.6),
    "cut": Pen(0.9, (4, 2.5)),
    "fold": Pen(1.1, (0.8, 1.8)),
    "head": Pen(1.6, (), 0.45),
    "hole": Pen(0.8),
    "mark": Pen(0.4, (), 0.5),
    "measure": Pen(0.4),
}


class Line(NamedTuple):
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    kind: Kind


class Frame(NamedTuple):
    """A rectangle, not filled."""

    left: float
    low: float
    right: float
    high: float
    kind: Kind


class Circle(NamedTuple):
    """A circle, not filled."""

    x: float
    y: float
    radius: float
    kind: Kind


class Words(NamedTuple):
    """Text around a point, turned clockwise by so many degrees. ``size``: in the units of the drawing."""

    x: float
    y: float
    words: str
    size: float
    turn: int = 0
    is_bold: bool = False


Shape = Line | Frame | Circle | Words


@dataclass(frozen=True, slots=True)
class Drawing:
    """Shapes in a room of ``width`` and ``height`` of any unit, origin at the lower left. ``says``: the same in words,
    for who does not see it."""

    width: float
    height: float
    says: str
    shapes: tuple[Shape, ...]


class Drawn(Flowable):
    """A drawing on paper, as large as fits into a room of so many points."""

    def __init__(self, drawing: Drawing, width: float, height: float) -> None:
        super().__init__()
        self.drawing = drawing
        self.scale = min(width / drawing.width, height / drawing.height)
        self.width, self.height = drawing.width * self.scale, drawing.height * self.scale

    def draw(self) -> None:
        """Paints on the canvas the page gave us."""
        for shape in self.drawing.shapes:
            if isinstance(shape, Words):
                _write(self.canv, shape, self.scale)
            else:
                _stroke(self.canv, shape, self.scale)


def _stroke(canvas: Canvas, shape: Line | Frame | Circle, scale: float) -> None:
    pen = PENS[shape.kind]
    canvas.setLineWidth(pen.width)
    canvas.setDash(pen.dashes)
    canvas.setStrokeColor(colors.Color(pen.gray, pen.gray, pen.gray))
    if isinstance(shape, Line):
        canvas.line(*(scale * at for at in shape[:4]))
    elif isinstance(shape, Circle):
        canvas.circle(*(scale * at for at in shape[:3]))
    else:
        left, low, right, high = (scale * at for at in shape[:4])
        canvas.rect(left, low, right - left, high - low)


def _write(canvas: Canvas, shape: Words, scale: float) -> None:
    size = shape.size * scale
    canvas.saveState()
    canvas.translate(shape.x * scale, shape.y * scale)
    canvas.rotate(-shape.turn)
    canvas.setFillColor(colors.black)
    canvas.setFont(BOLD if shape.is_bold else REGULAR, size)
    canvas.drawCentredString(0, -0.36 * size, shape.words)
    canvas.restoreState()
