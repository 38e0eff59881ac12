"""The plain checks of a CSV table before its reader sees it: text, header, a value where one belongs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from kernel.findings import Finding, Place, Severity

_SHOWN = 80


def table_findings(data: bytes, columns: Sequence[str], file: str) -> Iterator[Finding]:
    """A stop for another encoding or a column that is missing, for the first rows of another length or without a
    key, a warning for columns without a meaning.
    """
    try:
        reader = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        header = next(reader, [])
        missing = [name for name in columns if name not in header]
        if missing:
            yield _finding(Severity.STOP, f"The header lacks {', '.join(missing)}.", file, 1)
            return
        unknown = ", ".join(name for name in header if name not in columns)
        if unknown:
            yield _finding(Severity.WARN, f"Columns without a meaning here: {unknown[:_SHOWN]}.", file, 1)
        key = header.index(columns[0])
        for row in reader:
            if row and (len(row) != len(header) or not row[key].strip()):
                what = (
                    f"{len(row)} values instead of {len(header)}" if row[key : key + 1] != [""] else "no key"
                )
                yield _finding(Severity.STOP, f"The row has {what}.", file, reader.line_num)
                return
    except UnicodeDecodeError:
        yield _finding(Severity.STOP, "The file is not text in UTF-8.", file, None)
    except csv.Error as error:
        yield _finding(Severity.STOP, f"The file is not CSV: {error}.", file, None)


def _finding(severity: Severity, sentence: str, file: str, row: int | None) -> Finding:
    return Finding(
        "EDITION_CONTENT", severity, sentence, "See docs/postal-data.md.", Place(file=file, row=row)
    )
