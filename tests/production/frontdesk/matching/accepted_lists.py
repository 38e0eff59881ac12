"""Accepted lists for tests of matching: as the list check writes them."""

from __future__ import annotations

import pyarrow as pa

STREETS = ("1 OAK ST", "2 ELM ST", "3 ASH ST", "4 FIR ST")


def accepted(streets=STREETS, **columns) -> pa.Table:
    """One row a street in Baton Rouge with a delivery point; ``columns``: one text for all, or a list."""
    size = len(streets)
    values = {
        "recipient": [f"PERSON {n}" for n in range(size)], "company": "", "street": list(streets), "street2": "",
        "city": "BATON ROUGE", "state": "LA", "zip5": "70802", "plus4": "1234", "delivery_point": "56",
        "zip11": [70802123456] * size, "c.Street": list(streets), "c.Note": "x", **columns,
    }  # fmt: skip
    table = {"source_row": pa.array(range(2, size + 2), pa.int32())}
    for name, value in values.items():
        cells = [value] * size if isinstance(value, str) else value
        table[name] = pa.array(cells, pa.int64() if name == "zip11" else pa.string())
    return pa.table(table)
