"""What a sorter read as columns of an accepted list."""

import pyarrow as pa

from production.mailroom.sorter.presort import _as_list


def test_an_add_on_of_0000_is_none():
    reads = pa.table(
        {
            "routing": pa.array([70802123456, 70802000012, 708020000, 708021234, 70802]),
            "digits": pa.array([11, 11, 9, 9, 5]),
            "sequence": pa.array([1, 2, 3, 4, 5]),
        }
    )
    rows = _as_list(reads, 1)
    assert rows.column("zip5").to_pylist() == ["70802"] * 5 + ["00000"]
    assert rows.column("plus4").to_pylist() == ["1234", "", "", "1234", "", ""]
    assert rows.column("delivery_point").to_pylist() == ["56", "", "", "", "", ""]
    assert rows.column("zip11").to_pylist() == [70802123456, -1, -1, -1, -1, -1]
