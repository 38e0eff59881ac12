"""What runs where and when: a row a machine, time from left to right."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from markupsafe import Markup

from kernel.clock import SHOP_ZONE
from web.charts.svg import element, hatch, line, picture, text

_LEFT, _HOURS, _ROW, _HEAD = 120, 840, 40, 24


class Span(NamedTuple):
    """Work from a time to a time. ``kind``: done, running, planned, tight, late, service, would or closed, told apart
    by more than color; ``run``: the page of what may be dragged.
    """

    label: str
    start: datetime
    end: datetime
    kind: str = "planned"
    run: str = ""


class Lane(NamedTuple):
    """A machine with its work; ``note`` below its name, such as its load; ``key``: what is dragged here goes to."""

    label: str
    spans: Sequence[Span]
    note: str = ""
    key: str = ""


_HATCHED = ("running", "service", "closed")
_SIGNS = {"done": "\N{CHECK MARK} ", "late": "! ", "tight": "~ "}


def gantt(
    title: str,
    lanes: Sequence[Lane],
    *,
    start: datetime,
    end: datetime,
    now: datetime,
    ticks: Sequence[tuple[datetime, str]],
) -> Markup:
    """The board from ``start`` to ``end``; work beyond its edges is cut at them."""
    height = _HEAD + _ROW * len(lanes)

    def x(moment: datetime) -> float:
        share = (moment - start) / (end - start)
        return _LEFT + _HOURS * min(1.0, max(0.0, share))

    drawn: list[Markup] = []
    for moment, words in ticks:
        drawn += [
            line(x(moment), _HEAD, x(moment), height, "rule"),
            text(words, x=x(moment), y=14, class_="tick", anchor="middle"),
        ]
    for index, lane in enumerate(lanes):
        top = _HEAD + _ROW * index
        drawn += [
            line(0, top, _LEFT + _HOURS, top, "rule"),
            text(lane.label, x=0, y=top + 17, class_="label"),
        ]
        drawn.append(text(lane.note, x=0, y=top + 32, class_="tick"))
        if lane.key:
            drawn.append(_room(lane, start, end, top))
        for span in lane.spans:
            drawn += _drawn(span, x(span.start), x(span.end), top + 6)
    if start <= now <= end:
        drawn.append(line(x(now), _HEAD - 4, x(now), height, "now"))
    says = "; ".join(
        f"{lane.label}: {sum(span.kind != 'closed' for span in lane.spans)} pieces of work" for lane in lanes
    )
    return picture(title, says, drawn, width=_LEFT + _HOURS, height=height)


def _room(lane: Lane, start: datetime, end: datetime, top: float) -> Markup:
    """Where runs can be let go."""
    return element(
        "rect", x=_LEFT, y=top, width=_HOURS, height=_ROW, class_="lane", data_lane=lane.key,
        data_from=start.isoformat(), data_to=end.isoformat(), data_zone=SHOP_ZONE.key,
    )  # fmt: skip


def _drawn(span: Span, left: float, right: float, top: float) -> list[Markup]:
    width, height = right - left, _ROW - 12
    if width <= 0:
        return []
    sign = _SIGNS.get(span.kind, "")
    words = f"{sign}{span.label}"
    told = f"{span.label}, {span.kind}, {span.start:%H:%M} to {span.end:%H:%M}"
    box = element(
        "rect",
        element("title", told),
        x=left,
        y=top,
        width=width,
        height=height,
        rx=3,
        class_=f"span {span.kind}",
        data_run=span.run,
    )
    drawn = [box, *([hatch(left, top, width, height)] if span.kind in _HATCHED else [])]
    if width <= 6 * len(words) + 8:  # what does not fit is in the table and on hover
        words = sign.strip() if width > 16 else ""
    if words and span.kind != "closed":
        drawn.append(text(words, x=left + 5, y=top + 18, class_=f"span-words {span.kind}"))
    return drawn
