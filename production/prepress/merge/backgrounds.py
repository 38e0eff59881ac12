"""A file that others' words are set on: taken in once, with its bleed, in a limited child."""

from __future__ import annotations

from pathlib import Path

from kernel.errors import InvalidInput
from production.prepress.templates.answers import Background
from store.limited.sandbox import run_limited

_REMEDY = "Export the PDF again from the program it was made with."


def take_in(path: Path, out: Path) -> Background:
    """Writes the pages with their bleed to ``out`` and tells their finished sizes. InvalidInput for what is no PDF."""
    answer = run_limited(
        "production.prepress.templates.background_child.whole",
        {"path": str(path.resolve()), "out": str(out)},
        Background,
        cpu_seconds=20, output_bytes=64 << 20,
    )  # fmt: skip
    if not answer.is_ok:
        found = answer.finding("PDF_UNREADABLE", "The file cannot be processed.", _REMEDY)
        raise InvalidInput(found.message, code=found.code, remedy=found.remedy, findings=[found])
    return answer.value
