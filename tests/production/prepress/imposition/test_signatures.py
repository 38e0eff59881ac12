"""Folding a sheet in thought gives the layouts that printers know."""

from __future__ import annotations

import pytest

from production.prepress.imposition.signatures import FOLDINGS, leaves


def front(pages: int) -> list[list[int]]:
    """Pages of the front by rows from the top, negative where the head points down."""
    folding, placed = FOLDINGS[pages], {leaf.cell: leaf for leaf in leaves(pages)}
    rows = [
        [placed[column, row] for column in range(folding.columns)] for row in reversed(range(folding.rows))
    ]
    return [[leaf.front if leaf.is_upright else -leaf.front for leaf in row] for row in rows]


@pytest.mark.parametrize(
    ("pages", "rows"),
    [
        (4, [[4, 1]]),
        (8, [[-5, -4], [8, 1]]),
        (16, [[-5, -12, -9, -8], [4, 13, 16, 1]]),  # the sheet of every handbook of printing
    ],
)
def test_a_front_is_the_one_of_the_handbook(pages, rows):
    assert front(pages) == rows


@pytest.mark.parametrize("pages", FOLDINGS)
def test_every_page_stands_once_and_backs_its_neighbor(pages):
    found = leaves(pages)
    assert sorted(page for leaf in found for page in (leaf.front, leaf.back)) == list(range(1, pages + 1))
    assert all({leaf.front, leaf.back} in ({k, k + 1} for k in range(1, pages, 2)) for leaf in found)
    assert len({leaf.cell for leaf in found}) == pages // 2


@pytest.mark.parametrize("pages", FOLDINGS)
def test_pages_on_both_sides_of_a_spine_belong_together(pages):
    """Left and right of a spine stand pages whose numbers add up to one more than the signature has, heads alike."""
    placed = {leaf.cell: leaf for leaf in leaves(pages)}
    for (column, row), left in placed.items():
        if column % 2 == 0:
            right = placed[column + 1, row]
            assert left.front + right.front == left.back + right.back == pages + 1
            assert left.is_upright == right.is_upright
