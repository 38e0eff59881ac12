"""Codes drawn as pictures: the Intelligent Mail barcode, to compare with what stands on the envelope, and QR codes."""

from __future__ import annotations

from markupsafe import Markup
from reportlab.graphics.barcode import qrencoder

from web.charts.svg import element, picture, rect

# Top and foot of a bar on a height of 24, by its letter (USPS-B-3200: full, ascender, descender, tracker).
_ENDS = {"F": (0, 24), "A": (0, 16), "D": (8, 24), "T": (8, 16)}
_PITCH, _BAR = 5, 2
_QUIET = 4  # modules around a QR code, ISO/IEC 18004


def imb(letters: str, says: str) -> Markup:
    """The 65 letters as bars; ``says`` are its digits."""
    drawn = [
        rect(place * _PITCH, _ENDS[letter][0], _BAR, _ENDS[letter][1] - _ENDS[letter][0], "bar")
        for place, letter in enumerate(letters)
    ]
    width = (len(letters) - 1) * _PITCH + _BAR
    return picture("Intelligent Mail barcode", says, drawn, width=width, height=24)


def qr(content: str, title: str, says: str) -> Markup:
    """A QR code for a camera, dark on white whatever the page's colors are, with its quiet zone."""
    code = qrencoder.QRCode(None, qrencoder.QRErrorCorrectLevel.M)
    code.addData(content)
    code.make()
    size = len(code.modules) + 2 * _QUIET
    dark = "".join(
        f"M{column + _QUIET} {row + _QUIET}h1v1h-1z"
        for row, line in enumerate(code.modules)
        for column, is_dark in enumerate(line)
        if is_dark
    )
    drawn = [element("rect", width=size, height=size, fill="#fff"), element("path", d=dark, fill="#000")]
    return picture(title, says, drawn, width=size, height=size)
