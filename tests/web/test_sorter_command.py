"""``indicia sorter``: a plan, a simulated run and its log looked through, on standard output."""

from __future__ import annotations

import csv
import json

import pytest
from click.testing import CliRunner

from web.commands.console import make_console

KIND = ("--class", "first-class", "--shape", "letter", "--date", "2025-08-01", "--test-only")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The console with a data folder of its own."""
    monkeypatch.setenv("INDICIA_DATA_DIR", str(tmp_path / "data"))
    console = make_console(drain=lambda _plant: None, run=lambda **_: None)

    def invoke(*arguments: object):
        return CliRunner().invoke(console, ["sorter", *(str(argument) for argument in arguments)])

    return invoke


@pytest.fixture
def density(tmp_path):
    path = tmp_path / "density.csv"
    path.write_text("zip,pieces\n70801,400\n70802,300\n70112,500\n02134,3\n60601,160\n90210,2\n")
    return path


@pytest.fixture
def plan(run, density, tmp_path):
    """A bin plan kept in a file."""
    path = tmp_path / "plan.json"
    done = run("plan", "--density", density, *KIND, "--bins", 6, "--out", path)
    assert done.exit_code == 0, done.output
    return path


def test_a_plan_as_json_holds_paths_bins_and_the_naive_plan(run, density, tmp_path):
    table = tmp_path / "table.csv"
    more = ("--stacker", 350, "--zip", "02134", "--csv", table, "--json")
    done = run("plan", "--density", density, *KIND, "--bins", 6, "--passes", 2, *more)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    # Four bins for six destinations: the three densest leave in the first pass, 165 pieces are handled twice.
    assert (told["pieces"], told["handlings"]) == (1365, 1365 + 165)
    assert told["naive_handlings"] > told["handlings"]
    assert [len(one["path"]) for one in told["destinations"]].count(1) == 3
    sweeps = {row["label"]: row["sweeps"] for row in told["feeds"][0]["bins"]}
    assert sweeps["NEW ORLEANS LA 70112"] == 1
    assert "In pass 2 it has bin" in told["explained"]["02134"][-1]
    rows = list(csv.reader(table.read_text().splitlines()))
    assert rows[0] == ["first_zip", "last_zip", "pass_1", "pass_2"]
    assert ["70801", "70801"] in [row[:2] for row in rows]


def test_words_say_what_each_bin_holds(run, density):
    done = run("plan", "--density", density, *KIND, "--bins", 6)
    assert "1,530 handlings" in done.stdout
    assert "feed first" in done.stdout
    assert "taken for granted" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"), [(("--bins", 3), "4 to 600 bins"), (("--bins", 4, "--passes", 1), "tell apart")]
)
def test_what_cannot_be_planned_is_said(run, density, arguments, words):
    done = run("plan", "--density", density, *KIND, *arguments)
    assert done.exit_code == 2
    assert words in done.stderr


def test_a_simulated_run_is_looked_through(run, plan, density, tmp_path):
    log = tmp_path / "log.csv"
    rates = ("--reject-rate", 0.02, "--missort-rate", 0.01, "--tag", "A", "--tag", "B")
    done = run("simulate", "--list", density, "--plan", plan, *rates, "--out", log)
    assert done.exit_code == 0, done.output
    done = run("check", log, "--plan", plan, "--tag", "A", "--tag", "B")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert [finding["code"] for finding in told["findings"]] == ["SORTER_MISSORT"]
    assert sum(tag["pieces"] for tag in told["figures"]["tags"]["first"].values()) == 1365
    assert run("check", log, "--plan", plan, "--machine", "OTHER").exit_code == 2


def test_a_spoiled_log_and_a_file_that_is_none_end_with_2(run, plan, density, tmp_path):
    log = tmp_path / "log.csv"
    run("simulate", "--density", density, "--plan", plan, "--fault", "backwards", "--out", log)
    done = run("check", log, "--plan", plan)
    assert done.exit_code == 2
    assert "SORTER_LOG_TIME" in done.stdout
    done = run("check", density, "--plan", plan)
    assert done.exit_code == 2
    assert "SORTER_LOG_FORMAT" in done.stderr
    done = run("check", log, "--plan", density)
    assert done.exit_code == 2
    assert "SORTER_PLAN" in done.stderr


def test_a_list_may_be_the_mail(run, plan, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("name,zip\n" + "x,70801123412\n" * 30 + "y,70802\n" * 3)
    log = tmp_path / "log.csv"
    done = run("simulate", "--list", path, "--plan", plan, "--out", log)
    assert "33 rows" in done.stdout


def test_a_day_without_mail_is_refused_with_the_next_one(run, density):
    sunday = [word if word != "2025-08-01" else "2026-11-29" for word in KIND]
    done = run("plan", "--density", density, *sunday, "--bins", 20)
    assert done.exit_code == 2
    assert "takes no mail on Sunday, November 29, 2026. The next mail day is Monday" in " ".join(
        done.output.split()
    )
