"""What a person looks at before approving: the records most likely to go wrong, as page images and a small PDF."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pikepdf
import pyarrow as pa
import pyarrow.compute as pc

from kernel.errors import UserError
from production.prepress.merge import text_columns
from production.prepress.merge.pdf_writer import PrintFile
from production.prepress.merge.print_file import CompiledTemplate, PageMarks, merge_segment
from production.prepress.templates.answers import Frames
from store.limited.sandbox import run_limited

T = TypeVar("T")
_WHOLE_DPI = 110


def worst_records(table: pa.Table) -> list[tuple[int, str]]:
    """As ``choose_records``, and the longest address and the record with the most empty columns."""
    if table.num_rows == 0:
        return []
    table = table.combine_chunks()
    lengths = np.sum(
        [np.asarray(pc.utf8_length(line)) for line in text_columns.address_lines(table)[1:]], axis=0
    )
    texts = [text_columns.as_text(column) for column in table.columns]
    empty = np.sum([np.asarray(pc.binary_length(text)) == 0 for text in texts], axis=0)
    more = [(int(np.argmax(lengths)), "longest address")]
    if empty.max() > empty.min():
        more.append((int(np.argmax(empty)), "most values missing"))
    return _named_once([*choose_records(table), *more])


def choose_records(table: pa.Table, levels: np.ndarray | None = None) -> list[tuple[int, str]]:
    """(row, why) of the first record, the longest name, the most address lines, the most unusual characters and one
    of each sort level (a name a row, where there is a plan); a record chosen twice is named once."""
    if table.num_rows == 0:
        return []
    table = table.combine_chunks()
    lines = text_columns.address_lines(table)
    count = np.sum([np.asarray(pc.binary_length(line)) > 0 for line in lines], axis=0)
    chosen = [
        (0, "first record"),
        (int(np.argmax(np.asarray(pc.utf8_length(lines[0])))), "longest name"),
        (int(np.argmax(count)), "most address lines"),
    ]
    unusual = _unusual_characters(table)
    if unusual.max() > 0:
        chosen.append((int(np.argmax(unusual)), "most unusual characters"))
    if levels is not None:
        kinds, first = np.unique(levels, return_index=True)
        chosen += [(int(row), f"sort level {kind}") for kind, row in zip(kinds, first, strict=True)]
    return _named_once(chosen)


def join_pages(files: Sequence[Path], out: Path) -> int:
    """Print files of ours, one behind the other, in one; gives how many pages it has."""
    with pikepdf.new() as joined:
        for file in files:
            with pikepdf.open(file) as part:
                joined.pages.extend(part.pages)
        joined.save(out, deterministic_id=True)
        return len(joined.pages)


def _named_once(chosen: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    reasons: dict[int, list[str]] = {}
    for row, why in chosen:
        reasons.setdefault(row, []).append(why)
    return [(row, ", ".join(why)) for row, why in reasons.items()]


def _unusual_characters(table: pa.Table) -> np.ndarray:
    """Bytes beyond ASCII in each row, over all text columns."""
    total = np.zeros(table.num_rows, np.int64)
    for column in table.columns:
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            text = text_columns.as_text(column)
            total += np.asarray(pc.binary_length(text)) - np.asarray(pc.utf8_length(text))
    return total


def merge_proof(
    compiled: CompiledTemplate, table: pa.Table, imb: np.ndarray, *, rows: Sequence[int], out: Path
) -> PrintFile:
    """The chosen records as a small PDF, in the order given; the page marks say stream 0. ``imb`` is (n, 65) for the
    whole table."""
    picked = np.asarray(rows, np.int64)
    return merge_segment(
        compiled, table.take(pa.array(picked)), imb[picked], PageMarks(0, np.arange(1, len(picked) + 1)), out
    )


def render(pdf: Path, page: int, *, dpi: int = 110) -> bytes:
    """PNG of a page (from 1) as a printer would show it; made inside the sandbox. UserError PROOF_RENDER when it
    cannot be."""
    return render_pages(pdf, [page], dpi=dpi)[0]


def render_pages(pdf: Path, pages: Sequence[int], *, dpi: int = 110) -> list[bytes]:
    """PNG of several pages of one file, rendered in one child."""
    arguments = {"path": str(pdf.resolve()), "pages": list(pages), "dpi": dpi}
    made = _asked("pictures", arguments, list[str], output_bytes=256 << 20)
    return [base64.b64decode(text) for text in made]


def whole_pages(pdf: Path, pages: Sequence[int], *, longest: int) -> list[bytes]:
    """PNG of pages with all that is displayed of them, not cut to size; ``longest``: dots of the longer side."""
    arguments = {"path": str(pdf.resolve()), "pages": list(pages), "longest": longest}
    return [base64.b64decode(text) for text in _asked("whole", arguments, list[str], output_bytes=256 << 20)]


def whole_page(pdf: Path, page: int) -> tuple[bytes, Frames]:
    """PNG of a page with what is cut off, and where it is cut. UserError as of a picture."""
    arguments: dict[str, Any] = {"path": str(pdf.resolve()), "pages": [page]}
    (found,) = _asked("frames", arguments, list[Frames])
    (made,) = _asked(
        "pictures", arguments | {"dpi": _WHOLE_DPI, "whole": True}, list[str], output_bytes=256 << 20
    )
    return base64.b64decode(made), found


def page_texts(pdf: Path, pages: Sequence[int]) -> list[str]:
    """The text of several pages of one file, in reading order, read in one child. UserError as of a picture."""
    return _asked("texts", {"path": str(pdf.resolve()), "pages": list(pages)}, list[str])


Place = tuple[float, float, float, float]


def page_changes(
    old: Path, old_pages: Sequence[int], new: Path, new_pages: Sequence[int]
) -> list[list[Place]]:
    """Where pages look otherwise than before: left, top, width, height as percent of the page. UserError as above."""
    arguments = {
        "old": str(old.resolve()), "old_pages": list(old_pages), "new": str(new.resolve()),
        "new_pages": list(new_pages),
    }  # fmt: skip
    return _asked("changes", arguments, list[list[Place]])


def _asked(function: str, arguments: Mapping[str, Any], gives: type[T], **limits: Any) -> T:
    answer = run_limited(f"production.prepress.templates.rendering.{function}", arguments, gives, **limits)
    if not answer.is_ok:
        found = answer.finding("PROOF_RENDER", "The page cannot be shown.", "Export the PDF again.")
        raise UserError(found.message, code=found.code, remedy=found.remedy, incident=answer.incident)
    return answer.value
