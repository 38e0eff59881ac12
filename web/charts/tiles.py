"""Where mail goes: each state a tile in its place, each three-digit ZIP area a square in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import ceil, sqrt

from markupsafe import Markup

from web.charts.svg import element, picture, rect, text

# Column and row of each state; the territories and military addresses stand along the foot.
TILES: dict[str, tuple[int, int]] = {
    "AK": (0, 0), "ME": (10, 0), "VT": (9, 1), "NH": (10, 1),
    "WA": (0, 2), "ID": (1, 2), "MT": (2, 2), "ND": (3, 2), "MN": (4, 2), "IL": (5, 2), "WI": (6, 2), "MI": (7, 2),
    "NY": (8, 2), "RI": (9, 2), "MA": (10, 2),
    "OR": (0, 3), "NV": (1, 3), "WY": (2, 3), "SD": (3, 3), "IA": (4, 3), "IN": (5, 3), "OH": (6, 3), "PA": (7, 3),
    "NJ": (8, 3), "CT": (9, 3),
    "CA": (0, 4), "UT": (1, 4), "CO": (2, 4), "NE": (3, 4), "MO": (4, 4), "KY": (5, 4), "WV": (6, 4), "VA": (7, 4),
    "MD": (8, 4), "DE": (9, 4),
    "AZ": (1, 5), "NM": (2, 5), "KS": (3, 5), "AR": (4, 5), "TN": (5, 5), "NC": (6, 5), "SC": (7, 5), "DC": (8, 5),
    "OK": (3, 6), "LA": (4, 6), "MS": (5, 6), "AL": (6, 6), "GA": (7, 6),
    "HI": (0, 7), "TX": (3, 7), "FL": (8, 7), "PR": (9, 7), "VI": (10, 7),
    "AE": (0, 8), "AA": (1, 8), "AP": (2, 8), "GU": (9, 8),
}  # fmt: skip
_TILE, _GAP = 46.0, 2.0
STEPS = (1, 5, 25, 100, 500)  # pieces from which the next darker of five steps begins


def step_of(pieces: int, steps: Sequence[int] = STEPS) -> int:
    """0 for nothing, then 1, 2, ... by how many of the steps are reached."""
    return sum(pieces >= step for step in steps)


def step_words(steps: Sequence[int] = STEPS) -> list[str]:
    """The legend: 'none', '1 to 4', ... '500 and more'."""
    between = [f"{low:,} to {high - 1:,}" for low, high in pairwise(steps)]
    return ["none", *between, f"{steps[-1]:,} and more"]


def zip_map(
    title: str,
    pieces: Mapping[str, int],
    areas: Mapping[str, Sequence[str]],
    *,
    home: str = "",
    steps: Sequence[int] = STEPS,
) -> Markup:
    """``pieces`` by three-digit area; ``areas``: the areas of each state; ``home`` is framed. A state without a tile
    is said in the sentence of the picture.
    """
    drawn = [part for state in areas if state in TILES for part in _tile(state, areas[state], pieces, steps)]
    if home in TILES:
        x, y = (at * _TILE for at in TILES[home])
        drawn.append(rect(x, y, _TILE - _GAP, _TILE - _GAP, "home"))
    by_state = {state: sum(pieces.get(area, 0) for area in found) for state, found in areas.items()}
    most = sorted(
        ((count, state) for state, count in by_state.items() if count), key=lambda one: (-one[0], one[1])
    )
    says = ", ".join(f"{state} {count:,}" for count, state in most[:5]) or "no pieces"
    columns, rows = (max(at[axis] for at in TILES.values()) + 1 for axis in (0, 1))
    return picture(title, f"Most pieces: {says}", drawn, width=columns * _TILE, height=rows * _TILE)


def _tile(state: str, areas: Sequence[str], pieces: Mapping[str, int], steps: Sequence[int]) -> list[Markup]:
    left, top = (at * _TILE for at in TILES[state])
    across = max(1, ceil(sqrt(len(areas))))
    room = _TILE - _GAP
    side = room / across
    squares = [
        rect(
            left + index % across * side,
            top + index // across * side,
            side,
            room / ceil(len(areas) / across),
            f"q{step_of(pieces[area], steps)} area",
        )
        for index, area in enumerate(areas)
        if pieces.get(area)
    ]
    total = sum(pieces.get(area, 0) for area in areas)
    frame = element(
        "rect",
        element("title", f"{state}: {total:,} pieces"),
        x=left,
        y=top,
        width=room,
        height=room,
        class_="state",
    )
    return [
        *squares,
        frame,
        text(state, x=left + room / 2, y=top + room / 2 + 4, class_="state-name", anchor="middle"),
    ]
