"""Fixes on request: a new version of a file, looked at again before anybody has it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from kernel.errors import InvalidInput
from kernel.findings import Severity
from production.prepress.fixes.names import FIXES, fix_named
from production.prepress.fixes.statement import Statement
from production.prepress.preflight.order import PrintOrder
from production.prepress.preflight.outside import refusal_outside
from production.prepress.preflight.pdf import preflight_order
from production.prepress.preflight.press_report import OrderReport
from store.limited.sandbox import Limits, run_limited

_LIMITS: Limits = {
    "memory_bytes": 3 << 30,
    "cpu_seconds": 600,
    "wall_seconds": 1200.0,
    "output_bytes": 1 << 30,
}


def fix_file(path: Path, order: PrintOrder, asked: Iterable[str], out: Path) -> OrderReport:
    """Writes the file with the fixes (their names, or codes of findings) to ``out`` and answers its report.
    InvalidInput FIX_UNKNOWN for a name that is none, FIX_FAILED when a finding is still there; then nothing is
    written."""
    names = [fix_named(one) for one in asked]
    refusal = refusal_outside(path)
    if refusal:
        raise InvalidInput(refusal[1], code=refusal[0], remedy=refusal[2])
    with tempfile.TemporaryDirectory(dir=out.resolve().parent, prefix=".fixed-") as folder:
        made = Path(folder) / "fixed.pdf"
        order_of_work = {"path": str(path.resolve()), "out": str(made), "order": order, "names": names}
        answer = run_limited("production.prepress.fixes.child.fix", order_of_work, str, **_LIMITS)
        if not answer.is_ok:
            finding = answer.finding(
                "FIX_FAILED", "The file could not be changed.", "Change it where it was made."
            )
            raise InvalidInput(finding.message, code=finding.code, remedy=finding.remedy, field="fix")
        report = preflight_order(made, order)
        _refuse_what_is_left(report, names)
        made.replace(out)
    return report


def state_file(path: Path, order: PrintOrder, statement: Statement, out: Path) -> None:
    """Writes the file with a statement on one of its pages to ``out``. InvalidInput STATEMENT_BOX, GLYPH_MISSING,
    FIX_FAILED."""
    _change("state", path, out, order=order, statement=statement)


def address_side(path: Path, order: PrintOrder, out: Path) -> None:
    """Writes the page that a card is addressed on to ``out``. InvalidInput FIX_FAILED."""
    _change("address_side", path, out, order=order)


def _change(act: str, path: Path, out: Path, **asked: Any) -> None:
    work = {"path": str(path.resolve()), "out": str(out.resolve()), **asked}
    answer = run_limited(f"production.prepress.fixes.child.{act}", work, str, **_LIMITS)
    if not answer.is_ok:
        finding = answer.finding(
            "FIX_FAILED", "The file could not be changed.", "Change it where it was made."
        )
        raise InvalidInput(finding.message, code=finding.code, remedy=finding.remedy)


def _refuse_what_is_left(report: OrderReport, names: Sequence[str]) -> None:
    for name in names:
        left = [
            one for one in report.findings if one.code in FIXES[name] and one.severity is not Severity.NOTE
        ]
        if left:
            pages = ", ".join(f"{one.page:,}" for one in left if one.page) or "the whole file"
            message = f"{name} did not help everywhere (pages: {pages}): {left[0].message}"
            raise InvalidInput(message, code="FIX_FAILED", remedy="Change it where it was made.", field=name)
    if report.pages is None:
        raise InvalidInput(report.findings[0].message, code="FIX_FAILED", field=",".join(names))
