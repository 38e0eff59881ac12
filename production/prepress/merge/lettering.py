"""Words on the sheets that no page has: numbers and slugs, in an embedded font of the glyphs that they need."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf

from kernel.errors import InvalidInput
from production.prepress.merge.fonts import DEFAULT, TABLE_SIZE, composite_font, name_character
from production.prepress.merge.pdf_writer import FIRST_FREE, PdfWriter


@dataclass(frozen=True, slots=True)
class Lettering:
    """A font as an object of a document, and the code of each character in it."""

    font: Any
    codes: dict[str, str]

    def shown(self, words: str) -> bytes:
        """The words as the operand of Tj."""
        return b"<" + "".join(map(self.codes.__getitem__, words)).encode("ascii") + b">"


def lettering(pdf: pikepdf.Pdf, words: Iterable[str]) -> Lettering:
    """The font with all characters of these words, none where there are none. InvalidInput (GLYPH_MISSING) for one that
    it lacks."""
    characters = frozenset("".join(words))
    if not characters:
        return Lettering(None, {})
    if beyond := [c for c in characters if ord(c) >= TABLE_SIZE]:
        raise _missing(beyond[0])
    objects, glyphs = composite_font(DEFAULT, characters, FIRST_FREE)
    codes = {c: f"{glyphs[ord(c)]:04X}" for c in characters}
    if missing := sorted(c for c, code in codes.items() if code == "0000"):
        raise _missing(missing[0])
    return Lettering(_adopted(pdf, objects), codes)


def _adopted(pdf: pikepdf.Pdf, objects: tuple[bytes, ...]) -> Any:
    """The first of numbered objects, with the others, as an object of the document: read back from a file of theirs."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "font.pdf"
        with PdfWriter(path, fixed=len(objects), pages=1) as writer:
            for number, content in enumerate(objects, start=FIRST_FREE):
                writer.add(number, content)
            writer.add_contents(writer.first_content, [[b"\n"]], 1)
            font = f"/MediaBox[0 0 9 9]/Resources<</Font<</F {FIRST_FREE} 0 R>>>>"
            writer.finish(catalog="", root="", page_keys=[font])
        with pikepdf.open(path) as source:
            return pdf.copy_foreign(source.pages[0].Resources.Font.F)


def _missing(character: str) -> InvalidInput:
    return InvalidInput(
        f"The font of numbers has no {name_character(ord(character))}.",
        code="GLYPH_MISSING",
        remedy="Write the number format with other characters.",
        field="number_format",
    )
