"""One value against what it should be: a dial with its good range, and a ring of how much is done."""

from __future__ import annotations

from math import cos, pi, sin

from markupsafe import Markup

from web.charts.scale import place
from web.charts.svg import element, line, number, picture, text

_CENTER, _RADIUS, _BASE = 100.0, 80.0, 96.0
_RING = 38.0


def _at(share: float, radius: float = _RADIUS) -> tuple[float, float]:
    angle = pi * (1 - share)
    return _CENTER + radius * cos(angle), _BASE - radius * sin(angle)


def _arc(start: float, end: float, class_: str) -> Markup:
    (x1, y1), (x2, y2) = _at(start), _at(end)
    r = number(_RADIUS)
    path = f"M{number(x1)} {number(y1)}A{r} {r} 0 0 1 {number(x2)} {number(y2)}"
    return element("path", d=path, class_=class_)


def gauge(title: str, value: float, words: str, *, most: float, good: tuple[float, float]) -> Markup:
    """A half circle from 0 to ``most`` with the range that is good, and a hand; beyond the end it rests there."""
    low, high = (min(1.0, max(0.0, edge / most)) for edge in good)
    share = min(1.0, max(0.0, place(value, 0, most, 0, 1)))
    is_good = good[0] <= value <= good[1]
    x, y = _at(share, _RADIUS - 14)
    drawn = [
        _arc(0, 1, "dial"),
        _arc(low, high, "dial-good"),
        line(_CENTER, _BASE, x, y, "hand"),
        element("circle", cx=_CENTER, cy=_BASE, r=5, class_="c1"),
        text(
            number(good[0]),
            x=_at(low, _RADIUS + 12)[0],
            y=_at(low, _RADIUS + 12)[1],
            class_="tick",
            anchor="end",
        ),
        text(number(good[1]), x=_at(high, _RADIUS + 12)[0], y=_at(high, _RADIUS + 12)[1], class_="tick"),
        text(words, x=_CENTER, y=_BASE + 24, class_="value", anchor="middle"),
    ]
    told = "within" if is_good else "outside"
    says = f"{words}, {told} the good range of {number(good[0])} to {number(good[1])}"
    return picture(title, says, drawn, width=200, height=126)


def ring(title: str, done: int, total: int) -> Markup:
    """How much of a whole is done, as a ring around the figure."""
    around = 2 * pi * _RING
    part = around * (done / total if total else 0)
    circle = {"cx": 45, "cy": 45, "r": _RING}
    drawn = [
        element("circle", **circle, class_="dial"),
        element(
            "circle", **circle, class_="ring-done", transform="rotate(-90 45 45)",
            stroke_dasharray=f"{number(part)} {number(around - part)}",
        ),
        text(str(done), x=45, y=46, class_="figure", anchor="middle"),
        text(f"of {total}", x=45, y=61, class_="tick", anchor="middle"),
    ]  # fmt: skip
    return picture(title, f"{done} of {total} are done", drawn, width=90, height=90)
