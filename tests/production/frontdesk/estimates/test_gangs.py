"""Every name as often as it is wanted, on full sheets, and on no more of them than need be."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from production.frontdesk.estimates.gangs import MOST_LEAVES, ganged


@given(
    wanted=st.lists(st.integers(1, 3_000), min_size=1, max_size=40),
    up=st.integers(1, 30),
)
def test_no_name_comes_short_and_every_sheet_is_full(wanted, up):
    gang = ganged(wanted, up)
    assert all(made >= asked for made, asked in zip(gang.printed, wanted, strict=True))
    assert sum(gang.leaves) % up == 0
    assert sum(gang.leaves) < MOST_LEAVES + up
    assert gang.sheets * up == sum(gang.printed)
    least = math.ceil(sum(wanted) / up)
    assert gang.sheets >= least
    assert gang.sheets == least or least * up > MOST_LEAVES  # what fits into one file wastes nothing


def test_examples_by_hand():
    gang = ganged([250, 250, 250], 24)  # 750 cards are 31.25 sheets
    assert (gang.sheets, sum(gang.printed)) == (32, 768)
    gang = ganged([250] * 20, 24)  # 5,000 cards are 208.3 sheets, and a file holds 480
    assert (gang.sheets, gang.copies, set(gang.printed)) == (210, 42, {252})
    assert ganged([24], 24).leaves == (24,)
