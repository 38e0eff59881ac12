# ruff: noqa: INP001  a script beside what it makes, not a package
"""Makes the files of the sample orders beside it: ``python docs/samples/orders/make_artwork.py``. The same pages, the
same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from reportlab.pdfgen.canvas import Canvas

from production.prepress.papers.sheet import REGULAR, use_fonts

HERE = Path(__file__).resolve().parent
# Of each file: its pages, and their size in points.
FILES = {
    "booklet/pages.pdf": (12, (396, 612)),
    "numbered/form.pdf": (1, (612, 792)),
    "brokered/leaflet.pdf": (1, (612, 792)),
}


def make_artwork(folder: Path) -> None:
    """All of them, in folders that are there."""
    use_fonts()
    for name, (pages, size) in FILES.items():
        canvas = Canvas(
            str(folder / name), pagesize=size, invariant=1, pageCompression=1, initialFontName=REGULAR
        )
        for number in range(1, pages + 1):
            canvas.setFont(REGULAR, 20)
            canvas.drawString(72, 96, f"Page {number}" if pages > 1 else "Sample form")
            canvas.showPage()
        canvas.save()


if __name__ == "__main__":
    make_artwork(HERE)
