"""Numbers of forms: read by the format's own grammar, with check digits that others know."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from production.prepress.imposition.numbering import Numbers


@pytest.mark.parametrize(
    ("format_", "number", "written"),
    [
        ("N{:06d}", 42, "N000042"),
        ("{}", 42, "42"),
        ("{:d}", 42, "42"),
        ("{:5d}", 42, "   42"),
        ("A{{{:03d}}}", 7, "A{007}"),
        ("{:06d}-{check}", 572, "000572-4"),  # Damm's own example
        ("{:d}-{check:luhn}", 7992739871, "7992739871-3"),  # the textbook number of Luhn's algorithm
        ("{:d} {check:mod7}", 1000, "1000 6"),
    ],
)
def test_a_format_is_text_around_a_number(format_, number, written):
    last = min(number, 999_999_999)
    assert Numbers(0, last, format_).written(number) == written


@pytest.mark.parametrize(
    "format_",
    [
        *("", "N", "{:06d}{:06d}", "{0}", "{a}", "{:06x}", "{:999d}", "{.__class__}", "{check:crc}"),
        *("{", "}", "{:06d", "{check}"),
    ],
)
def test_anything_else_is_refused(format_):
    with pytest.raises(InvalidInput) as refused:
        Numbers(1, 2, format_)
    assert refused.value.instance_code == "SPEC_FIELD"


@pytest.mark.parametrize(
    ("first", "last", "format_"), [(2, 1, "{}"), (-1, 5, "{}"), (1, 10**9, "{}"), (1, 1_000, "{:03d}")]
)
def test_a_range_that_cannot_be_printed_is_refused(first, last, format_):
    with pytest.raises(InvalidInput) as refused:
        Numbers(first, last, format_)
    assert refused.value.instance_code == "NUMBER_RANGE"


@given(st.integers(0, 999_999_999), st.integers(0, 9))
def test_one_wrong_digit_breaks_the_check(number, digit):
    right = Numbers(0, number, "{:09d}{check}").written(number)
    wrong = Numbers(0, number - number % 10 + digit, "{:09d}{check}").written(number - number % 10 + digit)
    assert (right[-1] == wrong[-1]) == (number % 10 == digit)
