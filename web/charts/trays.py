"""Trays on their shelves, to scale: as wide as the tray is long, and what is filled is mail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from web.charts.svg import element, line, picture, rect, text

DEEP = 30.0
_INCH = 2.0  # of the picture, an inch of a tray
_GAP, _SHELF, _CART = 3.0, 40.0, 300.0
SHELF_ROOM = _CART - 16


class Tray(NamedTuple):
    """A tray: its number, how long inside (inches), how full (0 to 1), its level's color, and where it opens."""

    number: int
    inches: float
    fill: float
    kind: str = "c1"
    url: str = ""
    words: str = ""
    is_marked: bool = False


class Cart(NamedTuple):
    """What trays stand on, in loading order; ``label`` says what it is."""

    label: str
    trays: Sequence[Tray]


def width_of(tray: Tray) -> float:
    """Outer width of a tray in the picture."""
    return tray.inches * _INCH


def shelves(trays: Sequence[Tray], room: float = SHELF_ROOM) -> list[list[Tray]]:
    """Trays in their order on shelves, as many on each as it has room for."""
    found: list[list[Tray]] = []
    used = room
    for tray in trays:
        if not found or used + _GAP + width_of(tray) > room:
            found.append([])
            used = -_GAP
        found[-1].append(tray)
        used += _GAP + width_of(tray)
    return found


def tray_wall(title: str, carts: Sequence[Cart]) -> Markup:
    """One cart beside the other; each tray leads to its own page."""
    stacked = [shelves(cart.trays) for cart in carts]
    height = 22 + _SHELF * max([1, *map(len, stacked)])
    drawn: list[Markup] = []
    for index, (cart, rows) in enumerate(zip(carts, stacked, strict=True)):
        left = index * (_CART + 12)
        drawn += [text(cart.label, x=left + 2, y=14, class_="label")]
        drawn += [element("rect", x=left, y=20, width=_CART, height=height - 22, rx=4, class_="cart")]
        for shelf, row in enumerate(rows):
            drawn += _shelf(row, left, 22 + shelf * _SHELF)
    trays = [tray for cart in carts for tray in cart.trays]
    says = f"{len(trays)} trays: {', '.join(cart.label for cart in carts)}"
    width = max(1, len(carts)) * (_CART + 12) - 12
    return picture(title, says, drawn, width=width, height=height, leads=any(tray.url for tray in trays))


def _shelf(row: Sequence[Tray], left: float, top: float) -> list[Markup]:
    drawn = [line(left, top + _SHELF - 2, left + _CART, top + _SHELF - 2, "shelf")]
    x = left + 8
    for tray in row:
        drawn.append(_tray(tray, x, top + 6))
        x += width_of(tray) + _GAP
    return drawn


def _tray(tray: Tray, x: float, y: float) -> Markup:
    width = width_of(tray)
    full = min(1.0, max(0.0, tray.fill)) * (width - 4)
    drawn = [
        element("title", tray.words or f"Tray {tray.number}, {tray.fill:.0%} full"),
        rect(x, y, width, DEEP, f"tray{' marked' if tray.is_marked else ''}"),
        rect(x + 2, y + 13, full, DEEP - 15, f"mail {tray.kind}"),
        text(str(tray.number), x=x + 3, y=y + 10, class_="tray-number"),
    ]
    return element("a", *drawn, href=tray.url) if tray.url else element("g", *drawn)
