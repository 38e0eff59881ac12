"""A schedule as the print contract tells it to a program."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from production.floor.schedule.moving import Moved
from production.floor.schedule.planning import Schedule


def answer(made: Schedule, *, seed: int, seconds: float, moved: Sequence[Moved] = ()) -> dict[str, Any]:
    """Times as ISO 8601 in the zone of ``now``; ``seconds`` that it took; ``moved``: jobs done at another time than
    they stood.
    """
    board, plan, problem = made.board, made.plan, made.board.problem

    def at(minute: int) -> str:
        return (problem.now + timedelta(minutes=minute)).isoformat()

    operations = []
    for one, placed in zip(problem.operations, plan.placed, strict=True):
        open_ = board.centers[placed.center].open
        setup = open_.spans(placed.setup_at, placed.setup) if placed.setup else []
        operations.append(
            {
                "id": one.id,
                "work_centre": problem.work_centers[placed.center].id,
                "setup": [[at(start), at(end)] for start, end in setup],
                "run": [[at(start), at(end)] for start, end in open_.spans(placed.opened, placed.minutes)],
            }
        )
    jobs = []
    for k, job in enumerate(problem.jobs):
        end = max((plan.placed[one].end for one in board.by_job[k]), default=0)
        jobs.append(
            {"id": job.id, "finish": at(end), "due": job.due.isoformat(), "late_minutes": plan.late[k]}
        )
    return {
        "status": made.status,
        "seed": seed,
        "operations": operations,
        "jobs": jobs,
        "objective": {
            "late_minutes_weighted": plan.weighted, "late_jobs": plan.late_jobs, "setup_minutes": plan.setup
        },
        "bound": made.bound,
        "moved": [
            {
                "job": one.job, "before": one.before and one.before.astimezone(problem.now.tzinfo).isoformat(),
                "after": one.after and one.after.isoformat(), "because": one.because,
            }
            for one in moved
        ],
        "seconds": round(seconds, 2),
    }  # fmt: skip
