"""Page marks and piece lists as scanners and fingers give them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from production.jobs.ranges import from_pieces, words
from production.mailroom.pieces.page_marks import Mark, parse_mark, parse_pieces


@given(st.integers(1, 10**8 - 1), st.integers(1, 10**8 - 1), st.integers(1, 9999), st.integers(0, 9998))
def test_a_mark_reads_back(stream, piece, page, more):
    pages = min(9999, page + more)
    text = f"{stream:08d}{piece:08d}{page:04d}{pages:04d}"
    assert parse_mark(f" {text}\r\n") == Mark(stream, piece, page, pages)


@pytest.mark.parametrize(
    "text", ["", "1" * 23, "1" * 25, "٠" * 24, "0" * 8 + "1" * 16, "00000001" + "00000001" + "0003" + "0002"]
)
def test_what_is_not_a_mark_is_refused(text):
    with pytest.raises(InvalidInput) as caught:
        parse_mark(text)
    assert caught.value.instance_code == "SCAN"


@given(st.sets(st.integers(1, 5000), min_size=1))
def test_runs_in_words_read_back(pieces):
    ordered = np.array(sorted(pieces), np.int64)
    text = words(from_pieces(ordered))
    assert parse_pieces(text, lot_id=1, last=5000).tolist() == ordered.tolist()


def test_every_fault_of_a_list_is_named_at_once():
    with pytest.raises(InvalidInput) as caught:
        parse_pieces("7, x, 9-8, 50", lot_id=1, last=20, code="WITHDRAW")
    assert [finding.code for finding in caught.value.findings] == ["WITHDRAW"] * 3
