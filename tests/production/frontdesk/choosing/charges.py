"""What a way is charged where a test has no rate card."""

from __future__ import annotations

from decimal import Decimal

from kernel.money import Extended, Rate
from production.frontdesk.estimates.alternatives import Alternative
from production.frontdesk.orders.snapshot import PricedLine


def at_cost(way: Alternative) -> list[PricedLine]:
    """One line with its price."""
    return [PricedLine("job", "The job", Decimal(1), Rate(Decimal(0)), Extended(Decimal(0)), way.price)]
