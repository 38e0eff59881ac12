"""A statement that is drawn on a page which is there: where it lands, on any page, and nothing else moves."""

from __future__ import annotations

import pikepdf
import pypdfium2
import pytest

from kernel.errors import InvalidInput
from production.prepress.fixes.fixing import state_file
from production.prepress.fixes.statement import Statement
from production.prepress.preflight.order import PrintOrder

ORDER = PrintOrder(trims=((396.0, 612.0),), bleed=9.0)
WORDS = "1,015 copies of this public document were published by Wildlife at a cost of $480.00."
SAID = Statement(WORDS, page=0, left=36, bottom=18, width=200, size=7)


def draw(path, content, pages=2, **page):
    """Pages of 5.5 x 8.5 in with 1/8 in of bleed, that share one dictionary of resources."""
    pdf = pikepdf.new()
    shared = pdf.make_indirect(pikepdf.Dictionary())
    for _ in range(pages):
        made = pdf.add_blank_page(page_size=(414, 630)).obj
        made["/TrimBox"] = pikepdf.Array([9, 9, 405, 621])
        made["/Resources"], made["/Contents"] = shared, pdf.make_stream(content)
        for key, value in page.items():
            made[f"/{key}"] = value
    pdf.save(path)
    return path


def found_at(path, page):
    """The words of a page and, in points as displayed, the box round them."""
    text = (shown := pypdfium2.PdfDocument(path)[page]).get_textpage()
    boxes = [text.get_rect(k) for k in range(text.count_rects())]
    edges = zip(*boxes, strict=True) if boxes else ()
    left, low, right, high = (pick(side) for pick, side in zip((min, min, max, max), edges, strict=True))
    return " ".join(text.get_text_range().split()), (left, low, right, high), shown


@pytest.mark.parametrize(
    "content", [b"0 0 1 rg 0 0 200 200 re f", b"q .1 0 0 .1 9 9 cm 1 1 1 rg", b"Q Q 3 Tr 9 Tc"]
)
def test_it_stands_in_its_box_whatever_the_page_leaves_behind(tmp_path, content):
    path, out = draw(tmp_path / "a.pdf", content), tmp_path / "b.pdf"
    state_file(path, ORDER, SAID, out)
    words, (left, low, right, high), _ = found_at(out, 1)
    assert words == WORDS
    assert 45 <= left <= 46 and right <= 45 + 200, "half an inch from the trim, not wider than its box"
    assert 27 - 2 <= low <= 27 and high <= 27 + 2 * 7 * 1.2, "two lines, the last a quarter of an inch up"
    with pikepdf.open(out) as made:
        assert "/Font" not in made.pages[0].Resources, "no other page has its font"
        drawn = b"".join(one.read_bytes() for one in made.pages[1].Contents)
    assert drawn.count(content) == 1


def test_on_a_page_that_is_displayed_turned_it_reads_upright(tmp_path):
    path, out = draw(tmp_path / "a.pdf", b"", Rotate=90), tmp_path / "b.pdf"
    turned = PrintOrder(trims=((612.0, 396.0),), bleed=9.0)
    state_file(path, turned, SAID, out)
    image = pypdfium2.PdfDocument(out)[1].render(scale=1, grayscale=True).to_pil()
    dark = image.point(lambda value: 255 * (value < 128)).getbbox()
    assert image.size == (630, 414)
    assert (
        44 <= dark[0] <= 47
        and dark[2] <= 46 + 200
        and dark[1] >= 414 - 27 - 2 * 7 * 1.2
        and dark[3] <= 414 - 24
    )


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"page": 3}, "STATEMENT_BOX"),
        ({"left": 300}, "STATEMENT_BOX"),
        ({"bottom": 611}, "STATEMENT_BOX"),
        ({"words": "Caf\u0e01"}, "GLYPH_MISSING"),
    ],
)
def test_one_that_cannot_be_placed_is_refused_by_name(tmp_path, other, code):
    said = {name: getattr(SAID, name) for name in Statement.__slots__} | other
    with pytest.raises(InvalidInput) as refused:
        state_file(draw(tmp_path / "a.pdf", b""), ORDER, Statement(**said), tmp_path / "b.pdf")
    assert refused.value.instance_code == code
