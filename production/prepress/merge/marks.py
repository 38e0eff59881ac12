"""IMb bars and page marks as page operators for whole columns: as glyphs of two small vector fonts (Type 3), or
as plain rectangles for a printer that does not take such fonts well.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

import numpy as np
import pyarrow as pa

from postal.barcodes.imb_geometry import DOTS_600
from production.prepress.merge.datamatrix import QUIET, SIDE, encode_digits, modules
from production.prepress.merge.fields import MARK_MODULE, Field
from production.prepress.merge.fonts import to_unicode
from production.prepress.merge.pdf_writer import join, numbers
from production.prepress.merge.text_columns import points

DOT = 72 / 600  # bars are laid out in dots of a 600-dpi device, so that they come out even
_PITCH, _BAR = round(DOTS_600.pitch / DOT), round(DOTS_600.bar_width / DOT)
# Bottom and top of each bar in dots above the foot of a full bar.
_BARS = {letter: tuple(round(end / DOT) for end in DOTS_600.extent(letter)) for letter in "TDAF"}
LETTERS = b"TDAF"
BAR_COUNT = 65
_CELL_LETTERS = b"ABCDEFGHIJKLMNOP"  # one for each way of filling 2 x 2 modules


class Bars(StrEnum):
    """How codes are painted; a setting of the printer."""

    GLYPHS = "glyphs"
    RECTANGLES = "rectangles"


def _font(
    widths: dict[str, int], procedures: dict[str, str], scale: float, first: int, text: dict[str, str]
) -> list[bytes]:
    """A Type 3 font: the font, its character procedures, its ToUnicode map; numbered from ``first``."""
    letters = sorted(procedures)
    codes = [ord(letter) for letter in letters]
    procs = "".join(f"/{letter} {first + 1 + k} 0 R" for k, letter in enumerate(letters))
    differences = " ".join(f"{code}/{letter}" for code, letter in zip(codes, letters, strict=True))
    table = " ".join(str(widths.get(chr(code), 0)) for code in range(codes[0], codes[-1] + 1))
    font = (
        f"<</Type/Font/Subtype/Type3/FontBBox[0 0 0 0]/FontMatrix[{scale:.4f} 0 0 {scale:.4f} 0 0]/CharProcs<<{procs}>>"
        f"/Encoding<</Type/Encoding/Differences[{differences}]>>/FirstChar {codes[0]}/LastChar {codes[-1]}"
        f"/Widths[{table}]/Resources<<>>/ToUnicode {first + 1 + len(letters)} 0 R>>"
    )
    streams = [procedures[letter] for letter in letters]
    streams.append(
        to_unicode([(f"{ord(k):02X}", v) for k, v in sorted(text.items())], code_bytes=1).decode("ascii")
    )
    return [
        font.encode("ascii"),
        *(f"<</Length {len(s)}>>stream\n{s}\nendstream".encode("ascii") for s in streams),
    ]


def imb_font(first: int) -> list[bytes]:
    """Four glyphs, named by the letters of USPS-B-3200; text taken from the page gives the 65 letters."""
    procedures = {
        letter: f"{_PITCH} 0 0 {low} {_BAR} {high} d1 0 {low} {_BAR} {high - low} re f"
        for letter, (low, high) in _BARS.items()
    }
    return _font(
        dict.fromkeys(procedures, _PITCH), procedures, DOT, first, {letter: letter for letter in procedures}
    )


def mark_font(first: int) -> list[bytes]:
    """Sixteen glyphs of 2 x 2 modules."""
    procedures = {}
    for value, letter in enumerate(_CELL_LETTERS.decode()):
        boxes = [f"{bit % 2} {1 - bit // 2} 1 1 re" for bit in range(4) if value >> (3 - bit) & 1]
        procedures[letter] = "2 0 0 0 2 2 d1 " + (" ".join(boxes) + " f" if boxes else "")
    return _font(dict.fromkeys(procedures, 2), procedures, MARK_MODULE, first, dict.fromkeys(procedures, " "))


def snap(value: float) -> float:
    """The nearest 600-dpi dot."""
    return round(value / DOT) * DOT


def _bytes_column(rows: np.ndarray) -> pa.Array:
    """(n, width) uint8 as a binary column."""
    n, width = rows.shape
    offsets = (np.arange(n + 1) * width).astype(np.int32)
    return pa.Array.from_buffers(
        pa.binary(), n, [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(rows))]
    )


def imb_operators(field: Field, imb: np.ndarray, page_height: float, bars: Bars) -> list[pa.Array | bytes]:
    """Bars for (n, 65) uint8 letters T, D, A, F; the foot of a full bar stands at the foot of the box's bars."""
    x, y = snap(field.x), snap(page_height - field.y - _BARS["F"][1] * DOT)
    if bars is Bars.GLYPHS:
        return [b"BT/I 1 Tf %b %b Td(" % (points(x), points(y)), _bytes_column(imb), b")Tj ET\n"]
    head = b"q %.2f 0 0 %.2f %b %b cm\n" % (DOT, DOT, points(x), points(y))
    return [
        head,
        _bytes_column(_rectangles()[np.arange(BAR_COUNT), _letter_index()[imb]].reshape(len(imb), -1)),
        b"f Q\n",
    ]


