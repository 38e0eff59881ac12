"""Single runs on one line of values, with their middle half, what holds now and what is proposed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from markupsafe import Markup

from web.charts.scale import place, ticks
from web.charts.svg import element, percent, strip

_TOP, _ROWS, _STEP, _FOOT = 26, 5, 9, 44
_HEIGHT = _TOP + _ROWS * _STEP + _FOOT
_MOST_TICKS = 4


def dots(
    title: str,
    points: Sequence[float],
    half: tuple[float, float],
    *,
    now: float | None,
    proposed: float | None,
    words: Callable[[float], str],
) -> Markup:
    """``half``: from quartile to quartile. What holds now is a full line named above, what is proposed a dashed one
    named below; values stand at the foot.
    """
    marks = [value for value in (now, proposed) if value is not None]
    steps = ticks(min([*points, *marks]), max([*points, *marks]), _MOST_TICKS)
    low, high = steps[0], steps[-1]

    def x(value: float) -> str:
        return percent(place(value, low, high, 0.02, 0.98))

    def named(value: float, said: str, y: int, look: str) -> Markup:
        return element("text", said, x=x(value), y=y, text_anchor=_anchor(value, low, high), class_=look)

    foot = _TOP + _ROWS * _STEP + 4
    wide = place(half[1], low, high, 0, 0.96) - place(half[0], low, high, 0, 0.96)
    drawn = [
        element("rect", x=x(half[0]), y=_TOP - 2, width=percent(wide), height=_ROWS * _STEP, class_="room"),
        element("line", x1="0", x2="100%", y1=foot, y2=foot, class_="axis"),
        *(
            element("circle", cx=x(value), cy=_TOP + 6 + at % _ROWS * _STEP, r=4, class_="c2")
            for at, value in enumerate(points)
        ),
        *(named(value, words(value), foot + 14, "tick") for value in steps),
    ]  # fmt: skip
    if now is not None:
        drawn += [
            element("line", x1=x(now), x2=x(now), y1=18, y2=foot, class_="line k1"),
            named(now, f"Standard {words(now)}", 13, "value"),
        ]  # fmt: skip
    if proposed is not None:
        drawn += [
            element("line", x1=x(proposed), x2=x(proposed), y1=_TOP - 4, y2=foot + 4, class_="line predicted"),
            named(proposed, f"Proposed {words(proposed)}", foot + 32, "value"),
        ]  # fmt: skip
    says = f"{len(points)} runs, the middle half from {words(half[0])} to {words(half[1])}"
    told = [
        f"standard {words(now)}" if now is not None else "",
        f"proposed {words(proposed)}" if proposed is not None else "",
    ]
    return strip(title, "; ".join(filter(None, [says, *told])), drawn, height=_HEIGHT)


def _anchor(value: float, low: float, high: float) -> str:
    """Words at an edge stay inside."""
    share = place(value, low, high, 0, 1)
    return "start" if share < 0.15 else "end" if share > 0.85 else "middle"
