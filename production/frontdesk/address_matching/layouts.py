"""Layouts of the files exchanged with an address engine, as data; writing requests, reading results and reports."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow as pa

from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity
from production.frontdesk.lists.characters import tidy

_FILE = Path(__file__).parent / "data" / "layouts.toml"
RESULT_FIELDS = (
    "row", "zip5", "plus4", "delivery_point", "dpv", "carrier_route", "note", "move", "street", "street2", "city",
    "state",
)  # fmt: skip
MAX_RESULT_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file: its name there, what it is here, and its width in a fixed layout."""

    name: str
    field: str
    width: int = 0


@dataclass(frozen=True, slots=True)
class Layout:
    """How an engine wants its files. ``moves``: its move codes to MOVED or LEFT; ``report``: our word to its name."""

    name: str
    title: str
    is_fixed: bool
    delimiter: str
    request_file: str
    result_file: str
    report_file: str
    request: tuple[Column, ...]
    result: tuple[Column, ...]
    moves: Mapping[str, str]
    report: Mapping[str, str]

    def write_request(self, addresses: pa.Table) -> bytes:
        """The addresses in their order; a text longer than its column is cut, as the engine would."""
        columns = [_text_of(addresses, column.field) for column in self.request]
        rows = zip(*columns, strict=True)
        if self.is_fixed:
            widths = [column.width for column in self.request]
            lines = (_fixed(row, widths) for row in rows)
            return "".join(f"{line}\n" for line in lines).encode("utf-8")
        buffer = io.StringIO()
        writer = csv.writer(buffer, delimiter=self.delimiter, lineterminator="\n")
        writer.writerow([column.name for column in self.request])
        writer.writerows(rows)
        return buffer.getvalue().encode("utf-8")

    def read_result(self, data: bytes) -> dict[str, list[str]]:
        """RESULT_FIELDS as columns of text, absent ones empty. InvalidInput MATCH_RESULT_FORM."""
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise refused("MATCH_RESULT_FORM", "The result is not UTF-8 text.") from error
        columns = self._fixed_columns(text) if self.is_fixed else self._csv_columns(text)
        size = len(columns["row"])
        found = {name: columns.get(name, [""] * size) for name in RESULT_FIELDS}
        found["move"] = [self.moves.get(code, "") for code in found["move"]]
        return found

    def read_report(self, data: bytes) -> dict[str, str]:
        """Our words to what the report says. InvalidInput MATCH_REPORT names what it lacks."""
        text = data.decode("utf-8", errors="replace")
        given = {
            name.strip(): value.strip()
            for name, mark, value in (line.partition("=") for line in text.splitlines())
            if mark
        }
        found = {word: given.get(name, "") for word, name in self.report.items()}
        optional = ("updated_on", "updated_by")
        missing = [self.report[word] for word, value in found.items() if not value and word not in optional]
        if missing:
            raise refused("MATCH_REPORT", f"The engine's report lacks {', '.join(missing)}.")
        return found

    def _fixed_columns(self, text: str) -> dict[str, list[str]]:
        lines = text.splitlines()
        whole = sum(column.width for column in self.result)
        odd = [number for number, line in enumerate(lines, start=1) if len(line) != whole]
        if odd:
            raise refused("MATCH_RESULT_FORM", f"A line is not {whole} characters long.", row=odd[0])
        columns, at = {}, 0
        for column in self.result:
            columns[column.field] = [line[at : at + column.width].strip() for line in lines]
            at += column.width
        return columns

    def _csv_columns(self, text: str) -> dict[str, list[str]]:
        try:
            rows = list(csv.reader(io.StringIO(text), delimiter=self.delimiter, strict=True))
        except csv.Error as error:
            raise refused("MATCH_RESULT_FORM", "The result cannot be read as CSV.") from error
        head = rows[0] if rows else []
        missing = [column.name for column in self.result if column.name not in head]
        if missing:
            raise refused("MATCH_RESULT_FORM", f"The result lacks the columns {', '.join(missing)}.")
        odd = [number for number, row in enumerate(rows, start=1) if len(row) != len(head)]
        if odd:
            raise refused("MATCH_RESULT_FORM", "A row has more or fewer cells than the header.", row=odd[0])
        places = [(column.field, head.index(column.name)) for column in self.result]
        return {field: [row[at].strip() for row in rows[1:]] for field, at in places}


def refused(code: str, sentence: str, *, row: int | None = None) -> InvalidInput:
    """An answer that is not taken over, with its one finding."""
    remedy = "Look at the engine's job; then submit the list again, which sends a new request."
    finding = Finding(code, Severity.STOP, sentence, remedy, Place(row=row))
    return InvalidInput(sentence, code=code, findings=[finding])


@lru_cache(maxsize=1)
def layouts() -> dict[str, Layout]:
    """Every layout by name."""
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {
        name: Layout(
            name=name, title=one["title"], is_fixed=one["format"] == "fixed", delimiter=one.get("delimiter", ","),
            request_file=one["request_file"], result_file=one["result_file"], report_file=one["report_file"],
            request=tuple(Column(**column) for column in one["request"]),
            result=tuple(Column(**column) for column in one["result"]),
            moves=one["moves"], report=one["report"],
        )
        for name, one in data.items()
    }  # fmt: skip


def layout(name: str) -> Layout:
    """One of them. InvalidInput MATCH_LAYOUT."""
    try:
        return layouts()[name]
    except KeyError:
        known = ", ".join(layouts())
        raise InvalidInput(f"{name} is not a layout; there are {known}.", code="MATCH_LAYOUT") from None


def _text_of(addresses: pa.Table, field: str) -> Sequence[str]:
    column = addresses.column("source_row" if field == "row" else field).cast(pa.string()).combine_chunks()
    texts: Sequence[str] = tidy(column).to_pylist()
    return texts


def _fixed(row: Sequence[str], widths: Sequence[int]) -> str:
    return "".join(text[:width].ljust(width) for text, width in zip(row, widths, strict=True))
