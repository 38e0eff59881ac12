"""A year's mail, 24,000,000 letters in 250 daily streams: each sorted at the least postage, its plan kept as a file,
a block of serials taken, every barcode made and a sample of them read back.

``python bench/year.py [DAYS] [--whole] [--policy least|top-down]`` prints one JSON line; without ``--whole`` ten days,
and the year's figure is extrapolated and says so. Making up the lists is not counted.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np

from postal.barcodes.imb_batch import decode_batch, encode_batch
from postal.data.editions import InForce, editions
from postal.data.zips import zip_cities, zip_states
from postal.piece.mailpiece import Mailpiece
from postal.sorting.plan_file import write_plan
from postal.sorting.presort import LEAST, POLICIES, plan_presort
from postal.sorting.presort_plan import PieceColumns, PresortPlan
from postal.sorting.rule_book import RuleBook, rule_book

YEAR_PIECES, YEAR_DAYS, SOME_DAYS = 24_000_000, 250, 10
AGENCIES = 150
DAY = date(2025, 8, 1)
LETTER = Mailpiece(Decimal("9.5"), Decimal("4.125"), Decimal("0.02"), Decimal("0.8"))
MAILER_ID, SERIALS = "123456", 10**9  # six digits of mailer, so nine of serial: 45 days of any mail
SAMPLE = 500


def main(arguments: list[str]) -> None:
    """Measure as asked."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("days", nargs="?", type=int, default=SOME_DAYS)
    parser.add_argument("--whole", action="store_true", help="every day of the year")
    parser.add_argument("--policy", choices=POLICIES, default=LEAST)
    asked = parser.parse_args(arguments)
    days = YEAR_DAYS if asked.whole else min(asked.days, YEAR_DAYS)
    print(json.dumps(measure(days, policy=asked.policy)), flush=True)


def measure(days: int = SOME_DAYS, *, policy: str = LEAST) -> dict[str, Any]:
    """Pieces a second, minutes, peak memory; the peak after one day, to show that it does not grow."""
    rules = rule_book(
        "fcm-letter-automation", InForce(DAY, editions(), allow_test_only=True), origin_zip5=70802
    )
    spent = {"plan": 0.0, "keep": 0.0, "barcodes": 0.0, "read back": 0.0}
    cpu, pieces, trays, cents, next_serial, first_peak = 0.0, 0, 0, 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for number, mail in enumerate(daily_mail(days)):
            start = time.process_time()
            plan = _plan_day(mail, rules, policy, Path(folder) / "plan.arrow", spent)
            next_serial = _bar_codes(plan, next_serial, spent)
            cpu += time.process_time() - start
            pieces, trays, cents = pieces + plan.pieces, trays + len(plan.trays), cents + plan.postage.cents
            if not number:
                first_peak = _peak_mb()
    minutes = sum(spent.values()) / 60
    found = {
        "name": f"a year's mail, {days} of {YEAR_DAYS} days, {policy}: planned, kept, serials, barcodes",
        "ours": round(pieces / cpu),
        "unit": "pieces/cpu-s",
        "pieces": pieces,
        "trays": trays,
        "postage": f"{cents / 100:.2f}",
        "minutes": round(minutes, 2),
        "pieces_per_second": round(pieces / minutes / 60),
        "seconds": {stage: round(seconds, 2) for stage, seconds in spent.items()},
        "peak_mb": _peak_mb(),
        "peak_mb_after_one_day": first_peak,
    }
    if days < YEAR_DAYS:
        found["year_minutes_extrapolated"] = round(minutes * YEAR_PIECES / pieces, 1)
    return found


def daily_mail(days: int) -> Iterator[PieceColumns]:
    """The first days of the year: volumes go up and down threefold, 80 % to Louisiana and there to few ZIPs, one
    piece in two hundred without a delivery point, 150 agencies of very different size.
    """
    chance = np.random.default_rng(1)
    known = np.flatnonzero(zip_cities().row_of_zip >= 0).astype(np.int32)
    states = zip_states(DAY)
    louisiana = known[states.state_of_prefix[known // 100] == states.states.index("LA")]
    chance.shuffle(louisiana)
    weights = chance.uniform(0.5, 1.5, YEAR_DAYS)
    volumes = (weights / weights.sum() * YEAR_PIECES).astype(np.int64)
    volumes[-1] += YEAR_PIECES - volumes.sum()
    for count in volumes[:days].tolist():
        near = louisiana[(chance.random(count) ** 3 * len(louisiana)).astype(np.int64)]
        zip5 = np.where(chance.random(count) < 0.8, near, chance.choice(known, count))
        zip11 = zip5.astype(np.int64) * 1_000_000 + chance.integers(0, 1_000_000, count)
        zip11[chance.random(count) < 1 / 200] = -1
        job = (chance.random(count) ** 3 * AGENCIES).astype(np.int32)
        yield PieceColumns.of(zip5, zip11, job=job)


def _plan_day(
    mail: PieceColumns, rules: RuleBook, policy: str, path: Path, spent: dict[str, float]
) -> PresortPlan:
    start = time.perf_counter()
    plan = plan_presort(mail, rules, mailpiece=LETTER, mailer_line="BATON ROUGE LA 708", policy=policy)
    spent["plan"] += time.perf_counter() - start
    start = time.perf_counter()
    write_plan(plan, path)
    spent["keep"] += time.perf_counter() - start
    return plan


def _bar_codes(plan: PresortPlan, first: int, spent: dict[str, float]) -> int:
    """Barcodes of a day from its block of serials; the first serial after it. Stops where one was refused or a
    sample does not read as what was asked.
    """
    start = time.perf_counter()
    serials = np.arange(first, first + plan.pieces) % SERIALS
    has_point = plan.zip11 >= 0
    routing = np.where(has_point, plan.zip11, plan.zip5)
    digits = np.where(has_point, 11, 5)
    letters, refusals = encode_batch("00", "270", MAILER_ID, serials, routing, digits)
    spent["barcodes"] += time.perf_counter() - start
    start = time.perf_counter()
    rows = np.random.default_rng(first).integers(0, plan.pieces, SAMPLE)
    read = decode_batch(letters[rows])
    numbers = serials[rows] + int(MAILER_ID) * SERIALS
    is_right = read.readable.all() and np.array_equal(read.number, numbers)
    if refusals.any() or not is_right or not np.array_equal(read.routing, routing[rows]):
        raise SystemExit("a barcode does not say what it should: no measurement")
    spent["read back"] += time.perf_counter() - start
    return first + plan.pieces


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main(sys.argv[1:])
