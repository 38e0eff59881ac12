"""What runs in the sandbox to look at pages: little is imported, for every look is a new process."""

from __future__ import annotations

import base64
import io
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pypdfium2
from PIL import Image

from production.prepress.templates.annotations import annotate_plainly
from production.prepress.templates.answers import Comparison, Frames
from production.prepress.templates.layers import state_plainly
from production.prepress.templates.page_boxes import Box, as_box, finished_box, margins, visible_box
from production.prepress.templates.template import inherited

Image.preinit()  # what writes pictures is found once, not by every child

_DPI = 100
_INK = 200  # of 255: a tint lighter than about a fifth does not count
_MAX_PIXELS = 40_000_000
_COMPARED_DPI = 60
_CELL = 3  # dots a side over which pictures are averaged before they are compared
_PLACE = 8  # dots a side of the squares by which changes are marked
_ALIKE = 32  # of 255: edges that fall between dots elsewhere differ by less, a word of 6 points by more


def ink(path: str, zones: Sequence[Sequence[float]]) -> list[list[tuple[int, str]]]:
    """For each zone (page, left, top, right, bottom) the pages on which it holds ink, and the words there."""
    document = pypdfium2.PdfDocument(path)
    inked: list[list[tuple[int, str]]] = [[] for _ in zones]
    for index in range(len(document)):
        wanted = [(k, zone) for k, zone in enumerate(zones) if zone[0] in {0, index + 1}]
        if not wanted:
            continue
        page = document[index]
        picture = _picture(page, _DPI / 72, grayscale=True)[:, :, 0]
        for k, (_, *box) in wanted:
            left, top, right, bottom = (max(0, round(v * _DPI / 72)) for v in box)
            if (picture[top:bottom, left:right] < _INK).any():
                inked[k].append((index + 1, _words(page, *box)))
    return inked


def _words(page: Any, left: float, top: float, right: float, bottom: float) -> str:
    height = page.get_height()
    text = page.get_textpage().get_text_bounded(left, height - bottom, right, height - top)
    words = [word for word in text.split() if any(letter.isalnum() for letter in word)]
    return " ".join(words)[:80]


def compare(template: str, printed: str, checked: str) -> Comparison:
    """Pages of ``printed`` that do not look as the template prints by itself, and what an independent reader (qpdf)
    finds wrong in the structure of ``checked``."""
    differing = []
    with pikepdf.open(template, suppress_warnings=True) as pdf:
        units = [float(inherited(page.obj, "/UserUnit", 1)) for page in pdf.pages]
        # Readers disagree about layers and fields unless they are stated plainly.
        if any([annotate_plainly(pdf), state_plainly(pdf)]):
            template = str(Path(tempfile.gettempdir()) / "stated.pdf")
            pdf.save(template, encryption=False)
    one, other = pypdfium2.PdfDocument(template), pypdfium2.PdfDocument(printed)
    for index, unit in enumerate(units):
        width, height = other[index].get_size()
        scale = min(_COMPARED_DPI / 72, (_MAX_PIXELS / max(1.0, width * height)) ** 0.5)
        sent = _picture(one[index], scale * unit, outside(one[index]))
        if not _is_alike(sent, _picture(other[index], scale)):
            differing.append(index + 1)
    with pikepdf.open(checked) as pdf:
        problems = [*pdf.get_warnings(), *pdf.check_pdf_syntax()]
    return Comparison(tuple(differing), tuple(str(problem)[:200] for problem in problems[:5]))


def _picture(page: Any, scale: float, crop: Box = (0, 0, 0, 0), *, grayscale: bool = False) -> np.ndarray:
    """A page as a press prints it: (height, width, colors) uint8."""
    image = page.render(scale=scale, crop=crop, grayscale=grayscale, optimize_mode="print")
    picture: np.ndarray = image.to_numpy()
    return picture.reshape(*picture.shape[:2], -1)


