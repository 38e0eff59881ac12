"""Pages in another order: what a person does with places, judged by lists of one's own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from production.prepress.page_map import arrangement
from production.prepress.page_map.arrangement import BLANK, Leaf, differences, read, whole, written

LEAF = st.one_of(
    st.just(BLANK), st.builds(Leaf, st.integers(1, 12), st.integers(1, 3), st.sampled_from([0, 90, 180, 270]))
)
LEAVES = st.lists(LEAF, min_size=1, max_size=24).map(tuple)


@given(LEAVES)
def test_what_is_written_is_read_again(leaves):
    assert read(written(leaves)) == leaves


def test_pages_that_follow_one_another_are_a_range():
    assert written((*whole(9_999), BLANK)) == "1-9999,b"
    assert written((Leaf(2, 2), Leaf(3, 2), Leaf(4, 2, 90), Leaf(9), Leaf(8))) == "2.2-3,2.4r90,9,8"


@pytest.mark.parametrize(
    "text", ["", "0", "3-2", "a", "1;2", "1r45", "1-10001", "1-9999,1-9999", "1-99999999", "-1"]
)
def test_what_is_no_arrangement_is_refused_by_name(text):
    with pytest.raises(InvalidInput) as refusal:
        read(text)
    assert refusal.value.instance_code == "PAGE_MAP"


@given(LEAVES, st.sets(st.integers(1, 24)), st.integers(1, 25))
def test_moving_keeps_every_page_and_the_order_of_the_others(leaves, chosen, before):
    done = arrangement.moved(leaves, chosen, before)
    inside = sorted(place for place in chosen if place <= len(leaves))
    assert [done.leaves[place - 1] for place in done.chosen] == [leaves[place - 1] for place in inside]
    others = [leaf for place, leaf in enumerate(leaves, start=1) if place not in chosen]
    assert [leaf for place, leaf in enumerate(done.leaves, start=1) if place not in done.chosen] == others
    ahead = sum(place < before for place in range(1, len(leaves) + 1) if place not in chosen)
    assert list(done.chosen) == list(range(ahead + 1, ahead + 1 + len(inside)))


def test_a_page_goes_one_place_and_stays_at_the_ends():
    leaves = whole(4)
    assert written(arrangement.earlier(leaves, {3}).leaves) == "1,3,2,4"
    assert written(arrangement.later(leaves, {3}).leaves) == "1-2,4,3"
    assert arrangement.earlier(leaves, {1}).leaves == arrangement.later(leaves, {4}).leaves == leaves
    assert written(arrangement.later(leaves, {1, 2}).leaves) == "3,1-2,4"


def test_pages_are_left_out_turned_put_in_and_replaced():
    leaves = whole(4)
    assert written(arrangement.without(leaves, {2, 4}).leaves) == "1,3"
    assert (
        written(arrangement.turned(arrangement.turned(leaves, {2}, 270).leaves, {2, 3}, 90).leaves)
        == "1-2,3r90,4"
    )
    blank = arrangement.put_in(leaves, 3, [BLANK])
    assert (written(blank.leaves), blank.chosen) == ("1-2,b,3-4", (3,))
    other = arrangement.replaced(leaves, {2, 3}, [Leaf(5, 2), Leaf(6, 2), Leaf(7, 2)])
    assert (written(other.leaves), other.chosen) == ("1,2.5-7,4", (2, 3, 4))
    assert arrangement.turned((BLANK,), {1}, 90).leaves == (BLANK,)


def test_a_file_keeps_a_page_and_holds_no_more_than_is_read():
    with pytest.raises(InvalidInput, match="at least one page"):
        arrangement.without(whole(2), {1, 2})
    with pytest.raises(InvalidInput, match="10,000"):
        arrangement.put_in(whole(10_000), 1, [BLANK])


def test_differences_are_told_place_by_place():
    told = differences(read("1-2,4,3,b,5r90,2.1,2"), 6)
    assert told.marks == ("", "", "moved", "", "blank", "turned", "from another file", "again")
    assert told.gone == (6,)
    assert differences(whole(3), 3).is_none
    assert not differences(whole(3), 4).is_none


@given(st.permutations(range(1, 9)))
def test_as_few_pages_as_possible_are_said_to_have_moved(order):
    told = differences(tuple(map(Leaf, order)), 8)
    still = [page for page, mark in zip(order, told.marks, strict=True) if not mark]
    assert still == sorted(still)
    longest = max(
        (k.bit_count() for k in range(256) if _rises([p for i, p in enumerate(order) if k >> i & 1])),
        default=0,
    )
    assert len(still) == longest


def _rises(pages):
    return pages == sorted(pages)
