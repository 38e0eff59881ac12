"""The run log of a barcode sorter: read strictly, block by block, into columns; written the same way.

The layout is data (postal/data/sorter_log.toml, docs/sorter-run-log.md): a header line, a line of column names, a row
for each piece and feed, a trailer with control totals. What is wrong with a file is a list of findings.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from kernel.findings import Finding, Place, Severity
from postal.sorting.presort_plan import Int32s, Int64s, UInt8s

_DATA = Path(__file__).parent.parent / "data" / "sorter_log.toml"
_BLOCK = 4 << 20
_TIME = pa.timestamp("ms", tz="UTC")
_ROW, _COLUMN = re.compile(r"Row #(\d{1,12})"), re.compile(r"column #(\d{1,4})")
_LINE = 200  # the header and the trailer are short


class BadLog(Exception):
    """A file that cannot be read as a log, with the finding that says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


@dataclass(frozen=True, slots=True)
class Layout:
    """The layout as data: names, limits, reject codes with their words."""

    format: str
    version: int
    largest_bytes: int
    header: tuple[str, ...]
    trailer: tuple[str, ...]
    trailer_mark: str
    columns: tuple[Mapping[str, Any], ...]
    rejects: Mapping[str, str]

    @property
    def names(self) -> list[str]:
        """The columns in their order."""
        return [column["name"] for column in self.columns]


@lru_cache(maxsize=1)
def layout() -> Layout:
    """The layout in force."""
    facts = tomllib.loads(_DATA.read_text(encoding="utf-8"))
    return Layout(
        format=facts["format"],
        version=facts["version"],
        largest_bytes=facts["largest_bytes"],
        header=tuple(facts["header"]),
        trailer=tuple(facts["trailer"]),
        trailer_mark=facts["trailer_mark"],
        columns=tuple(facts["column"]),
        rejects={row["code"]: row["words"] for row in facts["reject"]},
    )


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """A column of few texts: ``index`` into ``names``."""

    names: tuple[str, ...]
    index: Int32s

    def counts(self, chosen: npt.NDArray[np.bool_] | None = None) -> dict[str, int]:
        """How often each text occurs."""
        index = self.index if chosen is None else self.index[chosen]
        found = np.bincount(index, minlength=len(self.names)).tolist()
        return {name: count for name, count in zip(self.names, found, strict=True) if count}