@lru_cache(maxsize=1)
def _rectangles() -> np.ndarray:
    """(65, 4, width) uint8: each bar's rectangle for each letter, padded with spaces."""
    texts = [
        [
            b"%d %d %d %d re\n" % (k * _PITCH, low, _BAR, high - low)
            for low, high in (_BARS[c] for c in LETTERS.decode())
        ]
        for k in range(BAR_COUNT)
    ]
    width = max(len(t) for row in texts for t in row)
    return np.array([[list(t.ljust(width)) for t in row] for row in texts], np.uint8)


def are_letters(imb: np.ndarray) -> bool:
    """Whether all of an array (uint8) are letters of bars."""
    is_letter = np.zeros(256, bool)
    is_letter[list(LETTERS)] = True
    return bool(is_letter[imb].all())


@lru_cache(maxsize=1)
def _letter_index() -> np.ndarray:
    index = np.zeros(256, np.uint8)
    index[list(LETTERS)] = range(4)
    return index


def mark_symbols(stream: int, pieces: np.ndarray, page: int, pages: int) -> np.ndarray:
    """(n, 32) bytes of the page marks: stream (8 digits), piece (8), page (4) of pages (4)."""
    streams, of, all_ = np.array([[stream], [page], [pages]], np.int64)
    return encode_digits([(streams, 8), (pieces, 8), (of, 4), (all_, 4)])


def mark_letters(symbols: np.ndarray) -> np.ndarray:
    """(n, 8, 8) uint8 letters of the mark font, strip by strip from the top."""
    cells = modules(symbols).reshape(-1, SIDE // 2, 2, SIDE // 2, 2)
    value = (
        cells[:, :, 0, :, 0] * 8 + cells[:, :, 0, :, 1] * 4 + cells[:, :, 1, :, 0] * 2 + cells[:, :, 1, :, 1]
    )
    letters: np.ndarray = np.frombuffer(_CELL_LETTERS, np.uint8)[value]
    return letters


def mark_operators(
    field: Field, symbols: np.ndarray, page_height: float, bars: Bars
) -> list[pa.Array | bytes]:
    """The mark inside its box, quiet zone kept; taken as text it is only spaces."""
    x = snap(field.x + QUIET * MARK_MODULE)
    top = snap(page_height - field.y - QUIET * MARK_MODULE)
    if bars is Bars.GLYPHS:
        strips = np.empty((len(symbols), SIDE // 2, SIDE // 2 + 3), np.uint8)
        strips[:, :, 0], strips[:, :, -2], strips[:, :, -1] = b"()'"
        strips[:, :, 1:-2] = mark_letters(symbols)
        head = b"BT/M 1 Tf %b TL %b %b Td" % (points(2 * MARK_MODULE), points(x), points(top))
        return [head, _bytes_column(strips.reshape(len(symbols), -1)), b" ET\n"]
    head = b"q %.2f 0 0 %.2f %b %b cm\n" % (
        MARK_MODULE,
        MARK_MODULE,
        points(x),
        points(top - SIDE * MARK_MODULE),
    )
    runs = _runs()
    halves = [runs[k].take(pa.array(symbols[:, k])) for k in range(2 * SIDE)]
    return [head, join(*halves), b"f Q\n"]


@lru_cache(maxsize=1)
def _runs() -> list[pa.Array]:
    """For each half row (top left first) and each of 256 fillings, its rectangles in modules."""
    tables = []
    for half in range(2 * SIDE):
        row, left = SIDE - 1 - half // 2, half % 2 * 8
        texts = []
        for value in range(256):
            bits = f"{value:08b}0"
            text, start = b"", -1
            for k, bit in enumerate(bits):
                if bit == "1" and start < 0:
                    start = k
                elif bit == "0" and start >= 0:
                    text += b"%d %d %d 1 re\n" % (left + start, row, k - start)
                    start = -1
            texts.append(text)
        tables.append(pa.array(texts, pa.binary()))
    return tables


def mark_caption(
    field: Field, stream: int, pieces: np.ndarray, page: int, pages: int, page_height: float
) -> list[pa.Array | bytes]:
    """What the mark says, in figures for people: stream-piece page/pages, under the box."""
    y = page_height - field.y - field.height - 4
    head = b"BT/L 4.5 Tf %b %b Td(%d-" % (points(field.x), points(y), stream)
    return [head, numbers(np.asarray(pieces, np.int64)), b" %d/%d)Tj ET\n" % (page, pages)]
