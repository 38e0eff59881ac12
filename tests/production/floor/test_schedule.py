"""Schedules: read by a reader that knows only the contract, against the solver's proof, and refusals by name."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from kernel.errors import InvalidInput
from production.floor.schedule.answer import answer
from production.floor.schedule.board import board_of
from production.floor.schedule.moving import Stands, again, held, moved, with_moved
from production.floor.schedule.planning import as_moved, schedule
from production.floor.schedule.problem import problem_of
from production.floor.schedule.rules import plans
from tests.production.floor.shops import NOW, faults, shop
from web.commands.schedule import schedule_command


def told(problem: dict[str, Any], *, seconds: float = 0.05, seed: int = 1) -> dict[str, Any]:
    return answer(schedule(problem_of(problem), seconds=seconds, seed=seed), seed=seed, seconds=0)


def one_machine(*operations: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A machine that is open from 7 to 16 on two days, set up for A and x: 20 minutes a stock, 15 a size."""
    day = NOW.replace(hour=0)
    hours = [
        [(day + timedelta(days=k, hours=7)).isoformat(), (day + timedelta(days=k, hours=16)).isoformat()]
        for k in (0, 1)
    ]
    made = [
        {"job": "J", "minutes": {"M": 60}, "stock": "A", "size": "x", "id": f"O{k}", "needs": [],
         "lag_minutes": 0, "may_pause": True, "release": None, "fixed": None} | one for k, one in enumerate(operations)
    ]  # fmt: skip
    return {
        "now": NOW.isoformat(), "calendars": {"day": {"windows": hours}},
        "work_centres": [{"id": "M", "class": "press", "calendar": "day", "state": {"stock": "A", "size": "x"}}],
        "setup": {"press": {"stock": 20, "size": 15}},
        "jobs": [{"id": "J", "due": (NOW + timedelta(hours=3)).isoformat(), "weight": 2}], "operations": made,
    } | more  # fmt: skip


@pytest.mark.parametrize("seed", range(80))
def test_a_schedule_holds_what_the_contract_says_and_comes_again(seed):
    problem = shop(seed, 1 + seed * 7 % 30, 1 + seed % 5, tight=0.3 + 0.2 * (seed % 4), pins=seed % 3 == 0)
    made = told(problem, seed=seed)
    assert faults(problem, made) == []
    if seed % 10 == 0:
        assert told(problem, seed=seed) == made


@pytest.mark.parametrize("seed", range(3))
def test_a_plant_is_better_than_every_rule(seed):
    problem = shop(seed, 120, 9, tight=0.4)
    board = board_of(problem_of(problem))
    best = min(plan.weighted for _, plan in plans(board))
    made = told(problem, seconds=1)
    assert faults(problem, made) == []
    assert made["bound"] <= made["objective"]["late_minutes_weighted"] < best


def test_what_is_set_up_alike_follows_one_another():
    made = told(one_machine({"stock": "B"}, {}, {"stock": "B"}, {}), seconds=1)
    order = sorted(made["operations"], key=lambda one: one["run"][0])
    assert [one["id"] in ("O1", "O3") for one in order] == [True, True, False, False]
    assert made["objective"] == {
        "late_minutes_weighted": 2 * (4 * 60 + 20 - 180),
        "late_jobs": 1,
        "setup_minutes": 20,
    }
    assert (made["status"], made["bound"]) == ("optimal", 160)


def test_a_run_pauses_where_the_calendar_closes_or_waits_for_a_window():
    long, whole = ({"minutes": {"M": 480}, "may_pause": True}, {"minutes": {"M": 480}, "may_pause": False})
    pausing = told(one_machine({"minutes": {"M": 120}}, long | {"needs": ["O0"]}))
    assert [one[0][11:16] + "-" + one[1][11:16] for one in pausing["operations"][1]["run"]] == [
        "09:00-16:00",
        "07:00-08:00",
    ]
    waiting = told(one_machine({"minutes": {"M": 120}}, whole | {"needs": ["O0"]}))
    assert [one[0][:16] for one in waiting["operations"][1]["run"]] == ["2026-12-08T07:00"]


