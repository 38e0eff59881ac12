"""Paper folded in software: against a sheet folded by hand, and what no fold can change."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from production.prepress.fold_check.folding import crosses, folded
from production.prepress.fold_check.layout import Fold, read_layout
from production.prepress.fold_check.stack import piles
from tests.production.prepress.fold_check.sheets import saddle

SHEET = (0.0, 0.0, 400.0, 300.0)


def fold(line, at, move, *, over):
    return Fold(line=line, at=at, move=move, over=over)


def lying(panels):
    """From the top: the left edge on the flat sheet, and whether the front looks up."""
    return [(panel.box[0], panel.is_face_up) for panel in reversed(panels)]


def test_a_letter_fold():
    """The right third in over the middle, then the left one over that."""
    panels = folded(
        (0.0, 0.0, 300.0, 300.0),
        [fold("x", 200, "right", over=True), fold("x", 100, "left", over=True)],
    )
    assert lying(panels) == [(0, False), (200, False), (100, True)]
    assert [panel.span("x") for panel in panels] == [(100, 200)] * 3


def test_a_z_fold():
    panels = folded(
        (0.0, 0.0, 300.0, 300.0),
        [fold("x", 200, "right", over=False), fold("x", 100, "left", over=True)],
    )
    assert lying(panels) == [(0, False), (100, True), (200, False)]


def test_a_second_fold_lies_in_the_frame_of_the_flat_sheet():
    """The left half over the right one, then both in the middle: four columns of paper at x from 300 to 400."""
    panels = folded(SHEET, [fold("x", 200, "left", over=True), fold("x", 300, "left", over=True)])
    assert [panel.span("x") for panel in panels] == [(300, 400)] * 4
    assert lying(panels) == [(200, False), (100, True), (0, False), (300, True)]


@st.composite
def folds(draw):
    made = []
    for _ in range(draw(st.integers(0, 4))):
        line, move = draw(st.sampled_from([("x", "left"), ("x", "right"), ("y", "top"), ("y", "bottom")]))
        at = draw(st.floats(20, 380 if line == "x" else 280))
        made.append(fold(line, at, move, over=draw(st.booleans())))
    return made


@given(folds())
def test_folding_keeps_every_piece_of_paper(made):
    """No area is lost, distances stay, and the front looks up where it was reflected an even number of times."""
    panels = folded(SHEET, made)
    area = sum((right - left) * (high - low) for left, low, right, high in (panel.box for panel in panels))
    assert math.isclose(area, 400 * 300)
    for panel in panels:
        assert panel.is_face_up is (panel.x.sign * panel.y.sign == 1)
        low, high = panel.span("x")
        assert math.isclose(high - low, panel.box[2] - panel.box[0])


@given(folds(), st.floats(20, 380))
def test_a_fold_leaves_nothing_on_its_moving_side(made, at):
    one = fold("x", at, "left", over=True)
    if crosses(folded(SHEET, made), one):
        assert all(panel.span("x")[0] >= at - 0.02 for panel in folded(SHEET, [*made, one]))


@pytest.mark.parametrize("pages", [4, 8, 36, 64, 128])
def test_a_saddle_stitched_book_reads_through(pages):
    layout = read_layout(json.dumps(saddle(pages).layout).encode())
    (pile,) = piles(layout)
    sides = [index for leaf in pile.leaves for index in (leaf.upper, leaf.lower)]
    assert [layout.placements[index].page for index in sides] == list(range(1, pages + 1))
    assert [leaf.depth for leaf in pile.leaves] == [*range(pages // 4), *reversed(range(pages // 4))]


def test_a_fold_beside_the_folded_paper_is_refused():
    layout = saddle(4).layout
    second = layout["folds"][0] | {"at": 100}
    with pytest.raises(InvalidInput) as refused:
        piles(read_layout(json.dumps(layout | {"folds": [*layout["folds"], second]}).encode()))
    assert (refused.value.instance_code, refused.value.details["field"]) == ("LAYOUT_MISMATCH", "folds.1.at")
