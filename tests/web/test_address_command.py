"""``indicia address``: one line read by two libraries, a list checked without an order."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from web.commands.console import make_console

HEADER = "Name,Street,City,State,ZIP\n"
GOOD = "Ana Landry,12 Canal Street,Baton Rouge,LA,70802\n"


@pytest.fixture
def run():
    console = make_console(drain=lambda _plant: None, run=lambda **_: None)
    return lambda *arguments: CliRunner().invoke(console, ["address", *map(str, arguments)])


def test_a_line_in_parts(run):
    answer = run("parse", "123 north  Main street apt 4", "--json")
    assert answer.exit_code == 0
    result = json.loads(answer.stdout)
    assert result["standard"] == "123 N MAIN ST APT 4"
    assert result["parts"]["predirectional"] == "N"
    assert (result["agree"], result["sure"], result["certified"]) == (True, True, False)


def test_a_line_that_is_read_in_two_ways(run):
    answer = run("parse", "100 Main St", "--unit", "B")
    assert "do not agree" in answer.stdout
    assert "unit: B" in answer.stdout
    assert "not CASS-certified" in answer.stdout
    assert run("parse", " ").exit_code == 2


def test_a_list(run, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(HEADER + GOOD + 'Bo Roy,"9 Oak St, B",Baton Rouge,LA,70802\n' + GOOD)
    answer = run("check", path, "--standard", "2", "--duplicates", "merge", "--json")
    assert answer.exit_code == 0, answer.output
    result = json.loads(answer.stdout)
    assert (result["rows_in"], result["accepted"], result["to_fix"], result["merged"]) == (3, 2, 0, 1)
    assert (result["counts"]["ADDRESS_READINGS"], result["agreement"]) == (1, 0.5)
    assert (result["distinct_addresses"], result["second_opinions"]) == (2, 1)
    assert result["rows"] == [
        {"row": 2, "standard": "12 CANAL ST", "sure": True, "agree": True},
        {"row": 3, "standard": "9 OAK ST", "sure": False, "agree": False},
    ]
    words = run("check", path).stdout
    assert "3 rows: 3 can be mailed" in words
    assert "agree on 66.7%" in words


def test_a_list_named_from_the_folder_it_lies_in(run, tmp_path, monkeypatch):
    (tmp_path / "list.csv").write_text(HEADER + GOOD)
    monkeypatch.chdir(tmp_path)
    answer = run("check", "list.csv")
    assert answer.exit_code == 0, answer.output
    assert "1 rows: 1 can be mailed" in answer.stdout


def test_a_list_with_rows_to_fix_and_one_that_is_none(run, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(HEADER + GOOD + "Bo,1 Main St,Baton Rouge,LA,\n")
    assert run("check", path).exit_code == 2
    path.write_bytes(b"%PDF-1.7\n")
    answer = run("check", path, "--json")
    assert (answer.exit_code, json.loads(answer.stdout)["agreement"]) == (2, None)