@dataclass(frozen=True, slots=True, eq=False)
class SorterLog:
    """A log as columns, in the order of the file. ``routing`` -1 and ``digits`` 0 = not read; ``time`` in
    milliseconds since 1970; row k of the columns is line k + 3 of the file.
    """

    machine: str
    run: str
    plan: str
    sequence: Int64s
    feed: Words
    tag: Words
    reject: Words
    routing: Int64s
    digits: UInt8s
    bin: Int32s
    weight: Int64s
    time: Int64s

    def __len__(self) -> int:
        return len(self.sequence)

    @property
    def is_read(self) -> npt.NDArray[np.bool_]:
        """Pieces with a routing code."""
        found: npt.NDArray[np.bool_] = self.digits > 0
        return found

    @property
    def zip5(self) -> Int32s:
        """The ZIP of each piece, 0 where none was read."""
        shift = np.where(self.digits > 0, self.digits, 5).astype(np.int64) - 5
        found: Int32s = np.where(self.digits > 0, self.routing // 10**shift, 0).astype(np.int32)
        return found


def read_log(path: Path) -> SorterLog:
    """Read a file in whole. BadLog SORTER_LOG_FORMAT, SORTER_LOG_CUT, SORTER_LOG_TOTALS; its rows are not judged
    here (postal/barcode_sorter/check.py).
    """
    rules = layout()
    size = path.stat().st_size
    if size > rules.largest_bytes:
        raise _bad("SORTER_LOG_FORMAT", f"The file has more than {rules.largest_bytes // 1_000_000:,} MB.")
    with pa.memory_map(str(path)) as mapped:
        data = mapped.read_buffer() if size else pa.py_buffer(b"")
        head, first, last, tail = _ends(data)
        machine, run, plan = _header(head, rules)
        totals = _trailer(tail, rules)
        parts = list(_blocks(data.slice(first, last - first), rules))
    if not parts:
        raise _bad("SORTER_LOG_FORMAT", "The log holds no piece.")
    log = _columns(machine, run, plan, pa.concat_tables(parts), rules)
    _compare(log, totals)
    return log


def write_log(log: SorterLog, path: Path) -> None:
    """Write a log in this layout: what a simulator makes, and what an adapter of a vendor's log would."""
    rules = layout()
    digits = pa.array(log.digits)
    routing = pc.utf8_lpad(pa.array(log.routing).cast(pa.string()), 11, "0")
    lengths = [pc.utf8_slice_codeunits(routing, 11 - size) for size in (5, 9, 11)]
    routing = pc.case_when(
        pc.make_struct(*(pc.equal(digits, size) for size in (5, 9, 11))), *lengths, pa.scalar("")
    )
    table = pa.table(
        [
            pa.array(log.sequence),
            *(pa.array(words.names).take(pa.array(words.index)) for words in (log.feed, log.tag)),
            routing,
            pa.array(log.reject.names).take(pa.array(log.reject.index)),
            pa.array(log.bin),
            pa.array(log.weight),
            pc.binary_join_element_wise(
                pc.strftime(pa.array(log.time).cast(_TIME), "%Y-%m-%dT%H:%M:%S"), "Z", ""
            ),
        ],
        names=rules.names,
    )
    read = int(np.count_nonzero(log.digits))
    with path.open("wb") as out:
        out.write(f"{rules.format},{rules.version},{log.machine},{log.run},{log.plan}\n".encode())
        out.write(f"{','.join(rules.names)}\n".encode())
        pyarrow.csv.write_csv(
            table, out, pyarrow.csv.WriteOptions(include_header=False, quoting_style="none")
        )
        totals = f"{len(log)},{read},{len(log) - read},{int(log.weight.sum())}"
        out.write(f"{rules.trailer_mark},{totals}\n".encode())


def _ends(data: pa.Buffer) -> tuple[str, int, int, str]:
    """The first line, where the rows (with their names) begin and end, the last line."""
    view = memoryview(data)
    start, end = bytes(view[:_LINE]), bytes(view[max(0, len(view) - _LINE) :])
    first = start.find(b"\n") + 1
    body_end = len(view) - len(end) + end[:-1].rfind(b"\n") + 1
    if not first or b"\x00" in start:
        raise _bad("SORTER_LOG_FORMAT", "The file does not begin with the header of a run log.")
    if not end.endswith(b"\n") or body_end < first:
        raise _bad("SORTER_LOG_CUT", "The file ends in the middle of a line.")
    try:
        return start[: first - 1].decode("ascii"), first, body_end, bytes(view[body_end:]).decode("ascii")
    except UnicodeDecodeError:
        raise _bad("SORTER_LOG_FORMAT", "The file is not plain text.") from None


def _header(line: str, rules: Layout) -> tuple[str, str, str]:
    cells = line.strip().split(",")
    if len(cells) != len(rules.header) or cells[:2] != [rules.format, str(rules.version)]:
        raise _bad(
            "SORTER_LOG_FORMAT",
            f"The first line is not {rules.format},{rules.version} with machine, run and plan.",
            row=1,
        )
    return cells[2], cells[3], cells[4]


def _trailer(line: str, rules: Layout) -> list[int]:
    mark, *cells = line.strip().split(",")
    if mark != rules.trailer_mark:
        raise _bad("SORTER_LOG_CUT", "The file ends without its trailer: part of it is missing.")
    if len(cells) != len(rules.trailer) - 1 or not all(
        cell.isascii() and cell.isdigit() and len(cell) < 16 for cell in cells
    ):
        raise _bad("SORTER_LOG_TOTALS", "The trailer does not hold four totals.")
    return [int(cell) for cell in cells]


def _blocks(body: pa.Buffer, rules: Layout) -> Iterator[pa.Table]:
    """The rows, some megabytes at a time."""
    types = {
        column["name"]: {"number": pa.int64(), "text": pa.string(), "time": _TIME}[column["type"]]
        for column in rules.columns
    }
    try:
        reader = pyarrow.csv.open_csv(
            pa.BufferReader(body),
            read_options=pyarrow.csv.ReadOptions(block_size=_BLOCK, use_threads=False),
            parse_options=pyarrow.csv.ParseOptions(quote_char=False, newlines_in_values=False),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=types,
                strings_can_be_null=False,
                null_values=[],
                timestamp_parsers=[pyarrow.csv.ISO8601],
            ),
        )
        if reader.schema.names != rules.names:
            raise _bad("SORTER_LOG_FORMAT", f"The columns are not {', '.join(rules.names)}.", row=2)
        for batch in reader:
            yield pa.Table.from_batches([batch])
    except pa.ArrowInvalid as error:
        raise _arrow(str(error), rules) from None


