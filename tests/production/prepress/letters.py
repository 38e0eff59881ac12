"""Templates, lists and codes for the tests of merging, made on the spot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
from reportlab.pdfgen.canvas import Canvas

from postal.barcodes import imb_batch
from production.prepress.merge.fields import Align, Field, Fields, Fit, Kind, default_fields

NAMES = [
    "JEAN-LUC O'NEIL",
    "ANN (ANNIE) ROE",
    "BACK\\SLASH CO",
    "RENÉE DUBOIS",
    "  ",
    "WILLIAM CHRISTOPHER THIBODEAUX",
]


def make_template(
    path: Path,
    pages: int = 1,
    *,
    text: str = "Static words of the letter",
    size: tuple[float, float] = (612, 792),
) -> Path:
    canvas = Canvas(str(path), pagesize=size, invariant=1)
    for number in range(1, pages + 1):
        canvas.drawString(72, min(300, size[1] - 100), f"{text}, sheet {number}")
        canvas.showPage()
    canvas.save()
    return path


def make_table(rows: int, **more: list[str]) -> pa.Table:
    columns = {
        "recipient": [f"{NAMES[i % len(NAMES)]} R{i:05d}" for i in range(rows)],
        "company": ["" if i % 3 else "ACME CO" for i in range(rows)],
        "street": [f"{i + 1} MAIN ST" for i in range(rows)],
        "street2": ["" if i % 4 else "APT 2" for i in range(rows)],
        "city": ["BATON ROUGE"] * rows,
        "state": ["LA"] * rows,
        "zip5": [f"{70801 + i % 9}" for i in range(rows)],
        "plus4": [f"{i % 10000:04d}" for i in range(rows)],
        "delivery_point": ["12"] * rows,
        "source_row": [str(i + 2) for i in range(rows)],
        "amount": [f"${i}.00" for i in range(rows)],
    }
    return pa.table(columns | more)


def make_imb(rows: int, first: int = 1) -> np.ndarray:
    lines = imb_batch.encode_lines(f"00300123456{n:09d},70801123412" for n in range(first, first + rows))
    return np.array([list(line.encode("ascii")) for line in lines], np.uint8)


def letter_fields() -> Fields:
    note = "Your amount is {amount}.\nAsk for {recipient} at the desk."
    bold, serif = "DejaVu Sans Bold", "DejaVu Serif"
    return Fields(
        (
            *default_fields().fields,
            Field("salutation", Kind.TEXT, 1, 72, 270, 300, 16, text="Dear {recipient},"),
            Field("amount", Kind.TEXT, 1, 400, 290, 140, 14, text="{amount}", align=Align.RIGHT, font=bold),
            Field(
                "note", Kind.TEXT, 1, 72, 520, 200, 60, text=note, fit=Fit.WRAP, font=serif, color="cc0000"
            ),
        )
    )
