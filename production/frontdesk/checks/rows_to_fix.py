"""Rows that pass the list check but cannot be printed join the file of rows to fix."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from kernel.findings import Finding
from production.frontdesk.lists.characters import neutral
from production.frontdesk.lists.shapes import FIX_COLUMNS
from production.mailings.accepted import ORIGINAL_PREFIX

_BOM = b"\xef\xbb\xbf"  # spreadsheets take a file without mark for the local code page


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
