"""Values on a template's background: the pages as they print, and what does not fit or cannot be printed."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa

from kernel.findings import Finding, Severity
from production.frontdesk.stationery.models import Design
from production.prepress.merge.fields import Fields
from production.prepress.merge.marks import BAR_COUNT
from production.prepress.merge.print_file import (
    CompiledTemplate,
    PageMarks,
    compile_template,
    merge_segment,
    text_findings,
)
from production.prepress.proofs import render_pages
from store.files import FileStore

_PICTURE_DPI = 150  # a business card is 525 dots wide
Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Looked:
    """PNG of each page, none where something keeps it from being set; and what that is."""

    pictures: tuple[bytes, ...]
    findings: tuple[Finding, ...]


def look(files: FileStore, background: str, design: Design, values: Values) -> Looked:
    """One person's piece as it prints."""
    compiled = ready(files, background, design)
    found = problems(compiled, [values])
    if found:
        return Looked((), tuple(found))
    with tempfile.TemporaryDirectory(prefix="indicia-card-") as folder:
        out = Path(folder) / "piece.pdf"
        set_pages(compiled, [values], out)
        return Looked(tuple(render_pages(out, range(1, design.pages + 1), dpi=_PICTURE_DPI)), ())


def ready(files: FileStore, background: str, design: Design) -> CompiledTemplate:
    """The template, compiled once for a while. InvalidInput when its background cannot be used."""
    blank = _compiled(files, background)
    return replace(blank, fields=design.boxes, bleed=float(design.bleed) * 72)


def problems(compiled: CompiledTemplate, people: Sequence[Values], rows: Sequence[int] = ()) -> list[Finding]:
    """Text that does not fit and letters that no font has, by box; ``rows`` of the list, where there is one."""
    found = text_findings(compiled, _table(people, rows or range(1, len(people) + 1)))
    place = [one.place if rows else replace(one.place, row=None) for one in found]
    return [
        replace(one, severity=Severity.STOP, place=at, remedy=_REMEDIES.get(one.code, one.remedy))
        for one, at in zip(found, place, strict=True)
        if one.severity is not Severity.WARN
    ]


_REMEDIES = {
    "TEXT_OVERFLOW": "Shorten it, or ask the office for a larger box.",
    "GLYPH_MISSING": "Write it in letters that the font has, or ask the office for another font.",
}


def set_pages(compiled: CompiledTemplate, leaves: Sequence[Values], out: Path) -> int:
    """Writes the pages of each leaf in order; gives how many. InvalidInput where a text cannot be set."""
    imb = np.full((len(leaves), BAR_COUNT), ord("T"), np.uint8)  # templates have no boxes for bars
    marks = PageMarks(0, np.arange(1, len(leaves) + 1))
    return merge_segment(compiled, _table(leaves, range(1, len(leaves) + 1)), imb, marks, out).pages


def _table(people: Sequence[Values], rows: Sequence[int]) -> pa.Table:
    names = list(people[0])
    columns = {name: pa.array([one[name] for one in people], pa.string()) for name in names}
    return pa.table({"source_row": pa.array(rows, pa.int64()), **columns})


@lru_cache(maxsize=32)
def background_picture(files: FileStore, background: str, page: int) -> bytes:
    """PNG of a page (from 1) of a background with its bleed."""
    return render_pages(files.checked_path(background), [page], dpi=_PICTURE_DPI)[0]


@lru_cache(maxsize=16)
def _compiled(files: FileStore, background: str) -> CompiledTemplate:
    return compile_template(files.checked_path(background), Fields(()))
