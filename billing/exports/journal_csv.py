"""Chargeback as CSV: a heading, a D record a charge, a T record with the control totals.

The layout is described in docs/chargeback-export.md. UTF-8, comma, CR LF (RFC 4180).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from billing.exports.rows import ControlTotals, ExportRow, Layout

COLUMNS = (
    "record", "document", "line", "agency", "bill_code", "accounting_string", "job", "unit", "description",
    "quantity", "rate", "share", "amount", "usage_date", "charge_id", "evidence_id",
)  # fmt: skip
_FORMULA_STARTS = ("=", "+", "-", "@")  # what a spreadsheet would run


def write(period: str, rows: Sequence[ExportRow], totals: ControlTotals) -> bytes:
    """The file of one period."""
    text = io.StringIO(newline="")
    out = csv.writer(text, lineterminator="\r\n")
    out.writerow(COLUMNS)
    out.writerows(_record(row) for row in rows)
    out.writerow(["T", period, totals.rows, totals.debits.plain, totals.credits.plain, totals.hash_total])
    return text.getvalue().encode("utf-8")


def neutral(cell: str) -> str:
    """Text that no spreadsheet runs and no loader breaks on: one line, an apostrophe before a formula."""
    line = "".join(letter if letter.isprintable() else " " for letter in cell).strip()
    return f"'{line}" if line.startswith(_FORMULA_STARTS) else line


def _record(row: ExportRow) -> list[str | int]:
    return [
        "D", row.document, row.line, neutral(row.agency), neutral(row.bill_code),
        neutral(row.accounting_string), row.job, neutral(row.unit), neutral(row.description),
        f"{row.quantity:.4f}", f"{row.rate.value:.6f}", f"{row.share}/{row.shares}", row.money.plain,
        row.usage_date.isoformat(), row.charge, row.evidence,
    ]  # fmt: skip


LAYOUT = Layout(name="journal_csv", media_type="text/csv", suffix="csv", write=write)
