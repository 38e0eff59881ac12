"""What a list check leaves: accepted rows, joined rows, rows to fix, and the counts of everything found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv

from kernel.findings import Finding
from postal.address.zip_codes import Routing, fixed_digits
from production.frontdesk.checks.addresses import AddressCheck
from production.frontdesk.checks.households import NUMBER_COLUMN
from production.frontdesk.checks.joined_rows import SAME_PERSON, joined_rows
from production.frontdesk.checks.repeats import Together
from production.frontdesk.lists.characters import neutral
from production.frontdesk.lists.shapes import (
    CERTIFICATE_FIELDS,
    FIX_COLUMNS,
    ROW,
    RULES,
    Found,
    ListResult,
    ListTable,
    group,
)
from production.mailings.accepted import ORIGINAL_PREFIX
from production.mailings.list_order import AddressMapping

Bools = npt.NDArray[np.bool_]
Fields = dict[str, pa.Array]

ACCEPTED_FILE = "accepted.arrow"
JOINED_FILE = "joined.arrow"
ROWS_TO_FIX_FILE = "rows_to_fix.csv"
_BOM = b"\xef\xbb\xbf"  # spreadsheets take a file without mark for the local code page
PRINTED = ("recipient", "company", "street", "street2", "city", "state")

_LAST_BIT = 62  # of an int64; should a list have more kinds of faults, the last ones are told together


def union(found: Iterable[Found], size: int) -> Bools:
    """Rows that any of the findings names."""
    mask = np.zeros(size, bool)
    for one in found:
        mask[one.rows] = True
    return mask


def _counts(found: list[Found]) -> dict[str, int]:
    """Rows per code, a row once however many columns are concerned; most frequent first."""
    rows: dict[str, list[Any]] = {}
    fixed: dict[str, int] = {}
    for one in found:
        if len(one.rows):
            rows.setdefault(one.code, []).append(one.rows)
        else:
            fixed[one.code] = fixed.get(one.code, 0) + (one.count or 1)
    counts = fixed | {code: len(np.unique(np.concatenate(parts))) for code, parts in rows.items()}
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def stopped(
    given_name: str, found: list[Found], table: ListTable | None, mapping: AddressMapping
) -> ListResult:
    """The result of a list that cannot go on; no files."""
    source_row = table.source_row if table else np.empty(0, np.int32)
    return ListResult(
        file=given_name,
        mapping=mapping,
        rows_in=len(source_row),
        accepted=0,
        to_fix=0,
        foreign=0,
        military=0,
        merged=0,
        blank=table.blank if table else 0,
        counts=_counts(found),
        findings=group(found, source_row, file=given_name, sheet=table.sheet if table else ""),
        distinct_addresses=0,
        second_opinions=0,
        accepted_path=None,
        joined_path=None,
        rows_to_fix_path=None,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A list with every row judged: ``good`` rows are mailed, unless a household's letter joins them."""

    table: ListTable
    mapping: AddressMapping
    fields: Fields
    routing: Routing
    checked: AddressCheck
    good: Bools
    found: list[Found]


def write(judged: Judged, given_name: str, merged: Together | None, houses: Any, out_dir: Path) -> ListResult:
    """The files of a judged list. ``merged``: repeats, to be joined to their first rows. ``houses``: the household of
    each row, -1 for none."""
    table, found = judged.table, judged.found
    refused = union([one for one in found if one.level is ROW], len(table))
    accepted_path = out_dir / ACCEPTED_FILE
    rows = _as_accepted(judged, houses)
    _write_arrow(rows.filter(pa.array(judged.good)), accepted_path)
    joined_path = out_dir / JOINED_FILE if merged and len(merged.repeats) else None
    if merged and joined_path:
        before = table.source_row[merged.first[merged.repeats]].tolist()
        repeats = rows.take(pa.array(merged.repeats))
        _write_arrow(joined_rows(repeats, before, SAME_PERSON), joined_path)
    to_fix_path = out_dir / ROWS_TO_FIX_FILE if refused.any() else None
    if to_fix_path:
        _write_rows_to_fix(table, found, refused, to_fix_path)
    return ListResult(
        file=given_name,
        mapping=judged.mapping,
        rows_in=len(table),
        accepted=int(judged.good.sum()),
        to_fix=int(refused.sum()),
        foreign=sum(len(one.rows) for one in found if one.code == "ADDRESS_FOREIGN"),
        military=int((judged.checked.is_military & judged.good).sum()),
        merged=len(merged.repeats) if merged else 0,
        blank=table.blank,
        counts=_counts(found),
        findings=group(found, table.source_row, file=given_name, sheet=table.sheet),
        distinct_addresses=judged.checked.addresses.distinct,
        second_opinions=judged.checked.addresses.second_opinions,
        accepted_path=str(accepted_path),
        joined_path=str(joined_path) if joined_path else None,
        rows_to_fix_path=str(to_fix_path) if to_fix_path else None,
    )


