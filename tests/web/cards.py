"""A template of business cards for tests: its background with bleed, its boxes and rules."""

from __future__ import annotations

import json

import pikepdf
from reportlab.lib.colors import CMYKColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from production.prepress.merge import fonts

TRIM, BLEED = (252.0, 144.0), 9.0
RULES = [
    {"name": "name", "title": "Name", "kind": "text", "is_needed": "yes"},
    {"name": "title", "title": "Job title", "kind": "text"},
    {"name": "phone", "title": "Phone", "kind": "phone", "is_needed": "yes"},
    {"name": "email", "title": "E-mail", "kind": "email", "letters": "lower"},
]
BOXES = {
    "fields": [
        {"name": "who", "page": 1, "x": 30, "y": 40, "width": 200, "height": 18, "column": "name", "size": 14,
         "min_size": 10, "fit": "shrink"},
        {"name": "lines", "page": 1, "x": 30, "y": 70, "width": 200, "height": 60,
         "text": "{title}\nPhone {phone}\n{email}", "size": 9, "fit": "wrap", "omit_empty": True},
    ]
}  # fmt: skip
BOXES_TEXT = json.dumps(BOXES)
PEOPLE = """Name,Job title,Phone,E-mail,Quantity
Ana Ruiz,Director,2255550100,ana@example.gov,250
Bo Tran,,2255550101,bo@example.gov,100
Cy Young,Clerk,2255550102,,40
"""


def background(path):
    """A card with a colored band that bleeds, in two pages' worth of inks on one page."""
    pdfmetrics.registerFont(TTFont("DejaVuSans", str(fonts.FOLDER / "DejaVuSans.ttf")))
    width, height = TRIM[0] + 2 * BLEED, TRIM[1] + 2 * BLEED
    canvas = Canvas(str(path), pagesize=(width, height), invariant=1)
    canvas.setFillColor(CMYKColor(0, 0, 0, 0.2))
    canvas.rect(0, 0, width, 24, stroke=0, fill=1)
    canvas.setFillColor(CMYKColor(0, 0, 0, 1))
    canvas.setFont("DejaVuSans", 8)
    canvas.drawString(30, 30, "Department of Examples")
    canvas.showPage()
    canvas.save()
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        page = pdf.pages[0]
        page.TrimBox = pikepdf.Array([BLEED, BLEED, width - BLEED, height - BLEED])
        page.BleedBox = pikepdf.Array([0, 0, width, height])
        pdf.save(path)
    return path
