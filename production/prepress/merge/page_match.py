"""Proof that what is printed is what was sent: the compiled pages are compared with the template's as pictures, and
a print file of one row is read by a reader that is not ours. Both run inside the sandbox.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa

from kernel.findings import Finding, Place, Severity
from production.prepress.merge import marks
from production.prepress.merge.print_file import CompiledTemplate, PageMarks, merge_segment, print_bare
from production.prepress.templates.answers import Comparison
from store.limited.sandbox import run_limited

_REMEDY = "Print the file to a plain PDF, as it is seen, and send that."
_PAGES_SHOWN = 20


def find_differences(template: Path, compiled: CompiledTemplate, row: pa.Table) -> list[Finding]:
    """A stop for each page that would not print as the template shows it (the first twenty), and one where the print
    file of ``row`` (one row that can be set) is not in order. A comparison that did not run has not passed."""
    with tempfile.TemporaryDirectory(prefix="indicia-match-") as folder:
        bare = print_bare(compiled, Path(folder) / "bare.pdf").path
        imb = np.full((1, marks.BAR_COUNT), ord("T"), np.uint8)
        one = merge_segment(
            compiled, row, imb, PageMarks(0, np.ones(1, np.int64)), Path(folder) / "one.pdf"
        ).path
        answer = run_limited(
            "production.prepress.templates.rendering.compare",
            {"template": str(template.resolve()), "printed": str(bare), "checked": str(one)},
            Comparison,
            memory_bytes=2 << 30, cpu_seconds=120, wall_seconds=300, output_bytes=1 << 30,
        )  # fmt: skip
    if not answer.is_ok:
        return [answer.finding("PAGE_DIFFERS", "The pages could not be compared with the file.", _REMEDY)]
    message = "The page would not print as the file shows it."
    findings = [
        Finding("PAGE_DIFFERS", Severity.STOP, message, _REMEDY, Place(page=page))
        for page in answer.value.pages[:_PAGES_SHOWN]
    ]
    if answer.value.problems:
        message = f"A print file with these pages would not be in order: {answer.value.problems[0]}."
        findings.append(Finding("PAGES_UNSOUND", Severity.STOP, message, _REMEDY))
    return findings
