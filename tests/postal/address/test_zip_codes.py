"""One reader of ZIP Codes for every list: what it takes, what it leaves, and that no digit is made up or lost."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal.address.piece_list import read_pieces
from postal.address.zip_codes import digit_values, fixed_digits, looks_like_zip, read_zips


def read(*cells: str | tuple[str, str, str]):
    rows = [(cell, "", "") if isinstance(cell, str) else cell for cell in cells]
    return read_zips(*(pa.array([one[k] for one in rows], pa.string()) for k in range(3)))


@pytest.mark.parametrize(
    "cell",
    [
        "70802",
        "70802-",
        "70802 ",
        '="70802"',
        "=70802",
        "'70802",
        "70802-____",
        "70802-0000",
        "70802-0000-00",
        "708020000",
    ],
)
def test_five_digits_and_no_add_on(cell):
    found = read(cell)
    assert (found.zip5[0], found.plus4[0], found.delivery_point[0], found.zip11[0]) == (70802, -1, -1, -1)
    assert looks_like_zip(cell.strip())


@pytest.mark.parametrize(
    "cell", ["02110-1234", "021101234", "02110 1234", "02110\u20131234", '="02110-1234"']
)
def test_nine_digits(cell):
    assert (read(cell).zip5[0], read(cell).plus4[0]) == (2110, 1234)


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("", "missing"), ("00000", "invalid"), ("0", "invalid"), ("708021", "invalid"), ("70802-12", "invalid"),
        ("7O802", "invalid"), ("LA 70802", "invalid"), ("７０８０２", "invalid"), ("1" * 30, "invalid"),
        ("2110", "short"), ("901", "short"), ("21101234", "short"), ("2110-1234", "short"), ("6103-4321", "short"),
        ("7.08E+04", "changed"), ("70802.0", "changed"), ("H2X 1Y4", "abroad"), ("SW1A 1AA", "abroad"),
        ("D-80331", "abroad"), ("1011 AB", "abroad"), ("D02 AF30", "abroad"),
    ],
)  # fmt: skip
def test_what_is_no_zip_code(cell, fault):
    found = read(cell)
    kinds = ("missing", "invalid", "short", "changed", "abroad")
    assert [kind for kind in kinds if getattr(found, kind)[0]] == [fault]
    assert (found.zip5[0] >= 0) == (fault == "short")
    assert found.without(found.short, found.short_add_on).zip5[0] == -1


def test_add_ons_of_their_own_columns():
    found = read(
        ("70802", "1234", "12"), ("70802", "0000", "12"), ("70802", "123", ""), ("70802", "12345", "")
    )
    assert found.plus4.tolist() == [1234, -1, 123, -1]
    assert found.delivery_point.tolist() == [12, -1, -1, -1]
    assert found.short_add_on.tolist() == [False, False, True, False]
    assert found.bad_add_on.tolist() == [False, False, False, True]
    differing = read(("70802-1234", "1235", ""), ("70802-1234", "1234", ""), ("70802-1234", "0000", ""))
    assert differing.plus4.tolist() == [-1, 1234, 1234]
    assert differing.bad_add_on.tolist() == [True, False, False]


@given(
    st.text("0123456789- =\"'.E", max_size=16),
    st.text("0123456789", max_size=5),
    st.text("0123456789", max_size=3),
)
def test_no_digit_is_made_up_or_lost(cell, plus4, point):
    """Whatever is read has the cell's digits in their order; only zeros in front may come with the mark for it."""
    found = read((cell.strip(), plus4, point))
    whole = "".join(filter(str.isdigit, cell))
    if found.zip5[0] < 0:
        assert found.plus4[0] == found.delivery_point[0] == -1
        return
    padded = f"{found.zip5[0]:05}"
    assert found.short[0] == (len(whole) not in (5, 9, 11))
    assert whole.zfill(len(whole) + (2 if len(whole) in (3, 7) else 1) * found.short[0]).startswith(padded)
    if found.plus4[0] >= 0 and len(whole) < 7:
        assert f"{found.plus4[0]:04}".endswith(plus4)
        assert found.short_add_on[0] or (len(plus4) == 4 and len(point) in (0, 2, 3))


@given(st.lists(st.integers(-1, 99_999), max_size=40))
def test_written_digits_are_read_again(numbers):
    written = fixed_digits(np.array(numbers, np.int64), 5)
    assert written.to_pylist() == ["" if number < 0 else f"{number:05}" for number in numbers]
    _, value, _ = digit_values(written)
    assert value.tolist() == numbers


def test_a_list_of_pieces_leaves_out_what_it_cannot_read_and_says_which_rows():
    cells = [
        "21101234",
        "2110-1234",
        "6103-4321",
        "02110-1234",
        "70802-12",
        "99998",
        "",
        "H2X 1Y4",
        "7.08E+04",
        "70802-0000",
    ]
    found = read_pieces(pa.table({"zip": cells}))
    assert found.pieces.zip5.tolist() == [2110, 70802]
    assert found.rows.tolist() == [3, 9]
    assert {(one.code, one.place.row): one.message.rpartition(": ")[2] for one in found.findings} == {
        ("ZIP_INVALID", 8): "1 row (8).",
        ("ZIP_INVALID", 6): "2 rows (6, 7).",
        ("ZIP_LEADING_ZERO", 2): "3 rows (2, 3, 4).",
        ("ADDRESS_FOREIGN", 9): "1 row (9).",
        ("ID_FORMAT", 10): "1 row (10).",
    }
    assert {one.severity.value for one in found.findings} == {"row"}


def test_an_add_on_of_nothing_is_no_delivery_point_of_a_piece():
    table = pa.table(
        {"zip": ["70802", "70802", "70802"], "plus4": ["0000", "1234", "123"], "dp": ["00", "12", "12"]}
    )
    found = read_pieces(table)
    assert found.pieces.zip11.tolist() == [-1, 70802123412, -1]
    assert [(one.code, one.place.row) for one in found.findings] == [("IMB_ROUTING", 4)]
