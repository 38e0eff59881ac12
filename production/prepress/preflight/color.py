"""What is color: by the ink a page asks for, and by the page as it is seen. Called only inside the sandbox."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pikepdf
import pypdfium2

from kernel.findings import Finding, Place, Severity
from production.prepress.templates.names import name_of
from production.prepress.templates.rendering import outside

_MAX_DEPTH = 8
_MODELS = {
    "DeviceGray": "gray", "CalGray": "gray", "G": "gray", "DeviceRGB": "RGB", "CalRGB": "RGB", "Lab": "Lab",
    "RGB": "RGB", "DeviceCMYK": "CMYK", "CMYK": "CMYK", "Pattern": "pattern",
}  # fmt: skip
_BY_PARTS = {1: "gray", 3: "RGB", 4: "CMYK"}
_PARTS = {"gray": 1, "RGB": 3, "Lab": 3, "CMYK": 4, "indexed": 1}
PROCESS, ALL, _NO_INK = ("Cyan", "Magenta", "Yellow", "Black"), "All", "None"
_NO_INK_OF_ITS_OWN = {"Black", ALL, _NO_INK}
# Share of full strength by which parts differ before they are a color: programs write grays as equal parts.
_APART = 0.01
# Of 255: a renderer turns black ink into a gray up to 5 off neutral (seen with pdfium); a scan is a little off too.
_SEEN_APART = 12
_ROWS_APART = 5
_LOOK_DPI = 72
_LOOK_PIXELS = 1_000_000
_LOOK_SECONDS = 10.0  # of processor time; pages behind are judged by what they are drawn with


@dataclass(frozen=True, slots=True)
class Space:
    """A color space: its model (gray, RGB, Lab, CMYK, spot, black, indexed, pattern, or "" when unknown), how many
    values a color has, what lies under an indexed or pattern space, and the inks that are mixed, where it names
    them."""

    model: str
    parts: int
    base: Space | None = None
    inks: tuple[str, ...] = ()

    @property
    def color(self) -> str:
        """What a press would have to mix for a picture or a run of tones in this space: RGB, CMYK, spot or
        nothing."""
        if self.base is not None:
            return self.base.color
        return {"RGB": "RGB", "Lab": "RGB", "CMYK": "CMYK", "spot": "spot"}.get(self.model, "")

    def paint(self, values: Sequence[float]) -> str:
        """What a press would have to mix for one color of this space; nothing for black, gray and white."""
        if self.model == "pattern" and self.base is not None:
            return self.base.paint(values)
        if self.model == "indexed" or len(values) != self.parts:
            return self.color
        return self.color if _is_chromatic(self.model, values) else ""

    @property
    def all_inks(self) -> tuple[str, ...]:
        """The inks that a picture or a run of tones in this space is printed with."""
        return self.base.all_inks if self.base is not None else self.inks

    def coat(self, values: Sequence[float]) -> Coat:
        """One color of this space as inks on paper."""
        if self.model == "pattern" and self.base is not None:
            return self.base.coat(values)
        if len(values) != self.parts or not self.inks:
            return Coat(self.paint(values), is_white=self.model == "RGB" and min(values, default=0) >= 1)
        shares = [1 - values[0]] if self.model == "gray" else list(values)
        tints = {
            ink: share
            for ink, share in zip(self.inks, shares, strict=True)
            if share > _APART and ink != _NO_INK
        }
        weight = sum(share * (len(PROCESS) if ink == ALL else 1) for ink, share in tints.items())
        return Coat(self.paint(values), tuple(tints), weight, is_white=not tints)


@dataclass(frozen=True, slots=True)
class Coat:
    """A color as inks on paper: what a press would have to mix (as ``Space.paint``), the inks that are named and
    used, their sum as a share of full strength, and whether the paper stays as it is. RGB names no inks."""

    color: str = ""
    inks: tuple[str, ...] = ()
    weight: float = 0.0
    is_white: bool = False

    @property
    def plates(self) -> int:
        """How many inks it is made of."""
        return len(PROCESS) if ALL in self.inks else len(self.inks)


GRAY, RGB, CMYK = Space("gray", 1, inks=("Black",)), Space("RGB", 3), Space("CMYK", 4, inks=PROCESS)
BLACK = Coat(inks=("Black",), weight=1.0)


def _is_chromatic(model: str, values: Sequence[float]) -> bool:
    if model == "RGB":
        return max(values) - min(values) > _APART
    if model == "Lab":
        return max(abs(values[1]), abs(values[2])) > 100 * _APART
    if model == "CMYK":
        return max(values[:3]) > _APART
    return max(values, default=0) > _APART


def read_space(thing: Any, named: Mapping[Any, Any], depth: int = 0) -> Space:
    """A color space as a picture, a shading or an operator names it; ``named``: those of the resources."""
    family = name_of(thing[0] if isinstance(thing, pikepdf.Array) and len(thing) else thing)
    if depth > _MAX_DEPTH:
        return Space("", 0)
    if isinstance(thing, pikepdf.Name) and family not in _MODELS:
        found = named.get(thing)
        return Space("", 0) if found is None else read_space(found, named, depth + 1)
    rest = list(thing)[1:] if isinstance(thing, pikepdf.Array) else []
    if family == "ICCBased" and rest and isinstance(rest[0], pikepdf.Stream):
        parts = int(rest[0].get("/N", 0))
        return _of_parts(parts)
    if family in {"Indexed", "I"} and rest:
        return Space("indexed", 1, read_space(rest[0], named, depth + 1))
    if family == "Pattern" and rest:
        return Space("pattern", 0, read_space(rest[0], named, depth + 1))
    if family == "Separation" and rest:
        return _of_inks([rest[0]])
    if family == "DeviceN" and rest and isinstance(rest[0], pikepdf.Array):
        return _of_inks(list(rest[0]))
    model = _MODELS.get(family, "")
    return _DEVICE.get(model) or Space(model, _PARTS.get(model, 0))


def _of_parts(parts: int) -> Space:
    return _DEVICE.get(_BY_PARTS.get(parts, "")) or Space("", parts)


_DEVICE = {space.model: space for space in (GRAY, RGB, CMYK)}


def _of_inks(named: Sequence[Any]) -> Space:
    inks = tuple(name_of(ink) for ink in named)
    names = set(inks) - _NO_INK_OF_ITS_OWN
    model = "black" if not names else "CMYK" if names <= set(PROCESS) else "spot"
    return Space(model, len(inks), inks=inks)


def colored_page(pdf: str | bytes) -> tuple[int | None, bool]:
    """The first page (from 1) of a file, or of its bytes, that shows color as printed, and whether the look came to
    an end."""
    document = pypdfium2.PdfDocument(pdf)
    started = time.process_time()
    for index in range(len(document)):
        if time.process_time() - started > _LOOK_SECONDS:
            return None, False
        page = document[index]
        width, height = page.get_size()
        scale = min(_LOOK_DPI / 72, (_LOOK_PIXELS / max(1.0, width * height)) ** 0.5)
        image: Any = page.render(scale=scale, crop=outside(page), draw_annots=False, optimize_mode="print")
        if shows_color(image.to_numpy()):
            return index + 1, True
        image.close()
        page.close()
    return None, True


def shows_color(pixels: np.ndarray) -> bool:
    """Whether a pixel (height x width x 3 or more, 8 bits) is not gray. A few rows tell it of most pages that show
    some."""
    if pixels.ndim < 3 or pixels.shape[2] < 3:
        return False
    return any(_apart(rows) for rows in (pixels[::_ROWS_APART, ::_ROWS_APART], pixels))


def _apart(pixels: np.ndarray) -> bool:
    one, two, three = (pixels[:, :, k] for k in range(3))
    high, low = np.maximum(np.maximum(one, two), three), np.minimum(np.minimum(one, two), three)
    return bool((high - low > _SEEN_APART).any())


def color_findings(
    first_uses: Mapping[str, int], seen_on: int | None, *, is_seen_whole: bool, inks: int | None
) -> list[Finding]:
    """Color that the press would change. ``first_uses``: model (RGB, CMYK, spot) to the first page drawn with it;
    ``seen_on``: the first page that shows color; ``inks`` of the press, None while nobody has ordered."""
    page = seen_on
    if page is None and not is_seen_whole:
        page = min(first_uses.values(), default=None)
    models = sorted(first_uses)
    if page is None or (inks != 1 and models in ([], ["CMYK"])):
        return []
    what = f"The file {'mixes' if len(models) > 1 else 'uses'} {' and '.join(models)} color".replace(
        "  ", " "
    )
    if inks == 1:
        message = f"{what}; the press prints one color, so it comes out as grays."
        remedy = "Make it black only, or ask the shop for a color press."
    else:
        message = f"{what}; a press that mixes its colors from four inks prints them otherwise."
        remedy = "Convert it to CMYK, or to black for a one-color press."
    return [Finding("PREFLIGHT_COLOR", Severity.WARN, message, remedy, Place(page=page))]
