"""Drawings of sheets, folds and holes on a page, of the same shapes as on paper."""

from __future__ import annotations

from markupsafe import Markup

from production.prepress.papers.drawing import Circle, Drawing, Frame, Line, Shape
from web.charts.svg import element, picture

_ROOM = 600  # units of the longer side: line widths of the style sheet go by it


def drawing(shown: Drawing, title: str) -> Markup:
    """As large as its room; what it says is told to who does not see it."""
    scale = _ROOM / max(shown.width, shown.height)
    children = [_drawn(shape, scale, shown.height) for shape in shown.shapes]
    return picture(title, shown.says, children, width=shown.width * scale, height=shown.height * scale)


def _drawn(shape: Shape, scale: float, height: float) -> Markup:
    """Origin at the upper left, as screens have it."""
    if isinstance(shape, Line):
        return element(
            "line", x1=shape.x1 * scale, y1=(height - shape.y1) * scale, x2=shape.x2 * scale,
            y2=(height - shape.y2) * scale, class_=f"d-{shape.kind}",
        )  # fmt: skip
    if isinstance(shape, Frame):
        return element(
            "rect", x=shape.left * scale, y=(height - shape.high) * scale, width=(shape.right - shape.left) * scale,
            height=(shape.high - shape.low) * scale, class_=f"d-{shape.kind}",
        )  # fmt: skip
    if isinstance(shape, Circle):
        x, y = shape.x * scale, (height - shape.y) * scale
        return element("circle", cx=x, cy=y, r=shape.radius * scale, class_=f"d-{shape.kind}")
    x, y, size = shape.x * scale, (height - shape.y) * scale, shape.size * scale
    return element(
        "text", shape.words, x=0, y=0.36 * size, font_size=size, text_anchor="middle",
        class_="value" if shape.is_bold else "", transform=f"translate({x:.1f} {y:.1f}) rotate({shape.turn})",
    )  # fmt: skip
