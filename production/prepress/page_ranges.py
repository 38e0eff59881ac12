"""Pages of a stranger's file as a file of their own, read in a limited child."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from kernel.errors import InvalidInput
from production.prepress.preflight.outside import refusal_outside
from store.limited.sandbox import run_limited

_REMEDY = "Export the PDF again, or correct the range."


@dataclass(frozen=True, slots=True)
class Picked:
    """``pages``: how many the whole file has; ``is_written``: all that were named are among them."""

    pages: int
    is_written: bool


def pages_of(ranges: str) -> list[int]:
    """The pages (from 1) of '1-3,7', in that order."""
    found: list[int] = []
    for part in ranges.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def pick_pages(file: Path, ranges: str, out: Path, *, field: str) -> None:
    """Write these pages to ``out``. InvalidInput COMPONENT_PAGES where the file has fewer, or why it cannot be read."""
    if refusal := refusal_outside(file):
        code, message, remedy = refusal
        raise InvalidInput(f"{file.name}: {message}", code=code, remedy=remedy, field=field)
    answer = run_limited(
        "production.prepress.page_ranges.write_pages",
        {"path": str(file.resolve()), "pages": pages_of(ranges), "out": str(out.resolve())},
        Picked,
        memory_bytes=3 << 30,
        cpu_seconds=120,
        output_bytes=2 << 30,
    )
    if not answer.is_ok:
        found = answer.finding("PDF_UNREADABLE", "The file cannot be processed.", _REMEDY)
        raise InvalidInput(f"{file.name}: {found.message}", code=found.code, remedy=found.remedy, field=field)
    if not answer.value.is_written:
        words = f"{file.name} has {answer.value.pages:,} pages; not all of {ranges} are among them."
        raise InvalidInput(words, code="COMPONENT_PAGES", remedy=_REMEDY, field=field)


def write_pages(path: str, pages: Sequence[int], out: str) -> Picked:
    """In the child."""
    with pikepdf.open(path) as whole, pikepdf.new() as picked:
        count = len(whole.pages)
        if not pages or not 1 <= min(pages) <= max(pages) <= count:
            return Picked(count, is_written=False)
        for number in pages:
            picked.pages.append(whole.pages[number - 1])
        picked.save(out, deterministic_id=True)
        return Picked(count, is_written=True)
