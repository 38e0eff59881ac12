"""A picture opened and drawn anew. Runs in the limited child alone."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps

_MOST_PIXELS = 40_000_000
_PHOTO, _SIGNATURE = (1600, 1600), (800, 320)
_FORMATS = ("JPEG", "PNG", "WEBP")


@dataclass(frozen=True, slots=True)
class Drawn:
    """Dots across and down of what was written."""

    across: int
    down: int


def photo(path: str, out: str) -> Drawn:
    """Turned as it was held, smaller, and without anything but its dots."""
    return _write(_opened(path), _PHOTO, out, "JPEG")


def signature(path: str, out: str) -> Drawn:
    """Black on white, in grays."""
    image = _opened(path)
    white = Image.new("L", image.size, 255)
    ink = image.convert("RGBA")
    white.paste(ink.convert("L"), mask=ink.getchannel("A"))
    return _write(white, _SIGNATURE, out, "PNG")


def _opened(path: str) -> Image.Image:
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    image = Image.open(path, formats=_FORMATS)
    if image.width * image.height > _MOST_PIXELS:
        raise ValueError("too many dots")
    image.load()
    return ImageOps.exif_transpose(image)


def _write(image: Image.Image, most: tuple[int, int], out: str, kind: str) -> Drawn:
    image.thumbnail(most)
    plain = Image.new(
        "L" if image.mode == "L" else "RGB", image.size, 255 if image.mode == "L" else (255, 255, 255)
    )
    if image.mode in ("RGBA", "LA", "PA"):
        plain.paste(image.convert("RGB"), mask=image.convert("RGBA").getchannel("A"))
    else:
        plain.paste(image if image.mode == plain.mode else image.convert(plain.mode))
    plain.save(out, kind)
    return Drawn(*plain.size)
