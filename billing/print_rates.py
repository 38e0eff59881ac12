"""The standards of the shop with the money of the rate card in force, and what a way to make an order is charged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from billing.pricing import RateLine, added_for_rush, fixes_charged, line_of, price
from production.catalog.products import charged
from production.catalog.products.standards import Standards
from production.frontdesk.estimates.alternatives import Alternative
from production.frontdesk.orders.snapshot import PricedLine
from production.frontdesk.preparation.print_check import expected_usage
from production.frontdesk.preparation.spec_plan import planned


def priced_by(card: Mapping[str, RateLine], standards: Standards, names: Mapping[str, str]) -> Standards:
    """Every hour, click, plate and sheet at the card's price. AttentionNeeded RATE_MISSING for what it has none for."""

    def rate_of(unit: str) -> Decimal:
        return line_of(card, unit, names).rate.value

    return charged.with_rates(standards, rate_of)


def unpriced(card: Mapping[str, RateLine], standards: Standards) -> list[str]:
    """What is charged of the standards and has no price on the card, by name."""
    return [one.name for one in charged.charged_units(charged.in_use(standards)) if one.code not in card]


def charge_by(
    card: Mapping[str, RateLine],
    names: Mapping[str, str],
    *,
    stops: int = 1,
    fixes: int = 0,
    is_rush: Callable[[Alternative], bool] = lambda _way: False,
) -> Callable[[Alternative], Sequence[PricedLine]]:
    """What an order made in one way is quoted and charged: its plan with set-up, the ``stops`` of its delivery, the
    ``fixes`` of its files, and what rush adds, line by line. AttentionNeeded RATE_MISSING.
    """

    def charge(way: Alternative) -> Sequence[PricedLine]:
        used = expected_usage(tuple(planned(way)), stops=stops, fixes=fixes_charged(fixes, card))
        lines = price(used, card, names)
        return [*lines, *(added_for_rush(lines, card) if is_rush(way) else [])]

    return charge
