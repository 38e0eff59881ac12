"""What metered pieces should cost by the prices in force, and how an amount differs from it.

Single pieces pay the metered price of their class, shape and weight; presorted pieces and nonmachinable letters pay
others, which are lawful as well. Parcels pay by zone, which a meter's sheet does not name: their amount must lie
between the zones.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal

from kernel.findings import Finding, Severity
from kernel.money import Money, Rate, extend, to_cents
from postal.prices.prices import PriceSet

METER_PRICE = "METER_PRICE"
_LEVEL = "single-piece"
# Class and shape on a meter's sheet -> price table of single pieces.
SINGLE_PIECES = {
    ("first-class", "letter"): "fcm-letter-single-piece-metered",
    ("first-class", "card"): "fcm-card-single-piece",
    ("first-class", "flat"): "fcm-flat-single-piece",
}
SURCHARGE = "fcm-letter-single-piece-nonmachinable-surcharge"
ZONED = {"ground-advantage": "ga-com", "priority": "pm-com"}
SEASONAL = {"ground-advantage": "ga-com-peak", "priority": "ga-com-peak"}  # while in force, zones cost more
BY_POUND = ("media", "library")
PRESORTED = {
    "first-class": "First-Class Mail",
    "marketing": "USPS Marketing Mail",
}  # as price tables name the class
_REMEDY = "Take the run out and add it as it was, unless a service or another price explains the amount."


def price_finding(
    mail_class: str, shape: str, weight_oz: Decimal, pieces: int, amount: Money, prices: PriceSet
) -> Finding | None:
    """A warning with the difference where an amount is no price of such pieces; a note where none is loaded to compare
    with; None where it fits.
    """
    usual = _usual(mail_class, shape, weight_oz, prices)
    lawful = {_of(rate, pieces) for rate in (*usual, *_presorted(mail_class, shape, weight_oz, prices))}
    if not lawful:
        sentence = f"No price of {mail_class} {shape}, {weight_oz} oz, is loaded: the amount is not compared."
        return Finding(METER_PRICE, Severity.NOTE, sentence)
    expected = sorted(_of(rate, pieces) for rate in usual) or sorted(lawful)
    low, high = expected[0], expected[-1]
    is_between = mail_class in ZONED and low <= amount <= high  # pieces of several zones
    if amount in lawful or is_between:
        return None
    differs = amount - (low if amount < low else high)
    price = f"${low}" if low == high else f"${low} to ${high}"
    how = f"${differs} too much" if differs.cents > 0 else f"${-differs} too little"
    sentence = f"{pieces:,} pieces of {weight_oz} oz cost {price}; ${amount} was metered, {how}."
    if low < amount < high:
        sentence = f"${amount} is no price of {pieces:,} pieces of {weight_oz} oz; they cost {price}."
    return Finding(METER_PRICE, Severity.WARN, sentence, _REMEDY)


def _of(rate: Rate, pieces: int) -> Money:
    return to_cents(extend(rate, pieces))


def _usual(mail_class: str, shape: str, weight_oz: Decimal, prices: PriceSet) -> list[Rate]:
    """The price of a single piece; one for each zone where the class has zones."""
    if table := SINGLE_PIECES.get((mail_class, shape)):
        return _known(prices, table, _LEVEL, weight_oz)
    if mail_class in BY_POUND:
        first, more = (
            _component(prices, mail_class, part) for part in ("first pound", "each additional pound")
        )
        pounds = int((weight_oz / 16).to_integral_value(rounding=ROUND_CEILING))
        return [Rate(first.value + more.value * (pounds - 1))] if first and more else []
    season = prices.tables.get(SEASONAL.get(mail_class, ""))
    if mail_class not in ZONED or (season is not None and season.is_in_force(prices.on)):
        return []
    return list(prices.zones(ZONED[mail_class], "weight and zone", weight_oz=weight_oz).values())


def _presorted(mail_class: str, shape: str, weight_oz: Decimal, prices: PriceSet) -> Iterator[Rate]:
    """Other prices such pieces may lawfully pay: those of every level of a presort, and of nonmachinable letters."""
    for table in prices.tables.values():
        if (
            table.mail_class != PRESORTED.get(mail_class)
            or table.shape != shape
            or not table.is_in_force(prices.on)
        ):
            continue
        for cell in table.cells:
            if cell.rate and not cell.component and cell.admits(weight_oz) and cell.level != _LEVEL:
                yield cell.rate
    if (mail_class, shape) == ("first-class", "letter"):
        for single in _known(prices, SINGLE_PIECES[mail_class, shape], _LEVEL, weight_oz):
            for more in _known(prices, SURCHARGE, _LEVEL, weight_oz):
                yield Rate(single.value + more.value)


def _known(prices: PriceSet, table: str, level: str, weight_oz: Decimal) -> list[Rate]:
    if prices.missing([(table, level)], weight_oz=weight_oz):
        return []
    return [prices.rate(table, level, weight_oz=weight_oz).rate]


def _component(prices: PriceSet, table: str, component: str) -> Rate | None:
    key = (table, "by pound", "", component)
    if prices.missing([key], weight_oz=Decimal(1)):
        return None
    return prices.rate(table, "by pound", weight_oz=Decimal(1), component=component).rate
