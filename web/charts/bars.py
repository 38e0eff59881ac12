"""Bars: one beside the other to compare, and one divided into parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from web.charts.scale import edges
from web.charts.svg import element, percent, strip

_ROW, _BAR, _TALL = 34, 14, 28
KINDS = 6  # c1 to c6


class Bar(NamedTuple):
    """One bar: its name, what it measures, and that in words. ``kind`` c1 to c6 or q1 to q6: without
    one, parts of a whole take the kinds in their order; dashed if predicted."""

    label: str
    value: float
    words: str
    kind: str = ""
    is_predicted: bool = False


def bars(title: str, rows: Sequence[Bar], *, most: float | None = None) -> Markup:
    """Horizontal bars under their names, the longest as long as the room; ``most`` if the room means more than that."""
    full = max([most or 0, *(row.value for row in rows)], default=0) or 1
    drawn = [part for index, row in enumerate(rows) for part in _bar(row, index * _ROW, row.value / full)]
    return strip(
        title, "; ".join(f"{row.label}: {row.words}" for row in rows), drawn, height=_ROW * len(rows)
    )


def _bar(row: Bar, top: int, share: float) -> list[Markup]:
    look = f"{row.kind or 'c2'}{' predicted' if row.is_predicted else ''}"
    return [
        element("text", row.label, x="0", y=top + 12, class_="label"),
        element("text", row.words, x="100%", y=top + 12, text_anchor="end", class_="value"),
        element("rect", x="0", y=top + 17, width="100%", height=_BAR - 4, rx=5, class_="room"),
        element("rect", x="0", y=top + 17, width=percent(share), height=_BAR - 4, rx=5, class_=look),
    ]


def stacked_bar(title: str, parts: Sequence[Bar], *, height: int = _TALL) -> Markup:
    """A whole divided into its parts; its names and figures stand in the table or legend beside it."""
    at = edges([part.value for part in parts])
    drawn = [
        element(
            "rect", element("title", f"{part.label}: {part.words}"), x=percent(start), y=0.5,
            width=percent(end - start), height=height - 1, class_=f"part {part.kind or f'c{index % KINDS + 1}'}",
        )
        for index, (part, start, end) in enumerate(zip(parts, at, at[1:], strict=False))
        if part.value
    ]  # fmt: skip
    return strip(title, "; ".join(f"{part.label}: {part.words}" for part in parts), drawn, height=height)
