"""Sheets that are right pass without a word; every fault that is put into them is found and named."""

from __future__ import annotations

import pytest

from production.prepress.fold_check.check import check
from tests.production.prepress.fold_check.sheets import (
    BLEED,
    MARGIN,
    Sheets,
    draw_pages,
    saddle,
    side_by_side,
    signature,
)

SETS = [(1, 1), (2, 2), (3, 3), (1, 1), (2, 2), (3, 3)]


def numbered(shown):
    """Three-part sets two up; ``shown``: the number on each part in the order of the placements."""
    return side_by_side("cutstack", SETS, "none", dict(enumerate(f"N{n:06d}" for n in shown)))


RIGHT = {
    "saddle": (saddle(16, creep=0.3), list(range(1, 17))),
    "saddle with blanks at the end": (saddle(12, blanks=(11, 12)), [*range(1, 11), None, None]),
    "saddle with blanks before the back": (saddle(12, blanks=(10, 11)), [*range(1, 10), None, None, 10]),
    "signature": (signature(), list(range(1, 9))),
    "cut and stack": (
        side_by_side("cutstack", [(1, 5), (6, 2), (3, 7), (None, 4)], "left-right"),
        [1, 2, 3, 4, 5, 6, 7, None],
    ),
    "work and turn": (side_by_side("work-turn", [(1, 2), (1, 2)], "left-right"), [1, 2, 1, 2]),
    "work and turn, one page": (side_by_side("work-turn", [(1, 2)], "left-right"), [1, 2, 1, 2]),
    "step and repeat": (side_by_side("stepandrepeat", [(1, 1), (2, 2)], "left-right"), [1, 2, 1, 2]),
    "n-up": (side_by_side("nup", [(1, 2), (3, 4)], "none"), [1, 3, 2, 4]),
    "sets": (numbered([1, 3] * 3 + [2, 4] * 3), [1, 2, 3] * 4),
}


@pytest.fixture
def checked(tmp_path):
    def checked(sheets: Sheets, edit=lambda _, placed: placed, mark=None, **changes):
        pages = max(placed["page"] or 0 for placed in sheets.layout["placements"])
        return check(
            str(sheets.draw(tmp_path / "sheets.pdf", edit, mark)),
            [str(draw_pages(tmp_path / "input.pdf", pages))],
            str(sheets.write(tmp_path / "layout.json", **changes)),
        )

    return checked


@pytest.mark.parametrize("name", RIGHT)
def test_right_sheets_pass(checked, name):
    sheets, order = RIGHT[name]
    found = checked(sheets)
    assert (found.findings, found.reading_order, found.ok) == ([], order, True)
    assert found.register_pt < 0.05
    assert found.creep_pt == pytest.approx(0.9 if name == "saddle" else 0, abs=0.05)


def other_page(**pages):
    by_name = {int(name[1:]): page for name, page in pages.items()}
    return lambda _, placed: placed | {"page": by_name.get(placed["page"], placed["page"])}


def moved(index, right, up):
    def edit(k, placed):
        left, low, end, high = placed["trim"]
        there = [left + right, low + up, end + right, high + up]
        return placed | {"trim": there} if k == index else placed

    return edit


def upside_down(k, placed):
    return placed | {"rotate": 180} if placed["side"] % 2 == 0 else placed


def without_bleed(k, placed):
    return placed | {"reach": [min(0, one) for one in placed["reach"]]}


