"""Rows that get no letter of their own because another row's letter is for them too: kept, counted, shown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from production.frontdesk.lists.characters import neutral
from production.mailings.accepted import ORIGINAL_PREFIX

SAME_PERSON, SAME_HOUSEHOLD = "same person", "same household"
# Columns of an accepted list that a row has of its own; its codes are those of the address.
WRITTEN = ("recipient", "company", "street", "street2", "city", "state")
# First columns of the file for people, before the original cells.
JOINED_COLUMNS = ("joined: row", "joined: to row", "joined: why")
_BOM = b"\xef\xbb\xbf"  # spreadsheets take a file without mark for the local code page


def joined_rows(rows: pa.Table, to: Sequence[int], why: str) -> pa.Table:
    """Rows of an accepted list as joined ``to`` other rows (as a spreadsheet counts), with what was written in them:
    name and address, and the original cells."""
    written = [name for name in rows.column_names if name in WRITTEN or name.startswith(ORIGINAL_PREFIX)]
    columns = {
        "source_row": rows.column("source_row"),
        "joined_to": pa.array(to, pa.int32()),
        "why": pa.array([why] * len(rows), pa.string()),
        **{name: rows.column(name) for name in written},
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


def stand_ins(accepted: pa.Table, joined: pa.Table, rows: Sequence[int]) -> pa.Table:
    """Rows of the same person that were joined to ``rows``, as pieces of their own: what is written in them, and the
    codes of the row that they were joined to. A column more, ``joined_to``, says which that is."""
    of_person = pc.and_(
        pc.equal(joined.column("why"), SAME_PERSON),
        pc.is_in(joined.column("joined_to"), value_set=pa.array(rows, pa.int32())),
    )
    others = joined.filter(of_person)
    at = pc.index_in(others.column("joined_to"), value_set=accepted.column("source_row").combine_chunks())
    pieces = accepted.take(at)
    for place, name in enumerate(accepted.column_names):
        if name in others.column_names:
            pieces = pieces.set_column(place, name, others.column(name))
    return pieces.append_column("joined_to", others.column("joined_to"))


def hand_over(accepted: pa.Table, joined: pa.Table, heirs: pa.Table) -> tuple[pa.Table, pa.Table | None]:
    """Accepted and joined rows when ``heirs``, of ``stand_ins`` and one a person, get the letters instead of the rows
    that they were joined to, which are joined to them now."""
    heads, own = heirs.column("joined_to").combine_chunks(), heirs.column("source_row").combine_chunks()
    has_heir = pc.is_in(accepted.column("source_row"), value_set=heads)
    left = accepted.filter(has_heir)
    to = own.take(pc.index_in(left.column("source_row"), value_set=heads)).to_pylist()
    pieces = pa.concat_tables([accepted.filter(pc.invert(has_heir)), heirs.drop_columns(["joined_to"])])
    rest = joined.filter(pc.invert(pc.is_in(joined.column("source_row"), value_set=own)))
    return pieces.sort_by("source_row"), together(rest, joined_rows(left, to, SAME_PERSON))


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
