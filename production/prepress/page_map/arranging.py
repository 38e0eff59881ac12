"""Strangers' files arranged anew, read and written in limited children."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kernel.errors import InvalidInput
from production.prepress.page_map.arrangement import Leaves, read
from production.prepress.preflight.outside import refusal_outside
from store.limited.sandbox import Limits, run_limited

_REMEDY = "Export the PDF again, or correct the range."
_LIMITS: Limits = {
    "memory_bytes": 3 << 30,
    "cpu_seconds": 240,
    "wall_seconds": 600,
    "output_bytes": 2 << 30,
}
# Of processor time, for the looks of all pages: 10,000 of text take about one of them.
_LOOKING: Limits = {"memory_bytes": 2 << 30, "cpu_seconds": 240, "wall_seconds": 600}


def arrange(sources: Sequence[Path], leaves: Leaves, out: Path) -> int:
    """Writes the pages of these files to ``out`` and answers how many there are. Values of form fields are drawn into
    their pages and layers decided as they print; links and bookmarks, which do not print, stay behind. InvalidInput
    COMPONENT_PAGES where a file has fewer pages, or why one cannot be read.
    """
    used = {leaf.source for leaf in leaves if not leaf.is_blank}
    for number, path in enumerate(sources, start=1):
        if number in used and (refusal := refusal_outside(path)):
            code, message, remedy = refusal
            raise InvalidInput(message, code=code, remedy=remedy, field="pages")
    order = {
        "sources": [str(path.resolve()) for path in sources],
        "leaves": leaves,
        "out": str(out.resolve()),
    }
    answer = run_limited("production.prepress.page_map.child.write", order, int, **_LIMITS)
    if not answer.is_ok:
        found = answer.finding("PDF_UNREADABLE", "The file cannot be processed.", _REMEDY)
        raise InvalidInput(found.message, code=found.code, remedy=found.remedy, field="pages")
    return answer.value


def pick_pages(file: Path, ranges: str, out: Path, *, field: str) -> None:
    """Write these pages ('1-3,7') to ``out``. InvalidInput as of ``arrange``, with the name of the file."""
    try:
        arrange([file], read(ranges), out)
    except InvalidInput as refusal:
        raise InvalidInput(
            f"{file.name}: {refusal.sentence}", code=refusal.instance_code, remedy=refusal.remedy, field=field
        ) from refusal


def looks_of(file: Path) -> list[str]:
    """What each page looks like, as a short word: equal words, equal looks. Empty where looking takes too long."""
    answer = run_limited(
        "production.prepress.page_map.child.looks", {"path": str(file.resolve())}, list[str],
        **_LOOKING,
    )  # fmt: skip
    return answer.value if answer.is_ok else []