def _is_alike(one: np.ndarray, other: np.ndarray) -> bool:
    """Sides may differ by a dot (rounding)."""
    sides = np.array([picture.shape[:2] for picture in (one, other)])
    if (np.abs(sides[0] - sides[1]) > 1).any():
        return False
    height, width = (int(side) // _CELL * _CELL for side in sides.min(axis=0))
    apart = np.abs(one[:height, :width, :3].astype(np.int16) - other[:height, :width, :3]).max(axis=2)
    cells = apart.reshape(height // _CELL, _CELL, width // _CELL, _CELL).mean(axis=(1, 3))
    return bool(cells.max(initial=0) < _ALIKE)


def pictures(path: str, pages: Sequence[int], dpi: int, whole: bool = False) -> list[str]:
    """PNG of each page, base64: as it is cut, or ``whole`` with what is cut off."""
    document = pypdfium2.PdfDocument(path)
    made = []
    for number in pages:
        page = document[number - 1]
        crop = (0, 0, 0, 0) if whole else outside(page)
        width, height = page.get_size()
        # A poster is shown smaller rather than not at all.
        scale = min(dpi / 72, (_MAX_PIXELS / max(1.0, width * height)) ** 0.5)
        out = io.BytesIO()
        page.render(scale=scale, crop=crop, may_draw_forms=False, draw_annots=False).to_pil().save(out, "PNG")
        made.append(base64.b64encode(out.getvalue()).decode("ascii"))
    return made


def whole(path: str, pages: Sequence[int], longest: int) -> list[str]:
    """PNG of each page with all that is displayed of it, marks and bleed too, base64; ``longest``: dots of the longer
    side."""
    document = pypdfium2.PdfDocument(path)
    made = []
    for number in pages:
        page, out = document[number - 1], io.BytesIO()
        picture = page.render(scale=longest / max(1.0, *page.get_size()), draw_annots=False).to_pil()
        picture.save(out, "PNG")
        made.append(base64.b64encode(out.getvalue()).decode("ascii"))
    return made


def frames(path: str, pages: Sequence[int]) -> list[Frames]:
    """Of each page as it is seen its size, and how far trim and bleed lie inside it."""
    document = pypdfium2.PdfDocument(path)
    return [_frames(document[number - 1]) for number in pages]


def _frames(page: Any) -> Frames:
    seen = visible_box(as_box(page.get_mediabox()), as_box(page.get_cropbox()))
    bleed = finished_box(seen, as_box(page.get_bleedbox()))
    return Frames(page.get_size(), outside(page), margins(bleed, seen, page.get_rotation()))


def texts(path: str, pages: Sequence[int]) -> list[str]:
    """The text of each page in reading order."""
    document = pypdfium2.PdfDocument(path)
    return [document[number - 1].get_textpage().get_text_bounded().replace("\r\n", "\n") for number in pages]


def changes(old: str, old_pages: Sequence[int], new: str, new_pages: Sequence[int]) -> list[list[Box]]:
    """For each pair of pages where the new one looks otherwise: left, top, width, height of each place as percent of
    the page."""
    before, after = pypdfium2.PdfDocument(old), pypdfium2.PdfDocument(new)
    return [
        _places(_picture(before[one - 1], _COMPARED_DPI / 72), _picture(after[other - 1], _COMPARED_DPI / 72))
        for one, other in zip(old_pages, new_pages, strict=True)
    ]


def _places(old: np.ndarray, new: np.ndarray) -> list[Box]:
    if old.shape[:2] != new.shape[:2]:
        return [(0.0, 0.0, 100.0, 100.0)]
    apart = np.abs(old[:, :, :3].astype(np.int16) - new[:, :, :3]).max(axis=2) >= _ALIKE
    rows, columns = (-(-side // _PLACE) for side in apart.shape)
    padded = np.zeros((rows * _PLACE, columns * _PLACE), bool)
    padded[: apart.shape[0], : apart.shape[1]] = apart
    cells: np.ndarray = padded.reshape(rows, _PLACE, columns, _PLACE).max(axis=(1, 3))
    height, width = apart.shape
    unit = (100 * _PLACE / width, 100 * _PLACE / height)
    return [
        (left * unit[0], top * unit[1], (right - left) * unit[0], (bottom - top) * unit[1])
        for top, bottom in runs(cells.max(axis=1))
        for left, right in runs(cells[top:bottom].max(axis=0), gap=3)
    ]


def runs(marked: np.ndarray, gap: int = 0) -> list[tuple[int, int]]:
    """First and behind the last of each run of marked places; runs over a small gap are one."""
    found: list[tuple[int, int]] = []
    for place in np.flatnonzero(marked).tolist():
        if found and place - found[-1][1] <= gap:
            found[-1] = (found[-1][0], place + 1)
        else:
            found.append((place, place + 1))
    return found


def outside(page: Any) -> Box:
    """What is cut off of a page as seen to finish it: left, bottom, right, top in points."""
    seen = visible_box(as_box(page.get_mediabox()), as_box(page.get_cropbox()))
    return margins(finished_box(seen, as_box(page.get_trimbox())), seen, page.get_rotation())
