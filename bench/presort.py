"""Presort a CPU second against dict-and-sort in plain Python, polars and duckdb, in one run.

``python bench/presort.py`` prints one JSON line a measurement. All must place every piece alike first. Polars and
duckdb are measured where they are installed, on one thread; they are not dependencies.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np

from postal.data.editions import InForce, editions
from postal.data.zips import zip_cities, zip_states
from postal.piece.mailpiece import Mailpiece
from postal.sorting.explain import explain_piece
from postal.sorting.presort import plan_presort
from postal.sorting.presort_plan import PieceColumns, PresortPlan
from postal.sorting.rule_book import RuleBook, rule_book

DAY = date(2025, 8, 1)
SIZES = (100_000, 1_000_000)
REPEATS = 5
LETTER = Mailpiece(Decimal("9.5"), Decimal("4.125"), Decimal("0.02"), Decimal("0.8"))
PER_TRAY = 1_050  # 21 in of such letters


def measure() -> Iterator[dict[str, Any]]:
    """Measurements with name, ours, peer, ratio, unit; CPU seconds, best of five, plain Python's once."""
    rules = rule_book(
        "fcm-letter-automation", InForce(DAY, editions(), allow_test_only=True), origin_zip5=70802
    )
    for size in SIZES:
        plan, row = _compare(size, rules)
        yield row
        yield from _frames(size, rules, plan)
        yield _least(size, rules)
    yield _explain(plan)


def _compare(size: int, rules: RuleBook) -> tuple[PresortPlan, dict[str, Any]]:
    zip5, zip11 = pieces(size)
    rows = list(zip(zip5.tolist(), zip11.tolist(), strict=True))
    plan = _ours(zip5, zip11, rules)
    aadc = rules.lists.by_name["L801"].destination_of.tolist()
    start = time.process_time()
    order, trays = plain_presort(rows, aadc)
    peer = time.process_time() - start
    if order != plan.source.tolist() or trays != plan.trays.pieces.tolist():
        raise SystemExit("the two presorts disagree: no measurement")
    ours = min(_seconds(lambda: _ours(zip5, zip11, rules)) for _ in range(REPEATS))
    name = f"presort, {size:,} pieces, against dict and sort"
    return plan, _row(name, size / ours, size / peer, "pieces/s")


def _frames(size: int, rules: RuleBook, plan: PresortPlan) -> Iterator[dict[str, Any]]:
    """The same against the two data frames, where they are installed."""
    zip5, zip11 = pieces(size)
    aadc = rules.lists.by_name["L801"].destination_of
    ours = min(_seconds(lambda: _ours(zip5, zip11, rules)) for _ in range(REPEATS))
    for name, peer in (("polars", polars_presort), ("duckdb", duckdb_presort)):
        if find_spec(name) is None:
            continue
        order, trays = peer(zip5, zip11, aadc)
        if order.tolist() != plan.source.tolist() or trays.tolist() != plan.trays.pieces.tolist():
            raise SystemExit(f"{name} and we disagree: no measurement")
        seconds = min(_seconds(lambda peer=peer: peer(zip5, zip11, aadc)) for _ in range(REPEATS))
        yield _row(f"presort, {size:,} pieces, against {name}", size / ours, size / seconds, "pieces/s")