def test_glue_dries_by_night_too():
    made = told(one_machine({"minutes": {"M": 540}}, {"needs": ["O0"], "lag_minutes": 15 * 60 + 30}))
    assert made["operations"][1]["run"][0][0][:16] == "2026-12-08T07:30"


def test_a_pinned_run_stays_and_has_its_set_up_before_it():
    pin = {"stock": "B", "fixed": {"work_centre": "M", "start": (NOW + timedelta(minutes=90)).isoformat()}}
    problem = one_machine({"minutes": {"M": 70}}, pin, {"minutes": {"M": 71}})
    made = told(problem)
    assert faults(problem, made) == []
    assert made["operations"][1]["setup"] == [[(NOW + timedelta(minutes=m)).isoformat() for m in (70, 90)]]
    assert made["operations"][0]["run"][0][0] == NOW.isoformat()  # 71 minutes would not leave room for it


def standing(made: dict[str, Any]) -> dict[str, Stands]:
    moment = datetime.fromisoformat
    return {
        one["id"]: Stands(one["work_centre"], moment(one["run"][0][0]), moment(one["run"][-1][1]))
        for one in made["operations"]
    }


def jobs_of(problem: dict[str, Any]) -> dict[str, str]:
    return {one["id"]: one["job"] for one in problem["operations"]}


@pytest.mark.parametrize("seed", range(24))
def test_a_run_moved_by_hand_leaves_a_schedule_that_holds(seed):
    """Read by the reader that knows only the contract: the pin of the moved run is part of the problem then."""
    problem = shop(seed, 6 + seed, 2 + seed % 4, tight=0.6, pins=seed % 4 == 0)
    before = told(problem, seconds=0)
    stands, read = standing(before), problem_of(problem)
    _, plan = again(read, stands)
    assert answer(as_moved(board_of(read), plan), seed=1, seconds=0)["operations"] == before["operations"]

    one = next(one for one in problem["operations"] if not one["fixed"] and len(one["needs"]) == seed % 2)
    center, asked = list(one["minutes"])[-1], NOW + timedelta(minutes=37 * seed)
    try:
        board, plan = with_moved(read, stands, one["id"], center, asked)
    except InvalidInput as refused:
        assert refused.instance_code == "PINNED_CLASH"
        assert any(other["fixed"] for other in problem["operations"])
        return
    after = answer(as_moved(board, plan), seed=1, seconds=0)
    start = next(run["run"][0][0] for run in after["operations"] if run["id"] == one["id"])
    assert datetime.fromisoformat(start) >= asked
    pinned = {"fixed": {"work_centre": center, "start": start}, "minutes": {center: one["minutes"][center]}}
    operations = [other | pinned if other is one else other for other in problem["operations"]]
    assert faults(problem | {"operations": operations}, after) == []
    said = {job.job: job for job in moved(board, plan, stands, jobs_of(problem), {})}
    ends = [{job["id"]: job["finish"] for job in told_by["jobs"]} for told_by in (before, after)]
    assert set(said) == {job for job, end in ends[1].items() if end != ends[0][job]}
    assert all(one.because and one.after.isoformat() == ends[1][job] for job, one in said.items())


def test_what_a_move_moves_is_told_with_its_reason():
    """O0, O1 and O2 run an hour each, from seven; O1 goes to the end."""
    jobs = [{"id": f"J{k}", "due": (NOW + timedelta(hours=3)).isoformat(), "weight": 1} for k in range(3)]
    problem = problem_of(one_machine(*({"job": f"J{k}"} for k in range(3)), jobs=jobs))
    stands = {f"O{k}": Stands("M", NOW + timedelta(hours=k), NOW + timedelta(hours=k + 1)) for k in range(3)}
    board, plan = with_moved(problem, stands, "O1", "M", NOW + timedelta(hours=2, minutes=30))
    found = moved(board, plan, stands, {f"O{k}": f"J{k}" for k in range(3)}, {"M": "Press 1"})
    assert [(one.job, f"{one.before:%H:%M}", f"{one.after:%H:%M}", one.because) for one in found] == [
        ("J1", "09:00", "10:30", "O2 goes before O1 on Press 1."),
        ("J2", "10:00", "09:00", "O1 no longer goes before O2 on Press 1."),
    ]
    with pytest.raises(InvalidInput, match="O1 cannot run on X"):
        with_moved(problem, stands, "O1", "X", NOW)


