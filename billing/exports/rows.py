"""What every export layout is given: rows of one closed period in order, and their control totals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kernel.money import ZERO, Money, Rate


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One charge (or its reversal, below zero) on one account."""

    document: str  # 'CB27-000123': one a period and agency
    line: int  # within the document, from 1
    agency: str
    bill_code: str
    accounting_string: str
    job: str
    unit: str
    description: str
    quantity: Decimal  # of the whole usage
    rate: Rate
    share: int  # this account's weight ...
    shares: int  # ... of all accounts' weights
    money: Money
    usage_date: date
    charge: str  # public id of the charge
    evidence: str  # public id of the usage row


@dataclass(frozen=True, slots=True)
class ControlTotals:
    """Rows, sum of amounts above zero, sum of amounts below zero as a positive number, hash total of job numbers."""

    rows: int
    debits: Money
    credits: Money
    hash_total: int


@dataclass(frozen=True, slots=True)
class Layout:
    """A target format: its name, file facts and writer (period label, rows, totals -> bytes, always the same)."""

    name: str
    media_type: str
    suffix: str
    write: Callable[[str, Sequence[ExportRow], ControlTotals], bytes]


def control_totals(rows: Iterable[ExportRow]) -> ControlTotals:
    """The totals of rows; the hash total adds the job numbers as nine-digit numbers."""
    count, debits, credits_, hash_total = 0, ZERO, ZERO, 0
    for row in rows:
        count += 1
        debits += max(row.money, ZERO)
        credits_ -= min(row.money, ZERO)
        hash_total += int(row.job.replace("-", ""))
    return ControlTotals(count, debits, credits_, hash_total)
