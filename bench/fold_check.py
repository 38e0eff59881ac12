"""The checker of imposed sheets against drawing the same pages: 352 pages saddle-stitched, and 2,000 numbered sets of
three parts. Both draw input and sheets with pdfium at 72 dots an inch; the checker then folds, compares and reads.
One JSON line a measurement.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

import pikepdf
import pypdfium2
from reportlab.lib.pagesizes import letter
from reportlab.pdfgen.canvas import Canvas

from production.prepress.fold_check.check import check

PAGES, SETS, PARTS = 352, 2_000, 3
WIDTH, HEIGHT = letter
MARGIN = 36


def measure() -> Iterator[dict[str, Any]]:
    """Measurements with name, ours, peer, ratio, unit."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        for name, made in ((f"{PAGES} pages saddle-stitched", _book), (f"{SETS:,} sets of {PARTS}", _sets)):
            files = made(here)
            drawn = _timed(lambda files=files: _draw(files[0]) + _draw(files[1]))
            checked = _timed(lambda files=files: _check(*files))
            yield {
                "name": f"checking sheets, {name}, against drawing pages and sheets", "ours": round(checked, 2),
                "peer": round(drawn, 2), "ratio": round(checked / drawn, 2), "unit": "CPU s",
            }  # fmt: skip


def _check(pages: Path, sheets: Path, layout: Path) -> None:
    found = check(str(sheets), [str(pages)], str(layout))
    if not found.ok:
        raise SystemExit(f"the sheets are not right: no measurement ({found.findings[0]})")


def _draw(path: Path) -> int:
    document = pypdfium2.PdfDocument(path)
    return sum(document[k].render(scale=1, optimize_mode="print").width for k in range(len(document)))


def _book(here: Path) -> tuple[Path, Path, Path]:
    pages = _text(here / "book.pdf", PAGES)
    placements = [
        {"side": side, "page": page, "trim": _trim(column), "rotate": 0}
        for i in range(1, PAGES // 4 + 1)
        for side, pair in ((2 * i - 1, (PAGES - 2 * i + 2, 2 * i - 1)), (2 * i, (2 * i, PAGES - 2 * i + 1)))
        for column, page in enumerate(pair)
    ]
    fold = {"line": "x", "at": MARGIN + WIDTH, "move": "left", "over": False}
    return _impose(
        pages, placements, style="saddle", turn="left-right", folds=[fold], nest=PAGES // 4, spine="left"
    )


def _sets(here: Path) -> tuple[Path, Path, Path]:
    pages = _text(here / "form.pdf", PARTS)
    half = SETS // 2
    placements = [
        {
            "side": PARTS * k + part + 1,
            "page": part + 1,
            "trim": _trim(column),
            "rotate": 0,
            "number": 1 + k + column * half,
        }
        for k in range(half)
        for part in range(PARTS)
        for column in range(2)
    ]
    cuts = [{"line": "x", "at": MARGIN + k * WIDTH} for k in range(3)]
    order = [[MARGIN + (k + 0.5) * WIDTH, MARGIN + HEIGHT / 2] for k in range(2)]
    return _impose(pages, placements, style="cutstack", turn="none", cuts=cuts, stack_order=order)


def _trim(column: int) -> list[float]:
    left = MARGIN + column * WIDTH
    return [left, MARGIN, left + WIDTH, MARGIN + HEIGHT]


def _text(path: Path, count: int) -> Path:
    rand = random.Random(count)
    canvas = Canvas(str(path), pagesize=letter, invariant=1)
    for number in range(1, count + 1):
        canvas.setFont("Times-Roman", 10)
        for line in range(48):
            words = " ".join("".join(rand.choices("aeinorst", k=rand.randint(2, 9))) for _ in range(12))
            canvas.drawString(54, HEIGHT - 72 - 13 * line, words)
        canvas.drawCentredString(WIDTH / 2, 36, str(number))
        canvas.showPage()
    canvas.save()
    return path


def _impose(pages: Path, placements: list[dict[str, Any]], **layout: Any) -> tuple[Path, Path, Path]:
    """Sheets of form objects, as bare as they can be, with their layout."""
    size = (2 * (WIDTH + MARGIN), HEIGHT + 2 * MARGIN)
    sheets, written = pages.with_suffix(".sheets.pdf"), pages.with_suffix(".json")
    with pikepdf.open(pages) as source, pikepdf.new() as out:
        forms = [out.copy_foreign(page.as_form_xobject()) for page in source.pages]
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        for first in range(0, len(placements), 2):
            page, drawn = out.add_blank_page(page_size=size), b""
            objects = pikepdf.Dictionary()
            for placed in placements[first : first + 2]:
                name, (left, low) = f"/P{placed['page']}", placed["trim"][:2]
                objects[name] = forms[placed["page"] - 1]
                drawn += f"q 1 0 0 1 {left:g} {low:g} cm {name} Do Q\n".encode()
                if "number" in placed:
                    drawn += f"BT /F 12 Tf {left + 450:g} {low + 740:g} Td (N{placed['number']:06d}) Tj ET\n".encode()
            page.obj.Resources = pikepdf.Dictionary(XObject=objects, Font=pikepdf.Dictionary(F=font))
            page.obj.Contents = out.make_stream(drawn)
        out.save(sheets)
    usual = {"unit": "pt", "sheet": size, "cuts": [], "folds": [], "placements": placements, "marks": []}
    written.write_text(json.dumps(usual | layout), "utf-8")
    return pages, sheets, written


def _timed(work: Callable[[], Any]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    for measurement in measure():
        print(json.dumps(measurement), flush=True)