def _arrow(said: str, rules: Layout) -> BadLog:
    """Arrow names the row or the column and quotes the cell: the places are kept, the quotation is not."""
    row, column = _ROW.search(said), _COLUMN.search(said)
    return _bad(
        "SORTER_LOG_FORMAT",
        "A row does not have the columns and types of the layout.",
        row=int(row[1]) + 1 if row else None,
        column=rules.names[int(column[1])] if column and int(column[1]) < len(rules.names) else "",
    )


def _columns(machine: str, run: str, plan: str, table: pa.Table, rules: Layout) -> SorterLog:
    numbers: dict[str, Int64s] = {}
    texts: dict[str, pa.Array] = {}
    for column in rules.columns:
        name, values = column["name"], table.column(column["name"]).combine_chunks()
        if values.null_count:
            raise _cell(name, int(np.flatnonzero(values.is_null().to_numpy(zero_copy_only=False))[0]))
        if column["type"] == "text":
            _refuse(name, np.asarray(pc.greater(pc.binary_length(values), column["longest"])))
            texts[name] = values
        else:
            numbers[name] = values.cast(pa.int64()).to_numpy()
            _refuse(name, (numbers[name] < 0) | (numbers[name] > column.get("most", np.iinfo(np.int64).max)))
    routing, digits = _routing(texts["routing"])
    reject = _words(texts["reject"])
    known = np.array([not name or name in rules.rejects for name in reject.names], np.bool_)
    is_reject = np.array([bool(name) for name in reject.names], np.bool_)
    if len(reject.index):
        _refuse("reject", ~known[reject.index])
        _refuse("routing", is_reject[reject.index] == (digits > 0))
    return SorterLog(
        machine=machine, run=run, plan=plan,
        sequence=numbers["sequence"], feed=_words(texts["feed"]), tag=_words(texts["tag"]), reject=reject,
        routing=routing, digits=digits, bin=numbers["bin"].astype(np.int32), weight=numbers["weight"],
        time=numbers["time"],
    )  # fmt: skip


def _routing(column: pa.Array) -> tuple[Int64s, UInt8s]:
    length = pc.binary_length(column).to_numpy().astype(np.uint8)
    digits_only = np.asarray(pc.match_substring_regex(column, "^(?:[0-9]{5}|[0-9]{9}|[0-9]{11})?$"))
    _refuse("routing", ~digits_only)
    number = pc.cast(pc.if_else(pc.equal(column, ""), "-1", column), pa.int64()).to_numpy()
    return number, length


def _words(column: pa.Array) -> Words:
    encoded = column.dictionary_encode()
    return Words(tuple(encoded.dictionary.to_pylist()), encoded.indices.to_numpy().astype(np.int32))


def _compare(log: SorterLog, totals: Sequence[int]) -> None:
    read = int(np.count_nonzero(log.digits))
    found = [len(log), read, len(log) - read, int(log.weight.sum())]
    names = ("pieces", "pieces read", "rejects", "weight")
    wrong = [
        f"{name} {there:,} in the rows, {told:,} in the trailer"
        for name, there, told in zip(names, found, totals, strict=True)
        if there != told
    ]
    if wrong:
        raise _bad("SORTER_LOG_TOTALS", f"The control totals differ: {'; '.join(wrong)}.")


def _refuse(name: str, wrong: npt.NDArray[np.bool_]) -> None:
    rows = np.flatnonzero(wrong)
    if len(rows):
        raise _cell(name, int(rows[0]), count=len(rows))


def _cell(name: str, row: int, *, count: int = 1) -> BadLog:
    more = f", and {count - 1:,} more" if count > 1 else ""
    return _bad(
        "SORTER_LOG_FORMAT", f"The cell is not what the layout allows{more}.", row=row + 3, column=name
    )


def _bad(code: str, message: str, *, row: int | None = None, column: str = "") -> BadLog:
    return BadLog(
        Finding(
            code,
            Severity.STOP,
            message,
            "Export the log from the machine again.",
            Place(row=row, column=column),
        )
    )
