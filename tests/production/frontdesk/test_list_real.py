"""Public lists of real offices and sites, where a checkout has them; counts come from their own description."""

import csv
import gzip
import os
import shutil
from pathlib import Path

import pyarrow as pa
import pytest

from production.frontdesk.checks.list_check import check_list
from production.frontdesk.lists.reader import inspect_list

SHARED = Path(os.environ.get("INDICIA_SHARED", Path(__file__).resolve().parents[4] / "shared"))
LISTS = SHARED / "data" / "addresses"
pytestmark = pytest.mark.skipif(not LISTS.is_dir(), reason="the public address lists are not on this machine")
ON = {"on": "2026-11-22"}


def source_rows(path: Path) -> list[dict]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def check_against_source(path: Path, mapping: dict, out: Path, *, names: str) -> dict:
    """Run the check; every accepted and every returned row must be the source row its number says."""
    rows = source_rows(path)
    result = check_list(path, path.name, mapping, ON, out)
    assert result.rows_in == len(rows) == result.accepted + result.to_fix
    with pa.ipc.open_file(result.accepted_path) as file:
        table = file.read_all()
    numbers = table["source_row"].to_pylist()
    assert numbers == sorted(numbers)
    assert table[f"c.{names}"].to_pylist() == [rows[number - 2][names] for number in numbers]
    with Path(result.rows_to_fix_path).open(encoding="utf-8-sig", newline="") as file:
        returned = [int(row["fix: row"]) for row in csv.DictReader(file)]
    assert sorted(numbers + returned) == list(range(2, len(rows) + 2))
    return result


def test_congress_offices(tmp_path):
    path = LISTS / "small_congress_district_offices.csv"
    mapping = inspect_list(path, path.name).mapping
    assert mapping == {
        "recipient": "addressee",
        "company": "building",
        "street": "address",
        "street2": "suite",
        "city": "city",
        "state": "state",
        "zip": "zip",
    }
    result = check_against_source(path, mapping, tmp_path, names="addressee")
    groups = {one.places[0].column: one.count for one in result.findings if one.code == "ADDRESS_INCOMPLETE"}
    assert groups == {"street": 5, "zip": 4}


def test_chicago_sites_with_line_breaks(tmp_path):
    path = LISTS / "small_chicago_sites_with_true_ids.csv"
    preview = inspect_list(path, path.name)
    assert preview.rows == 3_337
    mapping = {
        "recipient": "name",
        "full_address": "address",
        "zip": "zip",
        "city": {"constant": "Chicago"},
        "state": {"constant": "IL"},
    }
    result = check_against_source(path, mapping, tmp_path, names="name")
    with_zip = sum(bool(row["zip"].strip()) for row in source_rows(path))
    assert result.accepted >= with_zip - 30
    assert result.counts["LINE_BREAK"] > 0


def test_polling_places(tmp_path):
    path = tmp_path / "polling.csv"
    with gzip.open(LISTS / "medium_polling_places.csv.gz") as packed, path.open("wb") as plain:
        shutil.copyfileobj(packed, plain)
    mapping = inspect_list(path, path.name).mapping
    assert mapping == {"recipient": "name", "full_address": "address_raw", "state": "state"}
    result = check_against_source(path, mapping, tmp_path, names="name")
    groups = {one.places[0].column: one.count for one in result.findings if one.code == "ADDRESS_INCOMPLETE"}
    assert 14_600 < groups["zip"] < 14_800
    assert result.accepted > 80_000
