"""Pictures say their figures: what is drawn is as long, as high and in the place that the value says."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from postal.data.zips import zip_states
from web import charts
from web.charts import scale, svg, tiles, trays
from web.charts.lines import HEIGHT, WIDTH

values = st.lists(st.integers(0, 10**9), min_size=1, max_size=30)


def drawn(markup):
    """The picture as elements; it must be well formed, with a title and a sentence."""
    root = fromstring(str(markup))
    assert root.get("role") == ("group" if root.find(".//a") is not None else "img")
    assert root[0].tag == "title"
    assert root[0].text
    assert root[1].tag == "desc"
    return root


def classed(root, name):
    return [one for one in root.iter() if name in (one.get("class") or "").split()]


def numbers(elements, attribute):
    return [float(one.get(attribute).rstrip("%")) for one in elements]


@given(values)
def test_parts_of_a_whole_lie_side_by_side_and_fill_it(parts):
    edges = scale.edges(parts)
    assert edges == sorted(edges)
    assert edges[-1] == (1 if sum(parts) else 0)
    root = drawn(charts.stacked_bar("Levels", [charts.Bar("x", part, str(part)) for part in parts]))
    widths = numbers(classed(root, "part"), "width")
    assert sum(widths) == pytest.approx(100 if sum(parts) else 0, abs=0.01 * len(parts))
    shown = [part for part in parts if part]
    assert widths == pytest.approx([100 * part / sum(parts) for part in shown], abs=0.011)


def test_a_negative_part_is_refused():
    with pytest.raises(ValueError, match="negative"):
        scale.edges([3, -1])


@given(st.integers(-(10**9), 10**9), st.integers(0, 10**9))
def test_a_scale_takes_in_its_values_in_equal_round_steps(low, reach):
    found = scale.ticks(low, low + reach)
    assert found[0] <= low
    assert found[-1] >= low + reach
    assert len(found) <= 8


def test_bars_are_as_long_as_their_values_and_what_is_predicted_is_dashed():
    rows = [
        charts.Bar("Print", 50, "$50"),
        charts.Bar("Mail", 200, "$200"),
        charts.Bar("Dock", 0, "$0", is_predicted=True),
    ]
    root = drawn(charts.bars("Cost", rows))
    assert numbers(classed(root, "c2"), "width") == [25, 100, 0]
    assert len(classed(root, "predicted")) == 1
    assert root[1].text == "Print: $50; Mail: $200; Dock: $0"


def test_a_line_rises_with_its_values_and_lines_differ_by_dashes():
    series = [charts.Series("This year", [0, 50, 100]), charts.Series("Last year", [100, None, 0])]
    root = drawn(charts.line_chart("Saved", series, ["Jul", "Aug", "Sep"]))
    first, second = [
        [tuple(map(float, pair.split(","))) for pair in one.get("points").split()]
        for one in classed(root, "line")
    ]
    assert [x for x, _ in first] == pytest.approx(
        [first[0][0], (first[0][0] + first[-1][0]) / 2, first[-1][0]]
    )
    assert first[1][1] == pytest.approx((first[0][1] + first[2][1]) / 2)
    assert first[0][1] > first[2][1]
    assert len(second) == 2
    assert second[0][1] == first[2][1]
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in first + second)
    looks = [one.get("class") for one in classed(root, "line")]
    assert looks == ["line k1", "line k2 dash-2"]
    assert root[1].text == "This year: 0 in Jul, 100 in Sep; Last year: 100 in Jul, 0 in Sep"


def test_a_sparkline_of_nothing_and_of_one_value_can_be_drawn():
    assert not classed(drawn(charts.sparkline("On time", [], "nothing yet")), "c2")
    assert len(classed(drawn(charts.sparkline("On time", [3], "3")), "c2")) == 1


@given(st.integers(0, 10**7), st.lists(st.integers(-(10**6), 10**6), max_size=5))
def test_a_waterfall_leads_from_one_sum_to_the_other(first, amounts):
    steps = [charts.Step("step", amount, str(amount)) for amount in amounts]
    last = first + sum(amounts)
    root = drawn(
        charts.waterfall(
            "Postage", charts.Step("a", first, str(first)), steps, charts.Step("b", last, str(last))
        )
    )
    heights = numbers(classed(root, "more") + classed(root, "less"), "height")
    by_size = sorted(zip((abs(a) for a in sorted(amounts, key=lambda a: a <= 0)), heights, strict=True))
    assert [height for _, height in by_size] == pytest.approx(sorted(heights), abs=0.2)
    assert len(classed(root, "more")) == sum(amount > 0 for amount in amounts)


def test_a_waterfall_says_that_its_columns_are_cut_and_refuses_steps_that_lead_elsewhere():
    first, last = charts.Step("Stamps", 1000, "$10"), charts.Step("Paid", 900, "$9")
    root = drawn(charts.waterfall("Postage", first, [charts.Step("Sort", -100, "-$1")], last))
    assert root[1].text.endswith("cut at the foot.")
    assert len(classed(root, "cut")) == 2
    with pytest.raises(ValueError, match="lead"):
        charts.waterfall("Postage", first, [], last)


def test_a_gauge_says_whether_its_value_is_good():
    assert (
        "within the good range of 20 to 60"
        in drawn(charts.gauge("Reserve", 41, "41 days", most=90, good=(20, 60)))[1].text
    )
    low = drawn(charts.gauge("Reserve", -5, "-5 days", most=90, good=(20, 60)))
    assert "outside" in low[1].text
    hand = classed(low, "hand")[0]
    assert float(hand.get("x2")) < float(hand.get("x1"))
    assert float(hand.get("y2")) == float(hand.get("y1"))  # rests at the end


@pytest.mark.parametrize(("done", "total", "share"), [(0, 0, 0), (4, 16, 0.25), (16, 16, 1)])
def test_a_ring_is_filled_by_what_is_done(done, total, share):
    dash, gap = map(
        float,
        classed(drawn(charts.ring("Set up", done, total)), "ring-done")[0].get("stroke-dasharray").split(),
    )
    assert dash / (dash + gap) == pytest.approx(share, abs=0.001)


def test_a_board_lays_work_at_its_time_and_cuts_it_at_the_edges():
    eight = datetime(2026, 12, 8, 14, tzinfo=UTC)

    def at(hours):
        return eight + timedelta(hours=hours)

    lane = charts.Lane(
        "Press 1",
        [
            charts.Span("Guide", at(-1), at(2), "running"),
            charts.Span("Cards", at(3), at(4), "late"),
            charts.Span("Old", at(-3), at(-2), "done"),
        ],
    )
    root = drawn(charts.gantt("Today", [lane], start=at(0), end=at(8), now=at(1), ticks=[(at(2), "10 AM")]))
    guide, cards = classed(root, "span")
    assert float(guide.get("width")) == 2 * float(cards.get("width"))
    assert float(cards.get("x")) == pytest.approx(float(guide.get("x")) + 1.5 * float(guide.get("width")))
    assert len(classed(root, "now")) == 1
    assert len(classed(root, "hatch")) == 1  # running is told by more than color


@given(st.lists(st.sampled_from([10.25, 21, 21.75]), max_size=80))
def test_trays_stand_in_order_on_shelves_that_hold_them(lengths):
    given = [charts.Tray(number, inches, 0.5) for number, inches in enumerate(lengths, 1)]
    shelves = trays.shelves(given)
    assert [tray for shelf in shelves for tray in shelf] == given
    gap = 3
    for shelf, following in zip(shelves, [*shelves[1:], []], strict=False):
        used = sum(map(trays.width_of, shelf)) + gap * (len(shelf) - 1)
        assert used <= trays.SHELF_ROOM
        if following:
            assert used + gap + trays.width_of(following[0]) > trays.SHELF_ROOM


def test_trays_are_to_scale_and_lead_to_their_pages():
    loaded = [
        charts.Tray(1, 20, 1, url="/t/1"),
        charts.Tray(2, 10, 0.5, is_marked=True),
        charts.Tray(3, 20, 7),
    ]
    root = drawn(charts.tray_wall("Trays", [charts.Cart("Cart 1", loaded)]))
    assert numbers(classed(root, "tray"), "width") == [40, 20, 40]
    assert numbers(classed(root, "mail"), "width") == [36, 8, 36]
    assert [one.get("href") for one in root.iter("a")] == ["/t/1"]


def test_every_state_has_a_tile_of_its_own_and_every_area_a_square():
    states = zip_states(date(2026, 12, 8))
    areas = states.areas()
    assert set(areas) == set(tiles.TILES)
    assert len(set(tiles.TILES.values())) == len(tiles.TILES)
    every = [area for found in areas.values() for area in found]
    assert len(every) == len(set(every)) == int((states.state_of_prefix >= 0).sum())
    root = drawn(charts.zip_map("Where", dict.fromkeys(every, 30), areas, home="MS"))
    assert len(classed(root, "area")) == len(every)
    assert len(classed(root, "home")) == 1


def test_the_map_is_darker_where_more_goes():
    assert [tiles.step_of(pieces) for pieces in (0, 1, 4, 5, 25, 100, 500, 9000)] == [
        0,
        1,
        1,
        2,
        3,
        4,
        5,
        5,
    ]
    assert charts.step_words() == ["none", "1 to 4", "5 to 24", "25 to 99", "100 to 499", "500 and more"]
    root = drawn(charts.zip_map("Where", {"386": 700, "387": 3}, {"MS": ["386", "387", "388"]}))
    assert root[1].text == "Most pieces: MS 703"
    assert [one.get("class") for one in classed(root, "area")] == ["q5 area", "q1 area"]


@given(st.floats(0, 200), st.floats(0, 200))
def test_hatches_stay_inside_their_rectangle(width, height):
    path = fromstring(str(svg.hatch(10, 20, width, height))).get("d", "")
    for x, y in re.findall(r"([\d.]+) ([\d.]+)", path):
        assert 9.9 <= float(x) <= 10.1 + width
        assert 19.9 <= float(y) <= 20.1 + height


def test_words_are_escaped_and_numbers_short():
    assert "&lt;b&gt;" in charts.bars("<b>", [])
    assert [svg.number(value) for value in (3.0, -0.04, 2.25, -1.5)] == ["3", "0", "2.2", "-1.5"]
