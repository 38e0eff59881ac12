"""Dimensions of the Intelligent Mail barcode, in points (1/72 inch).

Sources: bars, USPS-B-3200 Rev H section 2.3.1 and DMM 204.1; clear zones, DMM 202.5 and Quick Service
Guide 201a (2014-05-05).
"""

from __future__ import annotations

from dataclasses import dataclass

from postal.barcodes import imb

POINTS_PER_INCH = 72.0


@dataclass(frozen=True, slots=True)
class Design:
    """One choice of bar sizes in points; ``half`` is an ascender or descender bar with its tracker."""

    pitch: float
    bar_width: float
    full: float
    half: float
    tracker: float

    @property
    def length(self) -> float:
        """First bar's left edge to last bar's right edge."""
        return (imb.BARS - 1) * self.pitch + self.bar_width

    def extent(self, letter: str) -> tuple[float, float]:
        """Bottom and top of a bar of this letter above the foot of a full bar; KeyError for other letters."""
        low, high = (self.full - self.tracker) / 2, (self.full + self.tracker) / 2
        return {
            "F": (0.0, self.full),
            "A": (low, low + self.half),
            "D": (high - self.half, high),
            "T": (low, high),
        }[letter]

    def rectangles(self, letters: str) -> list[tuple[float, float, float, float]]:
        """x, y, width, height of each bar; the origin is the lower left corner of the barcode, y upwards."""
        extents = {letter: self.extent(letter) for letter in imb.LETTERS}
        return [
            (bar * self.pitch, extents[letter][0], self.bar_width, extents[letter][1] - extents[letter][0])
            for bar, letter in enumerate(letters)
        ]


def _inches(*values: float) -> tuple[float, ...]:
    return tuple(value * POINTS_PER_INCH for value in values)


# The middle of what is allowed: 22 bars an inch, 0.020 in wide; 0.145, 0.0965 and 0.048 in high.
NOMINAL = Design(*_inches(1 / 22, 0.020, 0.145, 0.0965, 0.048))
# Whole dots on a 600-dpi press, so that every bar comes out alike: 27, 12; 87, 58, 29.
DOTS_600 = Design(*_inches(*(dots / 600 for dots in (27, 12, 87, 58, 29))))

# Smallest and largest allowed, points
ALLOWED_PITCH = (POINTS_PER_INCH / 24, POINTS_PER_INCH / 20)
ALLOWED_BAR_WIDTH = _inches(0.015, 0.025)
ALLOWED_FULL = _inches(0.125, 0.165)
ALLOWED_HALF = _inches(0.082, 0.111)
ALLOWED_TRACKER = _inches(0.039, 0.057)

# Nothing else may print so close, points. Above and below: DMM 202.5 0.028 in, B-3200 2.3.2 0.026 in.
CLEAR_SIDES = 0.125 * POINTS_PER_INCH
CLEAR_ABOVE_BELOW = 0.028 * POINTS_PER_INCH

# The lower-right barcode clear zone of a letter, measured from its lower right corner (DMM 202.5).
LETTER_CLEAR_ZONE_WIDTH = 4.75 * POINTS_PER_INCH
LETTER_CLEAR_ZONE_HEIGHT = 0.625 * POINTS_PER_INCH


def within_allowed(design: Design) -> bool:
    """Whether every size of a design is one the specification allows."""
    ranges = (ALLOWED_PITCH, ALLOWED_BAR_WIDTH, ALLOWED_FULL, ALLOWED_HALF, ALLOWED_TRACKER)
    sizes = (design.pitch, design.bar_width, design.full, design.half, design.tracker)
    return all(low <= size <= high for size, (low, high) in zip(sizes, ranges, strict=True))
