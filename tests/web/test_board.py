"""The board of the plant: asked for by a planner, made by a worker, shown as a picture and as a table."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from kernel import clock
from postal.data.mail_days import mail_days_after, next_mail_day
from production.floor.runs import RunStep, plan_run
from production.jobs import lifecycle
from production.jobs.models import Operation
from production.jobs.states import JobKind, JobState
from production.scheduling.models import SchedulePin
from production.scheduling.standing import kept
from tests.factories import PLANT, make_job
from workers.runtime import drain

STEPS = (RunStep(10, "print", 500, minutes=90), RunStep(20, "fold", 500, needs=[10]))


def run_of(uow, title, days):
    """Due in so many days of mail, or the day before today."""
    today = clock.today()
    ready_by = mail_days_after(today, days) if days > 0 else today + timedelta(days=days)
    job = make_job(uow, kind=JobKind.PRINT, state=JobState.APPROVED, title=title)
    return plan_run(uow, [(job, 500)], STEPS, ready_by=ready_by)


@pytest.mark.killed
def test_the_plant_is_scheduled_when_a_planner_asks_and_every_run_has_its_place_or_a_reason(
    plant, app, sign_in
):
    with plant.db.unit_of_work(PLANT) as uow:
        late, easy, held = (
            run_of(uow, title, days) for title, days in (("Late", -1), ("Easy", 30), ("Held", 30))
        )
        lifecycle.hold(uow, held, reason="PAPER", words="No paper.")
    pia = sign_in("planner")
    before = pia.get("/schedule").text
    assert "The plant is not scheduled yet" in before
    assert "It came after" not in before
    assert "The plant is being scheduled." in pia.submit("/schedule", "/schedule", follow=True).text
    drain(plant)
    page = pia.get("/schedule?days=5").text
    assert "2 lots, 1 late, 0 tight" in " ".join(page.split())
    for run in (late, easy):
        for step in (10, 20):
            assert f"{run.number}-{step}" in page
    assert page.count("A hold keeps it from starting.") == 2
    assert page.count("1 h 00 min (a guess)") == 2  # nobody has measured folding
    assert 'class="span late"' in page
    assert 'class="span planned"' in page
    assert "It came after" not in page
    operator = sign_in("print_operator")
    assert operator.get("/schedule").status_code == 403
    ticket = f"{easy.number}-10"
    assert operator.get(f"/schedule/runs/{ticket}").status_code == 403
    move_and_put_back(pia, ticket)
    assert f'href="/schedule/lots/{late.number}"' in page
    helps = pia.get(f"/schedule/lots/{late.number}").text
    assert f"{late.number}-10 could run from" in " ".join(helps.split())
    assert pia.get("/schedule/lots/27-000000-0").status_code == 404
    assert operator.get(f"/schedule/lots/{late.number}").status_code == 403


def move_and_put_back(pia, ticket):
    """By forms alone: what moves is told first, then moved, and undone from the sentence that says so."""
    address, day = f"/schedule/runs/{ticket}", next_mail_day(clock.today() + timedelta(days=1))
    assert 'name="work_center"' in pia.get(address).text
    where = f"{address}/move?work_center=press-1&day={day}&at=09:00"
    page = " ".join(pia.get(where).text.split())
    assert "No promise breaks." in page
    assert f"{ticket} begins" not in page
    for query, words in {
        f"work_center=press-1&day={day}&at=9": "Write a time, as in 16:00.",
        f"work_center=folder-1&day={day}&at=09:00": "cannot run on folder-1",
    }.items():
        refused = pia.get(f"{address}/move?{query}")
        assert refused.status_code == 422
        assert words in refused.text
    moved = pia.submit(where, f"{address}/move", follow=True)
    assert "and is pinned there." in moved.text
    assert "Planned, pinned" in moved.text
    fields = dict(re.findall(r'name="(csrf_token|idempotency_key|seen)" value="([^"]+)"', moved.text))
    back = pia.post("/schedule/undo", data=fields, follow_redirects=True)
    assert "The schedule is as it was." in back.text
    assert "Planned, pinned" not in back.text


def test_the_board_says_why_the_plant_could_not_be_scheduled_and_what_runs_weigh(plant, app, sign_in):
    """A cut is pinned before its print could be done: a worker's planning is refused, and the board names both."""
    with plant.db.unit_of_work(PLANT) as uow:
        run = run_of(uow, "Pinned", 30)
    polly, first, second = sign_in("planner"), f"{run.number}-10", f"{run.number}-20"
    polly.submit("/schedule", "/schedule")
    drain(plant)
    with plant.db.read_only(PLANT) as session:
        start = kept(session).standing[second].start
        ids = {one.ticket: one.id for one in session.query(Operation).filter_by(lot_id=run.id)}
    with plant.db.unit_of_work(PLANT) as uow:  # the print has grown since the cut was pinned
        uow.session.add(SchedulePin(
            operation_id=ids[second], part=0, work_center="folder-1", starts_at=start,
            pinned_at=uow.now, pinned_by="pia",
        ))  # fmt: skip
        uow.session.get_one(Operation, ids[first]).planned_minutes = 600
    polly.submit("/schedule", "/schedule")
    drain(plant)
    page = " ".join(polly.get("/schedule").text.split())
    assert "The plant could not be scheduled" in page
    assert f"Pinned: {first}, {second} cannot be" in page
    assert f'href="/schedule/runs/{second}"' in page
    polly.submit(f"/schedule/runs/{second}", f"/schedule/runs/{second}/unpin")
    polly.submit("/schedule", "/schedule")
    drain(plant)
    assert "could not be scheduled" not in polly.get("/schedule").text
    where = f"/schedule/runs/{first}"
    said = polly.submit(where, f"{where}/weight", weight="5", reason="", follow=True)
    assert "Say why, in a few words." in said.text
    said = polly.submit(where, f"{where}/weight", weight="5", reason="The governor waits.", follow=True)
    assert "Polly Planner said 5: The governor waits." in said.text
