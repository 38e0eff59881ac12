"""What can be told of a PDF from its bytes alone, before anything parses it."""

from __future__ import annotations

import re
from mmap import ACCESS_READ, mmap
from pathlib import Path

MAX_BYTES = 500 << 20
_END = b"%%EOF"
_MORE = re.compile(
    rb"\d\s+\d+\s+obj\b|\bxref\b"
)  # parts of a PDF behind its last end mark: it goes on, cut off
_HEAD = 1_024  # bytes at the start in which readers accept the header (annex H.3 note 13)
_REMEDY = "Export the PDF again from the program it was made with."


def refusal_outside(path: Path) -> tuple[str, str, str] | None:
    """Code, sentence and remedy for a file that no reader could show; None for one that is worth parsing."""
    size = path.stat().st_size
    if size == 0:
        return "PDF_EMPTY", "The file is empty.", "Send the file again."
    if size > MAX_BYTES:
        return (
            "PDF_TOO_LARGE",
            f"The file is larger than {MAX_BYTES >> 20} MB.",
            "Reduce its pictures or split it.",
        )
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        head = data[:_HEAD]
        end = data.rfind(_END)
        is_cut = end < 0 or _MORE.search(data, end) is not None
    if b"%PDF-" not in head:
        return (
            "TYPE_MISMATCH",
            "The file is not a PDF, whatever its name says.",
            "Save or export it as a PDF.",
        )
    if size < 64:
        return "PDF_UNREADABLE", "The file holds nothing but the beginning of a PDF.", _REMEDY
    if is_cut:
        return "PDF_TRUNCATED", "The end of the file is missing.", _REMEDY
    return None
