"""The part of taking in a background that parses it; called only inside the sandbox (see merge.backgrounds)."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pikepdf

from production.prepress.templates.answers import Background
from production.prepress.templates.as_printed import as_printed
from production.prepress.templates.page_boxes import Box, as_box, finished_box, margins
from production.prepress.templates.template import inherited, seen_box

_BLEED = 9.0  # points, 1/8 in: what is asked for on each side (practice file, section 1.4)
_BOXES = ("/TrimBox", "/BleedBox", "/ArtBox", "/CropBox")


def whole(path: str, out: str) -> Background:
    """Writes the document with each page as large as its bleed, and answers how large it is when cut. ValueError for a
    page without a usable box.
    """
    with as_printed(Path(path)) as pdf:
        pages = list(pdf.pages)
        trims = [_trim(page) for page in pages]
        bleed = min(
            _BLEED, *(min(margins(trim, seen_box(page))) for page, trim in zip(pages, trims, strict=True))
        )
        bleed = max(bleed, 0.0) if bleed > 1 else 0.0
        sizes = []
        for page, trim in zip(pages, trims, strict=True):
            sizes.append(_size(page, trim))
            for name in _BOXES:
                if name in page.obj:
                    del page.obj[name]
            left, low, right, high = trim
            page.obj.MediaBox = pikepdf.Array([left - bleed, low - bleed, right + bleed, high + bleed])
        pdf.save(out)
    return Background(tuple(sizes), bleed)


def _trim(page: pikepdf.Page) -> Box:
    trim = None
    with suppress(ValueError, TypeError):  # a trim box that is none says nothing
        trim = as_box(page.obj.get("/TrimBox"))
    return finished_box(seen_box(page), trim)


def _size(page: pikepdf.Page, trim: Box) -> tuple[float, float]:
    """Width and height as seen."""
    unit = float(inherited(page.obj, "/UserUnit", 1))
    width, height = (trim[2] - trim[0]) * unit, (trim[3] - trim[1]) * unit
    return (height, width) if int(inherited(page.obj, "/Rotate", 0)) % 180 else (width, height)
