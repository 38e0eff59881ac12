"""Pictures as placed: how many dots an inch they print with, and whether they are whole. Called only inside the
sandbox."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import hypot

import numpy as np
import pikepdf
from PIL import Image

from kernel.findings import Finding, Place, Severity
from production.catalog.press_limits import PressLimits
from production.prepress.preflight.color import PROCESS, Space
from production.prepress.preflight.marks import Matrix, moved, times
from production.prepress.preflight.safety import EXPORT, Broken
from production.prepress.templates.names import name_of
from production.prepress.templates.page_boxes import Box

_PLACE = 0.001  # share of a picture; shop to confirm
_FULL, _BITS = 255, 8  # of a dot's part
_SEEN = 0.25 * 72  # points; a picture smaller than a quarter inch is no picture to look at
_LINE = 2  # dots; a picture this thin is a rule or a tone
_PAGES_NAMED = 20
_FEW = 10  # dots an inch; below, a tenth counts
_JPEG = {"DCTDecode", "DCT"}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture where a drawing puts it: dots across and down, and the unit square's place on the page."""

    across: int
    down: int
    matrix: Matrix

    @property
    def dpi(self) -> float:
        """Dots an inch in the worse direction; infinite for a picture of no size."""
        a, b, c, d, *_ = self.matrix
        sides = (hypot(a, b), self.across), (hypot(c, d), self.down)
        return min((dots * 72 / length if length else float("inf")) for length, dots in sides)

    @property
    def is_seen(self) -> bool:
        """Large enough to be seen as a picture."""
        a, b, c, d, *_ = self.matrix
        return min(self.across, self.down) > _LINE and min(hypot(a, b), hypot(c, d)) >= _SEEN

    @property
    def box(self) -> Box:
        """Where it lies."""
        return moved((0.0, 0.0, 1.0, 1.0), self.matrix)

    def placed(self, matrix: Matrix) -> Picture:
        """The same, in a drawing that is itself put somewhere."""
        return replace(self, matrix=times(self.matrix, matrix))


def is_whole(image: pikepdf.Stream, space: Space, broken: Broken) -> bool:
    """Whether all rows of a picture can be read. A spoiled end behind the last row takes nothing away."""
    if image.objgen in broken:
        bits = 1 if image.get("/ImageMask", False) else int(image.get("/BitsPerComponent", 8))
        row = -(-int(image.get("/Width", 0)) * bits * max(1, space.parts) // 8)
        return broken[image.objgen] >= int(image.get("/Height", 0)) * row
    filters = image.get("/Filter", pikepdf.Array([]))
    names = [name_of(f) for f in (filters if isinstance(filters, pikepdf.Array) else [filters])]
    return names[:1] == [] or names[0] not in _JPEG or _is_whole_jpeg(image.read_raw_bytes())


def _is_whole_jpeg(data: bytes) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # size is bounded before
            with Image.open(io.BytesIO(data), formats=("JPEG",)) as picture:
                picture.draft("L", (1, 1))  # an eighth of the dots: every byte is read, few are drawn
                picture.load()
    except (OSError, SyntaxError, ValueError):
        return False
    return True


def heaviest(image: pikepdf.Stream, space: Space) -> float:
    """The most ink at a place of a picture in CMYK, shares of full strength summed; 0 for any other. A place is a
    thousandth of the picture: a few dots of more ink do no harm."""
    ground = space.base or space
    if ground.model != "CMYK" or ground.parts != len(PROCESS):
        return 0.0
    try:
        sums = _of_palette(image) if space.base else _of_dots(image)
    except (pikepdf.PdfError, OSError, ValueError, TypeError, IndexError):
        return 0.0  # what cannot be read is said elsewhere (PDF_DAMAGED)
    return float(np.quantile(sums, 1 - _PLACE)) if sums.size else 0.0


def _of_palette(image: pikepdf.Stream) -> np.ndarray:
    """Ink of each dot that is a number in a palette."""
    table = image["/ColorSpace"][3]
    colors = np.frombuffer(
        table.read_bytes() if isinstance(table, pikepdf.Stream) else bytes(table), np.uint8
    )
    sums: np.ndarray = colors[: colors.size // 4 * 4].reshape(-1, 4).sum(axis=1) / _FULL
    if int(image["/BitsPerComponent"]) < _BITS:
        return sums  # several dots a byte: all colors count
    dots = np.frombuffer(image.read_bytes(), np.uint8)
    used: np.ndarray = sums[dots[dots < sums.size]]
    return used


def _of_dots(image: pikepdf.Stream) -> np.ndarray:
    """Ink of each dot, of an eighth of the dots in a JPEG."""
    flipped = [float(value) for value in image.get("/Decode", [0, 1])][:2] == [1.0, 0.0]
    filters = image.get("/Filter", pikepdf.Array([]))
    names = [name_of(f) for f in (filters if isinstance(filters, pikepdf.Array) else [filters])]
    if names[:1] and names[0] in _JPEG:
        with Image.open(io.BytesIO(image.read_raw_bytes()), formats=("JPEG",)) as picture:
            picture.draft("CMYK", (1, 1))
            flipped ^= "adobe" in picture.info  # the library turns these over while reading
            dots = np.asarray(picture)
    else:
        dots = np.frombuffer(image.read_bytes(), np.uint8)
    dots = dots[: dots.size // 4 * 4].reshape(-1, 4) if dots.ndim == 1 else dots
    sums: np.ndarray = dots.sum(axis=-1, dtype=np.uint16).ravel() / _FULL
    return len(PROCESS) - sums if flipped else sums


def resolution_findings(pages: Mapping[int, float], limits: PressLimits) -> list[Finding]:
    """Coarse pictures. ``pages``: page to the fewest dots an inch on it; one finding for each severity, at the
    worst page."""
    found, below = [], 0.0
    for severity, limit in (
        (Severity.WARN, limits.warn_below_dpi),
        (Severity.NOTE, limits.note_below_dpi),
    ):
        coarse = {page: dpi for page, dpi in pages.items() if below <= dpi < limit}
        below = limit
        if not coarse:
            continue
        page = min(coarse, key=lambda at: (coarse[at], at))
        many = f" ({len(coarse):,} pages have such pictures)" if len(coarse) > 1 else ""
        dots = f"{coarse[page]:.0f}" if coarse[page] >= _FEW else f"{coarse[page]:.1f}"
        message = f"A picture prints at {dots} dots per inch; under {limit:g} it looks coarse{many}."
        remedy = "Put in the picture with more dots, or make it smaller on the page."
        found.append(Finding("PREFLIGHT_RESOLUTION", severity, message, remedy, Place(page=page)))
    return found


def damage_findings(pages: Mapping[int, set[str]]) -> list[Finding]:
    """Things of which a part is missing. ``pages``: page to their kinds (picture, font)."""
    return [
        Finding(
            "PDF_DAMAGED", Severity.STOP, f"A {kind} on the page is damaged: a part of it is missing.", EXPORT,
            Place(page=page),
        )
        for page, kinds in list(pages.items())[:_PAGES_NAMED]
        for kind in sorted(kinds)
    ]  # fmt: skip
