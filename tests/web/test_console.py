"""What every command of the console has in common: how it refuses."""

from __future__ import annotations

import json

import click
import pytest
from click.testing import CliRunner

from kernel.errors import Corrupt, InvalidInput
from web.commands import console


@pytest.fixture
def run(monkeypatch):
    """Runs a command whose work raises, or is never reached."""

    def run(error, *arguments):
        @click.command()
        @click.option("--copies", type=int)
        @click.option("--json", "as_json", is_flag=True)
        def work(**_):
            raise error

        monkeypatch.setattr(console.Console, "get_command", lambda *_: work)
        indicia = console.make_console(drain=lambda _: None, run=lambda **_: None)
        return CliRunner().invoke(indicia, ["work", *arguments])

    return run


@pytest.mark.parametrize(
    ("error", "code", "field"),
    [
        (InvalidInput("Five is too many.", code="LAYOUT", field="nest"), 2, "nest"),
        (Corrupt("The file is not what was kept."), 1, None),
    ],
)
def test_a_refusal_is_one_object_for_a_program(run, error, code, field):
    told = run(error, "--json")
    expected = {"code": error.instance_code, "message": error.sentence, "field": field}
    assert (told.exit_code, json.loads(told.stdout)) == (code, {"error": expected})
    assert error.sentence in told.stderr


def test_what_was_typed_wrong_is_told_the_same_way(run):
    told = run(None, "--copies", "many", "--json")
    assert told.exit_code == 2
    error = json.loads(told.stdout)["error"]
    assert (error["code"], error["field"]) == ("USAGE", "copies")
    assert "'many' is not a valid integer" in error["message"]


def test_a_person_reads_sentences_only(run):
    told = run(InvalidInput("Five is too many."))
    assert (told.exit_code, told.stdout) == (2, "")
