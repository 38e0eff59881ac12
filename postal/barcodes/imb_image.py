"""Reads an Intelligent Mail barcode from a grayscale picture, as a check on what was really drawn.

The tracker band is found first: rows that hold 65 strokes at an even pitch, once the picture is leveled.
What stands above and below that band in the column of each stroke then tells the four kinds of bar apart.
No resolution is asked for: every distance is a multiple of the pitch found. A picture may be a whole page: it is
looked at coarsely first, which is quick and evens out noise, then more finely; and each time with one threshold
for all of it, then with one that follows its shades.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from kernel.errors import InvalidInput
from postal.barcodes import imb

Ink = NDArray[np.bool_]

# Smallest first: a page that was rendered, not scanned, is level. A quarter of a degree over the length of a
# barcode is a quarter of the tracker's height.
_DEGREES = sorted((step * 0.25 for step in range(-12, 13)), key=abs)

_COARSENESS = (4, 2, 1)  # dots taken together; a scan of 600 dpi reads well at 150
_FEWEST_COLUMNS = 450  # 65 strokes need about seven dots each
_LARGE = 3_000_000  # dots beyond which a picture is not looked at one dot at a time with local thresholds
_SHADE_WIDTH = (
    2.5  # of the surroundings a local threshold follows, in pitches of the widest barcode that fits
)
_SHADE = 0.82  # ink is darker than this share of its surroundings

# In pitches. A stroke may stand off its place by less than the gap beside it; bars are 0.3 to 0.6 pitches
# wide (USPS-B-3200 2.3.1), a little more after blurring.
_MAX_OFFSET = 0.3
_STROKE_WIDTH = (0.15, 0.8)
# Distance from the tracker's middle, where at every allowed size a tracker has ended, a taller bar not.
_BEYOND_TRACKER = (0.78, 1.2)
_BESIDE_CENTER = 0.1


@dataclass(frozen=True, slots=True)
class _Band:
    """Rows top to bottom (inclusive) that cut all 65 bars; centers are of the strokes in its middle row."""

    top: int
    bottom: int
    centers: NDArray[np.float64]


def read(image: NDArray[np.uint8]) -> tuple[str, str]:
    """Tracking and routing of the barcode in a picture (rows, columns), 0 black to 255 white.

    At least about 150 dots an inch, skew up to 3 degrees, also upside down, other print around it allowed.
    InvalidInput IMB_DECODE when no barcode in it passes all checks.
    """
    if image.dtype != np.uint8 or image.ndim != 2:
        raise TypeError("a grayscale picture is two-dimensional, of 8 bits a dot")
    for ink in _ways_to_see(image):
        found = _read_ink(ink)
        if found is not None:
            return found
    raise InvalidInput("no Intelligent Mail barcode can be read in this picture", code="IMB_DECODE")


def _read_ink(ink: Ink) -> tuple[str, str] | None:
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows):
        return None
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]  # less the margins
    for degrees in _DEGREES:
        level = _leveled(ink, float(np.tan(np.radians(degrees))))
        for band in _tracker_bands(level):
            try:
                return imb.decode_any_way(_letters(level, band))
            except InvalidInput:
                continue  # the next band or angle may be the right one
    return None


def _ways_to_see(image: NDArray[np.uint8]) -> Iterator[Ink]:
    """Ink of the picture, coarse to fine, by one threshold and by local ones."""
    for step in _COARSENESS:
        if step > 1 and image.shape[1] // step < _FEWEST_COLUMNS:
            continue
        seen = _coarser(image, step)
        yield _ink(seen)
        if seen.size <= _LARGE or step > 1:
            yield _shaded_ink(_without_specks(seen))


def _coarser(image: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """Squares of dots as their mean; what is left over at the right and lower edge is cut."""
    if step == 1:
        return image
    rows, columns = image.shape[0] // step, image.shape[1] // step
    squares = image[: rows * step, : columns * step].reshape(rows, step, columns, step)
    return np.asarray(squares.mean(axis=(1, 3), dtype=np.float32).round(), np.uint8)


def _without_specks(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The median of each dot and its eight neighbors."""
    if min(image.shape) < 3:
        return image
    windows = sliding_window_view(np.pad(image, 1, mode="edge"), (3, 3)).reshape(*image.shape, 9)
    return np.asarray(np.partition(windows, 4, axis=2)[:, :, 4])


