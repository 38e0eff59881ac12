"""The accepted list of a job: one immutable Arrow file; row k is the job's k-th piece before sorting."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from postal.presort_plan import PieceColumns

ORIGINAL_PREFIX = "c."
ADDRESS_COLUMNS = (
    "recipient", "company", "street", "street2", "city", "state", "zip5", "plus4", "delivery_point",
)  # fmt: skip


def read_accepted(path: Path) -> pa.Table:
    """Memory-mapped; nothing is copied until a column is used."""
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).read_all()


def piece_columns(tables: Sequence[pa.Table]) -> PieceColumns:
    """ZIPs of several jobs' lists, one after the other; ``job`` is the index of the list."""
    lengths = [len(table) for table in tables]
    zip5 = [
        table.column("zip5").to_numpy(zero_copy_only=False).astype("U5").astype(np.int32) for table in tables
    ]
    zip11 = [table.column("zip11").to_numpy() for table in tables]
    return PieceColumns.of(
        np.concatenate(zip5),
        np.concatenate(zip11),
        job=np.repeat(np.arange(len(tables), dtype=np.int32), lengths),
    )


def routing(table: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Routing codes of the rows as numbers, and how many digits each has: 11, 9 or 5 (imb.md section 1)."""
    zip11 = table.column("zip11").to_numpy()
    text = {
        name: table.column(name).to_numpy(zero_copy_only=False).astype("U5") for name in ("zip5", "plus4")
    }
    zip5 = text["zip5"].astype(np.int64)
    has_plus4 = text["plus4"] != ""
    zip9 = zip5 * 10_000 + np.where(has_plus4, text["plus4"], "0").astype(np.int64)
    digits = np.select([zip11 >= 0, has_plus4], [11, 9], 5).astype(np.uint8)
    return np.select([digits == 11, digits == 9], [zip11, zip9], zip5), digits


def merge_columns(table: pa.Table) -> pa.Table:
    """Columns under the names a template uses: the list's own headers, and the standard address columns."""
    standard = {name: table.column(name) for name in ("source_row", *ADDRESS_COLUMNS)}
    own = {
        name.removeprefix(ORIGINAL_PREFIX): table.column(name)
        for name in table.column_names
        if name.startswith(ORIGINAL_PREFIX)
    }
    return pa.table({**own, **standard})
