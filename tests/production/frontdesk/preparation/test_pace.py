"""Each planned operation keeps the standard of its minutes: with its figures they are worked out again."""

from __future__ import annotations

import math
from decimal import Decimal

from production.catalog.products.families import families
from production.catalog.products.spec import spec_of
from production.catalog.products.standards import shipped_standards
from production.frontdesk.estimates.estimate import estimate
from production.frontdesk.preparation.spec_plan import planned

BOOKLET = {
    "product": "booklet", "quantity": 500, "trim": [5.5, 8.5], "binding": "saddle",
    "finishing": [{"operation": "pack"}],
    "components": [
        {"name": "text", "pages": 8, "stock": "text60", "colours": [1, 1]},
        {"name": "cover", "pages": 4, "stock": "cover80", "colours": [1, 1]},
    ],
}  # fmt: skip


def test_setup_and_what_runs_at_the_speed_of_the_standard_are_the_planned_minutes():
    standards = shipped_standards()
    paces = [
        (one.pace, one.minutes) for one in planned(estimate(spec_of(BOOKLET), standards, families()).chosen)
    ]
    worked = [(pace, minutes) for pace, minutes in paces if pace]
    assert {pace.kind for pace, _ in worked} == {"press", "bindery"}
    assert [pace.stock for pace, _ in worked if pace.kind == "press"] == ["text60", "cover80"]
    for pace, minutes in worked:
        if pace.kind == "press":
            press = standards.presses[pace.key]
            setup, speed = press.makeready_minutes, press.sides_per_hour or press.sheets_per_hour
        else:
            step = standards.operations[pace.key]
            belt = step.belt_in_per_min and step.belt_in_per_min * 60
            setup, speed = step.setup_minutes, step.per_hour or step.cuts_per_hour or belt
        again = setup * pace.makereadies + (pace.amount * 60 / speed if speed else 0)
        assert math.ceil(round(again, 2)) == minutes, pace
        assert pace.amount > Decimal(0) or not speed
