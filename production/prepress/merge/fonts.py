"""The fonts a field may name: where their files are, their widths, and their PDF objects, subset once a file.

The fonts are the DejaVu family (npm package dejavu-fonts-ttf 2.37.3), installed by the set-up into
static/vendor; nothing is taken from the machine, so a page looks the same everywhere.
"""

from __future__ import annotations

import io
import unicodedata
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kernel.errors import Unavailable

if TYPE_CHECKING:  # 0.1 s to import, which most who know the names of the fonts never need
    from fontTools.ttLib import TTFont

FOLDER = Path(__file__).resolve().parents[3] / "static" / "vendor" / "dejavu-fonts-ttf" / "ttf"
FILES = {
    "DejaVu Sans": "DejaVuSans.ttf",
    "DejaVu Sans Bold": "DejaVuSans-Bold.ttf",
    "DejaVu Sans Condensed": "DejaVuSansCondensed.ttf",
    "DejaVu Sans Condensed Bold": "DejaVuSansCondensed-Bold.ttf",
    "DejaVu Sans Mono": "DejaVuSansMono.ttf",
    "DejaVu Serif": "DejaVuSerif.ttf",
    "DejaVu Serif Bold": "DejaVuSerif-Bold.ttf",
}
DEFAULT = "DejaVu Sans"

# Code points below this have a place in the width and glyph tables; DejaVu has none above it.
TABLE_SIZE = 0x20000
# Letters that need joining, reordering or right-to-left setting: set one after the other they would print
# wrongly, so they count as missing. Unicode 15 blocks Hebrew to Sinhala, Thai to Myanmar, Khmer, Mongolian.
_NEEDS_SHAPING = ((0x0300, 0x0370), (0x0590, 0x0E00), (0x0E00, 0x10A0), (0x1780, 0x18B0), (0xFB1D, 0xFE00))
_NEEDS_SHAPING_TOO = ((0xFE70, 0xFF00), (0x2028, 0x202F), (0x2066, 0x2070), (0x200B, 0x2010))
WINDOWS_1252 = frozenset(
    bytes([b]).decode("cp1252") for b in range(32, 256) if b not in (0x7F, 0x81, 0x8D, 0x8F, 0x90, 0x9D)
)


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One font file: advance widths by code point (``TABLE_SIZE``, int64) in units of the font, of which one is
    ``unit`` thousandths of an em, and which it has a glyph for; how high each glyph's ink reaches above the baseline,
    ascender and descender in em. Whole numbers add up ten times faster than fractions do."""

    name: str
    path: Path
    widths: np.ndarray
    unit: float
    has_glyph: np.ndarray
    reach: np.ndarray
    ascender: float
    descender: float


def find_font(name: str) -> Path:
    """The file of a usable font; KeyError for an unknown name, Unavailable when set-up has not run."""
    path = FOLDER / FILES[name]
    if not path.is_file():
        raise Unavailable("The print fonts are not installed.", remedy="Run make setup.", font=name)
    return path


@lru_cache(maxsize=len(FILES))
def face(name: str) -> Face:
    """Widths and glyphs of a font, read once a process."""
    from fontTools.ttLib import TTFont

    path = find_font(name)
    with TTFont(path, lazy=True) as font:
        em = font["head"].unitsPerEm
        # OpenType 1.9, hmtx: pairs of advance and bearing; glyphs beyond the last pair have its advance.
        pairs = font["hhea"].numberOfHMetrics
        advances = np.frombuffer(font.getTableData("hmtx"), ">u2")[: 2 * pairs : 2]
        by_code = {c: font.getGlyphID(g) for c, g in font.getBestCmap().items() if c < TABLE_SIZE}
        codes, glyphs = (np.fromiter(column, np.int64) for column in (by_code.keys(), by_code.values()))
        widths = np.zeros(TABLE_SIZE, np.int64)
        widths[codes] = advances[np.minimum(glyphs, pairs - 1)]
        reach = np.zeros(TABLE_SIZE, np.float32)
        reach[codes] = _tops(font)[glyphs] / np.float64(em)
        has_glyph = np.zeros(TABLE_SIZE, bool)
        has_glyph[codes] = True
        has_glyph[:32] = False
        for start, stop in _NEEDS_SHAPING + _NEEDS_SHAPING_TOO:
            has_glyph[start:stop] = False
        typo = font["OS/2"]
        ascender, descender = typo.sTypoAscender / em, -typo.sTypoDescender / em
        return Face(name, path, widths, 1000 / em, has_glyph, reach, ascender, descender)


def _tops(font: TTFont) -> np.ndarray:
    """The top of each glyph's bounding box in font units (OpenType 1.9, glyf: yMax is the fifth number); 0 for glyphs
    without ink."""
    starts = np.asarray(font["loca"].locations, np.int64)
    has_ink = np.diff(starts) > 0
    outlines = np.frombuffer(font.getTableData("glyf"), np.uint8)
    high, low = (outlines[starts[:-1][has_ink] + place] for place in (8, 9))
    tops = np.zeros(len(has_ink), np.int16)
    tops[has_ink] = high.astype(np.uint16) << 8 | low
    return tops


def name_character(code: int) -> str:
    """'U+0C95 KANNADA LETTER KA'."""
    return f"U+{code:04X} {unicodedata.name(chr(code), 'unnamed')}"


_LAYOUT_TABLES = {"GPOS", "GSUB", "GDEF", "JSTF", "BASE", "FFTM", "MATH", "kern"}


def _subset(name: str, characters: frozenset[str]) -> tuple[TTFont, bytes]:
    """The font cut down to these characters, without layout tables (we set one glyph after the other)."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options = subset.Options(
        hinting=False,
        layout_features=[],
        name_IDs=[],
        glyph_names=False,
        legacy_kern=False,
        notdef_outline=True,
    )
    font = TTFont(find_font(name), recalcTimestamp=False)
    for table in _LAYOUT_TABLES & set(font.keys()):  # before they are parsed, which takes longest
        del font[table]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[ord(c) for c in characters])
    cutter.subset(font)
    out = io.BytesIO()
    font.save(out)
    return font, out.getvalue()


