"""Acts of the floor and of planning that are killed before they are done; more are marked ``killed`` in other tests."""

import json
import re
from contextlib import nullcontext
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from production.catalog.planned_usage import PlannedUsage
from production.floor.checks import counts_balance, working_time_is_whole
from production.floor.runs import RunStep, plan_run
from production.jobs.models import JobEvent, Operation, Usage, UsageVoid
from production.jobs.states import JobKind, JobState
from production.scheduling.models import Schedule, ScheduledRun
from store.keeping.verify import Survey
from tests.databases import superuser_of
from tests.factories import MAIL_DATE, PLANT, make_item, make_job
from tests.killing import Killer
from tests.web.test_order_command import console  # noqa: F401  a fixture
from web.commands import schedule

PAT, OMAR = "print_operator", "mail_operator"
# Who does what: address of the act, what is typed.
ACTS = (
    (PAT, "start", {"work_center": "Offset press 1"}),
    (PAT, "run", {"measured-1": "0", "measured-2": "0"}),
    (OMAR, "help", {}),
    (OMAR, "leave", {}),
    (PAT, "count", {"good": "100"}),
    (PAT, "take-back", {}),
    (PAT, "pause", {"reason": "Wash-up"}),
    (PAT, "resume", {}),
    (OMAR, "second-machine", {"machine": "Press 1"}),
    (OMAR, "leave", {"work_center": "Press 1"}),
    (OMAR, "take-over", {}),
    (OMAR, "finish", {"good": "480", "pieces": "15", "reason": "Set-off"}),
    (OMAR, "take-back", {}),
    (OMAR, "take-back", {}),  # the spoils that it named
    (PAT, "take-over", {}),
    (PAT, "finish", {"good": "490", "pieces": "10", "reason": "Set-off"}),
)


@pytest.fixture
def ticket(app, plant):
    """Of a print run of one step."""
    with plant.db.unit_of_work(PLANT) as uow:
        job = make_job(uow, kind=JobKind.PRINT, state=JobState.APPROVED)
        make_item(uow, job)
        step = RunStep(
            10, "print_offset", 500, usage=[PlannedUsage("print.impression", Decimal(500))], minutes=30
        )
        return f"{plan_run(uow, [(job, 500)], [step], ready_by=MAIL_DATE).number}-10"


@pytest.mark.killed
def test_what_people_do_at_a_machine_is_done_once(ticket, plant, sign_in):
    people = {name: sign_in(name) for name in (PAT, OMAR)}
    for name, act, typed in ACTS:
        answer = people[name].submit(f"/floor/{ticket}", f"/floor/{ticket}/{act}", **typed)
        assert answer.status_code == 303, (act, re.findall(r"(?s)alert.{0,400}", answer.text))
    with plant.db.read_only(PLANT) as session:
        survey = Survey(session, plant.files)
        assert [*counts_balance(survey), *working_time_is_whole(survey)] == []
        row = session.scalars(select(Operation).filter_by(ticket=ticket)).one()
        assert (row.good, row.spoiled, row.state) == (490, 10, "done")
        assert session.scalars(select(Usage.quantity).order_by(Usage.id)).all() == [480, 490]
        assert session.scalar(select(func.count()).select_from(UsageVoid)) == 1
        told = select(JobEvent.event).filter_by(operation_id=row.id).order_by(JobEvent.id)
        assert session.scalars(told).all() == [
            "start", "measured", "run_began", "help_came", "help_left", "counted", "take_back", "paused", "resumed",
            "machine_joined", "machine_left", "taken_over", "spoiled", "finish", "take_back", "take_back", "taken_over",
            "spoiled", "finish",
        ]  # fmt: skip


def test_a_schedule_that_is_kept_is_kept_whole(ticket, plant, console, monkeypatch):  # noqa: F811
    monkeypatch.setattr(schedule, "opened_plant", lambda: nullcontext(plant))
    killer = Killer(plant.db.engine, superuser_of(plant))
    with killer.listening():
        answer = killer.survive(lambda: console("schedule", "--keep", "--seconds", "0", "--json"))
    assert (answer.exit_code, killer.struck) == (0, 1)
    with plant.db.read_only(PLANT) as session:
        assert session.scalars(select(Schedule.made_by)).all() == ["console"]
        places = session.scalars(select(Operation.ticket).join(ScheduledRun)).all()
    assert places == [ticket]
    assert [one["id"] for one in json.loads(answer.stdout)["operations"]] == [ticket]
