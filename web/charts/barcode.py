"""The Intelligent Mail barcode drawn bar by bar, to compare with what stands on the envelope."""

from __future__ import annotations

from markupsafe import Markup

from web.charts.svg import picture, rect

# Top and foot of a bar on a height of 24, by its letter (USPS-B-3200: full, ascender, descender, tracker).
_ENDS = {"F": (0, 24), "A": (0, 16), "D": (8, 24), "T": (8, 16)}
_PITCH, _BAR = 5, 2


def imb(letters: str, says: str) -> Markup:
    """The 65 letters as bars; ``says`` are its digits."""
    drawn = [
        rect(place * _PITCH, _ENDS[letter][0], _BAR, _ENDS[letter][1] - _ENDS[letter][0], "bar")
        for place, letter in enumerate(letters)
    ]
    width = (len(letters) - 1) * _PITCH + _BAR
    return picture("Intelligent Mail barcode", says, drawn, width=width, height=24)