def _shaded_ink(image: NDArray[np.uint8]) -> Ink:
    """Dots clearly darker than the mean of their surroundings: for uneven light and gray paper."""
    if not image.size:
        return np.zeros(image.shape, np.bool_)
    reach = max(int(_SHADE_WIDTH * image.shape[1] / imb.BARS / 2), 4)
    padded = np.pad(image.astype(np.float64), reach, mode="edge")
    sums = np.pad(padded.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    side = 2 * reach + 1
    inside = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return np.asarray(image < inside / side**2 * _SHADE)


def _ink(image: NDArray[np.uint8]) -> Ink:
    """Dots darker than the middle between mean ink and mean paper (Ridler and Calvard 1978)."""
    counts = np.bincount(image.ravel(), minlength=256).astype(np.float64)
    present = np.flatnonzero(counts)
    if len(present) < 2:
        return np.zeros(image.shape, np.bool_)
    gray = np.arange(256)
    threshold = (present[0] + present[-1]) / 2
    for _ in range(8):
        dark = gray <= threshold
        means = [np.average(gray[side], weights=counts[side]) for side in (dark, ~dark)]
        threshold = sum(means) / 2
    return np.asarray(image <= threshold)


def _leveled(ink: Ink, slope: float) -> Ink:
    """Each column moved up or down so that a line of this slope (rows a column) becomes level."""
    if slope == 0:
        return ink
    height, width = ink.shape
    shift = np.rint(slope * (np.arange(width) - width / 2)).astype(np.intp)
    margin = int(np.abs(shift).max())
    padded = np.pad(ink, ((margin, margin), (0, 0)))
    return np.take_along_axis(padded, np.arange(height)[:, None] + margin + shift, axis=0)


def _tracker_bands(level: Ink) -> list[_Band]:
    """Runs of neighboring rows with 65 even strokes at the same place, the highest first."""
    bands: list[list[tuple[int, NDArray[np.float64]]]] = []
    for row, centers in _even_rows(level):
        for band in bands:
            last_row, last = band[-1]
            if last_row == row - 1 and abs(last[0] - centers[0]) < (centers[-1] - centers[0]) / imb.BARS / 2:
                band.append((row, centers))
                break
        else:
            bands.append([(row, centers)])
    bands.sort(key=len, reverse=True)
    return [_Band(band[0][0], band[-1][0], band[len(band) // 2][1]) for band in bands]


def _even_rows(level: Ink) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Row and centers of every 65 strokes in succession that stand at one pitch and are about as wide."""
    begins = np.count_nonzero(level[:, 1:] & ~level[:, :-1], axis=1) + level[:, 0]
    places = np.arange(imb.BARS)
    for row in np.flatnonzero(begins >= imb.BARS).tolist():
        steps = np.diff(level[row].astype(np.int8), prepend=0, append=0)
        left, right = np.flatnonzero(steps > 0), np.flatnonzero(steps < 0)
        centers = sliding_window_view((left + right) / 2, imb.BARS)
        widths = sliding_window_view(right - left, imb.BARS)
        pitch = (centers[:, -1:] - centers[:, :1]) / (imb.BARS - 1)
        offsets = np.abs(centers - centers[:, :1] - places * pitch).max(axis=1, keepdims=True)
        even = offsets <= _MAX_OFFSET * pitch
        even &= widths.min(axis=1, keepdims=True) >= _STROKE_WIDTH[0] * pitch
        even &= widths.max(axis=1, keepdims=True) <= _STROKE_WIDTH[1] * pitch
        for window in np.flatnonzero(even).tolist():
            yield row, centers[window]


def _letters(level: Ink, band: _Band) -> str:
    pitch = (band.centers[-1] - band.centers[0]) / (imb.BARS - 1)
    middle = (band.top + band.bottom + 1) / 2
    reach = [distance * pitch for distance in _BEYOND_TRACKER]
    above = _inked(level, middle - reach[1], middle - reach[0], band.centers, pitch)
    below = _inked(level, middle + reach[0], middle + reach[1], band.centers, pitch)
    return "".join(
        imb.LETTERS[imb.ASCENDER * up | imb.DESCENDER * down] for up, down in zip(above, below, strict=True)
    )


def _inked(level: Ink, top: float, bottom: float, centers: NDArray[np.float64], pitch: float) -> list[bool]:
    """For each stroke, whether most dots about its column between two heights are ink."""
    rows = level[max(round(top), 0) : max(round(bottom), 0)]
    if not len(rows):
        return [False] * len(centers)
    beside = round(_BESIDE_CENTER * pitch)
    columns = np.rint(centers).astype(np.intp)[:, None] + np.arange(-beside, beside + 1)
    share = rows.take(columns, axis=1, mode="clip").mean(axis=(0, 2))
    return [bool(most) for most in share > 0.5]
