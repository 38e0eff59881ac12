"""What people changed in a list that was sent: cells, rows that are dropped, and repairs of one kind in all rows.

The list itself stays as it was sent. Each state of the repairs is a file of its own, kept by hash; the check reads the
list with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from production.frontdesk.lists.reader import without_rows
from production.frontdesk.lists.shapes import Found, ListTable, Refused
from store.documents import Versioned

Key = tuple[int, str]  # row as a spreadsheet counts, name of the column


@dataclass(frozen=True, slots=True)
class CellRepair:
    """A cell that somebody typed anew."""

    row: int
    column: str
    before: str
    after: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DroppedRow:
    """A row that somebody took out."""

    row: int
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class KindRepair:
    """A repair of one kind (repairs.kinds) in all rows that need it; ``rows``: how many did when it was asked for."""

    kind: str
    rows: int
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Repairs:
    """All that holds, the oldest first."""

    cells: tuple[CellRepair, ...] = ()
    dropped: tuple[DroppedRow, ...] = ()
    kinds: tuple[KindRepair, ...] = ()

    @property
    def by_cell(self) -> Mapping[Key, CellRepair]:
        """Cells by row and column."""
        return {(one.row, one.column): one for one in self.cells}

    @property
    def rows_dropped(self) -> frozenset[int]:
        """Rows that are out."""
        return frozenset(one.row for one in self.dropped)

    def with_cells(self, cells: Iterable[CellRepair]) -> Repairs:
        """With these instead of what was typed there before; a cell as it was sent is no repair."""
        known = self.by_cell
        all_cells = dict(known)
        for one in cells:
            key = (one.row, one.column)
            all_cells[key] = replace(one, before=known[key].before) if key in known else one
        return replace(self, cells=tuple(one for one in all_cells.values() if one.before != one.after))

    def without_cell(self, key: Key) -> Repairs:
        """The cell as it was sent."""
        return replace(self, cells=tuple(one for one in self.cells if (one.row, one.column) != key))

    def with_row(self, row: int) -> Repairs:
        """The row is in again."""
        return replace(self, dropped=tuple(one for one in self.dropped if one.row != row))

    def with_dropped(self, rows: Iterable[DroppedRow]) -> Repairs:
        """Without these rows too."""
        return replace(
            self, dropped=(*self.dropped, *(one for one in rows if one.row not in self.rows_dropped))
        )

    def with_kind(self, kind: KindRepair) -> Repairs:
        """With a repair in all rows."""
        return replace(self.without_kind(kind.kind), kinds=(*self.without_kind(kind.kind).kinds, kind))

    def without_kind(self, kind: str) -> Repairs:
        """Without it."""
        return replace(self, kinds=tuple(one for one in self.kinds if one.kind != kind))


REPAIRS = Versioned[Repairs](Repairs)
NOTHING = Repairs()


def read_repairs(path: str | Path | None) -> Repairs:
    """The repairs of a kept file; none without one."""
    return REPAIRS.from_bytes(Path(path).read_bytes(), "repairs") if path else NOTHING


def with_repairs(table: ListTable, repairs: Repairs) -> ListTable:
    """The list with its cells typed anew and without the rows that were dropped."""
    place = {row: at for at, row in enumerate(table.source_row.tolist())} if repairs != NOTHING else {}
    table = _with_cells(table, [one for one in repairs.cells if one.row in place], place)
    out = np.zeros(len(table), bool)
    out[[place[row] for row in repairs.rows_dropped if row in place]] = True
    if out.all():
        raise Refused(Found("DATA_EMPTY", detail="All of them were dropped."))
    return without_rows(table, out)


def _with_cells(table: ListTable, cells: list[CellRepair], place: Mapping[int, int]) -> ListTable:
    columns, typed = list(table.columns), set()
    for name in {one.column for one in cells} & set(table.names):
        at = table.names.index(name)
        texts = columns[at].to_pylist()
        for one in cells:
            if one.column == name:
                texts[place[one.row]] = one.after
                typed.add((place[one.row], name))
        columns[at] = pa.array(texts, pa.string())
    left = [still for one in table.found if (still := _without_typed(one, typed))]
    return replace(table, columns=columns, found=left)


def _without_typed(one: Found, typed: set[tuple[int, str]]) -> Found | None:
    """What the reader found of a cell holds no more when it was typed anew."""
    anew = [row for row, name in typed if name[:80] == one.column]
    if not anew or not len(one.rows):
        return one
    rows = np.setdiff1d(one.rows, anew)
    return replace(one, rows=rows) if len(rows) else None
