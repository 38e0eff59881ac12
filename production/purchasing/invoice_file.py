"""Invoices of vendors as a table: a row a line, all rows of one invoice with the same freight and total."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity
from kernel.money import Money
from production.purchasing.matching import Asked
from production.purchasing.order_models import InvoiceLine

COLUMNS = ("order", "invoice", "dated", "line", "quantity", "amount", "freight", "total")
_MOST_ROWS = 5_000


class _Row(NamedTuple):
    order: str
    invoice: str
    dated: date
    line: InvoiceLine
    freight: Money
    total: Money


def read_invoices(data: bytes) -> list[tuple[str, Asked]]:
    """Number of the order and invoice, in the order of the file. InvalidInput INVOICE_FILE with each row that cannot be
    read.
    """
    found: list[Finding] = []
    rows = list(_rows(data, found))
    if not rows and not found:
        found.append(_wrong(1, "The file has no rows."))
    together: dict[tuple[str, str], list[_Row]] = {}
    for row in rows:
        together.setdefault((row.order, row.invoice.lower()), []).append(row)
    found += [
        _wrong(1, f"Rows of invoice {own[0].invoice[:40]} say different days, freight or totals.")
        for own in together.values()
        if len({(row.dated, row.freight, row.total) for row in own}) > 1
    ]
    if found:
        raise InvalidInput("The invoices cannot be read.", code="INVOICE_FILE", findings=found[:50])
    return [(own[0].order, _asked(own)) for own in together.values()]


def _asked(own: list[_Row]) -> Asked:
    first = own[0]
    return Asked(first.invoice, first.dated, tuple(row.line for row in own), first.freight, first.total)


def _rows(data: bytes, found: list[Finding]) -> Iterator[_Row]:
    try:
        reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        if missing := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
            found.append(_wrong(1, f"Columns are missing: {', '.join(missing)}."))
            return
        for number, row in enumerate(reader, 2):
            if number > _MOST_ROWS:
                found.append(_wrong(number, f"Give {_MOST_ROWS:,} rows at most."))
                return
            told = {name: (row[name] or "").strip() for name in COLUMNS}
            try:
                line = InvoiceLine(
                    _whole(told["line"]), _whole(told["quantity"]), Money.parse(told["amount"])
                )
                freight = Money.parse(told["freight"] or "0")
                yield _Row(
                    told["order"], told["invoice"], date.fromisoformat(told["dated"]), line, freight,
                    Money.parse(told["total"]),
                )  # fmt: skip
            except ValueError:
                words = "Write the day as 2026-12-01, whole numbers, and dollars with cents."
                found.append(_wrong(number, "A day, number or amount cannot be read.", words))
    except (UnicodeDecodeError, csv.Error):
        found.append(_wrong(1, "This is not a table.", "Save it as CSV, UTF-8."))


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise ValueError(text)
    return int(text)


def _wrong(row: int, words: str, remedy: str = f"The columns are {', '.join(COLUMNS)}.") -> Finding:
    return Finding("INVOICE_FILE", Severity.STOP, words, remedy, Place(row=row))
