"""What is typed into forms: read, and told back with messages by field, in the order of the form."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation

from flask import request

from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity
from kernel.money import ZERO, Money

_OVER = Decimal(10) ** 14  # more digits than a form takes


def errors_of(error: InvalidInput) -> dict[str, str]:
    """Field name -> sentence (with its remedy); several for one field are joined; "" collects the others."""
    found: dict[str, str] = {}
    for finding in error.findings:
        sentence = " ".join(part for part in (finding.message, finding.remedy) if part)
        earlier = found.get(finding.place.column, "")
        if sentence not in earlier:
            found[finding.place.column] = f"{earlier} {sentence}".strip()
    return found or {"": error.sentence}


def list_place(name: str, default: int) -> int:
    """Where a list goes on, from the page's address; the default for anything that is no place in a list."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else default


class Typed:
    """Reads a form's numbers; everything wrong is told together, under one code."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.findings: list[Finding] = []

    def wrong(self, field: str, message: str, remedy: str = "") -> None:
        """Something is the matter with a field."""
        self.findings.append(Finding(self.code, Severity.STOP, message, remedy, Place(column=field)))

    def money(self, field: str) -> Money:
        """Dollars and cents."""
        try:
            return Money.parse(request.form.get(field, ""))
        except ValueError:
            self.wrong(field, "This is not an amount.", "Write dollars and cents, as in 1,234.50.")
            return ZERO

    def count(self, field: str) -> int:
        """A count of pieces."""
        text = request.form.get(field, "").replace(",", "").strip()
        if not (text.isascii() and text.isdigit() and len(text) <= 9):
            self.wrong(field, "This is not a count of pieces.")
            return 0
        return int(text)

    def number(self, field: str) -> Decimal:
        """A decimal over zero, to four places."""
        text = request.form.get(field, "").replace(",", "").strip()
        try:
            value = Decimal(text) if len(text) <= 14 else Decimal(0)
        except InvalidOperation:
            value = Decimal(0)
        is_sane = (
            value.is_finite() and Decimal("0.0001") <= value < _OVER
        )  # 1E999999 is finite, and no measure
        if not is_sane or value != value.quantize(Decimal("0.0001")):
            self.wrong(field, "This is not a number over zero.", "Write it as in 0.8.")
            return Decimal(1)
        return value

    def day(self, field: str) -> date:
        """A day."""
        try:
            return date.fromisoformat(request.form.get(field, ""))
        except ValueError:
            self.wrong(field, "This is not a day.")
            return date.min

    def day_if_any(self, field: str) -> date | None:
        """A day, or nothing typed."""
        return self.day(field) if request.form.get(field, "").strip() else None

    def refuse(self) -> None:
        """InvalidInput with everything that was wrong, if anything was."""
        if self.findings:
            raise InvalidInput("Nothing was entered.", code=self.code, findings=self.findings)
