"""What a press trips over, at the place where it is drawn: thin lines, small text in many inks, heavy ink, white
that overprints, colors. A drawing keeps the worst of each kind, for it is the worst wherever the drawing is
placed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import TypeAlias

from production.prepress.templates.page_boxes import Box

# Six numbers as PDF writes them: x' = a x + c y + e, y' = b x + d y + f.
Matrix: TypeAlias = tuple[float, float, float, float, float, float]
STILL: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)

LINE, TEXT, INK, WHITE = "line", "text", "ink", "white"
# Which value of a kind is the worse one; of every other kind (a color) the first place is kept.
_WORSE: dict[str, Callable[[float, float], bool]] = {
    LINE: float.__lt__,
    TEXT: float.__lt__,
    INK: float.__gt__,
}
_LENGTHS = frozenset({LINE, TEXT})


@dataclass(frozen=True, slots=True)
class Mark:
    """``value``: width of a line or size of text in points, or ink as a share of full strength, summed over inks;
    ``box`` in the space of the drawing; ``inks``: how many inks text is made of."""

    box: Box
    value: float = 0.0
    inks: int = 0


class Marks(dict[str, Mark]):
    """The worst place of each kind."""

    def is_worse(self, kind: str, value: float) -> bool:
        """Whether a mark of this value would take the place of the one that is known."""
        known = self.get(kind)
        return known is None or (kind in _WORSE and _WORSE[kind](value, known.value))

    def add(self, kind: str, mark: Mark) -> None:
        """Keeps the worse of two."""
        if self.is_worse(kind, mark.value):
            self[kind] = mark

    def draw(self, other: Marks, matrix: Matrix) -> None:
        """Those of another drawing that is placed in this one."""
        for kind, mark in other.items():
            value = mark.value * scale_of(matrix) if kind in _LENGTHS else mark.value
            if self.is_worse(kind, value):
                self[kind] = Mark(moved(mark.box, matrix), value, mark.inks)


def times(first: Matrix, then: Matrix) -> Matrix:
    """One placing after the other."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u


def scale_of(matrix: Matrix) -> float:
    """By how much lengths grow, the mean of both directions."""
    a, b, c, d, *_ = matrix
    return sqrt(abs(a * d - b * c))


def moved(box: Box, matrix: Matrix) -> Box:
    """The box around a box that is placed."""
    a, b, c, d, e, f = matrix
    left, low, right, high = box
    corners = [(x, y) for x in (left, right) for y in (low, high)]
    return around([(a * x + c * y + e, b * x + d * y + f) for x, y in corners])


def around(points: list[tuple[float, float]]) -> Box:
    """The smallest box that holds all points."""
    across, up = [x for x, _ in points], [y for _, y in points]
    return min(across), min(up), max(across), max(up)
