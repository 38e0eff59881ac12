"""How a piece is folded and where its holes are, as drawings with their measures in inches."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from production.catalog.products.folds import Fold
from production.catalog.products.holes import Holes
from production.prepress.papers.drawing import Circle, Drawing, Frame, Line, Shape, Words

_SIZE = 0.06  # letters, as a share of the longer side


def fold_drawing(fold: Fold, panels: Sequence[Decimal], height: Decimal) -> Drawing:
    """The flat piece with its panels as they lie side by side, each with its width; dotted lines are folded."""
    across, tall = float(sum(panels)), float(height)
    size = _letters(across, tall)
    foot = 2.2 * size
    shapes: list[Shape] = [Frame(0, foot, across, foot + tall, "sheet")]
    at = 0.0
    for number, panel in enumerate(panels, start=1):
        middle = at + float(panel) / 2
        shapes.append(Words(middle, foot + tall / 2, str(number), 1.6 * size, is_bold=True))
        shapes.append(Words(middle, foot / 2, _inches(panel), size))
        at += float(panel)
        if number < len(panels):
            shapes.append(Line(at, 0.4 * foot, at, foot + tall, "fold"))
    if fold.crosses:
        shapes.append(Line(0, foot + tall / 2, across, foot + tall / 2, "fold"))
    said = ", ".join(_inches(panel) for panel in panels)
    return Drawing(across, foot + tall, f"{fold.name}: panels of {said} in.", tuple(shapes))


def holes_drawing(pattern: Holes, width: Decimal, height: Decimal) -> Drawing:
    """The piece with its holes, and how far apart and from the edge they are."""
    wide, tall = float(width), float(height)
    size = _letters(wide, tall)
    centers = [(float(x), float(y)) for x, y in pattern.centers(width, height)]
    shapes: list[Shape] = [Frame(0, 0, wide, tall, "sheet")]
    shapes += [Circle(x, y, float(pattern.diameter_in) / 2, "hole") for x, y in centers]
    (x1, y1), (x2, y2) = centers[:2] if len(centers) > 1 else centers * 2
    shapes.append(Line(x1, y1, x2, y2, "measure"))
    shapes.append(Words((x1 + x2) / 2 + 1.6 * size, (y1 + y2) / 2 - size, _inches(pattern.pitch_in), size))
    said = (
        f"{pattern.name}: {_inches(pattern.diameter_in)} in wide, {_inches(pattern.pitch_in)} in from center to "
        f"center, {_inches(pattern.from_edge_in)} in from the edge."
    )
    return Drawing(wide, tall, said, tuple(shapes))


def _letters(width: float, height: float) -> float:
    return _SIZE * max(width, height)


def _inches(length: Decimal) -> str:
    """``3.6875`` as it is, ``4.0000`` as 4."""
    return f"{float(length):.4f}".rstrip("0").rstrip(".")
