"""Preflight of print orders beside the bare libraries, on the same file in one process.

``python bench/preflight.py [FILE ...]`` prints two JSON lines a file, CPU seconds: reading its structure beside a
walk over all instructions of its pages with pikepdf, and the rendered look beside rendering its pages at 100 dpi
with pdfium. Without files a book of text and a book of maps are made. The bare walk knows nothing when it is done;
ours knows inks, lines, fonts, pictures and boxes, and has unpacked every stream once to see what would harm."""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

import pikepdf
import pypdfium2
from reportlab.pdfgen.canvas import Canvas

from production.catalog.press_limits import order_limits
from production.catalog.products.spec import MOST_PAGES
from production.prepress.preflight.finish import finish_of
from production.prepress.preflight.look import DPI, Asked, look
from production.prepress.preflight.order import NO_ORDER
from production.prepress.preflight.order_child import read_order, to_the_edge
from production.prepress.preflight.press_report import OrderReport
from production.prepress.preflight.safety import open_pdf

TEXT_PAGES, LINES = 352, 48
MAPS, STREETS = 24, 900
ROUNDS = 3  # the best of each counts: what else the machine does is no part of it


def write_text(path: Path) -> None:
    """Pages as a word processor sets them: a font and a shade for every few words."""
    canvas = Canvas(str(path), pagesize=(396, 612))
    for page in range(TEXT_PAGES):
        for line in range(LINES):
            for word in range(4):
                canvas.setFont(("Times-Roman", "Times-Bold")[word % 2], 9)
                canvas.setFillGray(0.1 * (word % 2))
                canvas.drawString(36 + 80 * word, 570 - 11 * line, f"page {page} line {line}")
        canvas.showPage()
    canvas.save()


def write_maps(path: Path) -> None:
    """Pages of many crooked lines in a few colors."""
    dice = random.Random(1)
    canvas = Canvas(str(path), pagesize=(612, 792))
    for _ in range(MAPS):
        for _ in range(STREETS):
            canvas.setStrokeColorCMYK(*(dice.choice((0, 0.5, 1)) for _ in range(4)))
            canvas.setLineWidth(dice.choice((0.5, 1, 2)))
            drawn = canvas.beginPath()
            drawn.moveTo(dice.uniform(36, 576), dice.uniform(36, 756))
            for _ in range(9):
                drawn.lineTo(dice.uniform(36, 576), dice.uniform(36, 756))
            canvas.drawPath(drawn)
        canvas.showPage()
    canvas.save()


def walk(path: Path) -> None:
    """Every instruction of every page, with its operands."""
    with pikepdf.open(path) as pdf:
        for page in pdf.pages:
            for _operands, _operator in pikepdf.parse_content_stream(page):
                pass


def read(path: Path) -> None:
    """Ours, as far as the file is read."""
    with open_pdf(str(path)) as pdf:
        read_order(pdf, MOST_PAGES, OrderReport(), [])


def render(path: Path) -> None:
    """Every page at 100 dpi."""
    document = pypdfium2.PdfDocument(path)
    for page in document:
        page.render(scale=DPI / 72).close()
        page.close()


def look_at(path: Path) -> Callable[[Path], object]:
    """Ours: the look at every page, bleed and color with it."""
    report = OrderReport()
    with open_pdf(str(path)) as pdf:
        uses = read_order(pdf, MOST_PAGES, report, [])
        whole = to_the_edge(pdf)
    finishes = [finish_of(boxes, NO_ORDER, order_limits()) for boxes in report.boxes]
    colored = frozenset(page for page, one in enumerate(uses, start=1) if one.colors)
    return lambda _: look(whole, finishes, Asked(9.0, 9.0, colored, float("inf")))


def seconds(work: Callable[[Path], object], path: Path) -> float:
    """CPU seconds, the best of some rounds."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work(path)
        times.append(time.process_time() - start)
    return min(times)


def measure(paths: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """Measurements with name, ours, peer, ratio, unit and the ratio that may be."""
    for path in paths:
        for name, ours, peer, most in (
            ("structure, pikepdf walk", read, walk, 2.0),
            ("look at 100 dpi, pdfium", look_at(path), render, 1.5),
        ):
            mine, theirs = seconds(ours, path), seconds(peer, path)
            yield {
                "name": f"preflight {path.stem}: {name}", "ours": round(mine, 3), "peer": round(theirs, 3),
                "ratio": round(mine / theirs, 2), "unit": "CPU s", "at_most": most,
            }  # fmt: skip


def main() -> None:
    """Of the files that are named, else of those that are made."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(name) for name in sys.argv[1:]]
        if not paths:
            paths = [Path(folder) / "text.pdf", Path(folder) / "maps.pdf"]
            write_text(paths[0])
            write_maps(paths[1])
        for measured in measure(paths):
            print(json.dumps(measured), flush=True)


if __name__ == "__main__":
    main()
