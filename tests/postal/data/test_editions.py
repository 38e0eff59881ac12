"""Editions: every data file is dated, sourced and found by day; test-only data is held back."""

from __future__ import annotations

import csv
import json
import tomllib
from datetime import date
from decimal import Decimal

import pytest

from kernel.errors import InvalidInput
from postal.data.editions import DATA, Edition, Status, assumptions, edition_for, editions

MARKS = {"confirmed", "single_source", "unconfirmed", "missing", "not_in_force"}


def test_every_edition_has_source_dates_and_a_file():
    for edition in editions():
        assert edition.source, edition.name
        assert edition.path.is_file(), edition.name
        assert edition.effective_to is None or edition.effective_from <= edition.effective_to
        assert edition.caution or edition.complete, f"{edition.name} is incomplete and does not say so"
    names = [edition.name for edition in editions()]
    assert len(names) == len(set(names))


def test_every_file_of_prices_lists_and_plans_belongs_to_an_edition():
    known = {edition.path for edition in editions()}
    folders = ("prices", "lists", "sort_plans", "statement_lines", "incentives")
    assert {path for folder in folders for path in (DATA / folder).iterdir()} <= known


@pytest.mark.parametrize("edition", [e for e in editions() if e.kind == "prices"], ids=lambda e: e.id)
def test_every_price_cell_is_marked_and_every_table_sourced(edition: Edition):
    tables = json.loads(edition.path.read_text())["tables"]
    assert len({table["id"] for table in tables}) == len(tables)
    for table in tables:
        assert table["source"]
        date.fromisoformat(table["effective_from"])
        for cell in table["cells"]:
            assert cell["mark"] in MARKS
            assert (cell["price"] is None) == (cell["mark"] in {"unconfirmed", "missing"})
            if cell["price"] is not None:
                assert Decimal(cell["price"]) > 0
            if cell["mark"] == "not_in_force":
                assert edition.status is Status.TEST_ONLY
                assert "not for live mail" in cell["note"]


def test_the_demonstration_prices_differ_from_the_live_ones_only_in_marked_cells():
    def cells(edition_id: str) -> dict[tuple[str, ...], dict[str, str]]:
        edition = next(e for e in editions() if e.name == f"prices {edition_id}")
        keys = ("level", "not_over_oz", "not_over_lb", "weight_label", "entry", "component", "zone")
        return {
            (table["id"], *(cell.get(key, "") for key in keys)): cell
            for table in json.loads(edition.path.read_text())["tables"]
            for cell in table["cells"]
        }

    live, shown = cells("2026-07-12"), cells("2026-07-12 demonstration")
    assert live.keys() <= shown.keys()
    changed = {key for key in shown if live.get(key) != shown[key]}
    assert changed
    priced = {key for key in changed if shown[key]["price"] is not None}
    assert priced == {key for key in shown if shown[key]["mark"] == "not_in_force"}
    assert all(live[key]["price"] is None for key in changed & live.keys())


@pytest.mark.parametrize("edition", [e for e in editions() if e.path.suffix == ".csv"], ids=lambda e: e.name)
def test_lists_have_no_empty_rows_and_no_prefix_twice(edition: Edition):
    with edition.path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    assert all(next(iter(row.values())) for row in rows)
    if "zip3s" in rows[0]:
        runs = [run.split("-") for row in rows for run in row["zip3s"].split()]
        prefixes = [p for run in runs for p in range(int(run[0]), int(run[-1]) + 1)]
        assert len(prefixes) == len(set(prefixes))


def test_every_level_and_statement_line_carries_its_state():
    plan = tomllib.loads((DATA / "sort_plans/fcm_letter_automation.toml").read_text())
    assert all(level["source"] for level in [*plan["level"], plan["residual"]])
    lines = tomllib.loads((DATA / "statement_lines/3600_fcm.toml").read_text())["line"]
    assert {line["status"] for line in lines} == {"unconfirmed"}


@pytest.mark.parametrize(
    ("on", "allow_test_only", "expected"),
    [
        (date(2025, 7, 13), False, "2025-07-13"),
        (date(2026, 7, 11), True, "2025-07-13"),
        (date(2026, 7, 12), False, "2026-07-12"),
        (date(2026, 7, 12), True, "2026-07-12 demonstration"),
    ],
)
def test_prices_by_day(on: date, allow_test_only: bool, expected: str):
    assert edition_for("prices", on, allow_test_only=allow_test_only, among=editions()).id == expected


def test_a_day_without_an_edition_is_named():
    with pytest.raises(InvalidInput) as refused:
        edition_for("prices", date(2025, 7, 12), among=editions())
    assert refused.value.instance_code == "EDITION_MISSING"
    assert "prices" in refused.value.sentence
    assert "2025-07-12" in refused.value.sentence


def test_a_stand_in_list_is_held_back_from_live_mail():
    with pytest.raises(InvalidInput) as refused:
        edition_for("L801", date(2026, 11, 22), among=editions())
    assert "test-only" in refused.value.sentence
    stand_in = edition_for("L801", date(2026, 11, 22), allow_test_only=True, among=editions())
    assert "not for live mail" in stand_in.assumption


def test_a_complete_active_edition_wins_over_a_test_only_one():
    def edition(edition_id: str, status: Status, *, complete: bool) -> Edition:
        return Edition("L801", edition_id, DATA, date(2026, 1, 1), None, None, status, complete, "test", "")

    stand_in = edition("stand-in", Status.TEST_ONLY, complete=False)
    real = edition("2026-12-01", Status.ACTIVE, complete=True)
    partial = edition("partial", Status.ACTIVE, complete=False)
    on = date(2026, 12, 1)
    assert edition_for("L801", on, allow_test_only=True, among=[stand_in, real]) is real
    assert edition_for("L801", on, allow_test_only=True, among=[stand_in, partial]) is stand_in
    assert edition_for("L801", on, among=[stand_in, partial]) is partial


def test_assumptions_say_each_thing_once():
    prices = edition_for("prices", date(2026, 11, 22), allow_test_only=True, among=editions())
    said = assumptions([prices, prices], "Extra.", "", "Extra.")
    assert said == (prices.assumption, "Extra.")
