"""Names, operators and strings of any bytes are text; what is none of them is nothing."""

from __future__ import annotations

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from production.prepress.templates.names import key_of, name_of, words_of


@given(st.binary(min_size=1, max_size=12).filter(lambda data: 0 not in data))
def test_a_name_of_any_bytes_is_the_key_it_is_told_by(data):
    spelled = b"/" + b"".join(b"#%02x" % byte for byte in data)
    told = pikepdf.Object.parse(b"<</Names<<" + spelled + b" 1>>/Name " + spelled + b">>")
    assert {key_of(told.Name)} == set(told.Names.keys())
    assert name_of(told.Name) in (data.decode("utf-8", "replace"), data.decode("latin-1"))


@given(st.binary(max_size=12))
def test_a_string_of_any_bytes_says_something(data):
    said = words_of(pikepdf.Object.parse(b"<" + data.hex().encode() + b">"))
    assert said == name_of(pikepdf.String(said))


@pytest.mark.parametrize("thing", [None, True, 4_000_000_000, pikepdf.Array(), pikepdf.Dictionary()])
def test_what_is_neither_name_nor_string_is_nothing(thing):
    """A number is not so many bytes."""
    assert key_of(thing) == name_of(thing) == words_of(thing) == ""
