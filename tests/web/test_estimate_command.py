"""``indicia estimate`` and ``indicia catalog list``: without a database, answers and refusals as JSON, and how fast."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.production.catalog.products import orders
from web.commands.console import make_console

CARDS = {
    "product": "business_cards",
    "quantity": 1000,
    "trim": [3.5, 2],
    "bleed": 0.125,
    "components": [orders.component("card", "C80", 4, 0)],
}
# Those of the print contract, in its order.
CODES = (
    "flat_form book booklet pamphlet carbonless poster rack_card newsletter business_cards letterhead envelope postcard"
    " label tab notepad certificate sign self_mailer"
)


def run(*arguments: object) -> Result:
    indicia = make_console(drain=lambda _plant: None, run=lambda *_, **__: None)
    return CliRunner().invoke(indicia, [str(one) for one in arguments])


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """An order and the standards of a shop."""
    spec, shop = tmp_path / "spec.json", tmp_path / "standards.json"
    spec.write_text(json.dumps(CARDS), "utf-8")
    shop.write_text(json.dumps(orders.changed(orders.STANDARDS, stocks__C80=orders.C80)), "utf-8")
    return spec, shop


def test_an_estimate_as_json_and_in_words(files):
    spec, shop = files
    told = run("estimate", spec, "--standards", shop, "--json")
    answer = json.loads(told.stdout)
    assert (told.exit_code, answer["chosen"], answer["alternatives"][0]["price"]) == (
        0,
        "DIG-1/12x18/simplex",
        "19.66",
    )
    assert set(answer) >= {
        "alternatives",
        "rejected",
        "break_even",
        "no_break_even",
        "piece",
        "packing",
        "findings",
        "explain",
    }
    assert set(answer["explain"][0]) == {"name", "formula", "values", "result", "standard", "source"}
    said = run("estimate", spec, "--standards", shop).stdout
    assert "$19.66  DIG-1/12x18/simplex" in said
    assert "not OFF-1: card: more inks than it prints on a side" in said


def test_a_refusal_is_one_object_with_everything_that_was_rejected(files):
    spec, shop = files
    spec.write_text(json.dumps(CARDS | {"force": {"press": "OFF-1"}}), "utf-8")
    told = run("estimate", spec, "--standards", shop, "--json")
    error = json.loads(told.stdout)["error"]
    assert (told.exit_code, error["code"], error["field"]) == (2, "NO_ROUTE", "components")
    machines = [one["machine"] for one in error["rejected"]]
    assert (machines.count("DIG-1"), machines.count("OFF-1")) == (1, 2)


@pytest.mark.parametrize(
    ("text", "code", "field"),
    [
        ("{", "SPEC_FIELD", ""),
        (json.dumps(CARDS | {"quantity": 10**9}), "QUANTITY_RANGE", "quantity"),
        (json.dumps(CARDS | {"paper": 1}), "SPEC_FIELD", "paper"),
    ],
)
def test_bad_specifications(files, text: str, code: str, field: str):
    spec, _ = files
    spec.write_text(text, "utf-8")
    told = run("estimate", spec, "--json")
    error = json.loads(told.stdout)["error"]
    assert (told.exit_code, error["code"], error["field"]) == (2, code, field)


def test_a_file_that_is_not_there_or_has_no_end(tmp_path: Path):
    for path in (tmp_path / "none.json", tmp_path, Path("/dev/zero")):
        told = run("estimate", path, "--json")
        error = json.loads(told.stdout)["error"]
        assert (told.exit_code, error["code"], error["field"]) == (2, "SPEC_FIELD", str(path))


def test_a_stop_is_told_with_the_price(files):
    spec, shop = files
    cover = orders.component("cover", "C80", 1, 0, flat_size=[12, 8.5])
    text = orders.component("text", "T60", 1, 1, pages=40)
    book = {"product": "book", "quantity": 100, "trim": [5.5, 8.5], "components": [text, cover]}
    bind = {"machine": "PB", "hour": "40", "per_hour": 250}
    shop.write_text(
        json.dumps(orders.changed(orders.STANDARDS, stocks__C80=orders.C80, operations__perfect_bind=bind)),
        "utf-8",
    )
    spec.write_text(json.dumps(book), "utf-8")
    told = run("estimate", spec, "--standards", shop, "--json")
    assert told.exit_code == 2
    assert [one["code"] for one in json.loads(told.stdout)["findings"]] == ["COVER_STALE"]


def test_the_products_need_no_plant():
    products = json.loads(run("catalog", "list", "--json").stdout)["products"]
    assert [one["code"] for one in products] == CODES.split()
    assert all(set(one) >= {"code", "name", "components", "options", "rules", "route"} for one in products)
    assert "business_cards  Business cards: " in run("catalog", "list").stdout


def test_it_starts_without_the_database_and_the_web():
    loaded = "import sys, web.commands.console, web.commands.estimate; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "web.commands.estimate" in modules
    assert not {"sqlalchemy", "flask", "psycopg", "redis", "numpy"} & set(modules)
