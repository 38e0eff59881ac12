"""Paths through a sorter: one a destination, least handlings against brute force, bins in tray order."""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from postal.barcode_sorter.bin_tree import handlings, naive_paths, paths, reach


@st.composite
def machines(draw):
    bins, passes = draw(st.integers(2, 6)), draw(st.integers(1, 4))
    most = min(reach(bins, passes), 90)
    pieces = draw(st.lists(st.integers(0, 500), min_size=1, max_size=most))
    return np.array(pieces, np.int64), bins, passes


def least_by_brute_force(pieces: tuple[int, ...], bins: int, passes: int) -> int | None:
    """Tries every set of destinations in every bin; None = does not fit."""

    @cache
    def feed(held: frozenset[int], left: int) -> int | None:
        own = sum(pieces[place] for place in held)
        if len(held) <= bins:
            return own  # one bin each
        if left == 1:
            return None
        rest = fill(held, bins, left)
        return None if rest is None else own + rest

    @cache
    def fill(held: frozenset[int], free: int, left: int) -> int | None:
        if not held:
            return 0
        if not free:
            return None
        first, *others = sorted(held)
        best = None
        for size in range(len(others) + 1):
            for more in combinations(others, size):
                group = frozenset((first, *more))
                here = 0 if size == 0 else feed(group, left - 1)
                rest = fill(held - group, free - 1, left)
                if here is not None and rest is not None and (best is None or here + rest < best):
                    best = here + rest
        return best

    return feed(frozenset(range(len(pieces))), passes)


@given(machines())
@settings(max_examples=150, deadline=None)
def test_every_destination_has_a_path_of_its_own_that_no_other_begins(machine):
    pieces, bins, passes = machine
    found = paths(pieces, bins=bins, passes=passes)
    assert len(set(found)) == len(found) == len(pieces)
    assert all(1 <= len(path) <= passes and all(1 <= bin_ <= bins for bin_ in path) for path in found)
    whole = set(found)
    assert not any(path[:cut] in whole for path in found for cut in range(1, len(path)))


@given(machines())
@settings(max_examples=150, deadline=None)
def test_no_more_handlings_than_the_naive_plan(machine):
    pieces, bins, passes = machine
    least = handlings(pieces, paths(pieces, bins=bins, passes=passes))
    assert pieces.sum() <= least <= handlings(pieces, naive_paths(pieces, bins=bins, passes=passes))


@given(st.lists(st.integers(0, 60), min_size=1, max_size=7).map(tuple), st.integers(2, 3), st.integers(1, 3))
@settings(max_examples=120, deadline=None)
def test_handlings_are_the_least_that_brute_force_finds(pieces, bins, passes):
    if len(pieces) > reach(bins, passes):
        with pytest.raises(InvalidInput) as refused:
            paths(np.array(pieces), bins=bins, passes=passes)
        assert refused.value.instance_code == "SORTER_REACH"
        assert least_by_brute_force(pieces, bins, passes) is None
        return
    columns = np.array(pieces, np.int64)
    assert handlings(columns, paths(columns, bins=bins, passes=passes)) == least_by_brute_force(
        pieces, bins, passes
    )


@given(machines())
@settings(max_examples=100, deadline=None)
def test_destinations_that_are_done_stand_in_their_order_in_every_feed(machine):
    pieces, bins, passes = machine
    done: dict[tuple[int, ...], list[int]] = {}
    for path in paths(pieces, bins=bins, passes=passes):
        done.setdefault(path[:-1], []).append(path[-1])
    assert all(found == sorted(found) for found in done.values())


def test_dense_destinations_leave_in_the_first_pass():
    found = paths(np.array([5, 900, 4, 800, 3]), bins=3, passes=2)
    assert [len(path) for path in found] == [2, 1, 2, 1, 2]
    assert found == ((1, 1), (2,), (1, 2), (3,), (1, 3))


def test_too_many_destinations_name_the_passes_they_need():
    with pytest.raises(InvalidInput, match="197 destinations are more than 14 bins") as refused:
        paths(np.ones(197, np.int64), bins=14, passes=2)
    assert "3 passes" in refused.value.remedy
    with pytest.raises(InvalidInput) as refused:
        paths(np.ones(5, np.int64), bins=1, passes=2)
    assert refused.value.instance_code == "SORTER_MACHINE"


def test_a_large_sort_is_laid_out_in_a_moment():
    rng = np.random.default_rng(1)
    pieces = rng.pareto(1.2, 2_000).astype(np.int64) + 1
    found = paths(pieces, bins=14, passes=3)
    assert len(set(found)) == 2_000
    assert handlings(pieces, found) < 3 * pieces.sum()
