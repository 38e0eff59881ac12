"""Rows of one kind as a table: pasted from a spreadsheet, or a CSV file, and the same table written."""

from __future__ import annotations

import csv
import io
from typing import Any

from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity
from production.people.setup import Kind
from production.setup.file import MAX_BYTES, Given
from production.setup.text import as_text, from_text

MOST_ROWS = 2_000


def read_table(kind: Kind[Any], data: bytes, file: str = "") -> list[Given]:
    """Rows by the names or titles in the first line; commas, semicolons or tabs between. InvalidInput SETUP_FILE."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(
            f"Byte {error.start:,} is no UTF-8 text.", "Save the table as CSV in UTF-8.", file
        ) from None
    if len(data) > MAX_BYTES or "\0" in text:
        raise _refused("This is no table of text.", "Save the table as CSV in UTF-8.", file)
    first = text.partition("\n")[0]
    mark = max("\t;,", key=first.count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True))
    except csv.Error as error:
        raise _refused(
            f"The table breaks off: {error}.", "Look for a quotation mark that is not closed.", file
        ) from None
    numbered = [
        (number, line) for number, line in enumerate(lines, start=1) if any(cell.strip() for cell in line)
    ]
    if len(numbered) < 2:
        raise _refused(
            "There are no rows.", "The first line names the columns; each line after it is a row.", file
        )
    if len(numbered) > MOST_ROWS + 1:
        raise _refused(f"There are more than {MOST_ROWS:,} rows.", "Give them in several tables.", file)
    names = _names(kind, numbered[0][1], file)
    found: list[Given] = []
    for number, line in numbered[1:]:
        place = Place(file=file, sheet=kind.code, row=number)
        if len(line) != len(names):
            raise _refused(
                f"{len(line)} cells where the first line names {len(names)} columns.",
                "Look for a comma that needs quotation marks around its cell.", file, row=number,
            )  # fmt: skip
        found.append((kind, from_text(kind, dict(zip(names, line, strict=True))), place))
    return found


def write_table(kind: Kind[Any], rows: list[Any]) -> str:
    """The rows as CSV; no cell begins a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    names = list(kind.value.model_fields)
    writer.writerow([_title(kind, name) for name in names])
    for row in rows:
        told = as_text(kind, row)
        writer.writerow([_neutral(told[name]) for name in names])
    return out.getvalue()


def _names(kind: Kind[Any], header: list[str], file: str) -> list[str]:
    known = {name.casefold(): name for name in kind.value.model_fields}
    known |= {(field.title or name).casefold(): name for name, field in kind.value.model_fields.items()}
    names = [known.get(cell.strip().casefold(), "") for cell in header]
    unknown = [cell.strip() for cell, name in zip(header, names, strict=True) if not name]
    listed = ", ".join(_title(kind, name) for name in kind.value.model_fields)
    if unknown:
        raise _refused(
            f"No column is called {', '.join(unknown)[:200]!r}.", f"Columns are: {listed}.", file, row=1
        )
    if twice := [name for name in names if names.count(name) > 1]:
        raise _refused(
            f"The column {_title(kind, twice[0])} is there twice.", f"Columns are: {listed}.", file, row=1
        )
    if missing := [name for name in kind.keyed_by if name not in names and not kind.is_one]:
        raise _refused(
            f"The column {_title(kind, missing[0])} is missing.", f"Columns are: {listed}.", file, row=1
        )
    return names


def _title(kind: Kind[Any], name: str) -> str:
    return kind.value.model_fields[name].title or name


def _neutral(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text


def _refused(message: str, remedy: str, file: str, row: int | None = None) -> InvalidInput:
    finding = Finding("SETUP_FILE", Severity.STOP, message, remedy, Place(file=file, row=row))
    return InvalidInput("Nothing was taken in.", code="SETUP_FILE", findings=[finding])
