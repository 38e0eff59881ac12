"""RGB as the inks of the press, by color profiles."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageCms

# CGATS TR 001 (SWOP), at most 300 % of ink: scripts/cmyk_profile.py says how it was made, and of what.
PRESS = Path(__file__).parent / "data" / "press_cmyk.icc"
_FULL = 255
Inks = tuple[float, float, float, float]


@lru_cache(maxsize=16)
def _to_press(source: bytes | None) -> ImageCms.ImageCmsTransform:
    """From a profile, sRGB without one, as the eye compares colors of one paper."""
    given = ImageCms.ImageCmsProfile(io.BytesIO(source)) if source else ImageCms.createProfile("sRGB")
    return ImageCms.buildTransform(
        given, str(PRESS), "RGB", "CMYK", renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )  # fmt: skip


def picture_inks(picture: Image.Image, source: bytes | None = None) -> Image.Image:
    """A picture in CMYK. ``source``: the profile of its own RGB."""
    made = ImageCms.applyTransform(picture.convert("RGB"), _to_press(source))
    if made is None:
        raise ValueError("the picture cannot be converted")
    return made


@lru_cache(maxsize=4096)
def color_inks(red: float, green: float, blue: float, source: bytes | None = None) -> Inks:
    """One color, shares of full strength. Grays and black are black alone, as text and lines want it."""
    if red == green == blue:
        return 0.0, 0.0, 0.0, 1 - red
    dot = Image.new("RGB", (1, 1), tuple(round(_FULL * value) for value in (red, green, blue)))
    cyan, magenta, yellow, black = picture_inks(dot, source).tobytes()
    return cyan / _FULL, magenta / _FULL, yellow / _FULL, black / _FULL
