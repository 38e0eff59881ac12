"""The barcode's sizes against the figures of the specification."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postal.barcodes import imb_geometry as geometry


def test_nominal_sizes_in_points() -> None:
    design = geometry.NOMINAL
    found = (design.pitch, design.bar_width, design.full, design.half, design.tracker, design.length)
    assert found == pytest.approx((3.2727, 1.44, 10.44, 6.948, 3.456, 210.894), abs=1e-3)


@pytest.mark.parametrize("design", [geometry.NOMINAL, geometry.DOTS_600])
def test_bars_share_the_tracker_and_fill_the_height(design: geometry.Design) -> None:
    assert geometry.within_allowed(design)
    full, ascender, descender, tracker = (design.extent(letter) for letter in "FADT")
    assert full == (0, design.full)
    assert ascender == pytest.approx((tracker[0], design.full), abs=1e-9)
    assert descender == pytest.approx((0, tracker[1]), abs=1e-9)
    assert tracker[1] - tracker[0] == pytest.approx(design.tracker)


def test_sizes_out_of_tolerance_are_noticed() -> None:
    assert not geometry.within_allowed(replace(geometry.NOMINAL, full=0.182 * 72))
    assert not geometry.within_allowed(replace(geometry.NOMINAL, pitch=72 / 19))


def test_rectangles_run_left_to_right_at_the_pitch() -> None:
    boxes = geometry.DOTS_600.rectangles("FADT" * 16 + "F")
    assert len(boxes) == 65
    assert boxes[0] == pytest.approx((0, 0, 12 * 0.12, 87 * 0.12))
    assert boxes[3] == pytest.approx((3 * 27 * 0.12, 29 * 0.12, 12 * 0.12, 29 * 0.12))
    assert boxes[-1][0] + boxes[-1][2] == pytest.approx(geometry.DOTS_600.length)
    with pytest.raises(KeyError):
        geometry.NOMINAL.rectangles("FX")
