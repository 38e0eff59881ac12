"""Rows that get no letter of their own because another row's letter is for them too: kept, counted, shown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from production.frontdesk.list_characters import neutral
from production.jobs.accepted import ORIGINAL_PREFIX

SAME_PERSON, SAME_HOUSEHOLD = "same person", "same household"
# First columns of the file for people, before the original cells.
JOINED_COLUMNS = ("joined: row", "joined: to row", "joined: why")
_BOM = b"\xef\xbb\xbf"  # spreadsheets take a file without mark for the local code page


def joined_rows(rows: pa.Table, to: Sequence[int], why: str) -> pa.Table:
    """Rows of a list with ``source_row`` and original cells, as joined ``to`` other rows (as a spreadsheet counts)."""
    originals = [name for name in rows.column_names if name.startswith(ORIGINAL_PREFIX)]
    columns = {
        "source_row": rows.column("source_row"),
        "joined_to": pa.array(to, pa.int32()),
        "why": pa.array([why] * len(rows), pa.string()),
        **{name: rows.column(name) for name in originals},
    }
    return pa.table(columns)


def together(*tables: pa.Table | None) -> pa.Table | None:
    """All joined rows of a list. A row joined to one that was itself joined goes where that one went."""
    some = [table for table in tables if table is not None and len(table)]
    if not some:
        return None
    table = pa.concat_tables(some).combine_chunks().sort_by("source_row")
    own, to = table.column("source_row").to_numpy(), table.column("joined_to").to_numpy().copy()
    at = np.searchsorted(own, to).clip(max=len(own) - 1)
    is_moved = own[at] == to
    to[is_moved] = to[at[is_moved]]
    return table.set_column(1, "joined_to", pa.array(to, pa.int32()))


def split(table: pa.Table, rows: Sequence[int]) -> tuple[pa.Table, pa.Table]:
    """The joined rows whose letter is not among ``rows``, and those whose is."""
    is_lost = pc.is_in(table.column("joined_to"), value_set=pa.array(rows, pa.int32()))
    return table.filter(pc.invert(is_lost)), table.filter(is_lost)


def count(table: pa.Table | None, why: str) -> int:
    """How many rows are joined for this reason."""
    return 0 if table is None else int(pc.sum(pc.equal(table.column("why"), why)).as_py() or 0)


def write_joined(table: pa.Table, path: Path) -> None:
    """A CSV for people: JOINED_COLUMNS, then the original cells; neutral for spreadsheets."""
    originals = [name for name in table.column_names if name.startswith(ORIGINAL_PREFIX)]
    columns = [
        *(table.column(name) for name in ("source_row", "joined_to", "why")),
        *(neutral(table.column(name).combine_chunks()) for name in originals),
    ]
    names = [
        *JOINED_COLUMNS,
        *neutral(
            pa.array([name.removeprefix(ORIGINAL_PREFIX) for name in originals], pa.string())
        ).to_pylist(),
    ]
    with path.open("wb") as file:
        file.write(_BOM)
        pyarrow.csv.write_csv(pa.Table.from_arrays(columns, names=names), file)
