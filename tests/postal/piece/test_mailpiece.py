"""Shape and machinability from dimensions."""

from __future__ import annotations

from decimal import Decimal

import pytest

from postal.data.editions import InForce, editions
from postal.piece.mailpiece import Mailpiece, check_mailpiece, pounds, standards
from tests.postal.mailings import LETTER, TODAY

LIMITS = standards(InForce(TODAY, editions()))


def piece(length: str, height: str, thickness: str = "0.02", ounces: str = "0.8", **more) -> Mailpiece:
    return Mailpiece(Decimal(length), Decimal(height), Decimal(thickness), Decimal(ounces), **more)


def test_a_number_ten_letter_is_machinable():
    verdict = check_mailpiece(LETTER, LIMITS)
    assert (verdict.shape, verdict.is_automation, verdict.findings) == ("letter", True, ())


@pytest.mark.parametrize(
    ("length", "height", "is_machinable"),
    [("5.2", "4", True), ("10", "4", True), ("5.19", "4", False), ("10.01", "4", False)],
)
def test_aspect_ratio_includes_both_ends(length, height, is_machinable):
    verdict = check_mailpiece(piece(length, height), LIMITS)
    assert verdict.shape == "letter"
    assert verdict.is_machinable is is_machinable
    assert [f.code for f in verdict.findings] == ([] if is_machinable else ["PIECE_NONMACHINABLE"])


@pytest.mark.parametrize(
    ("made", "shape"),
    [
        (piece("11.5", "6.125", "0.25", "3.5"), "letter"),
        (piece("11.5", "6.125", "0.25", "3.51"), "flat"),
        (piece("11.51", "6", "0.1", "3"), "flat"),
        (piece("9", "6.126", "0.1", "3"), "flat"),
        (piece("15", "12", "0.75", "13"), "flat"),
        (piece("6", "4.25", "0.009", "0.2", construction="card"), "card"),
        (piece("6", "4.25", "0.009", "0.2"), "letter"),
        (piece("6", "4.25", "0.017", "0.2", construction="card"), "letter"),
    ],
)
def test_shape(made, shape):
    assert check_mailpiece(made, LIMITS).shape == shape


def test_a_large_commercial_card_pays_card_prices_and_single_as_a_letter():
    large = check_mailpiece(piece("9", "6", "0.009", "0.3", construction="card"), LIMITS)
    assert (large.shape, large.single_piece_shape, large.is_automation) == ("card", "letter", True)
    small = check_mailpiece(piece("6", "4.25", "0.009", "0.2", construction="card"), LIMITS)
    assert (small.shape, small.single_piece_shape) == ("card", "card")


def test_a_large_thin_piece_is_nonmachinable():
    assert not check_mailpiece(piece("9.5", "4.125", "0.008"), LIMITS).is_machinable
    assert check_mailpiece(piece("9.5", "4.125", "0.009"), LIMITS).is_machinable
    assert check_mailpiece(piece("6", "4.25", "0.007"), LIMITS).is_machinable


def test_features_that_stop_a_machine():
    verdict = check_mailpiece(piece("9.5", "4.125", features=frozenset({"closure", "ribbon"})), LIMITS)
    assert not verdict.is_automation
    assert ["Clasps" in f.message or "clasps" in f.message for f in verdict.findings] == [True, False]


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (piece("9.5", "4.125", ounces="0"), "PIECE_WEIGHT"),
        (piece("9.5", "4.125", ounces="13.1"), "PIECE_WEIGHT"),
        (piece("4.9", "3.5"), "PIECE_SIZE"),
        (piece("16", "12"), "PIECE_SIZE"),
        (piece("0", "4"), "PIECE_SIZE"),
    ],
)
def test_no_shape(made, code):
    verdict = check_mailpiece(made, LIMITS)
    assert (verdict.shape, verdict.is_automation) == ("", False)
    assert [f.code for f in verdict.findings] == [code]


def test_over_three_ounces_the_barcode_moves_to_the_address_block():
    assert [f.code for f in check_mailpiece(piece("9.5", "4.125", ounces="3.01"), LIMITS).findings] == [
        "PIECE_BARCODE_PLACE"
    ]


def test_pounds_to_four_decimals():
    assert pounds(Decimal(1)) == Decimal("0.0625")
    assert pounds(Decimal("0.83")) == Decimal("0.0519")
