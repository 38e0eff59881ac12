"""From quantities and rates to money: one code for estimate, quote and actual. Pure.

Quantity times rate is kept to four decimals, then rounded half up to the cent; a minimum lifts the line.
A shared amount is split by largest remainder in a fixed order (bill code, job number), so parts always add
to the whole. Postage is passed through at cost: its quantity is dollars and its rate is 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kernel.errors import AttentionNeeded, InvalidInput
from kernel.money import ZERO, Money, Rate, allocate, extend, to_cents
from postal.money.plan_figures import PlanFigures
from production.frontdesk.orders.snapshot import PricedLine, QuotedShare, QuoteSnapshot
from production.jobs.usage import Unit

POSTAGE_PERMIT = "postage.permit"
_LARGEST = Decimal("9999999999.9999")  # what the columns Quantity and extended hold: NUMERIC(14,4)
_SIX = 10**6  # rates have six decimals


@dataclass(frozen=True, slots=True)
class RateLine:
    """One price: dollars a unit, the least a job pays, and whether it is cost passed through."""

    unit: str
    description: str
    rate: Rate
    minimum: Money = ZERO
    pass_through: bool = False
    card: str = ""  # name and date of the rate card
    id: int = 0  # key of the stored line; 0 when it was not stored


@dataclass(frozen=True, slots=True)
class Share:
    """An account's weight in a charge; weights are whole numbers above zero."""

    bill_code: str
    weight: int


def price(
    units: Sequence[tuple[str, Decimal | int]], card: Mapping[str, RateLine], names: Mapping[str, str]
) -> list[PricedLine]:
    """A line for each (unit, quantity), in order; ``names`` of the units say what has no price. AttentionNeeded
    RATE_MISSING, InvalidInput AMOUNT_INVALID.
    """
    return [price_line(line_of(card, unit, names), quantity) for unit, quantity in units]


def price_line(line: RateLine, quantity: Decimal | int) -> PricedLine:
    """One quantity at one price. InvalidInput AMOUNT_INVALID for a quantity of zero, below, or too large."""
    amount = Decimal(quantity)
    if not amount.is_finite() or not 0 < amount <= _LARGEST:
        raise InvalidInput(f"{line.description}: {quantity} cannot be charged.", code="AMOUNT_INVALID")
    extended = extend(line.rate, amount)
    if extended.value > _LARGEST:
        raise InvalidInput(
            f"{line.description}: {quantity} is too much for one charge.", code="AMOUNT_INVALID"
        )
    money = max(to_cents(extended), line.minimum)
    return PricedLine(line.unit, line.description, amount, line.rate, extended, money)


def line_of(card: Mapping[str, RateLine], unit: str, names: Mapping[str, str]) -> RateLine:
    """The unit's price. AttentionNeeded RATE_MISSING: nothing is extrapolated."""
    if unit not in card:
        raise AttentionNeeded(
            f"No rate card has a price for {names.get(unit, unit)}.",
            code="RATE_MISSING",
            remedy='Load a card with this work under "Rates"; the work is charged once that card is published.',
            unit=unit,
        )
    return card[unit]


def added_for_rush(lines: Sequence[PricedLine], card: Mapping[str, RateLine]) -> list[PricedLine]:
    """The share of these lines that the card adds for rush, as a line; none where it adds nothing."""
    line, total = card.get(Unit.RUSH), sum((one.money for one in lines), ZERO)
    return [price_line(line, dollars(total))] if line and line.rate.value and total else []


def fixes_charged(fixes: int, card: Mapping[str, RateLine]) -> int:
    """So many, where the card has a price for them; none where they are free."""
    return fixes if Unit.FILE_FIX in card and card[Unit.FILE_FIX].rate.value else 0


def dollars(money: Money) -> Decimal:
    """The quantity of a pass-through line: dollars to four decimals."""
    return Decimal(money.cents * 100).scaleb(-4)


def split(money: Money, shares: Sequence[Share]) -> dict[str, Money]:
    """Bill code -> its part, in the order of bill codes, the fixed tie-break; the parts add to the whole."""
    ordered = sorted(shares, key=lambda share: share.bill_code)
    parts = allocate(money, [share.weight for share in ordered])
    return {share.bill_code: part for share, part in zip(ordered, parts, strict=True)}


def quote(
    units: Sequence[tuple[str, Decimal | int]],
    card: Mapping[str, RateLine],
    *,
    names: Mapping[str, str],
    postage: Money,
    single_piece: Money | None,
    shares: Sequence[Share] = (),
    plan: PlanFigures | None = None,
    is_rush: bool = False,
) -> QuoteSnapshot:
    """A frozen snapshot: lines (with postage at cost, if any), totals, cards, parts by bill code. ``plan``: the figures
    of the mailing, kept beside them; ``is_rush``: wanted before the usual day. Errors as ``price``.
    """
    all_units = [*units, *([(POSTAGE_PERMIT, dollars(postage))] if postage else [])]
    lines = price(all_units, card, names)
    lines += added_for_rush(lines, card) if is_rush else []
    return QuoteSnapshot(
        lines=tuple(lines),
        total=sum((line.money for line in lines), ZERO),
        postage=postage,
        single_piece=single_piece,
        rate_card=", ".join(sorted({card[line.unit].card for line in lines})),
        shares=price_shares(lines, shares),
        plan=plan,
    )


def price_shares(lines: Sequence[PricedLine], shares: Sequence[Share]) -> tuple[QuotedShare, ...]:
    """What each account pays of some lines, split line by line as they are charged."""
    parts: dict[str, Money] = {}
    for line in lines if shares else []:
        for bill_code, part in split(line.money, shares).items():
            parts[bill_code] = parts.get(bill_code, ZERO) + part
    return tuple(
        QuotedShare(share.bill_code, share.weight, parts[share.bill_code])
        for share in sorted(shares, key=lambda share: share.bill_code)
    )


def share_postage(
    total: Money, jobs: Sequence[tuple[str, Mapping[str, int]]], prices: Mapping[str, Rate]
) -> dict[str, Money]:
    """Job number -> its part of a statement of ``total``, by pieces and price of each level.

    Parts add exactly to the total: largest remainder, ties to the lower job number.
    AttentionNeeded PRICE_MISSING when a level has pieces and no price.
    """
    weights = {number: _postage_weight(levels, prices) for number, levels in sorted(jobs)}
    if len(weights) != len(jobs):
        raise InvalidInput("A job is named twice in one batch.", code="AMOUNT_INVALID")
    return dict(zip(weights, allocate(total, list(weights.values())), strict=True))


def _postage_weight(levels: Mapping[str, int], prices: Mapping[str, Rate]) -> int:
    """Millionths of a dollar: whole, so that no share depends on a rounding."""
    missing = sorted(level for level, pieces in levels.items() if pieces and level not in prices)
    if missing:
        raise AttentionNeeded(
            f"The statement has no price for {', '.join(missing)}.", code="PRICE_MISSING", levels=missing
        )
    return sum(int(prices[level].value * _SIX) * pieces for level, pieces in levels.items() if pieces)