def test_what_begins_soon_is_held_and_the_rest_is_free():
    problem = problem_of(one_machine(*({"stock": stock} for stock in "BABA"), {"needs": ["O1"]}))
    stands = {
        f"O{k}": Stands("M", NOW + timedelta(minutes=20 + 80 * k), NOW + timedelta(minutes=80 + 80 * k))
        for k in range(4)
    }
    fixed = held(problem, stands, NOW + timedelta(hours=2), also=["O3"])
    assert {one.id: f"{one.fixed.start:%H:%M}" for one in fixed.operations if one.fixed} == {
        "O0": "07:20", "O1": "08:40", "O3": "11:20"
    }  # fmt: skip
    made = answer(schedule(fixed, seconds=0.05, seed=1), seed=1, seconds=0)
    starts = {one["id"]: one["run"][0][0][11:16] for one in made["operations"]}
    assert [starts[name] for name in ("O0", "O1", "O3")] == ["07:20", "08:40", "11:20"]


def test_a_pin_that_cannot_hold_is_named_with_what_it_waits_for():
    fixed = {"needs": ["O0"], "fixed": {"work_centre": "M", "start": (NOW + timedelta(hours=1)).isoformat()}}
    with pytest.raises(InvalidInput, match=r"Pinned: O0, O1 cannot be") as refused:
        told(one_machine({"minutes": {"M": 61}}, fixed))
    assert refused.value.details["operations"] == ["O0", "O1"]


REFUSED = {
    "CENTRE_UNKNOWN": (one_machine({"minutes": {"X": 5}}), "operations.0.minutes"),
    "ROUTE_CYCLE": (one_machine({"needs": ["O1"]}, {"needs": ["O0"]}), "operations."),
    "CALENDAR_EMPTY": (one_machine({}) | {"calendars": {"day": {"windows": []}}}, "work_centres.0.calendar"),
    "SPEC_FIELD": (one_machine({"minutes": {"M": -1}}), "operations.0.minutes.M"),
    "PINNED_CLASH": (
        one_machine(*({"fixed": {"work_centre": "M", "start": f"2026-12-07T0{at}-06:00"}} for at in ("7:00", "7:59"))),
        "operations.0.fixed",
    ),
    "SCHEDULE_INFEASIBLE": (one_machine({}, {"minutes": {"M": 541}, "may_pause": False}, {}), "operations"),
}  # fmt: skip


@pytest.mark.parametrize("code", REFUSED)
def test_what_cannot_be_scheduled_is_refused_by_name(code):
    problem, field = REFUSED[code]
    with pytest.raises(InvalidInput) as refused:
        told(problem)
    assert refused.value.instance_code == code
    assert str(refused.value.details["field"]).startswith(field)


def test_the_least_work_that_does_not_fit_is_named():
    with pytest.raises(InvalidInput) as refused:
        told(one_machine(*({"minutes": {"M": 300}} for _ in range(6)), {"minutes": {"M": 10}}))
    assert len(refused.value.details["operations"]) == 4  # of 300 minutes in 1,080


@pytest.mark.parametrize("given", [b"", b"[]", b"{", b'{"now": NaN}'])
def test_what_is_no_problem_is_refused(given, tmp_path):
    file = tmp_path / "problem.json"
    file.write_bytes(given)
    refused = CliRunner().invoke(schedule_command, [str(file), "--json"]).exception
    assert isinstance(refused, InvalidInput)
    assert refused.instance_code == "SPEC_FIELD"


def test_the_command_answers_in_json(tmp_path):
    file = tmp_path / "problem.json"
    file.write_text(json.dumps(one_machine({})), "utf-8")
    made = json.loads(CliRunner().invoke(schedule_command, [str(file), "--json", "--seconds", "0"]).output)
    assert (made["status"], made["moved"], made["bound"]) == ("optimal", [], 0)
