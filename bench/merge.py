"""Merge of one-page letters, pages a CPU second, against three usual ways, in one run.

``python bench/merge.py`` prints one JSON line a measurement. Each way prints the same letter: the template's page,
address block, salutation, account, amount, an IMb as vector bars and a page mark. Peers are given their codes
ready made (bars and modules as rectangles), so that pages are compared and not encoders; ours encodes its marks.

ReportLab draws the template into a Form once (``beginForm``) from the same drawing and calls it on each page;
pikepdf and pypdf lay a ReportLab overlay of all records on the template page.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
import pikepdf
import pyarrow as pa
import pypdf
from reportlab.lib.pagesizes import letter
from reportlab.pdfgen.canvas import Canvas

from postal.barcodes import imb_batch
from postal.barcodes.imb_geometry import DOTS_600
from production.prepress.merge import marks
from production.prepress.merge.datamatrix import modules
from production.prepress.merge.fields import MARK_MODULE, Align, Field, Fields, Kind, default_fields
from production.prepress.merge.print_file import (
    PageMarks,
    Part,
    compile_template,
    merge_segment,
    text_findings,
)
from production.prepress.merge.read_back import check_print_file
from production.prepress.papers.sheet import BOLD, REGULAR, use_fonts

PIECES = 100_000
PEER_PIECES = {"reportlab": 1_000, "pikepdf": 500, "pypdf": 150}
LINES = [f"Line {k} of the letter that every recipient gets, set in an embedded font." for k in range(24)]
FIELDS = Fields(
    (
        *default_fields().fields,
        Field(
            "salutation",
            Kind.TEXT,
            1,
            72,
            262,
            400,
            14,
            text="Dear {recipient},",
            font="DejaVu Sans Condensed",
        ),
        Field("account", Kind.TEXT, 1, 72, 285, 180, 14, text="{account}", font="DejaVu Sans Condensed"),
        Field(
            "amount",
            Kind.TEXT,
            1,
            400,
            285,
            140,
            14,
            text="{amount}",
            font="DejaVu Sans Condensed",
            align=Align.RIGHT,
        ),
    )
)


def measure() -> Iterator[dict[str, Any]]:
    """Measurements with name, ours, peer, ratio, unit."""
    use_fonts()
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        template = here / "template.pdf"
        _draw_template_file(template)
        table, imb = letters(PIECES)
        _ours(here, template, table.slice(0, 500), imb[:500])  # imports and tables of the process
        ours, made = _timed(lambda: _ours(here, template, table, imb))
        rate = PIECES / ours
        for name, way in (("reportlab", _reportlab), ("pikepdf", _pikepdf), ("pypdf", _pypdf)):
            count = PEER_PIECES[name]
            rows = table.slice(0, count).to_pylist()
            boxes = _boxes(imb[:count])
            seconds, peer = _timed(lambda way=way, rows=rows, boxes=boxes: way(here, template, rows, boxes))
            _check_peer(peer, count)
            yield _row(
                f"merge, {PIECES:,} letters, against {name} ({count:,})", rate, count / seconds, "pages/CPU s"
            )
        plain = template.stat().st_size
        yield _row(
            "merge, bytes a page beyond the template",
            (made.bytes - plain) / PIECES,
            peer.stat().st_size / count,
            "bytes",
        )
        seconds, findings = _timed(lambda: text_findings(compile_template(template, FIELDS), table))
        yield _row("finding what does not fit, against merging", PIECES / seconds, rate, "letters/CPU s")
        part = Part(compile_template(template, FIELDS), table, np.arange(PIECES))
        seconds, wrong = _timed(
            lambda: check_print_file(made.path, [part], imb, PageMarks(1, np.arange(1, PIECES + 1)))
        )
        if findings or wrong:
            raise SystemExit("the print file is not right: no measurement")
        yield _row("checking every page, against merging", PIECES / seconds, rate, "pages/CPU s")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        yield _row(f"merge, {PIECES:,} letters, peak memory", peak, peak, "MB")


def letters(count: int) -> tuple[pa.Table, np.ndarray]:
    """Made-up recipients and the codes of their letters."""
    number = range(count)
    table = pa.table(
        {
            "recipient": [f"{('ANNA', 'JEAN-LUC', 'ROSE (MRS)', 'RENÉ')[k % 4]} THIBODEAUX {k}" for k in number],
            "company": ["" if k % 5 else "BAYOU WORKS" for k in number],
            "street": [f"{k % 9999} GOVERNMENT ST" for k in number],
            "street2": ["" if k % 4 else f"APT {k % 90}" for k in number],
            "city": ["BATON ROUGE"] * count, "state": ["LA"] * count,
            "zip5": [f"{70801 + k % 20}" for k in number], "plus4": [f"{k % 10000:04d}" for k in number],
            "account": [f"1-{k:08d}" for k in number], "amount": [f"${k % 900}.{k % 100:02d}" for k in number],
        }
    )  # fmt: skip
    lines = imb_batch.encode_lines(f"00300123456{k:09d},70801123412" for k in number)
    return table, np.frombuffer("".join(lines).encode("ascii"), np.uint8).reshape(count, marks.BAR_COUNT)


def _ours(here: Path, template: Path, table: pa.Table, imb: np.ndarray) -> Any:
    """Compiling the template and subsetting fonts included."""
    page_marks = PageMarks(1, np.arange(1, table.num_rows + 1))
    return merge_segment(compile_template(template, FIELDS), table, imb, page_marks, here / "ours.pdf")


def _draw_template(canvas: Canvas) -> None:
    canvas.setFont(BOLD, 16)
    canvas.drawString(72, 720, "Department of Samples")
    canvas.rect(72, 735, 120, 30, fill=1)
    canvas.setFont(REGULAR, 10)
    for k, line in enumerate(LINES):
        canvas.drawString(72, 460 - 14 * k, line)


def _draw_template_file(path: Path) -> None:
    canvas = Canvas(str(path), pagesize=letter, invariant=1)
    _draw_template(canvas)
    canvas.save()


def _boxes(imb: np.ndarray) -> list[list[tuple[float, float, float, float]]]:
    """Rectangles of bars and mark of each letter, placed as ours are."""
    code, _, mark = FIELDS.fields[:3]
    symbols = modules(marks.mark_symbols(1, np.arange(1, len(imb) + 1), 1, 1))
    every = []
    for bars, symbol in zip(imb, symbols, strict=True):
        foot = 792 - code.y - DOTS_600.full
        boxes = [(code.x + x, foot + y, w, h) for x, y, w, h in DOTS_600.rectangles(bars.tobytes().decode())]
        top = 792 - mark.y - MARK_MODULE
        for row, column in np.argwhere(symbol).tolist():
            place = (mark.x + (column + 1) * MARK_MODULE, top - (row + 1) * MARK_MODULE)
            boxes.append((*place, MARK_MODULE, MARK_MODULE))
        every.append(boxes)
    return every


def _draw_record(canvas: Canvas, row: dict[str, str], boxes: list[tuple[float, float, float, float]]) -> None:
    path = canvas.beginPath()
    for box in boxes:
        path.rect(*box)
    canvas.drawPath(path, stroke=0, fill=1)
    canvas.setFont(REGULAR, 8)
    last = f"{row['city']} {row['state']} {row['zip5']}-{row['plus4']}"
    lines = [line for line in (row["recipient"], row["company"], row["street"], row["street2"], last) if line]
    for k, line in enumerate(lines):
        canvas.drawString(72, 591 - 8.8 * k, line)
    canvas.setFont(REGULAR, 10)
    canvas.drawString(72, 522, f"Dear {row['recipient']},")
    canvas.drawString(72, 499, row["account"])
    canvas.drawRightString(540, 499, row["amount"])


def _reportlab(here: Path, _: Path, rows: list[dict[str, str]], boxes: list[Any]) -> Path:
    out = here / "reportlab.pdf"
    canvas = Canvas(str(out), pagesize=letter, invariant=1)
    canvas.beginForm("template")
    _draw_template(canvas)
    canvas.endForm()
    for row, own in zip(rows, boxes, strict=True):
        canvas.doForm("template")
        _draw_record(canvas, row, own)
        canvas.showPage()
    canvas.save()
    return out


def _overlay(here: Path, rows: list[dict[str, str]], boxes: list[Any]) -> Path:
    out = here / "overlay.pdf"
    canvas = Canvas(str(out), pagesize=letter, invariant=1)
    for row, own in zip(rows, boxes, strict=True):
        _draw_record(canvas, row, own)
        canvas.showPage()
    canvas.save()
    return out


def _pikepdf(here: Path, template: Path, rows: list[dict[str, str]], boxes: list[Any]) -> Path:
    out = here / "pikepdf.pdf"
    with pikepdf.open(_overlay(here, rows, boxes)) as pdf, pikepdf.open(template) as source:
        for page in pdf.pages:
            pikepdf.Page(page).add_underlay(pikepdf.Page(source.pages[0]))
        pdf.save(out)
    return out


def _pypdf(here: Path, template: Path, rows: list[dict[str, str]], boxes: list[Any]) -> Path:
    out = here / "pypdf.pdf"
    page = pypdf.PdfReader(template).pages[0]
    writer = pypdf.PdfWriter()
    for overlay in pypdf.PdfReader(_overlay(here, rows, boxes)).pages:
        target = writer.add_blank_page(*letter)
        target.merge_page(page)
        target.merge_page(overlay)
    writer.write(out)
    return out


def _check_peer(path: Path, count: int) -> None:
    pages = pypdf.PdfReader(path).pages
    if len(pages) != count or "THIBODEAUX 7," not in pages[7].extract_text():
        raise SystemExit(f"{path.name} is not the same work: no measurement")


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def _row(name: str, ours: float, peer: float, unit: str) -> dict[str, Any]:
    return {
        "name": name,
        "ours": round(ours, 1),
        "peer": round(peer, 1),
        "ratio": round(ours / peer, 2),
        "unit": unit,
    }


if __name__ == "__main__":
    for measurement in measure():
        print(json.dumps(measurement), flush=True)
