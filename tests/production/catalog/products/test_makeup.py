"""Weight, thickness, spine, creep and pages: the practice file's sections 2, 3, 5 and 6, worked out there."""

from __future__ import annotations

from decimal import Decimal

import pytest

from production.catalog.products.families import families
from production.catalog.products.makeup import Makeup, made_up, sheet_lb
from production.catalog.products.standards import Stock
from tests.production.catalog.products import orders

BASIC = {
    "bond": ("17", "22"),
    "text": ("25", "38"),
    "cover": ("20", "26"),
    "index": ("25.5", "30.5"),
    "bristol": ("22.5", "28.5"),
    "tag": ("24", "36"),
}
# grade, basis: pounds of 1,000 letter and tabloid sheets, ounces of a letter sheet
WEIGHTS = [
    ("bond", 16, "8.00", "16.00", "0.1280"),
    ("bond", 20, "10.00", "20.00", "0.1600"),
    ("bond", 24, "12.00", "24.00", "0.1920"),
    ("bond", 28, "14.00", "28.00", "0.2240"),
    ("bond", 32, "16.00", "32.00", "0.2560"),
    ("text", 50, "9.84", "19.68", "0.1575"),
    ("text", 60, "11.81", "23.62", "0.1890"),
    ("text", 70, "13.78", "27.56", "0.2205"),
    ("text", 80, "15.75", "31.49", "0.2520"),
    ("text", 100, "19.68", "39.37", "0.3149"),
    ("cover", 65, "23.38", "46.75", "0.3740"),
    ("cover", 80, "28.77", "57.54", "0.4603"),
    ("cover", 100, "35.96", "71.92", "0.5754"),
    ("index", 90, "21.64", "43.28", "0.3462"),
    ("index", 110, "26.45", "52.90", "0.4232"),
    ("bristol", 67, "19.54", "39.08", "0.3126"),
    ("tag", 100, "21.64", "43.29", "0.3463"),
]


@pytest.mark.parametrize(("grade", "basis", "letter", "tabloid", "ounces"), WEIGHTS)
def test_weights_of_paper(grade: str, basis: int, letter: str, tabloid: str, ounces: str):
    stock = Stock(
        grade=grade,
        basis_lb=Decimal(basis),
        basic=tuple(map(Decimal, BASIC[grade])),
        caliper=Decimal("0.004"),
    )
    thousand = 1000 * sheet_lb(stock, Decimal("8.5"), Decimal(11))
    assert thousand.quantize(Decimal("0.01")) == Decimal(letter)
    assert (1000 * sheet_lb(stock, Decimal(11), Decimal(17))).quantize(Decimal("0.01")) == Decimal(tabloid)
    assert (thousand * 16 / 1000).quantize(Decimal("0.0001")) == Decimal(ounces)


def made(caliper: float = 0.0046, **changes: object) -> Makeup:
    """A product of one component ``text``."""
    whole = {"product": "booklet", "quantity": 100, "trim": [5.5, 8.5]} | changes
    whole.setdefault("components", [orders.component("text", "T60", 1, 1)])
    shop = orders.standards(stocks__T60__caliper=caliper, stocks__C80=orders.C80)
    return made_up(orders.spec(whole), families(), shop)


@pytest.mark.parametrize(
    ("pages", "caliper", "creep"), [(32, 0.0039, "0.0273"), (64, 0.0051, "0.0765"), (4, 0.0051, "0")]
)
def test_creep(pages: int, caliper: float, creep: str):
    assert made(caliper, pages=pages).creep == Decimal(creep)


def test_the_cover_is_not_in_the_nest():
    text = orders.component("text", "T60", 1, 1, pages=32)
    cover = orders.component("cover", "C80", 4, 0)
    booklet = made(0.0039, components=[text, cover])
    assert booklet.creep == Decimal("0.0273")
    assert booklet.thickness == 16 * Decimal("0.0039") + 2 * Decimal("0.0095")
    assert [(one.pieces, one.flat) for one in booklet.components] == [
        (8, (Decimal(11), Decimal("8.5"))), (1, (Decimal(11), Decimal("8.5"))),
    ]  # fmt: skip


def test_the_spine_and_the_flat_cover():
    assert made(0.0039, product="book", pages=128).spine == Decimal("0.2496")
    text = orders.component("text", "T60", 1, 1, pages=127)
    cover = orders.component("cover", "C80", 4, 0)
    book = made(0.0039, product="book", trim=[6, 9], components=[text, cover])
    assert book.spine == Decimal("0.2496") + 2 * Decimal("0.0095")
    assert book.components[0].blanks == 1
    assert book.components[1].flat == (Decimal("12.2686"), Decimal(9))


@pytest.mark.parametrize(
    ("changes", "pages_made", "pieces", "flat"),
    [
        ({"pages": 34}, 36, 9, ("11", "8.5")),
        ({"product": "book", "binding": "coil", "pages": 31}, 32, 16, ("5.5", "8.5")),
        ({"product": "flat_form"}, 2, 1, ("5.5", "8.5")),
        ({"product": "newsletter", "trim": [8.5, 11], "pages": 6}, 8, 2, ("17", "11")),
        ({"product": "pamphlet", "trim": [8.5, 11], "pages": 2}, 2, 1, ("8.5", "11")),
        ({"product": "pamphlet", "pages": 4}, 4, 1, ("11", "8.5")),
        (
            {
                "product": "pamphlet",
                "trim": [4, 9],
                "pages": 6,
                "finishing": [{"operation": "fold", "pattern": "letter"}],
            },
            6,
            1,
            ("11.9375", "9"),
        ),
    ],
)
def test_pages_and_flat_pieces(changes, pages_made: int, pieces: int, flat: tuple[str, str]):
    text = made(**changes).text
    assert (text.pages_made, text.pieces) == (pages_made, pieces)
    assert text.flat == tuple(map(Decimal, flat))


@pytest.mark.parametrize(("parts", "sets"), [(2, 250), (3, 166), (4, 125), (5, 100), (6, 83)])
def test_sets_of_a_ream(parts: int, sets: int):
    from production.catalog.products.formulas import value_of

    figure = families().family("carbonless").figures[0]
    assert value_of(figure.formula, {"parts": parts}) == sets


def test_grain_is_decided_by_the_product():
    fold = [{"operation": "fold", "pattern": "letter"}]
    assert made(pages=8).text.grain == "height"
    assert made(product="flat_form").text.grain is None
    assert made(product="flat_form", trim=[8.5, 11], finishing=fold).text.grain == "width"
    assert made(product="pamphlet", trim=[11, 8.5], finishing=fold).text.grain == "height"
    assert made(product="book", binding="corner", pages=10).text.grain is None
