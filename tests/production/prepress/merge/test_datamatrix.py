"""Our page marks against two other people's DataMatrix: ppf.datamatrix draws, zxing reads."""

from __future__ import annotations

import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from ppf.datamatrix import DataMatrix

from production.prepress.merge.datamatrix import encode_digits, modules
from production.prepress.merge.marks import mark_letters, mark_symbols

EIGHT = st.integers(0, 99_999_999)
FOUR = st.integers(0, 9_999)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(EIGHT, EIGHT, FOUR, FOUR), min_size=1, max_size=5))
def test_agrees_with_another_encoder(rows):
    columns = [
        (np.array(values), digits)
        for values, digits in zip(zip(*rows, strict=True), (8, 8, 4, 4), strict=True)
    ]
    for row, symbol in zip(rows, modules(encode_digits(columns)), strict=True):
        stream, piece, page, pages = row
        expected = DataMatrix(f"{stream:08d}{piece:08d}{page:04d}{pages:04d}", codecs=["ascii"]).matrix
        assert (np.array(expected) == symbol).all()


def test_a_reader_reads_them():
    pieces = np.array([1, 4711, 99_999_999])
    for piece, symbol in zip(pieces, modules(mark_symbols(12, pieces, 2, 3)), strict=True):
        picture = np.kron(np.pad(1 - symbol, 2, constant_values=1), np.ones((6, 6), np.uint8)) * 255
        assert zxingcpp.read_barcodes(picture.astype(np.uint8))[0].text == f"00000012{piece:08d}00020003"


def test_glyph_letters_are_the_modules():
    symbols = mark_symbols(7, np.array([5]), 1, 1)
    letters = mark_letters(symbols)[0].astype(int) - ord("A")
    back = np.zeros((16, 16), int)
    for bit, (dy, dx) in enumerate(((0, 0), (0, 1), (1, 0), (1, 1))):
        back[dy::2, dx::2] = letters >> (3 - bit) & 1
    assert (back == modules(symbols)[0]).all()


@pytest.mark.parametrize(
    "columns",
    [
        [(np.array([100_000_000]), 8), (np.array([0]), 16)],
        [(np.array([-1]), 8), (np.array([0]), 16)],
        [(np.array([1]), 8), (np.array([1]), 8)],
        [(np.array([1]), 7), (np.array([1]), 17)],
    ],
)
def test_what_does_not_fit_is_refused(columns):
    with pytest.raises(ValueError, match="page mark"):
        encode_digits(columns)
