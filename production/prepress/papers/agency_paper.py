"""Papers that an agency receives: tagged PDF/UA-1, which a screen reader reads in its order, set by Typst.

The room that owns a paper keeps its template (``.typ``) and the value that fills it; what all share stands in
``agency_paper.typ`` beside this. The same value gives the same bytes, so a paper can be kept by its hash. Papers of
the plant are set by ``sheet``: they carry barcodes and no tags.
"""

from __future__ import annotations

import io
import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pypdfium2
from reportlab.lib.pagesizes import letter

from kernel.errors import Corrupt
from production.prepress.merge import fonts
from production.prepress.second_reading import Shown, read_again

if TYPE_CHECKING:  # 34 MB to load, which a process that makes no such paper never needs
    import typst

_ROOT = Path(__file__).resolve().parents[2]  # templates name what they share from here
_FACES = ("DejaVu Sans Condensed", "DejaVu Sans Condensed Bold")
_NOT_IN_THE_FONT = "\N{REPLACEMENT CHARACTER}"
_MADE = datetime(2000, 1, 1, tzinfo=UTC)  # of every paper: what day it says stands on it


@dataclass(frozen=True, slots=True)
class PriceTable:
    """Lines of a price: what for, how many, at what price, how much; and what they come to."""

    lines: Sequence[tuple[str, str, str, str]]
    total: str


def tagged_paper(template: Path, value: Any, *, figures: Sequence[str]) -> bytes:
    """The template filled with a dataclass, whose ``title`` is that of the document. A letter that the font lacks
    stands as U+FFFD. Corrupt SECOND_READING when another reader does not find title, pages and ``figures``.
    """
    filled = _settable(asdict(value))
    compiler = _compiler()
    data: bytes = compiler.compile(  # type: ignore[assignment]  # one format, no output file: bytes
        template, format="pdf", sys_inputs={"value": json.dumps(filled)}, pdf_standards=["ua-1"], timestamp=_MADE
    )  # fmt: skip
    pages = len(pypdfium2.PdfDocument(data))
    shown = {number: Shown(letter) for number in range(pages)}
    if wrong := read_again(io.BytesIO(data), pages, shown, figures):
        raise Corrupt(wrong[0].message, code=wrong[0].code)
    return data


def _compiler() -> typst.Compiler:
    """Of our own fonts and files alone: nothing of the machine, nothing from the network."""
    from typst import Compiler

    return Compiler(root=_ROOT, font_paths=_fonts(), ignore_system_fonts=True)


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    from typst import Fonts

    return Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts.FOLDER])


def _settable(value: Any) -> Any:
    """The value with what the font has: a paper with a letter that nobody can read is no PDF/UA."""
    if isinstance(value, str):
        composed = unicodedata.normalize("NFC", value)
        return "".join(one if ord(one) in _letters() else _NOT_IN_THE_FONT for one in composed)
    if isinstance(value, Mapping):
        return {name: _settable(one) for name, one in value.items()}
    return [_settable(one) for one in value] if isinstance(value, list | tuple) else value


@lru_cache(maxsize=1)
def _letters() -> frozenset[int]:
    """Code points that regular and bold both have."""
    from fontTools.ttLib import TTFont

    regular, bold = (set(TTFont(fonts.find_font(name), lazy=True).getBestCmap()) for name in _FACES)
    return frozenset((regular & bold) - set(range(32)))
