"""Values over time: a line chart with its scale, and a sparkline beside a figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from markupsafe import Markup

from web.charts.scale import place, ticks
from web.charts.svg import element, line, number, picture, polyline, text

WIDTH, HEIGHT = 480, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 90, 12, 26
_DASHES = ("", "dash-2", "dash-3", "dash-4", "dash-5", "dash-6")  # lines are told apart without their color


class Series(NamedTuple):
    """A line: its name and one value for each place on the scale below, None where there is none (yet)."""

    label: str
    values: Sequence[float | None]
    is_predicted: bool = False


def line_chart(
    title: str, series: Sequence[Series], names: Sequence[str], *, words: Callable[[float], str] = number
) -> Markup:
    """Lines over the same places, each named at its end; the scale begins at zero unless something is below it."""
    known = [value for one in series for value in one.values if value is not None]
    scale = ticks(min([0, *known]), max([0, *known]))
    x_of = [place(index, 0, max(1, len(names) - 1), _LEFT, WIDTH - _RIGHT) for index in range(len(names))]
    drawn = [part for value in scale for part in _rule(value, scale, words(value))]
    every = max(1, -(-len(names) // 7))
    drawn += [
        text(name, x=x, y=HEIGHT - 8, class_="tick", anchor="middle")
        for index, (name, x) in enumerate(zip(names, x_of, strict=True))
        if index % every == 0
    ]
    for index, one in enumerate(series):
        points = [
            (x, _y(value, scale)) for x, value in zip(x_of, one.values, strict=False) if value is not None
        ]
        drawn += _drawn_line(one, points, index)
    return picture(title, _sentence(series, names, words), drawn, width=WIDTH, height=HEIGHT)


def _y(value: float, scale: Sequence[float]) -> float:
    return place(value, scale[0], scale[-1], HEIGHT - _BOTTOM, _TOP)


def _rule(value: float, scale: Sequence[float], words: str) -> tuple[Markup, Markup]:
    at = _y(value, scale)
    return (
        line(_LEFT, at, WIDTH - _RIGHT, at, "rule"),
        text(words, x=_LEFT - 6, y=at + 4, class_="tick", anchor="end"),
    )


def _drawn_line(one: Series, points: list[tuple[float, float]], index: int) -> list[Markup]:
    if not points:
        return []
    look = "predicted" if one.is_predicted else _DASHES[index % len(_DASHES)]
    (x, y) = points[-1]
    return [
        polyline(points, f"line k{index % len(_DASHES) + 1} {look}".rstrip()),
        element("circle", cx=x, cy=y, r=3.5, class_=f"c{index % len(_DASHES) + 1}"),
        text(one.label, x=x + 8, y=y + 4, class_="label"),
    ]


def _sentence(series: Sequence[Series], names: Sequence[str], words: Callable[[float], str]) -> str:
    said = []
    for one in series:
        known = [(name, value) for name, value in zip(names, one.values, strict=False) if value is not None]
        if known:
            (first, start), (last, end) = known[0], known[-1]
            said.append(f"{one.label}: {words(start)} in {first}, {words(end)} in {last}")
    return "; ".join(said)


def sparkline(title: str, values: Sequence[float], says: str) -> Markup:
    """The way of a figure, small; ``says`` tells it in words."""
    low, high = (min(values), max(values)) if values else (0, 0)
    points = [
        (place(index, 0, max(1, len(values) - 1), 2, 62), place(value, low, high, 20, 3))
        for index, value in enumerate(values)
    ]
    drawn = [polyline(points, "line k2")]
    drawn += [element("circle", cx=x, cy=y, r=2, class_="c2") for x, y in points[-1:]]
    return picture(title, says, drawn, width=64, height=24)
