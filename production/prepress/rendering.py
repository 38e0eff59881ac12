"""What runs in the sandbox to look at pages: little is imported, for every look is a new process."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any

import pypdfium2

from production.prepress.page_boxes import Box, as_box, finished_box, margins, visible_box

_DPI = 100
_INK = 200  # of 255: a tint lighter than about a fifth does not count
_MAX_PIXELS = 40_000_000


def ink(path: str, zones: Sequence[Sequence[float]]) -> list[list[int]]:
    """For each zone (page, left, top, right, bottom) the pages on which it holds ink."""
    document = pypdfium2.PdfDocument(path)
    inked: list[list[int]] = [[] for _ in zones]
    for index in range(len(document)):
        wanted = [(k, zone) for k, zone in enumerate(zones) if zone[0] in {0, index + 1}]
        if not wanted:
            continue
        page = document[index]
        image: Any = page.render(
            scale=_DPI / 72, crop=outside(page), grayscale=True, may_draw_forms=False, draw_annots=False
        )
        picture = image.to_numpy()
        picture = picture.reshape(picture.shape[0], picture.shape[1])
        for k, (_, *box) in wanted:
            left, top, right, bottom = (max(0, round(v * _DPI / 72)) for v in box)
            if (picture[top:bottom, left:right] < _INK).any():
                inked[k].append(index + 1)
    return inked


def pictures(path: str, pages: Sequence[int], dpi: int) -> list[str]:
    """PNG of each page, base64."""
    document = pypdfium2.PdfDocument(path)
    made = []
    for number in pages:
        page = document[number - 1]
        crop = outside(page)
        width, height = page.get_size()
        # A poster is shown smaller rather than not at all.
        scale = min(dpi / 72, (_MAX_PIXELS / max(1.0, width * height)) ** 0.5)
        out = io.BytesIO()
        page.render(scale=scale, crop=crop, may_draw_forms=False, draw_annots=False).to_pil().save(out, "PNG")
        made.append(base64.b64encode(out.getvalue()).decode("ascii"))
    return made


def outside(page: Any) -> Box:
    """What is cut off of a page as seen to finish it: left, bottom, right, top in points."""
    seen = visible_box(as_box(page.get_mediabox()), as_box(page.get_cropbox()))
    return margins(finished_box(seen, as_box(page.get_trimbox())), seen, page.get_rotation())
