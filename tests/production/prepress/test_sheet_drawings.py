"""What a cutter and a folder are told by a layout, and drawings on paper and screen."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import pairwise

import pytest

from production.catalog.products.folds import folds
from production.catalog.products.holes import holes
from production.prepress.fold_check.layout import Layout
from production.prepress.imposition.asked import Asked
from production.prepress.imposition.flat import Source
from production.prepress.imposition.schemes import lay_out
from production.prepress.papers.drawing import Circle, Line, Words
from production.prepress.papers.finishing_drawings import fold_drawing, holes_drawing
from production.prepress.sheet_drawings import cut_sequence, cut_words, dummy, overlay, side_drawing


def laid(pages, *asked, **more) -> Layout:
    layout, _ = lay_out(Asked(*asked, **more), [Source(pages)])
    return Layout.model_validate_json(json.dumps(layout.as_data()))


def numbers(drawing) -> list[str]:
    """Pages of a drawing, rows from the top, each from the left."""
    words = [one for one in drawing.shapes if isinstance(one, Words) and one.is_bold]
    return [one.words for one in sorted(words, key=lambda one: (-round(one.y), one.x))]


def test_cuts_go_from_the_far_edge_to_the_near_one_and_across_the_longer_side_first():
    # Two by two cards of 3.5 x 2 in with .125 of bleed on 11 x 8.5: gutters are cut twice.
    layout = laid(1, "stepandrepeat", (792, 612), (252, 144), bleed=9, up=4, turn="none")
    steps = cut_sequence(layout)
    assert [one.number for one in steps] == list(range(1, 9))
    assert [one.line for one in steps] == ["x"] * 4 + ["y"] * 4
    for line in "xy":
        inches = [one.inches for one in steps if one.line == line]
        assert inches == sorted(inches, reverse=True)
    # 11 in less 2 x 3.5 and a gutter of .25 leaves 1.875 at each side.
    assert [round(one.inches, 3) for one in steps[:4]] == [9.125, 5.625, 5.375, 1.875]
    assert list(cut_words(layout))[1] == "From the left edge, inches: 1: 9.125, 2: 5.625, 3: 5.375, 4: 1.875."


def test_a_dummy_of_sixteen_pages_stands_as_the_trade_folds_it():
    layout = laid(16, "perfect", (1800, 1440), (396, 612), bleed=9, signature=16)
    front, back = dummy(layout)
    # Heads of the upper row point down, those of the lower one up; front of a sheet-wise sixteen.
    assert sorted(map(int, numbers(front) + numbers(back))) == list(range(1, 17))
    pairs = list(zip(numbers(front), numbers(back)[3::-1] + numbers(back)[:3:-1], strict=True))
    assert all(abs(int(one) - int(other)) == 1 for one, other in pairs)  # a leaf has two pages in a row
    turned = {one.turn for one in front.shapes if isinstance(one, Words)}
    assert turned == {0, 180}
    assert sum(isinstance(one, Line) and one.kind == "fold" for one in front.shapes) == 3


def test_the_back_is_drawn_as_it_is_seen():
    layout = laid(4, "saddle", (864, 648), (396, 612))
    assert numbers(side_drawing(layout, 1)) == ["4", "1"]
    assert numbers(side_drawing(layout, 2)) == ["2", "3"]
    assert side_drawing(layout, 2).says == "Sheet 1 of 1, back: pages 2, 3; 1 fold."
    assert not dummy(laid(2, "stepandrepeat", (792, 612), (252, 144), up=2, turn="left-right"))
    kinds = {one.kind for one in overlay(layout, 1).shapes if not isinstance(one, Words)}
    assert kinds == {"trim", "fold"}


@pytest.mark.parametrize("code", list(folds()))
def test_every_fold_is_drawn_with_its_panels(code):
    fold = folds()[code]
    panels = fold.panels(Decimal(11))
    drawing = fold_drawing(fold, panels, Decimal("8.5"))
    assert numbers(drawing) == [str(k) for k in range(1, len(panels) + 1)]
    assert drawing.width == pytest.approx(11)
    lines = [one for one in drawing.shapes if isinstance(one, Line)]
    assert len(lines) == len(panels) - 1 + fold.crosses


@pytest.mark.parametrize("code", list(holes()))
def test_every_pattern_of_holes_lies_in_the_middle_of_its_edge(code):
    pattern = holes()[code]
    drawing = holes_drawing(pattern, Decimal("8.5"), Decimal(11))
    centers = [(one.x, one.y) for one in drawing.shapes if isinstance(one, Circle)]
    assert len(centers) == pattern.count
    along, across, length = (1, 0, 11) if pattern.edge == "left" else (0, 1, 8.5)
    at = sorted(one[along] for one in centers)
    assert at[0] == pytest.approx(length - at[-1])
    assert [b - a for a, b in pairwise(at)] == pytest.approx([float(pattern.pitch_in)] * (len(at) - 1))
    edge = [one[across] if pattern.edge == "left" else 11 - one[across] for one in centers]
    assert edge == pytest.approx([float(pattern.from_edge_in)] * pattern.count)
    assert f"{float(pattern.diameter_in):g}"[:5] in drawing.says
