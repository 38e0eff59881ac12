"""The accepted list of a job: one immutable Arrow file; row k is the job's k-th piece before sorting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from postal.address.military import is_military_zip
from postal.sorting.presort_plan import PieceColumns

ORIGINAL_PREFIX = "c."
ADDRESS_COLUMNS = (
    "recipient", "company", "street", "street2", "city", "state", "zip5", "plus4", "delivery_point",
)  # fmt: skip
ROUTING_COLUMNS = ("zip11", "zip5", "plus4")  # what ``routing`` looks at


def read_accepted(path: Path) -> pa.Table:
    """Memory-mapped; nothing is copied until a column is used."""
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).read_all()


def piece_columns(tables: Sequence[pa.Table]) -> PieceColumns:
    """ZIPs of several jobs' lists, one after the other; ``job`` is the index of the list."""
    lengths = [len(table) for table in tables]
    return PieceColumns.of(
        np.concatenate([_numbers(table, "zip5") for table in tables]),
        np.concatenate([table.column("zip11").to_numpy() for table in tables]),
        job=np.repeat(np.arange(len(tables), dtype=np.int32), lengths),
    )


def routing(table: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Routing codes of the rows as numbers, and how many digits each has: 11, 9 or 5 (USPS-B-3200, routing code)."""
    zip11, zip5, plus4 = table.column("zip11").to_numpy(), _numbers(table, "zip5"), _numbers(table, "plus4")
    digits = np.select([zip11 >= 0, plus4 >= 0], [11, 9], 5).astype(np.uint8)
    return np.select([digits == 11, digits == 9], [zip11, zip5 * 10_000 + plus4], zip5), digits


def _numbers(table: pa.Table, name: str) -> np.ndarray:
    """A column of digits as int64; -1 where it is empty."""
    column = table.column(name)
    digits = pc.if_else(pc.equal(column, ""), "-1", column)
    return np.asarray(pc.cast(digits, pa.int64()))


def military_pieces(table: pa.Table, on: date) -> int:
    """How many rows go to an APO, FPO or DPO, by ZIP Code; they are domestic mail."""
    return int(is_military_zip(_numbers(table, "zip5").astype(np.int32), on).sum())


def merge_columns(table: pa.Table) -> pa.Table:
    """Columns under the names a template uses: the list's own headers, and the standard address columns."""
    standard = {name: table.column(name) for name in ("source_row", *ADDRESS_COLUMNS)}
    own = {
        name.removeprefix(ORIGINAL_PREFIX): table.column(name)
        for name in table.column_names
        if name.startswith(ORIGINAL_PREFIX)
    }
    return pa.table({**own, **standard})
