"""Schedules of invented shops against the best of the dispatch rules, which a planner with a board would get at most:
500 operations on 20 work centers, 2,000 on 60. The ratio is weighted minutes late. Then one run moved by hand among
500, with the jobs that it moves and why. One JSON line a measurement.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

from production.floor.schedule.board import board_of
from production.floor.schedule.moving import moved, standing_of, with_moved
from production.floor.schedule.planning import schedule
from production.floor.schedule.problem import problem_of
from production.floor.schedule.rules import plans
from tests.production.floor.shops import NOW, shop

# Operations, work centers, classes of them, seconds asked for.
SHOPS = ((500, 20, 6, 10), (500, 20, 6, 1), (2_000, 60, 8, 40))
SEEDS = (0, 1, 2)


def measure() -> Iterator[dict[str, Any]]:
    """Measurements with name, ours, peer, ratio, unit; wall and CPU seconds of ours, and the bound."""
    for operations, centers, classes, seconds in SHOPS:
        for seed in SEEDS:
            problem = problem_of(shop(seed, operations, centers, classes=classes))
            peer = min(plan.weighted for _, plan in plans(board_of(problem)))
            wall, cpu = time.perf_counter(), time.process_time()
            made = schedule(problem, seconds=seconds, seed=1)
            yield {
                "name": f"schedule of {operations:,} operations on {centers}, {seconds} s asked, shop {seed}",
                "ours": made.plan.weighted, "peer": peer, "ratio": round(made.plan.weighted / max(peer, 1), 2),
                "unit": "weighted minutes late", "bound": made.bound, "status": made.status,
                "wall_s": round(time.perf_counter() - wall, 1), "cpu_s": round(time.process_time() - cpu, 1),
            }  # fmt: skip


def drags() -> Iterator[dict[str, Any]]:
    """Seconds from a run that is let go to the table of what moves."""
    for seed in SEEDS:
        given = shop(seed, 500, 20, classes=6)
        problem = problem_of(given)
        made = schedule(problem, seconds=0, seed=1)
        stands = standing_of(made.board, made.plan)
        one = given["operations"][100]
        wall = time.perf_counter()
        board, plan = with_moved(
            problem, stands, one["id"], list(one["minutes"])[-1], NOW + timedelta(hours=5)
        )
        found = moved(board, plan, stands, {one["id"]: one["job"] for one in given["operations"]}, {})
        yield {
            "name": f"one run moved among 500 operations, shop {seed}",
            "ours": round(time.perf_counter() - wall, 3), "unit": "s", "jobs_moved": len(found),
        }  # fmt: skip


if __name__ == "__main__":
    for measurement in chain(drags(), measure()):
        print(json.dumps(measurement), flush=True)
