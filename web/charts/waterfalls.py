"""From one sum to another by what was added and taken away."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from markupsafe import Markup

from web.charts.scale import place
from web.charts.svg import element, hatch, line, number, picture, rect, text

_COLUMN, _BAR, _HEIGHT = 108, 64, 230
_TOP, _FOOT = 24, 178
_CUT = 0.5  # columns that never fall below half are cut, and say so


class Step(NamedTuple):
    """What is added (or taken away: negative), in cents or any unit; ``note`` stands below its name."""

    label: str
    amount: float
    words: str
    note: str = ""


def waterfall(title: str, first: Step, steps: Sequence[Step], last: Step) -> Markup:
    """``first`` and ``last`` are whole columns; the steps between must lead from one to the other (ValueError)."""
    levels = list(accumulate((step.amount for step in steps), initial=first.amount))
    if abs(levels[-1] - last.amount) > 1e-6 * max(1, abs(first.amount)):
        raise ValueError("the steps do not lead from the first sum to the last")
    low, high = min(0, *levels), max(0, *levels)
    is_cut = min(levels) > high * _CUT
    base = min(levels) * 0.8 if is_cut else low

    def y(value: float) -> float:
        return place(value, base, high, _FOOT, _TOP)

    drawn = [line(0, _FOOT, _COLUMN * (len(steps) + 2), _FOOT, "axis")]
    drawn += _whole(first, 0, y(first.amount), "c6", is_cut=is_cut)
    for index, (step, before, after) in enumerate(zip(steps, levels, levels[1:], strict=False), start=1):
        drawn += _step(step, index, y(before), y(after))
    drawn += _whole(last, len(steps) + 1, y(last.amount), "c1", is_cut=is_cut)
    says = "; ".join(f"{step.label}: {step.words}" for step in (first, *steps, last))
    says += ". The columns are cut at the foot." if is_cut else ""
    return picture(title, says, drawn, width=_COLUMN * (len(steps) + 2), height=_HEIGHT)


def _left(index: int) -> float:
    return index * _COLUMN + (_COLUMN - _BAR) / 2


def _words(step: Step, index: int, above: float) -> list[Markup]:
    middle = index * _COLUMN + _COLUMN / 2
    return [
        text(step.words, x=middle, y=above - 6, class_="value", anchor="middle"),
        text(step.label, x=middle, y=_FOOT + 18, class_="label", anchor="middle"),
        text(step.note, x=middle, y=_FOOT + 34, class_="tick", anchor="middle"),
    ]


def _whole(step: Step, index: int, top: float, kind: str, *, is_cut: bool) -> list[Markup]:
    drawn = [rect(_left(index), top, _BAR, _FOOT - top, kind), *_words(step, index, top)]
    if is_cut:
        teeth = "".join(
            f"L{number(_left(index) + 8 * n)} {_FOOT - (10 if n % 2 else 16)}" for n in range(1, 9)
        )
        drawn.append(element("path", d=f"M{number(_left(index))} {_FOOT - 16}{teeth}", class_="cut"))
    return drawn


def _step(step: Step, index: int, before: float, after: float) -> list[Markup]:
    top, height = min(before, after), abs(after - before)
    is_more = step.amount > 0
    drawn = [
        line(_left(index - 1) + _BAR, before, _left(index), before, "thread"),
        line(_left(index) + _BAR, after, _left(index + 1), after, "thread"),
        rect(_left(index), top, _BAR, height, "more" if is_more else "less"),
    ]
    return [*drawn, *([hatch(_left(index), top, _BAR, height)] if is_more else []), *_words(step, index, top)]
