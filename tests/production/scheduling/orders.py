"""A shop's Tuesday, orders of cards, and a schedule that is kept."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

from kernel import clock
from kernel.clock import SHOP_ZONE
from production.catalog.products.families import families
from production.catalog.products.spec import read_spec
from production.catalog.products.standards import read_standards
from production.frontdesk.estimates.estimate import estimate
from production.frontdesk.preparation.spec_plan import planned
from production.scheduling.keeping import keep, scheduled
from tests.factories import PLANT
from tests.production.catalog.products import orders

CARDS = {
    "product": "business_cards",
    "quantity": 1000,
    "trim": [3.5, 2],
    "bleed": 0.125,
    "components": [orders.component("card", "C80", 4, 0)],
}
SHOP = read_standards(json.dumps(orders.changed(orders.STANDARDS, stocks__C80=orders.C80)))


def shop(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHOP_ZONE)


TUESDAY = shop("2026-12-01 10:00")


def at_shop(moment):
    return f"{moment.astimezone(SHOP_ZONE):%a %H:%M}"


def cards_plan(*, print_minutes=None):
    """How 1,000 cards are made: printed in 6 minutes unless said, and cut in 14."""
    plan = planned(estimate(read_spec(json.dumps(CARDS)), SHOP, families()).chosen)
    return tuple(
        replace(one, minutes=print_minutes) if print_minutes and one.code == "print" else one for one in plan
    )


def schedule_again(plant, at):
    with clock.at(at):
        work, made, helps = scheduled(plant.db, PLANT, seconds=1, seed=1)
        with plant.db.unit_of_work(PLANT) as uow:
            keep(uow, work, made, helps, seconds=1, seed=1)
    return work, made
