"""What pages weigh: the table of the print shop's practice (ounces of a letter sheet), and what size does to it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from production.catalog.piece_weight import Stock, envelopes, letter_facts

LETTER, HALF, LEGAL, TABLOID = (612.0, 792.0), (396.0, 612.0), (612.0, 1008.0), (792.0, 1224.0)
ENVELOPES = envelopes()


@pytest.mark.parametrize(
    ("basis", "basic", "ounces"),
    [
        (20, ("17", "22"), "0.1600"),
        (32, ("17", "22"), "0.2560"),
        (60, ("25", "38"), "0.1890"),
        (100, ("25", "38"), "0.3149"),
        (80, ("20", "26"), "0.4603"),
        (110, ("25.5", "30.5"), "0.4232"),
        (100, ("24", "36"), "0.3463"),
    ],
)
def test_a_letter_sheet_weighs_as_published(basis, basic, ounces):
    stock = Stock("s", Decimal(basis), (Decimal(basic[0]), Decimal(basic[1])), Decimal("0.004"))
    found = stock.sheet_oz((Decimal("8.5"), Decimal(11)))
    assert found.quantize(Decimal("0.0001")) == Decimal(ounces)


@pytest.mark.parametrize(
    ("envelope", "page", "pages", "weight", "thickness"),
    [
        ("window10", LETTER, 2, "0.3400", "0.0210"),  # as before: 1 sheet of 0.16 oz in three panels
        ("window10", HALF, 2, "0.2600", "0.0170"),
        ("booklet6x9", LETTER, 24, "2.2200", "0.1060"),
        ("booklet6x9", HALF, 24, "1.2600", "0.0580"),  # half the paper, and no fold
        ("booklet9x12", TABLOID, 2, "1.0700", "0.0200"),
        ("window10", LEGAL, 1, "0.3836", "0.0250"),  # 14 in need four panels
        ("card4x6", (432.0, 306.0), 2, "0.1154", "0.0090"),
        ("card6x9", (648.0, 432.0), 2, "0.2444", "0.0090"),
    ],
)
def test_size_and_stock_decide(envelope, page, pages, weight, thickness):
    piece = letter_facts(ENVELOPES[envelope], pages=[page] * pages, is_duplex=True).mailpiece
    assert (piece.weight_oz, piece.thickness_in) == (Decimal(weight), Decimal(thickness))


def test_each_sheet_is_weighed_by_itself():
    mixed = letter_facts(ENVELOPES["booklet9x12"], pages=[LETTER, LETTER, HALF], is_duplex=True)
    assert mixed.sheets == 2
    assert mixed.mailpiece.weight_oz == Decimal("0.75") + Decimal("0.16") + Decimal("0.08")


@given(
    st.sampled_from(sorted(ENVELOPES)),
    st.tuples(st.floats(72, 1300), st.floats(72, 1300)),
    st.integers(1, 40),
    st.booleans(),
)
def test_a_turned_page_weighs_the_same_and_more_pages_never_less(code, page, pages, is_duplex):
    def piece(size, count):
        return letter_facts(ENVELOPES[code], pages=[size] * count, is_duplex=is_duplex).mailpiece

    assert piece(page, pages) == piece(page[::-1], pages)
    assert piece(page, pages + 2).weight_oz > piece(page, pages).weight_oz


@pytest.mark.parametrize(
    ("code", "size", "fits"),
    [
        ("window10", ("4", "9"), True),  # a rack card
        ("window10", ("9", "4"), True),
        ("window10", ("3.875", "8.875"), True),  # a #9 for the reply
        ("window10", ("4.01", "9"), False),
        ("window10", ("3.5", "9.4"), False),
        ("window10", ("5.5", "8.5"), False),
        ("booklet6x9", ("5.5", "8.5"), True),
        ("booklet6x9", ("6", "9"), False),
        ("booklet9x12", ("8.5", "11"), True),
        ("card6x9", ("3.5", "5"), False),  # nothing goes into a card
    ],
)
def test_a_piece_goes_into_its_envelope_with_an_eighth_of_an_inch_free(code, size, fits):
    assert envelopes()[code].takes((Decimal(size[0]), Decimal(size[1]))) is fits
