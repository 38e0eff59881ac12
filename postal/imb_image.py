"""Reads an Intelligent Mail barcode from a greyscale picture, as a check on what was really drawn.

The tracker band is found first: rows that hold 65 strokes at an even pitch, once the picture is levelled.
What stands above and below that band in the column of each stroke then tells the four kinds of bar apart.
No resolution is asked for: every distance is a multiple of the pitch found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from kernel.errors import InvalidInput
from postal import imb

Ink = NDArray[np.bool_]

# Smallest first: a page that was rendered, not scanned, is level. A quarter of a degree over the length of a
# barcode is a quarter of the tracker's height.
_DEGREES = sorted((step * 0.25 for step in range(-12, 13)), key=abs)

# In pitches. A stroke may stand off its place by less than the gap beside it; bars are 0.3 to 0.6 pitches
# wide (USPS-B-3200 2.3.1), a little more after blurring.
_MAX_OFFSET = 0.3
_STROKE_WIDTH = (0.15, 0.8)
# Distance from the tracker's middle, where at every allowed size a tracker has ended, a taller bar not.
_BEYOND_TRACKER = (0.78, 1.2)
_BESIDE_CENTRE = 0.1


@dataclass(frozen=True, slots=True)
class _Band:
    """Rows top to bottom (inclusive) that cut all 65 bars; centres are of the strokes in its middle row."""

    top: int
    bottom: int
    centres: NDArray[np.float64]


def read(image: NDArray[np.uint8]) -> tuple[str, str]:
    """Tracking and routing of the barcode in a picture (rows, columns), 0 black to 255 white.

    At least about 150 dots an inch, skew up to 3 degrees, also upside down, other print around it allowed.
    InvalidInput IMB_DECODE when no barcode in it passes all checks.
    """
    if image.dtype != np.uint8 or image.ndim != 2:
        raise TypeError("a greyscale picture is two-dimensional, of 8 bits a dot")
    ink = _ink(image)
    for degrees in _DEGREES if ink.any() else ():
        level = _levelled(ink, float(np.tan(np.radians(degrees))))
        for band in _tracker_bands(level):
            try:
                return imb.decode_any_way(_letters(level, band))
            except InvalidInput:
                continue  # the next band or angle may be the right one
    raise InvalidInput("no Intelligent Mail barcode can be read in this picture", code="IMB_DECODE")


def _ink(image: NDArray[np.uint8]) -> Ink:
    """Dots darker than the middle between mean ink and mean paper (Ridler and Calvard 1978)."""
    counts = np.bincount(image.ravel(), minlength=256).astype(np.float64)
    present = np.flatnonzero(counts)
    if len(present) < 2:
        return np.zeros(image.shape, np.bool_)
    grey = np.arange(256)
    threshold = (present[0] + present[-1]) / 2
    for _ in range(8):
        dark = grey <= threshold
        means = [np.average(grey[side], weights=counts[side]) for side in (dark, ~dark)]
        threshold = sum(means) / 2
    return np.asarray(image <= threshold)


def _levelled(ink: Ink, slope: float) -> Ink:
    """Each column moved up or down so that a line of this slope (rows a column) becomes level."""
    if slope == 0:
        return ink
    height, width = ink.shape
    shift = np.rint(slope * (np.arange(width) - width / 2)).astype(np.intp)
    margin = int(np.abs(shift).max())
    padded = np.pad(ink, ((margin, margin), (0, 0)))
    return np.take_along_axis(padded, np.arange(height)[:, None] + margin + shift, axis=0)


def _tracker_bands(level: Ink) -> list[_Band]:
    """Runs of neighbouring rows with 65 even strokes at the same place, the highest first."""
    bands: list[list[tuple[int, NDArray[np.float64]]]] = []
    for row, centres in _even_rows(level):
        for band in bands:
            last_row, last = band[-1]
            if last_row == row - 1 and abs(last[0] - centres[0]) < (centres[-1] - centres[0]) / imb.BARS / 2:
                band.append((row, centres))
                break
        else:
            bands.append([(row, centres)])
    bands.sort(key=len, reverse=True)
    return [_Band(band[0][0], band[-1][0], band[len(band) // 2][1]) for band in bands]


def _even_rows(level: Ink) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Row and centres of every 65 strokes in succession that stand at one pitch and are about as wide."""
    steps = np.diff(level.astype(np.int8), axis=1, prepend=0, append=0)
    enough = np.flatnonzero((steps > 0).sum(axis=1) >= imb.BARS)
    places = np.arange(imb.BARS)
    for row in enough.tolist():
        left, right = np.flatnonzero(steps[row] > 0), np.flatnonzero(steps[row] < 0)
        centres = sliding_window_view((left + right) / 2, imb.BARS)
        widths = sliding_window_view(right - left, imb.BARS)
        pitch = (centres[:, -1:] - centres[:, :1]) / (imb.BARS - 1)
        offsets = np.abs(centres - centres[:, :1] - places * pitch).max(axis=1, keepdims=True)
        even = offsets <= _MAX_OFFSET * pitch
        even &= widths.min(axis=1, keepdims=True) >= _STROKE_WIDTH[0] * pitch
        even &= widths.max(axis=1, keepdims=True) <= _STROKE_WIDTH[1] * pitch
        for window in np.flatnonzero(even).tolist():
            yield row, centres[window]


def _letters(level: Ink, band: _Band) -> str:
    pitch = (band.centres[-1] - band.centres[0]) / (imb.BARS - 1)
    middle = (band.top + band.bottom + 1) / 2
    reach = [distance * pitch for distance in _BEYOND_TRACKER]
    above = _inked(level, middle - reach[1], middle - reach[0], band.centres, pitch)
    below = _inked(level, middle + reach[0], middle + reach[1], band.centres, pitch)
    return "".join(
        imb.LETTERS[imb.ASCENDER * up | imb.DESCENDER * down] for up, down in zip(above, below, strict=True)
    )


def _inked(level: Ink, top: float, bottom: float, centres: NDArray[np.float64], pitch: float) -> list[bool]:
    """For each stroke, whether most dots about its column between two heights are ink."""
    rows = level[max(round(top), 0) : max(round(bottom), 0)]
    if not len(rows):
        return [False] * len(centres)
    beside = round(_BESIDE_CENTRE * pitch)
    columns = np.rint(centres).astype(np.intp)[:, None] + np.arange(-beside, beside + 1)
    share = rows.take(columns, axis=1, mode="clip").mean(axis=(0, 2))
    return [bool(most) for most in share > 0.5]