BOOK = saddle(16, creep=0.3)
# what is drawn, a mark, what is found first, and where: side, page, value.
FAULTS = {
    "pages swapped": (other_page(p5=7, p7=5), None, ("LAYOUT_MISMATCH", 5, 5, 7)),
    "pages out of order": (other_page(p5=7, p7=5), None, ("PAGE_ORDER", 5, 7, 7)),
    "another page behind": (other_page(p2=6), None, ("PAGE_ORDER", 2, 6, 6)),
    "backs upside down": (upside_down, None, ("PAGE_HEAD", 2, 2, 180)),
    "a turn is missing": (lambda k, p: p | {"rotate": 180 * (k == 2)}, None, ("LAYOUT_MISMATCH", 2, 2, 180)),
    "bleed lost": (without_bleed, None, ("BLEED_LOST", 1, 16, None)),
    "one point to the right": (moved(3, 1, 0), None, ("PAGE_SHIFT", 2, 15, pytest.approx(1, abs=0.05))),
    "one point down": (moved(3, 0, -1), None, ("PAGE_REGISTER", 2, 15, pytest.approx(1, abs=0.05))),
    "a page left out": (other_page(p9=None), None, ("LAYOUT_MISMATCH", 8, 9, None)),
    "a mark over a trim": (
        lambda _, p: p, (3, (MARGIN + 60, 0, MARGIN + 60, MARGIN + 90)), ("INK_ADDED", 3, 14, None),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(checked, name):
    edit, mark, expected = FAULTS[name]
    found = checked(BOOK, edit, mark)
    assert not found.ok
    assert expected in [(one.code, one.side, one.page, one.value) for one in found.findings]


def test_what_the_sheets_show_is_what_is_read(checked):
    found = checked(BOOK, other_page(p5=7, p7=5))
    assert found.reading_order == [1, 2, 3, 4, 7, 6, 5, *range(8, 17)]
    assert {one.code for one in found.findings} == {"LAYOUT_MISMATCH", "PAGE_ORDER"}


def test_creep_away_from_the_spine(checked):
    found = checked(saddle(16, creep=-0.3))
    assert found.creep_pt == pytest.approx(-0.9, abs=0.05)
    assert [one.code for one in found.findings] == ["CREEP_WRONG"]


def test_creep_that_only_the_layout_has(checked, tmp_path):
    """Measured on the sheets, whatever the layout says."""
    flat = saddle(16)
    places = [placed["trim"] for placed in flat.layout["placements"]]
    found = checked(saddle(16, creep=0.5), lambda k, p: p | {"trim": places[k], "reach": flat.reach[k]})
    assert found.creep_pt == pytest.approx(0, abs=0.05)
    assert not found.ok


@pytest.mark.parametrize("blanks", [(1, 2), (5, 6), (12,)])
def test_a_blank_in_the_wrong_place(checked, blanks):
    found = checked(saddle(16, blanks=blanks))
    assert [(one.code, one.value) for one in found.findings] == [("BLANK_PLACE", None)]


def test_page_20_behind_40(checked):
    """A cut-and-stack job whose layout and sheets agree, and whose backs belong to other leaves."""
    found = checked(side_by_side("cutstack", [(1, 5), (2, 6), (3, 7), (4, 8)], "left-right"))
    assert found.reading_order == [1, 6, 3, 8, 5, 2, 7, 4]
    assert [(one.code, one.side, one.page) for one in found.findings] == [("PAGE_ORDER", 2, 6)]


def test_a_fold_the_other_way(checked):
    folds = [BOOK.layout["folds"][0] | {"over": True}]
    found = checked(BOOK, folds=folds)
    assert found.reading_order == [15, 16, 13, 14, 11, 12, 9, 10, 7, 8, 5, 6, 3, 4, 1, 2]
    assert [one.code for one in found.findings] == ["PAGE_ORDER"]


def test_a_sheet_turned_head_to_foot_has_its_backs_upside_down(checked):
    found = checked(saddle(4), turn="head-to-foot")
    heads = [(one.side, one.page, one.value) for one in found.findings if one.code == "PAGE_HEAD"]
    assert heads == [(2, 3, 180), (2, 2, 180)]  # behind page 1 lies page 3


@pytest.mark.parametrize(
    ("shown", "first"),
    [
        ([1, 3, 1, 3, 9, 3, 2, 4, 2, 4, 2, 4], ("NUMBER_SEQUENCE", 3, 3, "N000009", "N000001")),
        ([1, 3] * 3 + [1, 4] * 3, ("NUMBER_SEQUENCE", 1, 1, "N000001", "once")),
        ([1, 4] * 3 + [2, 5] * 3, ("NUMBER_SEQUENCE", 1, 1, "N000004", "N000002")),
    ],
    ids=["parts differ", "twice", "missing"],
)
def test_numbers_of_sets(checked, shown, first):
    found = checked(numbered(shown))
    assert found.reading_order == [1, 2, 3] * 4
    told = [(one.code, one.side, one.page, one.value, one.limit) for one in found.findings]
    assert told[0] == first
    assert {one[0] for one in told} == {"NUMBER_SEQUENCE"}


def test_pages_over_one_another(checked):
    sheets = side_by_side("nup", [(1, 2)], "none")
    left, low, right, high = sheets.layout["placements"][1]["trim"]
    sheets.layout["placements"][1]["trim"] = [left - 30, low, right - 30, high]
    found = checked(sheets)
    assert [(one.code, one.page) for one in found.findings if one.code == "TRIM_OVERLAP"] == [
        ("TRIM_OVERLAP", 2)
    ]


def test_another_file_or_another_sheet(checked, tmp_path):
    found = checked(BOOK, sheet=[700.0, 500.0])
    assert [(one.code, one.side, one.limit) for one in found.findings] == [
        ("LAYOUT_MISMATCH", 1, "700 x 500 pt")
    ]
    places = [placed for placed in BOOK.layout["placements"] if placed["side"] < 7]
    found = checked(BOOK, placements=places)
    assert [(one.code, one.value, one.limit) for one in found.findings] == [("LAYOUT_MISMATCH", 8, 6)]


def test_bleed_is_expected_where_there_is_room(checked):
    """None where the layout says that none was ordered, else all of it that the gutter holds."""
    assert checked(BOOK, without_bleed, bleed=0.0).findings == []
    half = [BLEED / 2] * 4
    found = checked(side_by_side("nup", [(1, 2)], "none"), lambda _, placed: placed | {"reach": half})
    assert [one.code for one in found.findings] == ["BLEED_LOST"] * 2


def test_two_books_on_a_sheet(checked):
    """Cut apart, then each folded at its own line."""
    one = saddle(8, creep=0.5)
    width, height = one.layout["sheet"]

    def beside(placed):
        left, low, right, high = placed["trim"]
        return placed | {"trim": [left + width, low, right + width, high]}

    both = one.layout["placements"] + [beside(placed) for placed in one.layout["placements"]]
    fold = one.layout["folds"][0]
    layout = one.layout | {
        "sheet": [2 * width, height], "cuts": [{"line": "x", "at": width}], "placements": both,
        "folds": [fold, fold | {"at": fold["at"] + width}],
    }  # fmt: skip
    found = checked(Sheets(layout, [*one.reach, *one.reach]))
    assert (found.findings, found.reading_order) == ([], [*range(1, 9)] * 2)
    assert found.creep_pt == pytest.approx(0.5, abs=0.05)
