"""What a reader has in hand, and which pages of two versions belong together."""

from __future__ import annotations

import pytest

from production.catalog.products.families import families
from production.catalog.products.spec import spec_of
from production.catalog.products.standards import shipped_standards
from production.frontdesk.estimates.estimate import estimate
from production.frontdesk.preparation.looking import aligned
from production.frontdesk.preparation.opened import openings
from production.frontdesk.preparation.worksheet import worksheet


def opened(counts, **wanted):
    spec = spec_of({"quantity": 100} | wanted)
    standards = shipped_standards()
    return openings(spec, worksheet(estimate(spec, standards, families()), standards), counts)


def part(name, stock, pages=None, inks=(1, 1)):
    return {"name": name, "stock": stock, "colours": list(inks)} | ({"pages": pages} if pages else {})


def test_a_booklet_opens_in_its_cover():
    found = opened(
        [8, 4], product="booklet", trim=[5.5, 8.5], binding="saddle",
        components=[part("text", "text60", 8), part("cover", "cover80", 4)],
    )  # fmt: skip
    assert set(found) == {"spreads"}
    # The cover is pages 9 to 12 of the proof: its insides face the first and the last page of the text.
    assert [[one.page for one in each.pages] for each in found["spreads"]] == [
        [9], [10, 1], [2, 3], [4, 5], [6, 7], [8, 11], [12],
    ]  # fmt: skip
    assert [each.name for each in found["spreads"]][:2] == ["Page 1", "Pages 2 and 3"]
    assert [each.short for each in found["spreads"]][:2] == ["1", "2-3"]
    assert {each.width for each in found["spreads"]} == {5.5, 11.0}


def test_a_flat_cover_is_seen_whole():
    found = opened(
        [40, 1], product="book", trim=[6, 9],
        components=[part("text", "text60", 40), part("cover", "cover100", inks=(1, 0))],
    )  # fmt: skip
    first, second, *_ = found["spreads"]
    assert (first.name, [one.page for one in first.pages]) == ("Cover, flat", [41])
    assert first.width == pytest.approx(12.117)  # 2 x 6, and a spine of 20 leaves of .0046 and twice .0125
    assert [one.page for one in second.pages] == [1]
    assert [one.page for each in found["spreads"][1:] for one in each.pages] == list(range(1, 41))


def test_panels_lie_as_they_are_folded():
    found = opened(
        [2], product="pamphlet", trim=[11, 8.5], finishing=[{"operation": "fold", "pattern": "letter"}],
        components=[part("sheet", "text60", 2)],
    )["panels"]  # fmt: skip
    widths = [one.width for each in found for one in each.pages]
    # 11 in as 3.6875, 3.6875, 3.625 (practice 7); on the back the short panel is at the left.
    assert widths == pytest.approx([3.6875, 3.6875, 3.625, 3.625, 3.6875, 3.6875])
    assert [(each.pages[0].page, each.name) for each in found][2:4] == [
        (1, "Front, panel 3 of 3"), (2, "Back, panel 1 of 3"),
    ]  # fmt: skip
    assert (found[0].pages[0].left, found[2].pages[0].right) == (0.0, 1.0)


def test_parts_of_a_set_come_from_the_top():
    stocks = ("carbonless_cb", "carbonless_cfb", "carbonless_cf")
    found = opened(
        [1, 1, 1], product="carbonless", unit="set", trim=[8.5, 11],
        components=[part(f"part-{k}", stock, 1, (1, 0)) for k, stock in enumerate(stocks, start=1)],
    )  # fmt: skip
    assert set(found) == {"parts"}
    assert [each.pages[0].page for each in found["parts"]] == [1, 2, 3]
    assert "pink" in found["parts"][2].name


@pytest.mark.parametrize(
    ("old", "new", "pairs"),
    [
        ((3,), (3,), {1: 1, 2: 2, 3: 3}),
        ((2, 2), (4, 2), {1: 1, 2: 2, 5: 3, 6: 4}),  # two pages more before the cover
        ((4, 1), (2, 1), {1: 1, 2: 2, 3: 5}),
        ((4,), (2, 1), {1: 1, 2: 2, 3: 3}),
    ],
)
def test_a_component_that_grows_does_not_move_those_behind_it(old, new, pairs):
    assert aligned(old, new) == pairs
