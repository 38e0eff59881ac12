"""``indicia floor`` and ``indicia ledger``: counted by ticket, told to a program as the print contract has it."""

from __future__ import annotations

import json
from contextlib import contextmanager

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from production.catalog.feeds import Feed
from production.floor.checks import counts_balance
from production.floor.runs import RunStep, plan_run
from production.jobs.models import Operation
from production.jobs.states import JobKind, JobState
from store.keeping.verify import Survey
from tests.factories import MAIL_DATE, PLANT, make_job
from web.commands import floor
from web.commands.console import make_console

# 24 sheets of 21 cards for 500, numbered from 1; 30 issued, 4 of them for set-up.
STEPS = (
    RunStep(10, "print", 24, given=30, setup=4, feeds=(), unit="sheet"),
    RunStep(20, "cut", 500, needs=[10], given=500, feeds=(Feed(10, 1, 21),), unit="piece"),
    RunStep(30, "number", 500, needs=[20], given=500, feeds=(Feed(20, 1, 1),), unit="piece"),
)


@pytest.fixture
def console(plant, monkeypatch):
    """Runs a command on the test's plant and gives its exit code and what it told a program."""

    @contextmanager
    def opened():
        yield plant

    monkeypatch.setattr(floor, "opened_plant", opened)
    indicia = make_console(drain=lambda _plant: None, run=lambda *_, **__: None)

    def run(*arguments):
        done = CliRunner().invoke(indicia, [*map(str, arguments), "--json"])
        assert done.stdout, done.exception
        return done.exit_code, json.loads(done.stdout)

    return run


@pytest.fixture
def numbered(plant):
    """Job and run of numbered cards."""
    with plant.db.unit_of_work(PLANT) as uow:
        job = make_job(uow, kind=JobKind.PRINT, state=JobState.APPROVED, title="Permits")
        run = plan_run(uow, [(job, 500)], STEPS, ready_by=MAIL_DATE)
        last = uow.session.query(Operation).filter_by(lot_id=run.id, step=30).one()
        last.first_piece, last.last_piece = 1, 500
    return job.number, run.number


def test_every_sheet_is_told_from_press_to_the_last_number(plant, console, numbered):
    job, run = numbered
    assert console("floor", "start", f"{run}-10")[1]["state"] == "running"
    # Half at one machine, half at the other; 2 sheets jam.
    assert console("floor", "count", f"{run}-10", "--good", 10)[1]["left"] == 20
    over = console("floor", "count", f"{run}-10", "--good", 21)
    assert (over[0], over[1]["error"]["code"]) == (2, "COUNT_OVER")
    code, done = console("floor", "finish", f"{run}-10", "--good", 22, "--spoiled", 8, "--reason", "Jam")
    assert (code, done["good"], done["spoiled"], done["left"]) == (0, 22, 8, 0)
    code, told = console("ledger", job)
    assert code == 0 and set(told) == {"balanced", "operations", "forecast", "numbers"}
    assert told["balanced"] is True
    assert told["operations"][1] == {
        "ticket": f"{run}-20", "operation": "cut", "unit": "piece", "in": 462, "good": 0, "spoiled": 0, "held": 0,
        "left": 462,
    }  # fmt: skip
    assert told["forecast"] == {"good": 462, "short": 38}  # 22 x 21
    console("floor", "start", f"{run}-20")
    held = console("floor", "count", f"{run}-20", "--held", 2, "--reason", "Color?")[1]
    assert (held["held"], held["left"]) == (2, 460)
    assert console("floor", "finish", f"{run}-20")[1]["good"] == 460
    console("floor", "start", f"{run}-30")
    for numbers, code in (("1-200,200", "RANGE_TWICE"), ("1-501", "COUNT"), ("x", "COUNT")):
        assert console("floor", "count", f"{run}-30", "--numbers", numbers)[1]["error"]["code"] == code
    assert console("floor", "count", f"{run}-30", "--numbers", "1-200, 203-300")[1]["good"] == 298
    assert console("ledger", job)[1]["numbers"] == {"missing": [201, 202], "repeated": []}
    assert console("floor", "count", f"{run}-30", "--numbers", "300")[1]["error"]["code"] == "RANGE_TWICE"
    again = ("--numbers", "300", "--reason", "The numberer stuck")
    assert console("floor", "count", f"{run}-30", *again)[1]["good"] == 299
    gap = console("floor", "finish", f"{run}-30", "--numbers", "301-461")
    assert (gap[0], gap[1]["error"]["code"]) == (2, "NUMBER_GAP")
    done = console("floor", "finish", f"{run}-30", "--numbers", "301-461", "--reason", "Short of cards")[1]
    assert (done["good"], done["state"]) == (460, "done")
    told = console("ledger", job)[1]
    assert told["numbers"] == {"missing": [201, 202, *range(462, 501)], "repeated": [300]}
    assert told["forecast"] == {"good": 460, "short": 40} and told["balanced"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("floor", "start", "nonsense"), "TICKET"),
        (("floor", "finish", "27-000001-1-10"), "TICKET"),
        (("ledger", "J0000"), "NOT_FOUND"),
    ],
)
def test_what_is_not_there_is_refused(console, arguments, code):
    exit_code, told = console(*arguments)
    assert (exit_code, told["error"]["code"]) == (2, code)


