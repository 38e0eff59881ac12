"""How many pieces a sheet holds: every cell of both tables of the practice file's section 4, and the grain."""

from __future__ import annotations

from decimal import Decimal

import pytest

from production.catalog.products.standards import Press, StockSheet
from production.frontdesk.estimates.layouts import Grid, grids, is_with_the_grain, room
from tests.production.catalog.products import orders

PIECES = ["8.5x11", "5.5x8.5", "3.5x2", "4x9", "4x6", "6x9"]
NO_MARGIN = {
    "8.5x11": [1, 2, 12, 2, 2, 1],
    "11x17": [2, 4, 24, 4, 4, 2],
    "12x18": [2, 4, 30, 6, 9, 4],
    "13x19": [2, 4, 30, 6, 9, 4],
    "17.5x22.5": [4, 8, 55, 8, 12, 4],
    "19x25": [4, 8, 63, 12, 18, 8],
    "23x35": [8, 16, 110, 16, 25, 10],
    "25x38": [8, 16, 133, 24, 36, 16],
    "28x40": [9, 21, 160, 30, 42, 18],
}
WITH_BLEED = {
    "8.5x11": [0, 1, 8, 1, 2, 1],
    "11x17": [1, 2, 16, 3, 4, 2],
    "12x18": [2, 4, 21, 4, 4, 2],
    "13x19": [2, 4, 24, 4, 8, 4],
    "19x25": [4, 8, 48, 10, 12, 6],
    "23x35": [6, 12, 90, 16, 25, 10],
    "25x38": [8, 16, 100, 20, 30, 12],
    "28x40": [9, 18, 120, 24, 36, 16],
}


def inches(text: str) -> tuple[Decimal, Decimal]:
    width, height = text.split("x")
    return Decimal(width), Decimal(height)


def press(margin: str = "0.25", gripper: str = "0") -> Press:
    return orders.standards(
        **{"presses__DIG-1__margin": float(margin), "presses__DIG-1__gripper": float(gripper)}
    ).presses["DIG-1"]


def n_up(sheet: str, piece: str, margin: str, bleed: str) -> int:
    laid = grids(inches(sheet), inches(piece), press(margin), bleed=Decimal(bleed))
    return max((grid.n_up for grid in laid), default=0)


@pytest.mark.parametrize("sheet", NO_MARGIN)
def test_without_margin_and_bleed(sheet: str):
    assert [n_up(sheet, piece, "0", "0") for piece in PIECES] == NO_MARGIN[sheet]


@pytest.mark.parametrize("sheet", WITH_BLEED)
def test_with_margin_and_bleed(sheet: str):
    assert [n_up(sheet, piece, "0.25", "0.125") for piece in PIECES] == WITH_BLEED[sheet]


def test_a_piece_that_is_the_whole_sheet_is_printed_within_its_margin():
    assert n_up("8.5x11", "8.5x11", "0.25", "0") == 1
    assert n_up("11x8.5", "8.5x11", "0.25", "0") == 1
    assert n_up("8.5x11", "8.5x11", "0.25", "0.125") == 0


@pytest.mark.parametrize(
    ("sheet", "gripped_edges", "left"),
    [("17x22", 1, ("16.25", "21.5")), ("22x17", 1, ("21.5", "16.25")), ("17x22", 2, ("16.00", "21.5"))],
)
def test_the_gripper_holds_a_long_edge(sheet: str, gripped_edges: int, left: tuple[str, str]):
    found = room(inches(sheet), press(gripper="0.5"), gripped_edges=gripped_edges)
    assert found == tuple(map(Decimal, left))


@pytest.mark.parametrize(
    ("grain", "turned", "axis", "runs"),
    [
        ("long", False, "height", True),
        ("long", False, "width", False),
        ("long", True, "height", False),
        ("long", True, "width", True),
        ("short", False, "height", False),
        ("short", True, "height", True),
        ("short", True, None, True),
    ],
)
def test_the_grain_along_a_side_of_the_piece(grain: str, turned: bool, axis, runs: bool):
    sheet = StockSheet(size=inches("12x18"), grain=grain, per_m=Decimal(38))
    assert is_with_the_grain(Grid(sheet.size, 1, 2, turned), sheet, axis) is runs
