"""The part of the page map that opens files; called only inside the sandbox (see arranging)."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import pikepdf
import pypdfium2
from pydantic import validate_call

from kernel.errors import InvalidInput
from kernel.findings import Finding
from production.catalog.products.spec import MOST_PAGES
from production.prepress.fixes.page_boxes import blank_like
from production.prepress.fixes.plain import flatten
from production.prepress.fixes.work import Work
from production.prepress.page_map.arrangement import Leaf
from production.prepress.preflight.order import NO_ORDER
from production.prepress.preflight.reading import opened, refused_into
from production.prepress.preflight.safety import open_pdf
from production.prepress.templates.layers import settle
from production.prepress.templates.template import inherited

_LOOK_DPI = 40
_MOST_DOTS = 4_000_000
_FULL = 360


@validate_call
def write(sources: Sequence[str], leaves: Sequence[Leaf], out: str) -> int:
    """How many pages were written. InvalidInput for a file that cannot be opened safely or has fewer pages."""
    told: list[Finding] = []
    with refused_into(told):
        used = sorted({leaf.source for leaf in leaves if not leaf.is_blank} | {1})
        files = {number: open_pdf(sources[number - 1]) for number in used if number <= len(sources)}
        _write({number: _pages(pdf) for number, pdf in files.items()}, leaves, out)
    if told:
        said = told[0]
        raise InvalidInput(said.message, code=said.code, remedy=said.remedy, field="pages")
    return len(leaves)


def _pages(pdf: pikepdf.Pdf) -> list[Any]:
    """The pages of an open file, changed so that they lose nothing in another one."""
    _, pages = opened(pdf, MOST_PAGES)
    if "/AcroForm" in pdf.Root:
        flatten(Work(pdf, NO_ORDER, frozenset()))
    if "/OCProperties" in pdf.Root:
        settle(pdf)
    return pages


def _write(files: dict[int, list[Any]], leaves: Sequence[Leaf], out: str) -> None:
    _refuse_missing(files, leaves)
    with pikepdf.new() as made:
        size_of_first = next((leaf for leaf in leaves if not leaf.is_blank), Leaf(1))
        last = files[size_of_first.source][size_of_first.page - 1]
        for leaf in leaves:
            if leaf.is_blank:
                made.pages.append(blank_like(made, last))
                continue
            last = files[leaf.source][leaf.page - 1]
            made.pages.append(pikepdf.Page(last))
            # A page that is met again is a copy of the first one, turned as that was.
            made.pages[-1].obj["/Rotate"] = (int(inherited(last, "/Rotate", 0)) + leaf.turn) % _FULL
        made.save(out, deterministic_id=True)


def _refuse_missing(files: dict[int, list[Any]], leaves: Sequence[Leaf]) -> None:
    for leaf in leaves:
        pages = files.get(leaf.source, [])
        if leaf.page > len(pages):
            message = f"The file has {len(pages):,} pages; page {leaf.page:,} is not among them."
            raise InvalidInput(message, code="COMPONENT_PAGES", remedy="Correct the range.", field="pages")


def looks(path: str) -> list[str]:
    """A word of each page's look."""
    document = pypdfium2.PdfDocument(path)
    words = []
    for page in document:
        width, height = page.get_size()
        scale = min(_LOOK_DPI / 72, (_MOST_DOTS / max(1.0, width * height)) ** 0.5)
        dots = page.render(scale=scale, optimize_mode="print").to_numpy()
        words.append(blake2b(dots.tobytes(), digest_size=6, person=f"{dots.shape[1]}".encode()).hexdigest())
        page.close()
    return words
