"""``indicia serials forecast``: the same figures as the screen, and an exit code to watch."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from production.mailroom.serials import mailer_ids
from tests.factories import PLANT
from web.commands.console import make_console


@pytest.fixture
def run(plant, monkeypatch):
    monkeypatch.setenv("INDICIA_DATA_DIR", str(plant.settings.data_dir))
    monkeypatch.setenv("DATABASE_URL", plant.db.url)
    console = make_console(drain=lambda _plant: None, run=lambda **_: None)
    return lambda *arguments: CliRunner().invoke(console, ["serials", "forecast", *arguments])


def test_the_forecast_in_words_and_as_json(run, plant):
    assert run().stdout == "No mailer id is in use.\n"
    with plant.db.unit_of_work(PLANT) as uow:
        mailer_ids.add(uow, "900000001")
        mailer_ids.add(uow, "900000002")
    told = run("--daily", "40000", "--mailer-id", "900000001")
    assert told.exit_code == 2
    assert "The shop: Mailer id 900000001 wraps in 25 days at 40,000 a day." in told.stdout
    told = run("--daily", "30000", "--json")
    assert told.exit_code == 0
    answer = json.loads(told.stdout)
    (rotation,) = answer["rotations"]
    assert (rotation["capacity"], rotation["wrap_days"], rotation["short"]) == (2_000_000, 66, False)
    assert [row["mailer_id"] for row in answer["mailer_ids"]] == ["900000001", "900000002"]


def test_an_unknown_mailer_id(run):
    told = run("--mailer-id", "123456")
    assert told.exit_code == 2
    assert "There is no mailer id 123456" in told.stderr
