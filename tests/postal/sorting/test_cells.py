"""The order of pieces, whether or not key and row fit one word."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal.sorting.cells import stable_order


@pytest.mark.parametrize("most", [3, 2**40, 2**62])
@given(data=st.data())
def test_rows_stand_by_key_and_equal_ones_as_they_came(most, data):
    few = data.draw(st.lists(st.integers(0, most), min_size=1, max_size=4))
    keys = data.draw(st.lists(st.sampled_from(few), max_size=40))
    order = stable_order(np.array(keys, np.int64)).tolist()
    assert order == sorted(range(len(keys)), key=lambda row: (keys[row], row))


def test_the_largest_word_keeps_its_rows():
    """Just as many bits as a word has, and one more."""
    for bits in (60, 61):
        keys = np.array([2**bits - 1, 0, 2**bits - 1, 1], np.int64)
        assert stable_order(keys).tolist() == [1, 3, 0, 2]
