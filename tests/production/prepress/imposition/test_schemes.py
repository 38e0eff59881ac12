"""Where pages go: rules for every scheme, and the faults of other imposers that are public."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from production.prepress.imposition.asked import MARKS, TURNS, Asked
from production.prepress.imposition.flat import Source
from production.prepress.imposition.numbering import Numbers
from production.prepress.imposition.schemes import lay_out
from production.prepress.imposition.signatures import FOLDINGS

SHEET, TRIM = (1800.0, 2736.0), (396.0, 612.0)  # 25 x 38 in, 5.5 x 8.5 in
FLAT = sorted(set(TURNS) - {"saddle", "perfect"})


def ask(scheme: str, **more) -> Asked:
    return Asked(**({"scheme": scheme, "sheet": SHEET, "trim": TRIM} | more))


def laid(asked: Asked, *sources: int | Source):
    return lay_out(asked, [Source(one) if isinstance(one, int) else one for one in sources])[0]


def on_side(layout, side: int) -> list[int | None]:
    """Pages by rows from the top, each row from the left."""
    placed = [one for one in layout.placements if one.side == side]
    return [one.page for one in sorted(placed, key=lambda one: (-one.trim[1], one.trim[0]))]


def read(layout) -> list[int | None]:
    """The pages of folded sheets as a reader turns them. Each sheet is folded as its layout says, by moving trims:
    nothing of the code that placed them."""
    books = []
    for sheet in range(layout.sheets):
        backs = [one for one in layout.placements if one.side == 2 * sheet + 2]
        leaves = []
        for front in (one for one in layout.placements if one.side == 2 * sheet + 1):
            behind = min(
                backs, key=lambda back: distance(center(turned(layout, back.trim)), center(front.trim))
            )
            assert distance(center(turned(layout, behind.trim)), center(front.trim)) < 0.01, "register"
            leaves.append([center(front.trim), front.page, behind.page])
        stack = folded(leaves, layout.folds)
        books.append([page for _, *pages in stack for page in pages])
    order: list[int | None] = []
    for first in range(0, layout.sheets, layout.nest):
        nested = books[first : first + layout.nest]
        order += [page for book in nested for page in book[: len(book) // 2]]
        order += [page for book in reversed(nested) for page in book[len(book) // 2 :]]
    return order


def folded(leaves, folds):
    """Leaves from top to bottom, each with its upper page first. Creep is taken out: a leaf lies within a point or so
    of where it is folded to."""
    stacks = [[leaf] for leaf in leaves]
    for fold in folds:
        axis = "xy".index(fold.line)
        is_far = {"left": -1, "bottom": -1, "right": 1, "top": 1}[fold.move]
        moving = [stack for stack in stacks if (stack[0][0][axis] - fold.at) * is_far > 0]
        stacks = [stack for stack in stacks if stack not in moving]
        for stack in moving:
            flipped = [
                [mirrored(place, axis, fold.at), lower, upper] for place, upper, lower in reversed(stack)
            ]
            target = min(stacks, key=lambda other: distance(other[0][0], flipped[0][0]))
            assert distance(target[0][0], flipped[0][0]) < 80, "it lands on nothing"
            target[:] = flipped + target if fold.over else target + flipped
    (stack,) = stacks
    return stack


def mirrored(place, axis: int, at: float):
    moved = list(place)
    moved[axis] = 2 * at - moved[axis]
    return tuple(moved)


def turned(layout, box):
    left, low, right, high = box
    width, height = layout.sheet
    if layout.turn == "left-right":
        return width - right, low, width - left, high
    return left, height - high, right, height - low


def center(box):
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def distance(one, other) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


# --- books -------------------------------------------------------------------------------------------------


@given(
    st.integers(1, 130),
    st.sampled_from(sorted(FOLDINGS)),
    st.sampled_from(["saddle", "perfect"]),
    st.integers(1, 5),
    st.sampled_from(["left-right", "head-to-foot"]),
    st.sampled_from(["end", "before-back"]),
    st.booleans(),
)
def test_a_book_is_read_in_order(pages, signature, scheme, nest, turn, blanks, lies_across):
    sheet = SHEET[::-1] if lies_across else SHEET
    asked = ask(
        scheme, sheet=sheet, signature=signature, nest=nest if scheme == "perfect" else 1, turn=turn, blanks=blanks,
        bleed=9, caliper=0.3,
    )  # fmt: skip
    layout = laid(asked, pages)
    order = read(layout)
    over = -pages % signature
    empty = [None] * over
    expected = list(range(1, pages + 1))
    assert order == (expected + empty if blanks == "end" else [*expected[:-1], *empty, pages])
    assert layout.blanks == over
    assert layout.turn == turn
    assert layout.nest * (layout.gather - 1) < layout.sheets <= layout.nest * layout.gather


def test_printers_spreads_of_eight_pages():
    layout = laid(ask("saddle", sheet=(864, 648)), 8)
    assert [on_side(layout, side) for side in (1, 2, 3, 4)] == [[8, 1], [2, 7], [6, 3], [4, 5]]


def test_backs_of_seven_pages_and_the_blank_at_the_end():
    layout = laid(ask("saddle", sheet=(864, 648)), 7)
    assert [on_side(layout, side) for side in (1, 2, 3, 4)] == [[None, 1], [2, 7], [6, 3], [4, 5]]


def test_page_twenty_is_behind_nineteen_and_not_behind_forty():
    layout = laid(ask("saddle", sheet=(864, 648)), 40)
    behind = [
        {front, back}
        for side in range(1, layout.sides, 2)
        for front, back in zip(on_side(layout, side), reversed(on_side(layout, side + 1)), strict=True)
    ]
    assert sorted(map(sorted, behind)) == [[page, page + 1] for page in range(1, 40, 2)]


def test_blanks_fill_the_last_sheet_and_no_whole_nest():
    layout = laid(ask("perfect", signature=8, nest=4), 33)
    assert (layout.sheets, layout.gather, layout.blanks) == (5, 2, 7)


@given(st.integers(1, 60), st.sampled_from([4, 8, 16]), st.booleans())
def test_creep_moves_every_page_to_its_spine(pages, signature, lies_across):
    sheet = SHEET[::-1] if lies_across else SHEET
    asked = ask("saddle", sheet=sheet, signature=signature, caliper=0.3, creep_factor=1.2)
    still, moved = laid(ask("saddle", sheet=sheet, signature=signature), pages), laid(asked, pages)
    for before, after in zip(still.placements, moved.placements, strict=True):
        k = (after.side - 1) // 2
        ways = [b - a for a, b in zip(before.trim, after.trim, strict=True)]
        assert max(map(abs, ways)) == pytest.approx(k * 0.3 * 1.2)
        axis = 1 if any(abs(ways[i]) > 1e-9 for i in (1, 3)) else 0
        partner = min(
            (one for one in still.placements if one.side == before.side and one is not before),
            key=lambda one: distance(spine_gap(before, one), (0, 0)),
        )
        if k:
            to_spine = center(partner.trim)[axis] - center(before.trim)[axis]
            assert ways[axis] * to_spine > 0


def spine_gap(one, other):
    """Small for the pages that share a spine: they abut along a whole side."""
    dx, dy = center(other.trim)[0] - center(one.trim)[0], center(other.trim)[1] - center(one.trim)[1]
    width, height = one.trim[2] - one.trim[0], one.trim[3] - one.trim[1]
    is_upright = one.rotate % 180 == 0
    level, span = (dy, abs(dx) - width) if is_upright else (dx, abs(dy) - height)
    along = dx if is_upright else dy
    odd = one.page is not None and other.page is not None and (one.page + other.page) % 2 == 0
    return abs(level) + abs(span) + (0 if along else 1e6) + (1e3 if odd else 0), 0


def test_worked_examples_of_creep():
    """32 pages of .0039 in and 64 of .0051 in: .027 and .077 in (print-shop practice, booklets)."""
    for pages, caliper, creep in ((32, 0.0039, 0.027), (64, 0.0051, 0.077)):
        layout = laid(ask("saddle", sheet=(864, 648), caliper=caliper * 72), pages)
        inner = next(
            one for one in layout.placements if one.side == layout.sides - 1 and one.page == pages // 2 - 1
        )
        assert (432 - inner.trim[0]) / 72 == pytest.approx(creep, abs=0.00051)


def test_too_much_creep_is_said_and_then_refused():
    thick = ask("saddle", sheet=(864, 648), caliper=0.36)
    assert lay_out(thick, [Source(48)])[1] == []
    (finding,) = lay_out(thick, [Source(120)])[1]
    assert (finding.code, finding.severity) == ("CREEP_MARGIN", "warn")
    with pytest.raises(InvalidInput, match=r"0\.5 in") as refused:
        laid(thick, 600)
    assert refused.value.instance_code == "CREEP_MARGIN"


def test_closed_heads_are_said():
    assert [one.code for one in lay_out(ask("perfect", signature=8), [Source(8)])[1]] == ["FOLD_CLOSED"]
    assert lay_out(ask("perfect", signature=8, bleed=9), [Source(8)])[1] == []
    assert lay_out(ask("saddle"), [Source(8)])[1] == []


# --- flat work ---------------------------------------------------------------------------------------------


@given(st.sampled_from(FLAT), st.integers(1, 60), st.booleans(), st.sampled_from([None, 1, 2, 4, 6, 12]))
def test_every_page_is_printed_and_backed_by_its_own(scheme, pages, is_duplex, up):
    turns = {"work-turn", "work-tumble", "perfecting"}
    more = {"turn": "left-right"} if is_duplex and scheme not in turns else {}
    layout = laid(ask(scheme, bleed=9, up=up, **more), pages)
    counts = Counter(one.page for one in layout.placements if one.page)
    assert set(counts) == set(range(1, pages + 1))
    if scheme in {"nup", "cutstack", "gang"}:
        assert set(counts.values()) == {1}
    if layout.turn != "none":
        backed(layout)


def backed(layout) -> None:
    """Behind an odd page stands the next one (or nothing, behind the last), heads alike, in register."""
    for front in (one for one in layout.placements if one.side % 2 and one.page and one.page % 2):
        behind = [
            one
            for one in layout.placements
            if one.side == front.side + 1
            and distance(center(turned(layout, one.trim)), center(front.trim)) < 0.01
        ]
        assert [one.page for one in behind] in ([front.page + 1], [None])
        across = (-front.rotate) % 360 if layout.turn == "left-right" else (180 - front.rotate) % 360
        assert behind[0].rotate == across


@given(st.integers(1, 100), st.sampled_from([1, 2, 3, 4, 5, 6, 12]), st.sampled_from([1, 2, 3]))
def test_piles_on_one_another_are_in_order(units, up, parts):
    """Also 1, 81, 161 with five up; empty places stand at the end of all."""
    asked = ask("cutstack", sheet=(2736, 3600), up=up, parts=parts, numbers=Numbers(1, units, "{}"))
    layout = laid(asked, parts)
    stack = [
        (one.number, one.page)
        for x, y in layout.stack_order
        for one in layout.placements
        if center(one.trim) == pytest.approx((x, y))
    ]
    expected = [(number, part) for number in range(1, units + 1) for part in range(1, parts + 1)]
    assert stack[: len(expected)] == expected
    assert set(stack[len(expected) :]) <= {(None, None)}


def test_raffle_tickets_five_up():
    layout = laid(ask("cutstack", trim=(360, 144), sheet=(396, 792), up=5, numbers=Numbers(1, 400, "{}")), 1)
    assert [one.number for one in layout.placements if one.side == 1] == [1, 81, 161, 241, 321]


def test_a_set_has_one_number_and_each_part_its_own_sheet():
    layout = laid(ask("nup", sheet=(864, 648), up=2, parts=3, numbers=Numbers(1, 4, "{}")), 3)
    assert [(one.side, one.page, one.number) for one in layout.placements] == [
        (side, part, number)
        for side, part, numbers in (
            (1, 1, (1, 2)), (2, 2, (1, 2)), (3, 3, (1, 2)), (4, 1, (3, 4)), (5, 2, (3, 4)), (6, 3, (3, 4)),
        )
        for number in numbers
    ]  # fmt: skip


def test_the_second_page_of_a_card_is_behind_its_first():
    layout = laid(ask("stepandrepeat", trim=(252, 144), sheet=(864, 1296), turn="left-right"), 2)
    assert set(on_side(layout, 1)) == {1}
    assert set(on_side(layout, 2)) == {2}


@pytest.mark.parametrize("scheme", ["work-turn", "work-tumble"])
def test_both_sides_of_a_work_style_are_one_form(scheme):
    layout = laid(ask(scheme, bleed=9, sheet=(1800, 1296)), 4)
    sides = [
        {(one.page, one.trim, one.rotate) for one in layout.placements if one.side == side} for side in (1, 2)
    ]
    assert sides[0] == sides[1]


def test_a_gang_has_as_many_copies_as_are_wanted():
    layout = laid(ask("gang", trim=(252, 144), sheet=(864, 1296), up=24), Source(1, 10), Source(1, 14))
    assert Counter(one.page for one in layout.placements) == {1: 10, 2: 14}


@pytest.mark.parametrize(
    ("sheet", "trim", "bleed", "margin", "places"),
    [
        ((864, 1296), (252, 144), 9, 18, 21), ((864, 1296), (396, 612), 9, 18, 4), ((792, 1224), (612, 792), 0, 0, 2),
        ((864, 1296), (288, 648), 0, 0, 6), ((2016, 2880), (252, 144), 9, 18, 120), ((612, 792), (252, 144), 0, 0, 12),
    ],
)  # fmt: skip
def test_as_many_as_the_tables_of_practice(sheet, trim, bleed, margin, places):
    """Table of print-shop practice, section 4; the better of both turns."""
    asked = ask("stepandrepeat", sheet=sheet, trim=trim, bleed=bleed, margin=margin)
    assert len(laid(asked, 1).placements) == places


@given(
    st.sampled_from(sorted(TURNS)),
    st.integers(1, 20),
    st.sampled_from([0, 4.5, 9]),
    st.sampled_from([0, 18]),
    st.booleans(),
)
def test_nothing_overlaps_and_everything_lies_on_the_sheet(scheme, pages, bleed, margin, lies_across):
    sheet = SHEET[::-1] if lies_across else SHEET
    layout = laid(ask(scheme, sheet=sheet, bleed=bleed, margin=margin, marks=MARKS, caliper=0.2), pages)
    width, height = layout.sheet
    assert layout.sheet == sheet
    for side in (1, layout.sides):
        placed = [one for one in layout.placements if one.side == side]
        boxes = [one.clip for one in placed]
        assert not [1 for k, one in enumerate(boxes) for other in boxes[:k] if overlap(one, other)]
        marks = [one for one in layout.marks if one.side == side]
        broad = [one.box for one in marks if one.kind not in {"crop", "fold"}]
        assert not [1 for k, one in enumerate(broad) for other in broad[:k] if overlap(one, other)]
        for mark in marks:
            assert not [box for box in boxes if overlap(mark.box, box)], mark
            assert 0 <= mark.box[0] <= mark.box[2] <= width
            assert 0 <= mark.box[1] <= mark.box[3] <= height
        for one in placed:
            assert margin - 1e-6 <= min(one.clip[:2])
            assert one.clip[2] <= width - margin + 1e-6
            assert one.clip[3] <= height - margin + 1e-6


def overlap(one, other) -> bool:
    return all(min(one[k + 2], other[k + 2]) - max(one[k], other[k]) > 1e-6 for k in (0, 1))


@pytest.mark.parametrize("sheet", [SHEET, SHEET[::-1]])
@pytest.mark.parametrize("scheme", ["saddle", "cutstack"])
def test_marks_stay_when_the_sheet_is_turned(sheet, scheme):
    layout = laid(ask(scheme, sheet=sheet, bleed=9, up=2, marks=MARKS), 8)
    kinds = {mark.kind for mark in layout.marks if mark.side == 1}
    assert kinds == set(MARKS) - {"collating"} - ({"fold"} if scheme == "cutstack" else set())


def test_signatures_climb_as_they_are_gathered():
    layout = laid(ask("perfect", signature=16, nest=1, bleed=9, marks=("collating",)), 64)
    tops = [mark.box[3] for mark in layout.marks]
    assert [mark.side for mark in layout.marks] == [1, 3, 5, 7]
    assert tops == sorted(tops, reverse=True)
    assert len(set(tops)) == 4


@pytest.mark.parametrize(
    ("more", "code", "field"),
    [
        ({"sheet": (792, 500)}, "SHEET_TOO_SMALL", "sheet"),
        ({"scheme": "nup", "up": 100}, "SHEET_TOO_SMALL", "sheet"),
        ({"sheet": (float("nan"), 500)}, "SPEC_FIELD", "sheet"),
        ({"trim": (0, 500)}, "SPEC_FIELD", "trim"),
        ({"bleed": -1}, "SPEC_FIELD", "bleed"),
        ({"signature": 6}, "SPEC_FIELD", "signature"),
        ({"scheme": "folio"}, "SPEC_FIELD", "scheme"),
        ({"marks": ("star",)}, "SPEC_FIELD", "marks"),
        ({"turn": "none"}, "OPTION_CLASH", "turn"),
        ({"scheme": "perfecting", "turn": "none"}, "OPTION_CLASH", "turn"),
        ({"up": 3}, "OPTION_CLASH", "up"),
        ({"nest": 2}, "OPTION_CLASH", "nest"),
        ({"nest": 0, "scheme": "perfect"}, "SPEC_FIELD", "nest"),
        ({"scheme": "work-turn", "turn": "head-to-foot"}, "OPTION_CLASH", "turn"),
        ({"scheme": "stepandrepeat", "numbers": Numbers(1, 2)}, "OPTION_CLASH", "number_first"),
        ({"scheme": "nup", "parts": 3}, "COMPONENT_PAGES", "parts"),
        ({"scheme": "nup", "numbers": Numbers(1, 2)}, "COMPONENT_PAGES", "parts"),
        ({"scheme": "gang", "parts": 2}, "OPTION_CLASH", "parts"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(more, code, field):
    with pytest.raises(InvalidInput) as refused:
        laid(ask(**({"scheme": "saddle"} | more)), 8)
    assert (refused.value.instance_code, refused.value.details["field"]) == (code, field)


def test_numbered_pages_do_not_lie_across():
    with pytest.raises(InvalidInput) as refused:
        lay_out(ask("nup", numbers=Numbers(1, 2)), [Source(1)], {1})
    assert refused.value.instance_code == "OPTION_CLASH"


def test_more_sides_than_a_press_takes_are_refused():
    with pytest.raises(InvalidInput) as refused:
        laid(ask("nup", up=1, numbers=Numbers(1, 900_000_000, "{}")), 1)
    assert refused.value.instance_code == "NUMBER_RANGE"
