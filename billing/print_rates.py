"""The standards of the shop with the money of the rate card in force."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from billing.pricing import RateLine, line_of
from production.catalog.products import charged
from production.catalog.products.standards import Standards


def priced_by(card: Mapping[str, RateLine], standards: Standards, names: Mapping[str, str]) -> Standards:
    """Every hour, click, plate and sheet at the card's price. AttentionNeeded RATE_MISSING for what it has none for."""

    def rate_of(unit: str) -> Decimal:
        return line_of(card, unit, names).rate.value

    return charged.with_rates(standards, rate_of)


def unpriced(card: Mapping[str, RateLine], standards: Standards) -> list[str]:
    """What is charged of the standards and has no price on the card, by name."""
    return [one.name for one in charged.charged_units(charged.in_use(standards)) if one.code not in card]
