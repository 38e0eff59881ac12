"""Spreads on sheets told as pages on sheets: the checker, which knows nothing of stages, folds and reads them whole."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from production.prepress.fold_check.check import check
from production.prepress.imposition import child
from production.prepress.imposition.answers import Given
from production.prepress.imposition.asked import Asked
from production.prepress.imposition.composed import composed
from production.prepress.imposition.flat import Source
from production.prepress.imposition.schemes import lay_out
from tests.production.prepress.fold_check.sheets import BLEED, HEIGHT, WIDTH, draw_pages

PAGES = 8
SPREAD = (2 * WIDTH, HEIGHT)


def made(path, asked, out):
    found = child.impose([Given(str(path), path.name)], asked, str(out), path.name)
    return lay_out(asked, [Source(found.pages[0])])[0]


@pytest.fixture
def two_stages(tmp_path):
    """Spreads on a sheet: the layout of both stages as one, and how the checker judges sheets by a layout."""

    def stages(sheet, up):
        pages = draw_pages(tmp_path / "pages.pdf", PAGES)
        spread = (SPREAD[0] + 2 * BLEED, SPREAD[1] + 2 * BLEED)
        saddle = Asked("saddle", spread, (WIDTH, HEIGHT), bleed=BLEED, caliper=1.0)
        inner = made(pages, saddle, tmp_path / "spreads.pdf")
        beside = Asked("stepandrepeat", sheet, SPREAD, bleed=BLEED, up=up, turn="left-right")
        outer = made(tmp_path / "spreads.pdf", beside, tmp_path / "sheets.pdf")

        def judged(layout):
            (tmp_path / "layout.json").write_text(json.dumps(layout.as_data()))
            return check(str(tmp_path / "sheets.pdf"), [str(pages)], str(tmp_path / "layout.json"))

        return composed(inner, outer), judged

    return stages


@pytest.mark.parametrize(
    ("sheet", "up", "turned"), [((500, 700), 2, 0), ((700, 500), 2, 90), ((900, 700), 4, 0)]
)
def test_every_pile_is_the_book(two_stages, sheet, up, turned):
    layout, judged = two_stages(sheet, up)
    found = judged(layout)
    assert (found.ok, found.findings) == (True, [])
    assert found.reading_order == [*range(1, PAGES + 1)] * up
    assert found.creep_pt == pytest.approx(1.0, abs=0.1)  # the inner of two sheets, one caliper
    assert {one.rotate for one in layout.placements if one.side == 1} == {turned}
    assert (layout.sheets, len(layout.placements)) == (2, PAGES * up)


def test_what_is_folded_elsewhere_is_no_book(two_stages):
    layout, judged = two_stages((500, 700), 2)
    moved = replace(layout, folds=tuple(replace(one, at=one.at + 9) for one in layout.folds))
    assert not judged(moved).ok
