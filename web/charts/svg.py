"""Elements of a picture as escaped markup: a picture has a title and a sentence that says what it shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

Number = float | int
HATCH_STEP = 6.0


def number(value: Number) -> str:
    """A coordinate to the tenth, without zeros behind it."""
    return f"{round(value, 1) + 0:.1f}".removesuffix(".0")  # + 0: no minus before a zero


def element(name: str, *children: str | Markup, **attributes: Number | str) -> Markup:
    """``element("rect", width=3, class_="c1")``; numbers to the tenth, names of Python's own words end in _."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value) if isinstance(value, str) else number(value)}"'
        for key, value in attributes.items()
        if value != ""
    )
    inner = "".join(escape(child) for child in children)
    return Markup(f"<{name}{said}>{inner}</{name}>")  # noqa: S704  all that is not ours is escaped above


def picture(
    title: str, says: str, children: Iterable[Markup], *, width: Number, height: Number, leads: bool = False
) -> Markup:
    """A drawing that keeps its proportions in whatever room it gets; ``leads``: there are links in it."""
    size = f"0 0 {number(width)} {number(height)}"
    role = "group" if leads else "img"  # the children of an image are nothing to a screen reader
    return _framed(title, says, children, role=role, viewBox=size, width=width, height=height)


def strip(title: str, says: str, children: Iterable[Markup], *, height: Number) -> Markup:
    """A drawing as wide as its room, measured across in percent: only its height is fixed."""
    return _framed(title, says, children, role="img", width="100%", height=height)


def _framed(title: str, says: str, children: Iterable[Markup], **attributes: Number | str) -> Markup:
    words = (element("title", title), element("desc", says))
    return element("svg", *words, *children, class_="chart", **attributes)


def percent(share: Number) -> str:
    """A measure across a strip, to the hundredth of a percent."""
    return f"{100 * share:.2f}%"


def text(words: str, *, x: Number | str, y: Number, class_: str = "", anchor: str = "") -> Markup:
    """Words at a place; ``anchor`` middle or end."""
    return element("text", words, x=x, y=y, class_=class_, text_anchor=anchor)


def line(x1: Number, y1: Number, x2: Number, y2: Number, class_: str) -> Markup:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def rect(x: Number, y: Number, width: Number, height: Number, class_: str) -> Markup:
    """A filled rectangle."""
    return element("rect", x=x, y=y, width=width, height=height, class_=class_)


def hatch(x: Number, y: Number, width: Number, height: Number) -> Markup:
    """Diagonal strokes inside a rectangle: what differs by more than its color."""
    strokes = []
    reach = HATCH_STEP
    while reach < width + height:
        start = f"M{number(x + min(reach, width))} {number(y + max(0, reach - width))}"
        strokes.append(f"{start}L{number(x + max(0, reach - height))} {number(y + min(reach, height))}")
        reach += HATCH_STEP
    return element("path", d="".join(strokes), class_="hatch")


def polyline(points: Sequence[tuple[Number, Number]], class_: str) -> Markup:
    """A line through points."""
    return element("polyline", points=" ".join(f"{number(x)},{number(y)}" for x, y in points), class_=class_)
