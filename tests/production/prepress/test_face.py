"""The side of a card that is addressed: its back, cut to the trim, as it is displayed; blank where none was given."""

from __future__ import annotations

import pikepdf
import pytest

from production.prepress.fixes.face import leave_address_side
from production.prepress.preflight.order import PrintOrder

ORDER = PrintOrder(trims=((432.0, 288.0),), bleed=9.0)
CUT = [9.0, 9.0, 441.0, 297.0]


def card(pages, **keys):
    """Pages of 6 x 4 in with 1/8 in of bleed and no trim box: they are thought to be cut in the middle."""
    pdf = pikepdf.new()
    for number in range(1, pages + 1):
        made = pdf.add_blank_page(page_size=(450, 306)).obj
        made["/Contents"] = pdf.make_stream(b"%% page %d" % number)
        for key, value in keys.items():
            made[f"/{key}"] = value
    return pdf


@pytest.mark.parametrize(
    ("pages", "keys", "left"),
    [
        (1, {}, b""),
        (2, {}, b"% page 2"),
        (2, {"TrimBox": pikepdf.Array([0, 0, 432, 288])}, b"% page 2"),
        (2, {"Rotate": 180}, b"% page 2"),
    ],
)
def test_of_a_card_its_back_is_left(pages, keys, left):
    pdf = card(pages, **keys)
    leave_address_side(pdf, ORDER)
    (page,) = pdf.pages
    assert page.obj.Contents.read_bytes() == left
    cut = [float(side) for side in keys.get("TrimBox", CUT)]
    assert [float(side) for side in page.mediabox] == [float(side) for side in page.obj.TrimBox] == cut
    assert int(page.obj.get("/Rotate", 0)) == keys.get("Rotate", 0)
