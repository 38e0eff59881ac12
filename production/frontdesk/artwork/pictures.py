"""Pages of a version as pictures, whole, as they are displayed: kept in the memory of the process for a while."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from production.prepress.proofs import whole_pages

STRIP = 16  # small pictures that are drawn at once
_LARGE, _SMALL = 1100, 150  # dots of the longer side


def large(path: Path, page: int) -> bytes:
    """PNG of a page (from 1). UserError PROOF_RENDER when it cannot be drawn."""
    return _drawn(path, page, page, _LARGE)[0]


def small(path: Path, page: int, pages: int) -> bytes:
    """The same for a strip of pages; its neighbors are drawn with it."""
    first = (page - 1) // STRIP * STRIP + 1
    return _drawn(path, first, min(first + STRIP - 1, pages), _SMALL)[page - first]


@lru_cache(maxsize=96)
def _drawn(path: Path, first: int, last: int, longest: int) -> list[bytes]:
    return whole_pages(path, range(first, last + 1), longest=longest)