def test_counts_of_what_has_no_numbers_has_not_begun_or_has_no_reason_are_refused(console, numbered):
    _, run = numbered
    assert console("floor", "count", f"{run}-10", "--good", 1)[1]["error"]["code"] == "STATE"
    console("floor", "start", f"{run}-10")
    for more, code in (
        (("--numbers", "1-5"), "COUNT_UNIT"),
        (("--held", 1), "COUNT"),
        (("--good", -1), "COUNT"),
        (("--good", -1, "--reason", "Miscounted"), "COUNT_OVER"),
        (("--good", 10**12), "COUNT"),
        ((), "COUNT"),
    ):
        assert console("floor", "count", f"{run}-10", *more)[1]["error"]["code"] == code, more


def test_a_ledger_that_does_not_balance_is_named(plant, console, numbered):
    _, run = numbered
    console("floor", "start", f"{run}-10")
    console("floor", "count", f"{run}-10", "--good", 10)
    with plant.db.read_only(PLANT) as session:
        assert list(counts_balance(Survey(session, plant.files))) == []
    with plant.db.unit_of_work(PLANT) as uow:
        uow.session.execute(text("UPDATE operation SET given = 5 WHERE step = 10"))
    with plant.db.read_only(PLANT) as session:
        (found,) = counts_balance(Survey(session, plant.files))
    assert "does not balance: 5 in, 10 good" in found.sentence


def test_the_run_begins_stands_and_goes_on_by_command(console, numbered):
    run = f"{numbered[1]}-10"
    assert console("floor", "start", run)[1]["doing"] == "make_ready"
    assert console("floor", "run", run)[1]["error"]["code"] == "FIRST_PIECE"
    values = [f"{name}=0.01" for name in ("Image to the left edge", "Front against back")]
    outside = console("floor", "run", run, "--measured", "Front against back=1", "--measured", values[0])[1]
    assert outside["doing"] == "pause"
    assert console("floor", "resume", run)[1]["error"]["code"] == "FIRST_PIECE"
    assert console("floor", "run", run, "--measured", values[1])[1]["doing"] == "run"
    refused = console("floor", "pause", run, "--reason", "Bored")
    assert (refused[0], refused[1]["error"]["code"]) == (2, "REASON")
    assert (
        console("floor", "pause", run, "--reason", "Jam", "--work-center", "press-1")[1]["doing"] == "pause"
    )
    early = console("floor", "resume", run, "--occurred-at", "2020-01-01T00:00:00+00:00")
    assert (early[0], early[1]["error"]["code"]) == (2, "CLOCK_BACK")
    told = console("floor", "resume", run)[1]
    assert told["doing"] == "run" and set(told["minutes"]) == {"make_ready", "run", "paused", "helped"}


def test_help_a_second_machine_taking_over_and_undoing_are_commands_of_who_types(
    console, numbered, monkeypatch
):
    run = f"{numbered[1]}-10"

    def as_person(name, *arguments):
        monkeypatch.setattr(floor.getpass, "getuser", lambda: name)
        return console("floor", *arguments)[1]

    as_person("pat", "start", run, "--work-center", "press-1")
    assert as_person("pat", "help", run)["error"]["code"] == "STATE"
    assert [one["doing"] for one in as_person("omar", "help", run)["at_it"]] == ["make_ready", "help"]
    both = as_person("omar", "split", run, "--work-center", "Folder 1")["at_it"]
    assert {(one["person"], one["work_center"]) for one in both if one["doing"] == "make_ready"} == {
        ("console:pat", "press-1"), ("console:omar", "folder-1"),
    }  # fmt: skip
    assert as_person("omar", "take-over", run)["error"]["code"] == "WORK_CENTER"  # of which of the two
    taken = as_person("omar", "take-over", run, "--work-center", "press-1")
    assert {one["person"] for one in taken["at_it"]} == {"console:omar"}
    left = as_person("omar", "leave", run, "--work-center", "folder-1")
    assert [(one["work_center"], one["doing"]) for one in left["at_it"]] == [("press-1", "make_ready")]
    assert as_person("omar", "undo", run)["error"]["code"] == "TAKE_BACK"
    as_person("omar", "count", run, "--good", 10)
    undone = as_person("omar", "undo", run)
    assert (undone["undone"], undone["good"], undone["state"]) == ("Count", 0, "running")
