"""A side of the sheets as it is printed."""

from __future__ import annotations

import math
from dataclasses import InitVar, dataclass, field

from production.prepress.fold_check.drawing import Page, Picture, Window
from production.prepress.fold_check.layout import Box

# Points. pdfium clips to whole dots, so a dot that only touches the edge of a box may show what is beyond it.
_NEAR = 0.02


@dataclass(slots=True)
class Side:
    """A side of the sheets with its picture, 72 dots an inch. ``onto``: a picture that is no longer needed."""

    page: Page
    onto: InitVar[Picture | None] = None
    picture: Picture = field(init=False)

    def __post_init__(self, onto: Picture | None) -> None:
        self.picture = self.page.draw(Window(0, 0, *self.page.size), onto=onto)

    def inside(self, box: Box) -> Window:
        """The dots that lie in the box and do not touch its edges."""
        left, right = math.ceil(box[0] + _NEAR), math.floor(box[2] - _NEAR)
        height = self.page.size[1]
        top, bottom = math.ceil(height - box[3] + _NEAR), math.floor(height - box[1] - _NEAR)
        return Window(left, height - bottom, max(1, right - left), max(1, bottom - top))

    def part(self, window: Window) -> Picture:
        """What of the picture stands in such a window."""
        top = round(self.page.size[1] - window.low - window.height)
        left = round(window.left)
        return self.picture[top : top + round(window.height), left : left + round(window.width)]