def _with_originals(columns: dict[str, pa.Array], table: ListTable) -> pa.Table:
    own = {ORIGINAL_PREFIX + name: column for name, column in zip(table.names, table.columns, strict=True)}
    return pa.table(columns | own)


def _write_arrow(rows: pa.Table, path: Path) -> None:
    with pa.ipc.new_file(path, rows.schema) as writer:
        writer.write_table(rows)


def _as_accepted(judged: Judged, houses: Any) -> pa.Table:
    """All rows, good or not, in the columns of the accepted list."""
    routing, fields = judged.routing, judged.fields
    columns: dict[str, pa.Array] = {"source_row": pa.array(judged.table.source_row)}
    columns |= {name: fields[name] for name in PRINTED}
    columns |= {
        "zip5": fixed_digits(routing.zip5, 5),
        "plus4": fixed_digits(routing.plus4, 4),
        "delivery_point": fixed_digits(routing.delivery_point, 2),
        "zip11": pa.array(routing.zip11),
    }
    columns |= {name: fields[name] for name in CERTIFICATE_FIELDS if name in judged.mapping}
    if houses is not None:
        columns[NUMBER_COLUMN] = pa.array(houses, pa.int64())
    return _with_originals(columns, judged.table)


def _write_rows_to_fix(table: ListTable, found: list[Found], refused: Bools, path: Path) -> None:
    """FIX_COLUMNS, then the original cells; neutral for spreadsheets."""
    rows = np.flatnonzero(refused)
    reasons = [one for one in found if one.level is ROW and len(one.rows)]
    bits = np.zeros(len(table), np.int64)
    for number, one in enumerate(reasons):
        bits[one.rows] |= 1 << min(number, _LAST_BIT)
    sets, which = np.unique(bits[rows], return_inverse=True)
    chosen = [
        [one for number, one in enumerate(reasons) if one_set >> min(number, _LAST_BIT) & 1]
        for one_set in sets.tolist()
    ]
    codes = np.array([" ".join(dict.fromkeys(one.code for one in ones)) for ones in chosen], object)
    sentences = np.array([" ".join(_sentence_with_remedy(one) for one in ones) for ones in chosen], object)[
        which
    ]
    for at, row in enumerate(rows.tolist()):
        if row in table.surplus:
            sentences[at] += f" Beyond the last column: {' | '.join(table.surplus[row])}"
    taken = pa.array(rows)
    columns = [
        pa.array(table.source_row[rows]),
        pa.array(codes[which], pa.string()),
        pa.array(sentences, pa.string()),
        *(neutral(column.take(taken)) for column in table.columns),
    ]
    names = [*FIX_COLUMNS, *neutral(pa.array(table.names, pa.string())).to_pylist()]
    with path.open("wb") as file:
        file.write(_BOM)
        pyarrow.csv.write_csv(pa.Table.from_arrays(columns, names=names), file)


def _sentence_with_remedy(one: Found) -> str:
    where = f" ({one.column})" if one.column else ""
    return f"{one.sentence}{where} {RULES[one.code].remedy}"


def add_rows_to_fix(path: Path, rows: pa.Table, findings: Sequence[Finding]) -> None:
    """Append accepted-list rows with their codes and what to do, in the columns of the list check's file."""
    by_row: dict[int, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.place.row is not None:
            by_row[finding.place.row].append(finding)
    numbers = rows.column("source_row").to_pylist()
    codes = [" ".join(dict.fromkeys(f.code for f in by_row[n])) for n in numbers]
    sentences = [" ".join(dict.fromkeys(f"{f.message} {f.remedy}" for f in by_row[n])) for n in numbers]
    originals = [name for name in rows.column_names if name.startswith(ORIGINAL_PREFIX)]
    columns = [
        pa.array(numbers, pa.int32()),
        pa.array(codes, pa.string()),
        neutral(pa.array(sentences, pa.string())),
        *(neutral(rows.column(name).combine_chunks()) for name in originals),
    ]
    own_names = pa.array([name.removeprefix(ORIGINAL_PREFIX) for name in originals], pa.string())
    names = [*FIX_COLUMNS, *neutral(own_names).to_pylist()]
    is_new = not path.exists()
    options = pyarrow.csv.WriteOptions(include_header=is_new)
    with path.open("ab") as file:
        if is_new:
            file.write(_BOM)
        pyarrow.csv.write_csv(pa.Table.from_arrays(columns, names=names), file, write_options=options)
