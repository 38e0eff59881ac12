"""What a check found row by row, with the cells around it: what the page of rows to fix is made of.

It holds the first rows of each fault; the others follow when those are fixed, or come in the file of rows to fix.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from kernel.findings import Finding, Severity
from production.frontdesk.lists.mapping import columns_of
from production.frontdesk.lists.shapes import RULES, Found, ListTable
from production.frontdesk.repairs.kinds import Change
from production.mailings.accepted import ORIGINAL_PREFIX
from production.mailings.list_order import AddressMapping
from store.documents import Versioned

MOST = 1_000  # rows of one fault
FAULTS_FILE = "row_faults.json"
# What a row is known by on the page, in the order of an envelope.
_PARTS = (
    "recipient", "company", "street", "street2", "city", "state", "zip", "last_line", "full_address",
)  # fmt: skip
# Parts of an address that a fault is about, where it is not only the one it names.
_TOGETHER = {
    "PLACE_UNKNOWN": ("city", "state", "zip"),
    "ZIP_STATE": ("state", "zip"),
    "ZIP_CITY": ("city", "zip"),
}
_IN_ONE = {"recipient": ("company",), "street": ("full_address",)}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with rows. ``columns``: those of the list in which it can be fixed."""

    code: str
    severity: Severity
    sentence: str
    remedy: str
    columns: tuple[str, ...]
    count: int
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NewCell:
    """A cell and what it becomes."""

    row: int
    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A repair of one kind: how many rows it changes, and the first of its cells."""

    kind: str
    count: int
    cells: tuple[NewCell, ...]


@dataclass(frozen=True, slots=True)
class RowFaults:
    """``columns``: names of the list's columns, the parts of the address first; ``shown``: how many of them are such
    parts; ``rows``: cells by row.
    """

    columns: tuple[str, ...] = ()
    shown: int = 0
    rows: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    offers: tuple[Offer, ...] = ()


ROW_FAULTS = Versioned[RowFaults](RowFaults)


def keep(path: Path, faults: RowFaults) -> None:
    """As a file of a check."""
    path.write_bytes(ROW_FAULTS.as_bytes(faults, "row faults"))


def of_check(
    table: ListTable, sources: AddressMapping, found: Iterable[Found], offered: Mapping[str, list[Change]]
) -> RowFaults:
    """What a check of a list found and can repair."""
    parts = [name for part in _PARTS if part in sources for name in columns_of(sources[part])]
    columns = tuple(dict.fromkeys([*parts, *table.names]))
    faults = tuple(_fault(one, table, sources) for one in found if len(one.rows))
    offers = tuple(_offer(kind, changes, table) for kind, changes in offered.items())
    wanted = {row for one in faults for row in one.rows} | {cell.row for one in offers for cell in one.cells}
    at = pa.array(np.flatnonzero(np.isin(table.source_row, list(wanted))))
    cells = [table.columns[table.names.index(name)].take(at).to_pylist() for name in columns]
    numbers = table.source_row[np.asarray(at, np.int64)].tolist()
    rows = dict(zip(numbers, zip(*cells, strict=True), strict=True)) if cells else {}
    return RowFaults(columns, len(dict.fromkeys(parts)), rows, faults, offers)


def places_of(one: Found, table: ListTable, sources: AddressMapping) -> tuple[str, ...]:
    """Where it can be fixed: columns that make the part of the address, or the column itself."""
    fields = _TOGETHER.get(one.code, (one.column,)) if one.column else ()
    names = [name for part in fields for name in _sources_of(part, sources)]
    names += [name for name in table.names if name[:80] == one.column and one.column not in sources]
    return tuple(dict.fromkeys(names))


def _fault(one: Found, table: ListTable, sources: AddressMapping) -> Fault:
    rows = tuple(table.source_row[one.rows[:MOST]].tolist())
    remedy, places = RULES[one.code].remedy, places_of(one, table, sources)
    return Fault(one.code, one.level, one.sentence, remedy, places, len(one.rows), rows)


def _sources_of(part: str, sources: AddressMapping) -> Sequence[str]:
    in_line = ("last_line", "full_address") if part in ("city", "state", "zip") else ()
    for name in (part, *in_line, *_IN_ONE.get(part, ())):
        if name in sources:
            return columns_of(sources[name])
    return ()


def _offer(kind: str, changes: Sequence[Change], table: ListTable) -> Offer:
    cells = [cell for change in changes for cell in _new_cells(change, table)]
    return Offer(kind, len({row for change in changes for row in change.rows}), tuple(cells[:MOST]))


def _new_cells(change: Change, table: ListTable) -> Iterable[NewCell]:
    rows = change.rows[:MOST]
    before = table.columns[table.names.index(change.column)].take(pa.array(rows, pa.int64())).to_pylist()
    numbers = table.source_row[list(rows)].tolist()
    for row, old, new in zip(numbers, before, change.after, strict=False):
        yield NewCell(row, change.column, old, new)


def with_misfits(faults: RowFaults, rows: pa.Table, findings: Sequence[Finding]) -> RowFaults:
    """With accepted rows that were left out later, by what they are told."""
    own = [ORIGINAL_PREFIX + name for name in faults.columns]
    cells = zip(*(rows.column(name).to_pylist() for name in own), strict=True)
    by_row = dict(zip(rows.column("source_row").to_pylist(), cells, strict=True))
    alike: dict[tuple[str, str], list[Finding]] = {}
    for one in findings:
        if one.place.row in by_row:
            alike.setdefault((one.code, one.message), []).append(one)
    more = tuple(_of_findings(found, faults.columns) for found in alike.values())
    kept = {row for one in more for row in one.rows}
    return replace(
        faults,
        rows={**faults.rows, **{row: by_row[row] for row in kept}},
        faults=(*more, *faults.faults),
    )


def _of_findings(found: Sequence[Finding], columns: Sequence[str]) -> Fault:
    first, rows = found[0], list(dict.fromkeys(one.place.row for one in found if one.place.row is not None))
    named = tuple(name for name in columns if first.place.column.endswith(f": {name}"))
    return Fault(
        first.code, first.severity, first.message, first.remedy, named, len(rows), tuple(rows[:MOST])
    )