def _stream(dictionary: str, data: bytes) -> bytes:
    packed = zlib.compress(data, 9)
    head = f"<<{dictionary}/Filter/FlateDecode/Length {len(packed)}>>stream\n"
    return head.encode("ascii") + packed + b"\nendstream"


def _descriptor(font: TTFont, base_name: str, flags: int, file_number: int) -> bytes:
    em, head, hhea = font["head"].unitsPerEm, font["head"], font["hhea"]
    box = " ".join(str(round(v * 1000 / em)) for v in (head.xMin, head.yMin, head.xMax, head.yMax))
    return (
        f"<</Type/FontDescriptor/FontName/{base_name}/Flags {flags}/FontBBox[{box}]/ItalicAngle 0"
        f"/Ascent {round(hhea.ascent * 1000 / em)}/Descent {round(hhea.descent * 1000 / em)}"
        f"/CapHeight 729/StemV 80/FontFile2 {file_number} 0 R>>"
    ).encode("ascii")


def _tag(name: str, characters: Iterable[str]) -> str:
    """Six capital letters that name the subset (ISO 32000-1, 9.6.4), from its contents so that it repeats."""
    number = zlib.crc32((name + "".join(sorted(characters))).encode("utf-8"))
    return "".join(chr(65 + number // 26**k % 26) for k in range(6))


@lru_cache(maxsize=len(FILES))
def _simple_program(name: str) -> tuple[TTFont, bytes]:
    """Subset once a process: it is the same in every file."""
    return _subset(name, frozenset(WINDOWS_1252))


def warm() -> None:
    """Reads and subsets every font, so that processes forked later need not."""
    for name in FILES:
        face(name)
        _simple_program(name)


def simple_font(name: str, first_number: int) -> tuple[bytes, ...]:
    """Three objects (font, descriptor, file) of a one-byte Windows-1252 TrueType font; the first is the font."""
    font, program = _simple_program(name)
    base_name = f"{_tag(name, WINDOWS_1252)}+{FILES[name][:-4]}"
    table = face(name).widths * face(name).unit
    letters = [bytes([b]).decode("cp1252", "replace") for b in range(32, 256)]
    widths = " ".join(f"{table[ord(c)]:.0f}" if c in WINDOWS_1252 else "0" for c in letters)
    dictionary = (
        f"<</Type/Font/Subtype/TrueType/BaseFont/{base_name}/Encoding/WinAnsiEncoding/FirstChar 32/LastChar 255"
        f"/Widths[{widths}]/FontDescriptor {first_number + 1} 0 R>>"
    ).encode("ascii")
    return (
        dictionary,
        _descriptor(font, base_name, 32, first_number + 2),
        _stream(f"/Length1 {len(program)}", program),
    )


@lru_cache(maxsize=8)
def composite_font(
    name: str, characters: frozenset[str], first_number: int
) -> tuple[tuple[bytes, ...], np.ndarray]:
    """Five objects of a two-byte Identity-H font for any characters the font has, and its glyph numbers by
    code point (uint16, ``TABLE_SIZE``); the first object is the font."""
    font, program = _subset(name, characters)
    base_name = f"{_tag(name, characters)}+{FILES[name][:-4]}"
    by_code = {code: font.getGlyphID(glyph) for code, glyph in font.getBestCmap().items()}
    glyphs = np.zeros(TABLE_SIZE, np.uint16)
    glyphs[list(by_code)] = list(by_code.values())
    table = face(name).widths * face(name).unit
    order = sorted((glyph, code) for code, glyph in by_code.items())
    widths = " ".join(f"{glyph}[{table[code]:.0f}]" for glyph, code in order)
    type0 = (
        f"<</Type/Font/Subtype/Type0/BaseFont/{base_name}/Encoding/Identity-H"
        f"/DescendantFonts[{first_number + 1} 0 R]/ToUnicode {first_number + 4} 0 R>>"
    )
    descendant = (
        f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{base_name}/CIDToGIDMap/Identity/DW 1000/W[{widths}]"
        f"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor {first_number + 2} 0 R>>"
    )
    objects = (
        type0.encode("ascii"),
        descendant.encode("ascii"),
        _descriptor(font, base_name, 4, first_number + 3),
        _stream(f"/Length1 {len(program)}", program),
        _stream("", to_unicode([(f"{glyph:04X}", chr(code)) for glyph, code in order], code_bytes=2)),
    )
    return objects, glyphs


def to_unicode(pairs: list[tuple[str, str]], *, code_bytes: int) -> bytes:
    """A ToUnicode map (ISO 32000-1, 9.10.3) from (hex code, text)."""
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CMapName /Indicia def /CMapType 2 def 1 begincodespacerange",
        f"<{'00' * code_bytes}> <{'FF' * code_bytes}> endcodespacerange",
    ]
    for start in range(0, len(pairs), 100):  # at most 100 entries a block
        block = pairs[start : start + 100]
        lines.append(f"{len(block)} beginbfchar")
        lines += [f"<{code}> <{text.encode('utf-16-be').hex().upper()}>" for code, text in block]
        lines.append("endbfchar")
    lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
    return "\n".join(lines).encode("ascii")
