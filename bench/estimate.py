"""Estimates on a shop of twelve presses: one with alternatives and break-even, and a ladder of ten quantities; and the
price panel of every family on the shipped shop.

``python bench/estimate.py`` prints one JSON line a measurement: milliseconds of the processor, the median of
several, of panels the 95th percentile.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

from kernel.money import Extended, Rate
from production.catalog.products.families import families
from production.catalog.products.spec import Spec, spec_of
from production.catalog.products.standards import Standards, shipped_standards
from production.frontdesk.choosing.answers import completed, questions
from production.frontdesk.choosing.prices import Shop, priced
from production.frontdesk.estimates.alternatives import Alternative
from production.frontdesk.estimates.answer import answer
from production.frontdesk.estimates.estimate import estimate, ladder
from production.frontdesk.orders.snapshot import PricedLine

PRESSES = 12
REPEATS = 15
QUANTITIES = (250, 500, 1000, 2500, 5000, 10_000, 20_000, 40_000, 80_000, 160_000)
LIMITS_MS = {"estimate": 100, "ladder": 300, "panel": 200}

BOOKLET = spec_of(
    {
        "product": "booklet", "quantity": 5000, "trim": [5.5, 8.5], "pages": 36, "bleed": 0.125,
        "components": [
            {"name": "text", "pages": 32, "stock": "text60", "colours": [1, 1]},
            {"name": "cover", "pages": 4, "stock": "cover80", "colours": [1, 0]},
        ],
        "packing": {"carton": "C25"},
    }
)  # fmt: skip
FORM = spec_of(
    {
        "product": "flat_form", "quantity": 20_000, "trim": [8.5, 11],
        "components": [{"name": "sheet", "stock": "bond20", "colours": [1, 1]}],
    }
)  # fmt: skip


def shop() -> Standards:
    """The shipped shop with as many presses as are measured, each a little slower than the one it was taken from."""
    shipped = shipped_standards()
    own = list(shipped.presses.items())
    more = {
        f"{code}-{n}": press.model_copy(update={"makeready_minutes": press.makeready_minutes + n})
        for n in range(PRESSES)
        for code, press in own
    }
    return shipped.model_copy(update={"presses": dict(list(more.items())[:PRESSES])})


def at_cost(way: Alternative) -> list[PricedLine]:
    """What it is charged without a rate card: one line with its price."""
    exact = Extended(way.total)
    return [
        PricedLine(
            "job", "The job", Decimal(1), Rate(way.total.quantize(Decimal("0.000001"))), exact, way.price
        )
    ]


def measure() -> Iterator[dict[str, Any]]:
    """Each measurement with its limit."""
    standards, known = shop(), families()
    for name, spec in (("booklet with a cover", BOOKLET), ("flat form", FORM)):
        ours = _milliseconds(lambda spec=spec: answer(estimate(spec, standards, known)))
        yield _row(f"estimate, {PRESSES} presses, {name}", ours, "estimate", len(_ids(spec, standards)))
        ours = _milliseconds(lambda spec=spec: ladder(spec, standards, known, QUANTITIES))
        yield _row(f"ladder of ten quantities, {PRESSES} presses, {name}", ours, "ladder", len(QUANTITIES))
    panels = sorted(_panels())
    yield _row("price panel, 95th percentile", panels[int(len(panels) * 0.95)], "panel", len(panels))


def _panels() -> Iterator[float]:
    """Milliseconds of the panels of each family, its first answers and its second, in several quantities."""
    standards, known = shipped_standards(), families()
    for family in known.families.values():
        asked = questions(family, standards, {})
        for quantity in QUANTITIES:
            for nth in (0, 1):
                given = {one.code: one.choices[nth % len(one.choices)].value for one in asked}
                answers = completed(asked, given | {"quantity": str(quantity)})
                start = time.process_time()
                priced(Shop(family, known, standards, at_cost), asked, answers)
                yield (time.process_time() - start) * 1000


def _ids(spec: Spec, standards: Standards) -> list[str]:
    return [one.id for one in estimate(spec, standards, families()).alternatives]


def _milliseconds(work: Callable[[], object]) -> float:
    work()
    seen = []
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        seen.append(time.process_time() - start)
    return statistics.median(seen) * 1000


def _row(name: str, ours: float, limit: str, answers: int) -> dict[str, Any]:
    return {"name": name, "ours": round(ours, 1), "unit": "ms", "limit": LIMITS_MS[limit], "answers": answers}


if __name__ == "__main__":
    measured = list(measure())
    for one in measured:
        print(json.dumps(one))
    sys.exit(any(one["ours"] > one["limit"] for one in measured))
