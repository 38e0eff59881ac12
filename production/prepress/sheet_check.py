"""Sheets folded and read by the checker, in a limited child: strangers' pages are among them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kernel.errors import Fault, InvalidInput, TooLarge
from production.prepress.fold_check.findings import Checked
from production.prepress.fold_check.layout import read_layout
from store.limited.sandbox import Limits, run_limited

# 10,000 pages of maps take about as long; nobody waits longer.
LIMITS = Limits(memory_bytes=3 << 30, cpu_seconds=1_800, wall_seconds=3_600)
_MOST_LAYOUT_BYTES = 256 << 20


def folded(sheets: Path, inputs: Sequence[Path], layout: Path) -> Checked:
    """What the checker finds, in a limited child. InvalidInput for a layout or file that is none; Fault when our
    program failed on them."""
    if layout.stat().st_size > _MOST_LAYOUT_BYTES:
        raise TooLarge(f"The layout is larger than {_MOST_LAYOUT_BYTES >> 20} MB.", field="layout")
    read_layout(layout.read_bytes())  # refused here with its field
    arguments = {
        "sheets": str(sheets.resolve()), "inputs": [str(path.resolve()) for path in inputs],
        "layout": str(layout.resolve()),
    }  # fmt: skip
    answer = run_limited("production.prepress.fold_check.check.check", arguments, Checked, **LIMITS)
    if answer.refusal is not None:
        raise answer.refusal
    if not answer.is_ok:
        said = answer.finding(
            "PDF_TOO_COMPLEX", "The sheets could not be checked.", "Impose fewer pages at once."
        )
        kind = Fault if answer.outcome == "fault" else InvalidInput
        raise kind(said.message, code=said.code, remedy=said.remedy)
    return answer.value
