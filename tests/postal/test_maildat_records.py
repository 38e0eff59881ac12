"""Values to bytes and back: against Python's own formatting, and any values of any layout."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from postal.maildat.records import Records, dates_of, encode, numbers_of, records, to_arrow
from postal.maildat.schema import VERSIONS, Field, Kind, layouts

CQT, MPU, HDR = (layouts("26-1")[ext] for ext in ("cqt", "mpu", "hdr"))


def line(layout, values) -> str:
    return bytes(encode(layout, 1, values)[0]).decode()


def test_text_numbers_and_implied_decimals_stand_as_published():
    text = line(MPU, {"MPU-1003": "7", "MPU-1103": Decimal("0.0625"), "MPU-1108": Decimal("0.02")})
    assert len(text) == 193
    assert text[12:17] == "7    "
    assert text[59:65] == "000625"  # 99v9999 lb, one ounce
    assert text[80:86] == "000200"
    assert text[-1] == "#"


def test_dates_times_and_blanks():
    text = line(HDR, {"HDR-1108": date(2026, 12, 1), "HDR-1109": "09:30", "HDR-1160": None})
    assert text[214:227] == "2026120109:30"
    assert text[736:744] == " " * 8


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("MPU-1003", "123456"), ("MPU-1103", Decimal("0.00001")), ("MPU-1103", -1), ("MPU-1103", 10**6),
        ("MPU-1102", "\u2014"), ("MPU-1103", np.array([10**6])), ("MPU-1103", np.array([-1])),
        ("MPU-1003", pa.array(["123456"])), ("MPU-1003", np.zeros((1, 6), np.uint8)), ("CQT-1003", "1"),
        ("MPU-1003", ["1", "2"]),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_and_never_cut(code, value):
    with pytest.raises(InvalidInput) as refusal:
        encode(MPU, 1, {code: value})
    assert refusal.value.instance_code == "MAILDAT_VALUE"
    assert code in refusal.value.sentence


def test_columns_of_every_kind_give_the_same_bytes():
    numbers = [1, 20, 300]
    ways = [np.array(numbers), pa.array(numbers), numbers, pa.chunked_array([[1], [20, 300]])]
    made = {encode(CQT, 3, {"CQT-1102": way}).tobytes() for way in ways}
    assert len(made) == 1
    assert b"00000300" in made.pop()


def test_slices_of_arrow_columns_are_read_from_their_offset():
    texts = pa.array(["aa", "b", None, "cccc", ""]).slice(1, 3)
    cells = encode(MPU, 3, {"MPU-1003": texts})[:, 12:17]
    assert [bytes(row) for row in cells] == [b"b    ", b"     ", b"cccc "]
    weights = pa.array([Decimal("1.5"), Decimal("2.25"), None], pa.decimal128(6, 4)).slice(1, 2)
    assert [bytes(row) for row in encode(MPU, 2, {"MPU-1103": weights})[:, 59:65]] == [b"022500", b"      "]


def _values(field: Field, code_list: list[str]) -> st.SearchStrategy:
    if code_list:
        return st.sampled_from(code_list)
    if field.kind is Kind.NUMBER:
        return st.one_of(st.none(), st.integers(0, 10**field.length - 1))
    if field.kind is Kind.DATE:
        return st.one_of(st.none(), st.dates(date(1, 1, 1), date(9999, 12, 31)))
    if field.kind is Kind.TIME:
        return st.sampled_from([None, "00:00", "23:59"])
    text = st.text(
        st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=field.length
    )
    return st.one_of(st.none(), text)


@st.composite
def any_rows(draw) -> Records:
    layout = layouts(draw(st.sampled_from(VERSIONS)))[
        draw(st.sampled_from(["seg", "mpu", "csm", "cqt", "sfr", "cpt"]))
    ]
    count = draw(st.integers(1, 3))
    values = {
        field.code: [draw(_values(field, sorted(field.codes or ()))) for _ in range(count)]
        for field in layout.fields
        if field.kind is not Kind.CLOSING
    }
    return records(layout, count, values)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(any_rows())
def test_bytes_to_values_to_bytes_is_the_same(held):
    table = to_arrow(held)
    again = encode(held.layout, len(held), {code: table[code] for code in table.column_names})
    assert again.tobytes() == held.rows.tobytes()


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 99_999_999))
def test_days_are_those_of_the_calendar(number):
    cells = np.frombuffer(f"{number:08d}".encode(), np.uint8).reshape(1, 8)
    days, is_date = dates_of(cells)
    try:
        expected = date(number // 10_000, number // 100 % 100, number % 100)
    except ValueError:
        assert not is_date[0]
    else:
        assert is_date[0]
        assert days[0] == (expected - date(1970, 1, 1)).days


def test_numbers_are_digits_throughout():
    cells = np.frombuffer(b"0012 012-012012:", np.uint8).reshape(4, 4)
    numbers, is_number = numbers_of(cells)
    assert is_number.tolist() == [True, False, False, False]
    assert numbers.tolist() == [12, 0, 0, 0]
    empty = to_arrow(Records.held(CQT, np.zeros((0, CQT.length), np.uint8)))
    assert len(empty) == 0
    assert empty["CQT-1111"].type == pa.decimal128(7, 6)
