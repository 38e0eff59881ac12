"""Imposition: pages and sides a CPU second, against pypdf and pdfimpose on the same file, in one run.

``python bench/imposition.py`` prints one JSON line a measurement. Ours reads the file as a stranger's (budgets, damage,
annotations, layers) and draws crop, fold and register marks and a slug; the peers merge pages alone, pdfimpose with its
marks. pdfimpose (AGPL) is measured where somebody has installed it, and is no part of the product.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

import pypdf
import pypdfium2
from reportlab.pdfgen.canvas import Canvas

from production.prepress.imposition import child
from production.prepress.imposition.answers import Given
from production.prepress.imposition.asked import Asked
from production.prepress.imposition.numbering import Numbers
from production.prepress.papers.sheet import REGULAR, use_fonts

PAGES, TRIM, SHEET = 352, (396.0, 612.0), (864.0, 1296.0)
SETS, PARTS = 2_000, 3
MARKS = ("crop", "fold", "registration", "slug")
REPEATS = 3


def measure() -> Iterator[dict[str, Any]]:
    """Measurements with name, ours, peer, ratio, unit; CPU seconds, ours and fast peers the best of three."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        yield from _book(place)
        yield from _sets(place)


def _book(place: Path) -> Iterator[dict[str, Any]]:
    book, out = _text(place / "book.pdf", PAGES), place / "sheets.pdf"
    asked = Asked("saddle", SHEET, TRIM, marks=MARKS, caliper=0.28)
    ours = _seconds(lambda: child.impose([Given(str(book), book.name)], asked, str(out), book.name))
    order = _order(out)
    name = f"saddle, 2-up, {PAGES} text pages with marks"
    for peer, work in _peers(book, place / "peer.pdf"):
        seconds = _seconds(work, repeats=1 if peer == "pypdf" else REPEATS)
        if _order(place / "peer.pdf") != order:
            raise SystemExit(f"{peer} puts pages elsewhere: no measurement")
        yield _row(f"{name}, against {peer}", PAGES / ours, PAGES / seconds, "pages/cpu-s") | {
            "seconds": round(ours, 2), "peer seconds": round(seconds, 2),
            "size": round(out.stat().st_size / book.stat().st_size, 3),
            "peer size": round((place / "peer.pdf").stat().st_size / book.stat().st_size, 3),
        }  # fmt: skip


def _sets(place: Path) -> Iterator[dict[str, Any]]:
    parts, out = _text(place / "set.pdf", PARTS), place / "sheets.pdf"
    asked = Asked("cutstack", SHEET, TRIM, up=2, parts=PARTS, numbers=Numbers(1, SETS, "N{:06d}"))
    seconds = _seconds(lambda: child.impose([Given(str(parts), parts.name)], asked, str(out), parts.name))
    sides = SETS * PARTS // 2
    yield {
        "name": f"{SETS:,} numbered sets of {PARTS} parts, 2-up",
        "ours": round(sides / seconds),
        "unit": "sides/cpu-s",
        "seconds": round(seconds, 2),
        "bytes a side": round((out.stat().st_size - parts.stat().st_size) / sides),
    }


def _text(path: Path, pages: int) -> Path:
    """Pages of 42 lines in an embedded font, word by word as justified text is set, each with its number."""
    use_fonts()
    chance = random.Random(1)
    words = [
        "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 10))) for _ in range(3_000)
    ]
    canvas = Canvas(str(path), pagesize=TRIM, invariant=1, pageCompression=1)
    for number in range(1, pages + 1):
        lines = canvas.beginText()
        lines.setFont(REGULAR, 9)
        for line in range(42):
            for word, x in zip(chance.choices(words, k=9), range(30, 390, 40), strict=False):
                lines.setTextOrigin(x, 570 - 12 * line)
                lines.textOut(word)
        canvas.drawText(lines)
        canvas.setFont(REGULAR, 9)
        canvas.drawString(190, 20, f"#{number}#")
        canvas.showPage()
    canvas.save()
    return path


def _peers(book: Path, out: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    yield "pypdf", lambda: _pypdf(book, out)
    if find_spec("pdfimpose"):
        from pdfimpose.schema import saddle

        yield "pdfimpose", lambda: saddle.impose([str(book)], str(out), folds="h", mark=["crop"], omargin=36)


def _pypdf(book: Path, out: Path) -> None:
    reader, writer = pypdf.PdfReader(book), pypdf.PdfWriter()
    total = len(reader.pages)
    for i in range(1, total // 4 + 1):  # print-shop practice, booklets
        for left, right in ((total - 2 * i + 2, 2 * i - 1), (2 * i, total - 2 * i + 1)):
            sheet = writer.add_blank_page(*SHEET)
            for number, x in ((left, SHEET[0] / 2 - TRIM[0]), (right, SHEET[0] / 2)):
                move = pypdf.Transformation().translate(x, (SHEET[1] - TRIM[1]) / 2)
                sheet.merge_transformed_page(reader.pages[number - 1], move)
    writer.write(out)


def _order(path: Path) -> list[list[int]]:
    """The numbers of the pages of each side, from the left."""
    found = []
    for page in pypdfium2.PdfDocument(path):
        words = page.get_textpage()
        rects = {}
        for part in words.get_text_range().split("#")[1::2]:
            search = words.search(f"#{part}#", match_case=True)
            rects[words.get_charbox(search.get_next()[0])[0]] = int(part)
        found.append([rects[left] for left in sorted(rects)])
    return found


def _seconds(work: Callable[[], object], repeats: int = REPEATS) -> float:
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


def _row(name: str, ours: float, peer: float, unit: str) -> dict[str, Any]:
    return {
        "name": name,
        "ours": round(ours),
        "peer": round(peer),
        "ratio": round(ours / peer, 1),
        "unit": unit,
    }


if __name__ == "__main__":
    for measurement in measure():
        print(json.dumps(measurement), flush=True)