def polars_presort(zip5: np.ndarray, zip11: np.ndarray, aadc: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows in tray order and pieces of each tray, by window counts, one sort and a count of runs."""
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    import polars as pl

    few = pl.col("in_zip") < 150
    frame = (
        pl.DataFrame({"row": np.arange(len(zip5), dtype=np.int64), "zip5": zip5, "zip11": zip11})
        .lazy()
        .with_columns(pl.Series("aadc", aadc[zip5 // 100]), in_zip=pl.len().over("zip5"))
        .with_columns(in_aadc=few.sum().over("aadc"))
        .with_columns(
            level=pl.when(~few)
            .then(0)
            .when((pl.col("aadc") >= 0) & (pl.col("in_aadc") >= 150))
            .then(1)
            .otherwise(2)
        )
        .with_columns(group=pl.when(pl.col("level") == 0).then(pl.col("zip5")).otherwise(pl.col("aadc")))
        .sort("level", "group", "zip11", "row")
        .select("row", "level", destination=pl.when(pl.col("level") < 2).then("group").otherwise(-1))
        .collect()
    )
    sizes = frame.group_by("level", "destination", maintain_order=True).len()["len"].to_numpy()
    return frame["row"].to_numpy(), tray_sizes(sizes)


def duckdb_presort(zip5: np.ndarray, zip11: np.ndarray, aadc: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same as two queries."""
    import duckdb
    import pyarrow as pa

    columns = {"row": np.arange(len(zip5)), "zip5": zip5, "zip11": zip11, "aadc": aadc[zip5 // 100]}
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        connection.register("pieces", pa.table(columns))
        found = connection.execute(f'{_LEVELED} select "row" {_FROM} {_ORDER}, zip11, "row"').fetchnumpy()
        sizes = connection.execute(f"{_LEVELED} select count(*) as n {_FROM} group by {_BY} order by {_BY}")
        return found["row"], tray_sizes(sizes.fetchnumpy()["n"])


_LEVELED = """
with zips as (select zip5, any_value(aadc) as aadc, count(*) as in_zip from pieces group by zip5),
areas as (select aadc, sum(in_zip) as in_aadc from zips where in_zip < 150 group by aadc),
leveled as (
    select zip5, aadc,
           case when in_zip >= 150 then 0 when aadc >= 0 and in_aadc >= 150 then 1 else 2 end as level
    from zips left join areas using (aadc)
)
"""
_FROM = "from pieces join leveled using (zip5)"
_BY = "level, case when level = 0 then zip5 when level = 1 then leveled.aadc else -1 end"
_ORDER = "order by level, case when level = 0 then zip5 else leveled.aadc end"


def tray_sizes(groups: np.ndarray) -> np.ndarray:
    """Whole trays and a rest for each destination."""
    groups = groups.astype(np.int64)
    trays = -(-groups // PER_TRAY)
    sizes = np.full(int(trays.sum()), PER_TRAY)
    sizes[np.cumsum(trays) - 1] = groups - (trays - 1) * PER_TRAY
    return sizes


def _least(size: int, rules: RuleBook) -> dict[str, Any]:
    """What looking for the least postage costs beside the ordinary sort."""
    mail = PieceColumns.of(*pieces(size))

    def by(policy: str) -> float:
        return _seconds(
            lambda: plan_presort(
                mail, rules, mailpiece=LETTER, mailer_line="BATON ROUGE LA 708", policy=policy
            )
        )

    least = min(by("least") for _ in range(REPEATS))
    simple = min(by("top-down") for _ in range(REPEATS))
    return _row(f"least postage, {size:,} pieces, against top-down", size / least, size / simple, "pieces/s")


def pieces(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Real ZIPs, made-up delivery points: 80 % Louisiana, skewed to few ZIPs, 20 % anywhere."""
    chance = np.random.default_rng(1)
    known = np.flatnonzero(zip_cities().row_of_zip >= 0).astype(np.int32)
    states = zip_states(DAY)
    louisiana = known[states.state_of_prefix[known // 100] == states.states.index("LA")]
    chance.shuffle(louisiana)
    near = louisiana[(chance.random(count) ** 3 * len(louisiana)).astype(np.int64)]
    zip5 = np.where(chance.random(count) < 0.8, near, chance.choice(known, count))
    return zip5, zip5.astype(np.int64) * 1_000_000 + chance.integers(0, 1_000_000, count)


def plain_presort(rows: list[tuple[int, int]], aadc: list[int]) -> tuple[list[int], list[int]]:
    """The same presort with Counter, dict and sorted: rows in tray order, pieces of each tray."""
    by_zip = Counter(zip5 for zip5, _ in rows)
    by_aadc: dict[int, int] = defaultdict(int)
    for zip5, _ in rows:
        if by_zip[zip5] < 150:
            by_aadc[aadc[zip5 // 100]] += 1
    keys = []
    for place, (zip5, zip11) in enumerate(rows):
        group = aadc[zip5 // 100]
        if by_zip[zip5] >= 150:
            keys.append((0, zip5, 0, zip11, place))
        elif group >= 0 and by_aadc[group] >= 150:
            keys.append((1, group, 0, zip11, place))
        else:
            keys.append((2, 0, group, zip11, place))
    keys.sort()
    trays: list[int] = []
    before = None
    for level, group, _, _, _ in keys:
        if (level, group) != before or trays[-1] == PER_TRAY:
            trays.append(0)
            before = (level, group)
        trays[-1] += 1
    return [key[4] for key in keys], trays


def _ours(zip5: np.ndarray, zip11: np.ndarray, rules: RuleBook) -> PresortPlan:
    return plan_presort(
        PieceColumns.of(zip5, zip11), rules, mailpiece=LETTER, mailer_line="BATON ROUGE LA 708"
    )


def _explain(plan: PresortPlan) -> dict[str, Any]:
    """Against the least a plain program would do: count the ZIP again."""
    asked = np.random.default_rng(2).integers(1, plan.pieces + 1, 2_000).tolist()
    ours = len(asked) / _seconds(lambda: [explain_piece(plan, piece) for piece in asked])
    zips = plan.zip5.tolist()
    peer = 1 / _seconds(lambda: zips.count(zips[asked[0] - 1]))
    return _row("explain a piece, against counting its ZIP again", ours, peer, "pieces/s")


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _row(name: str, ours: float, peer: float, unit: str) -> dict[str, Any]:
    return {
        "name": name,
        "ours": round(ours),
        "peer": round(peer),
        "ratio": round(ours / peer, 1),
        "unit": unit,
    }


if __name__ == "__main__":
    for row in measure():
        print(json.dumps(row), flush=True)
