"""What the shop measured of envelopes and papers decides what a letter weighs; their sizes and names stay."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kernel.errors import InvalidInput, Unconfirmed
from production.catalog.piece_weight import envelopes, letter_facts
from production.catalog.setup import STOCKS
from production.catalog.shop_envelopes import ENVELOPES, most_sheets, shop_envelopes
from production.people import setup
from production.setup.table import read_table, write_table
from store.db import Actor

ADA = Actor("ada")
SHEET = [(612.0, 792.0)]


def weighs(session, code="window10"):
    piece = letter_facts(shop_envelopes(session)[code], pages=SHEET, is_duplex=True).mailpiece
    return piece.weight_oz, piece.thickness_in


def measured(row, **other):
    return row.model_copy(update={"source": "Weighed in May", **other})


def test_a_plant_where_nobody_measured_has_what_is_shipped(plant):
    with plant.db.read_only(ADA) as session:
        assert shop_envelopes(session) == envelopes()
        assert {row.code for row in ENVELOPES.rows(session)} == {"window10", "booklet6x9", "booklet9x12"}
        assert most_sheets(session) == 70


def test_what_was_weighed_and_measured_counts_and_can_be_brought_back(plant):
    with plant.db.unit_of_work(ADA) as uow:
        session = uow.session
        assert weighs(session) == (
            Decimal("0.3400"),
            Decimal("0.0210"),
        )  # 0.16 oz of paper, 0.18 oz of envelope
        row = ENVELOPES.find(session, "window10")
        heavier = measured(row, weight_oz=Decimal("0.21"), caliper_in=Decimal("0.005"), max_sheets=6)
        with pytest.raises(Unconfirmed) as told:
            setup.put(uow, ENVELOPES, heavier)
        assert "count 0.21 oz and 0.005 in of envelope, until now 0.18" in told.value.findings[0].message
        setup.put(uow, ENVELOPES, heavier, knowing=["ENVELOPE_CHANGE"])
        assert weighs(session) == (Decimal("0.3700"), Decimal("0.0220"))
        assert shop_envelopes(session)["window10"].max_sheets == 6
        setup.bring_back(uow, ENVELOPES, "window10", 1, knowing=["ENVELOPE_CHANGE"])
        assert shop_envelopes(session) == envelopes()


def test_a_window_that_was_measured_is_known(plant):
    with plant.db.unit_of_work(ADA) as uow:
        session, place = uow.session, "has not been measured"
        assert place in shop_envelopes(session)["booklet6x9"].usual_place
        row = ENVELOPES.find(session, "booklet6x9")
        setup.put(
            uow,
            ENVELOPES,
            measured(row, window=(Decimal("0.5"), Decimal(2), Decimal("4.5"), Decimal("1.25"))),
        )
        assert place not in shop_envelopes(session)["booklet6x9"].usual_place
        ((_, given, _),) = read_table(
            ENVELOPES, write_table(ENVELOPES, [ENVELOPES.find(session, "booklet6x9")]).encode()
        )
        assert ENVELOPES.read(given) == ENVELOPES.find(session, "booklet6x9")


def test_a_paper_that_the_shop_measured_weighs_its_own(plant):
    with plant.db.unit_of_work(ADA) as uow:
        bond = STOCKS.find(uow.session, "bond20")
        setup.put(
            uow, STOCKS, bond.model_copy(update={"basis_lb": Decimal(24), "caliper_in": Decimal("0.005")})
        )
        uow.session.flush()
        assert weighs(uow.session) == (Decimal("0.3720"), Decimal("0.0240"))  # 24 lb: 0.192 oz a sheet
        assert weighs(uow.session, "card4x6") == weighs_shipped("card4x6")


def weighs_shipped(code):
    piece = letter_facts(envelopes()[code], pages=SHEET, is_duplex=True).mailpiece
    return piece.weight_oz, piece.thickness_in


@pytest.mark.parametrize(
    ("other", "field", "words"),
    [
        ({"weight_oz": "0"}, "weight_oz", "not a number over zero"),
        ({"weight_oz": "17"}, "weight_oz", "16"),
        ({"caliper_in": "thin"}, "caliper_in", "not a number over zero"),
        ({"max_sheets": "0"}, "max_sheets", "Write 1 or more."),
        ({"window": "1; 2; 3"}, "window", "four lengths"),
        ({"window": "left"}, "window", ""),
        ({"window": "6; 0.5; 4.5; 1"}, "window", "It does not fit: the envelope is 9.5 x 4.125 inches."),
        ({"name": "Our own"}, "name", "This stays as it is."),
        ({"code": "window11"}, "code", "There is no window11"),
    ],
)
def test_what_does_not_fit_is_told(plant, other, field, words):
    with plant.db.unit_of_work(ADA) as uow, pytest.raises(InvalidInput) as refused:
        row = ENVELOPES.find(uow.session, "window10").model_dump(mode="json")
        setup.put(uow, ENVELOPES, ENVELOPES.read(row | other))
    told = {one.place.column: one.message for one in refused.value.findings}
    assert words in told[field]
