"""Invented shops to be scheduled, and a reader of schedules that knows the contract and none of our code."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import pairwise
from random import Random
from typing import Any

NOW = datetime(2026, 12, 7, 7, 0, tzinfo=timezone(timedelta(hours=-6)))
_STOCKS, _SIZES = "ABCDE", "xyz"


def shop(
    seed: int,
    operations: int,
    centers: int,
    *,
    classes: int = 3,
    days: int = 60,
    tight: float = 1.0,
    pins: bool = False,
) -> dict[str, Any]:
    """A PROBLEM of routes through classes of work centers, two calendars, papers and sizes."""
    random = Random(seed)
    names = [f"K{k}" for k in range(classes)]
    work_centres = [
        {
            "id": f"C{k}", "class": names[k % classes], "calendar": random.choice(["day", "long"]),
            "state": random.choice([None, {"stock": random.choice(_STOCKS), "size": random.choice(_SIZES)}]),
        }
        for k in range(max(centers, classes))
    ]  # fmt: skip
    jobs: list[dict[str, Any]] = []
    made: list[dict[str, Any]] = []
    while len(made) < operations:
        route = sorted(random.sample(range(classes), min(random.randint(1, classes), operations - len(made))))
        total = _route(random, f"J{len(jobs)}", [names[k] for k in route], work_centres, made)
        due = NOW + timedelta(minutes=int(tight * random.uniform(1, 4) * (total + 300) * 2.2))
        jobs.append({"id": f"J{len(jobs)}", "due": due.isoformat(), "weight": random.randint(0, 5)})
    if pins:
        first = next(one for one in made if not one["needs"])
        first["fixed"] = {
            "work_centre": next(iter(first["minutes"])),
            "start": (NOW + timedelta(hours=1)).isoformat(),
        }
        first["may_pause"], first["release"] = True, None
    return {
        "now": NOW.isoformat(), "calendars": _calendars(days), "work_centres": work_centres,
        "setup": {name: {"stock": 20, "size": 15} for name in names}, "jobs": jobs, "operations": made,
    }  # fmt: skip


def _route(
    random: Random, job: str, classes: list[str], centers: list[dict[str, Any]], made: list[dict[str, Any]]
) -> int:
    stock, size, needs, total = random.choice(_STOCKS), random.choice(_SIZES), [], 0
    for name in classes:
        base = random.randint(0, 180)
        minutes = {one["id"]: int(base * random.uniform(0.8, 1.3)) for one in centers if one["class"] == name}
        release = NOW + timedelta(minutes=random.randint(0, 900)) if random.random() < 0.2 else None
        made.append(
            {
                "id": f"O{len(made)}", "job": job, "class": name, "minutes": minutes, "stock": stock, "size": size,
                "needs": list(needs), "lag_minutes": random.choice([0, 0, 0, 60]), "may_pause": random.random() < 0.7,
                "release": release and release.isoformat(), "fixed": None,
            }
        )  # fmt: skip
        needs, total = [made[-1]["id"]], total + base
    return total


def _calendars(days: int) -> dict[str, Any]:
    calendars: dict[str, Any] = {"day": {"windows": []}, "long": {"windows": []}}
    for k in range(days):
        day = NOW.replace(hour=0) + timedelta(days=k)
        if day.weekday() < 5:
            for name, start, end in (("day", 7, 12), ("day", 12.5, 16), ("long", 6, 22)):
                window = [(day + timedelta(hours=hour)).isoformat() for hour in (start, end)]
                calendars[name]["windows"].append(window)
    return calendars


def faults(problem: dict[str, Any], told: dict[str, Any]) -> list[str]:
    """What is wrong with a schedule by the contract; nothing where it holds."""
    found: list[str] = []
    given = {one["id"]: one for one in problem["operations"]}
    centers = {one["id"]: one for one in problem["work_centres"]}
    runs = {one["id"]: one for one in told["operations"]}
    if set(runs) != set(given):
        return ["operations are missing"]
    span = {k: (_time(one["run"][0][0]), _time(one["run"][-1][1])) for k, one in runs.items()}
    for k, one in given.items():
        found += _faults_of_run(one, runs[k], centers, problem)
        for need in one["needs"]:
            if span[k][0] < span[need][1] + timedelta(minutes=one["lag_minutes"]) and not one["fixed"]:
                found.append(f"{k} begins before {need} is done")
    for center in centers.values():
        found += _faults_of_line(
            center, [one for one in runs.values() if one["work_centre"] == center["id"]], given, problem
        )
    found += _faults_of_figures(problem, told, span)
    return found


def _faults_of_run(
    given: dict[str, Any], run: dict[str, Any], centers: dict[str, Any], problem: dict[str, Any]
) -> list[str]:
    found, name, where = [], given["id"], run["work_centre"]
    if where not in given["minutes"]:
        return [f"{name} is on {where}"]
    if _minutes(run["run"]) != given["minutes"][where]:
        found.append(f"{name} runs {_minutes(run['run'])} minutes")
    windows = problem["calendars"][centers[where]["calendar"]]["windows"]
    for kind in ("run", "setup"):
        parts = [(_time(a), _time(b)) for a, b in run[kind]]
        if any(not any(_time(a) <= start and end <= _time(b) for a, b in windows) for start, end in parts):
            found.append(f"{name} {kind} while closed")
        if not given["may_pause"] and len(parts) > 1:
            found.append(f"{name} {kind} pauses")
        if any(not _is_closed(windows, end, start) for (_, end), (start, _) in pairwise(parts)):
            found.append(f"{name} {kind} pauses while open")
    start = _time(run["run"][0][0])
    if given["release"] and start < _time(given["release"]):
        found.append(f"{name} begins before its release")
    if given["fixed"] and (start != _time(given["fixed"]["start"]) or where != given["fixed"]["work_centre"]):
        found.append(f"{name} is not where it is pinned")
    if start < NOW and not given["fixed"]:
        found.append(f"{name} begins in the past")
    return found


def _faults_of_line(
    center: dict[str, Any], runs: list[dict[str, Any]], given: dict[str, Any], problem: dict[str, Any]
) -> list[str]:
    found, free = [], NOW
    state = center["state"] or {"stock": None, "size": None}
    costs = problem["setup"][center["class"]]
    for run in sorted(runs, key=lambda one: (_time(one["run"][0][0]), _time(one["run"][-1][1]))):
        one = given[run["id"]]
        needed = sum(costs[what] for what in ("stock", "size") if one[what] != state[what])
        if _minutes(run["setup"]) != needed:
            found.append(f"{run['id']} has {_minutes(run['setup'])} minutes of set-up, not {needed}")
        for start, end in [*run["setup"], *run["run"]]:
            if _time(start) < free:
                found.append(f"{run['id']} overlaps on {center['id']}")
            free = max(free, _time(end))
        state = one
    return found


def _faults_of_figures(problem: dict[str, Any], told: dict[str, Any], span: dict[str, Any]) -> list[str]:
    found, weighted, late_jobs = [], 0, 0
    jobs = {one["id"]: one for one in told["jobs"]}
    for job in problem["jobs"]:
        ends = [span[one["id"]][1] for one in problem["operations"] if one["job"] == job["id"]]
        late = max(0, int((max(ends) - _time(job["due"])).total_seconds()) // 60)
        weighted, late_jobs = weighted + late * job["weight"], late_jobs + (late > 0)
        if jobs[job["id"]]["late_minutes"] != late or _time(jobs[job["id"]]["finish"]) != max(ends):
            found.append(f"{job['id']} is {late} minutes late")
    setup = sum(_minutes(one["setup"]) for one in told["operations"])
    said = told["objective"]
    if said != {"late_minutes_weighted": weighted, "late_jobs": late_jobs, "setup_minutes": setup}:
        found.append(f"objective {said}, not {weighted}, {late_jobs}, {setup}")
    if told["bound"] > weighted:
        found.append(f"bound {told['bound']} above {weighted}")
    return found


def _is_closed(windows: list[Any], start: datetime, end: datetime) -> bool:
    return not any(_time(a) < end and start < _time(b) for a, b in windows)


def _minutes(parts: list[list[str]]) -> int:
    return sum(int((_time(end) - _time(start)).total_seconds()) // 60 for start, end in parts)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
