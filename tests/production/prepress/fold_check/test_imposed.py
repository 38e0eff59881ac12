"""What the imposer makes, judged by the checker: every scheme reads as it should, traps of boxes and turns with it."""

from __future__ import annotations

import json

import pikepdf
import pytest

from production.prepress.fold_check.check import check
from production.prepress.imposition import child
from production.prepress.imposition.answers import Given
from production.prepress.imposition.asked import Asked
from production.prepress.imposition.flat import Source
from production.prepress.imposition.numbering import Numbers
from production.prepress.imposition.schemes import lay_out
from tests.production.prepress.fold_check.sheets import BLEED, HEIGHT, WIDTH, draw_pages

TRIM = (WIDTH, HEIGHT)
SPREAD, LARGE = (500.0, 400.0), (500.0, 700.0)


@pytest.fixture
def judged(tmp_path):
    def judged(pages: int, scheme: str, sheet, change=None, layout_change=lambda data: data, **asked):
        path = draw_pages(tmp_path / "pages.pdf", pages)
        if change:
            with pikepdf.open(path, allow_overwriting_input=True) as pdf:
                for page in pdf.pages:
                    change(pdf, page.obj)
                pdf.save(path)
        wanted = Asked(scheme, sheet, TRIM, bleed=BLEED, **asked)
        made = child.impose([Given(str(path), "pages.pdf")], wanted, str(tmp_path / "sheets.pdf"), "sheets")
        layout, _ = lay_out(wanted, [Source(count) for count in made.pages])
        (tmp_path / "layout.json").write_text(json.dumps(layout_change(layout.as_data())), "utf-8")
        return check(str(tmp_path / "sheets.pdf"), [str(path)], str(tmp_path / "layout.json"))

    return judged


@pytest.mark.parametrize(
    ("pages", "scheme", "sheet", "asked", "order"),
    [
        (12, "saddle", SPREAD, {"caliper": 0.3}, list(range(1, 13))),
        (12, "saddle", SPREAD[::-1], {"caliper": 0.3}, list(range(1, 13))),
        (6, "saddle", SPREAD, {"blanks": "before-back"}, [1, 2, 3, 4, 5, None, None, 6]),
        (14, "perfect", LARGE, {"signature": 8}, [*range(1, 15), None, None]),
        (16, "perfect", SPREAD, {"nest": 2}, list(range(1, 17))),
        (5, "cutstack", LARGE, {"turn": "left-right"}, [1, 2, 3, 4, 5, None, None, None]),
        (4, "nup", SPREAD, {}, [1, 3, 2, 4]),
        (2, "stepandrepeat", SPREAD, {"turn": "left-right"}, [1, 2, 1, 2]),
        (2, "work-turn", SPREAD, {}, [1, 2, 1, 2]),
        (2, "work-tumble", LARGE, {}, [1, 2] * 4),
        (4, "perfecting", SPREAD, {}, [1, 2, 3, 4]),
        (3, "cutstack", SPREAD, {"parts": 3, "numbers": Numbers(8, 11, "A-{:03d}-{check}")}, [1, 2, 3] * 4),
    ],
)
def test_every_scheme_reads_through(judged, pages, scheme, sheet, asked, order):
    found = judged(pages, scheme, sheet, **asked)
    assert (found.findings, found.reading_order) == ([], order)
    assert found.creep_pt == pytest.approx(0.6 if "caliper" in asked else 0, abs=0.05)


def turned(_, page):
    page.Rotate = 180


def elsewhere(_, page):
    """The same page with its origin moved and the corners of its boxes the other way round."""
    for name in ("/MediaBox", "/CropBox", "/TrimBox", "/BleedBox"):
        if name in page:
            left, low, right, high = map(float, page[name])
            page[name] = pikepdf.Array([right - 30, high + 50, left - 30, low + 50])
    page.Contents.write(b"1 0 0 1 -30 50 cm " + page.Contents.read_bytes())


def stamped(pdf, page):
    """With an annotation that prints."""
    box = pikepdf.Array([0, 0, 60, 20])
    look = pdf.make_stream(
        b"1 0 0 rg 0 0 60 20 re f", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=box
    )
    stamp = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Stamp, Rect=[60, 100, 120, 120], F=4, AP={"/N": look}
    )
    page.Annots = pikepdf.Array([pdf.make_indirect(stamp)])


@pytest.mark.parametrize("change", [turned, elsewhere, stamped])
def test_pages_are_compared_as_viewers_show_them(judged, change):
    found = judged(4, "saddle", SPREAD, change)
    assert (found.findings, found.reading_order) == ([], [1, 2, 3, 4])


def test_a_layout_of_another_order(judged):
    """Two pages change places in the layout alone: the sheets show what they show."""

    def swapped(data):
        other = {3: 5, 5: 3}
        for placed in data["placements"]:
            placed["page"] = other.get(placed["page"], placed["page"])
        return data

    found = judged(8, "saddle", SPREAD, layout_change=swapped)
    assert found.reading_order == list(range(1, 9))
    assert sorted((one.code, one.page, one.value) for one in found.findings) == [
        ("LAYOUT_MISMATCH", 3, 5),
        ("LAYOUT_MISMATCH", 5, 3),
    ]
