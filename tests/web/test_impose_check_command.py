"""``indicia impose-check``: needs no plant, answers in one object, and refuses in one."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from tests.production.prepress.fold_check.sheets import draw_pages, saddle
from web.commands.console import make_console


@pytest.fixture
def run(tmp_path):
    book = saddle(8)
    sheets, pages = book.draw(tmp_path / "sheets.pdf"), draw_pages(tmp_path / "pages.pdf", 8)
    layout = book.write(tmp_path / "layout.json")
    indicia = make_console(drain=lambda _: None, run=lambda **_: None)

    def run(*more, **files):
        named = {"sheets": sheets, "input": pages, "layout": layout} | files
        arguments = [named["sheets"], "--input", named["input"], "--layout", named["layout"], *more]
        return CliRunner().invoke(indicia, ["impose-check", *map(str, arguments)])

    return run


def test_good_and_bad_sheets(run, tmp_path):
    told = run("--json")
    answer = json.loads(told.stdout)
    assert told.exit_code == 0
    assert answer == {
        "ok": True, "reading_order": list(range(1, 9)), "creep_pt": 0.0, "register_pt": 0.0, "findings": [],
        "compared": 8,
    }  # fmt: skip
    swapped = saddle(8).draw(
        tmp_path / "bad.pdf", lambda _, one: one | {"page": {3: 5, 5: 3}.get(one["page"], one["page"])}
    )
    told = run("--json", sheets=swapped)
    answer = json.loads(told.stdout)
    assert (told.exit_code, answer["reading_order"]) == (2, [1, 2, 5, 4, 3, 6, 7, 8])
    first = answer["findings"][0]
    assert (first["code"], first["severity"], first["side"], first["page"], first["value"], first["limit"]) == (
        "LAYOUT_MISMATCH", "stop", 3, 3, 5, 3,
    )  # fmt: skip
    assert first["place"] == saddle(8).layout["placements"][5]["trim"]
    told = run(sheets=swapped)
    assert "Not to be printed." in told.stdout


def test_files_that_are_none(run, tmp_path):
    bad = tmp_path / "bad"
    bad.write_bytes(b"%PDF-1.7 nothing")
    told = run("--json", sheets=bad)
    assert (told.exit_code, json.loads(told.stdout)["error"]["code"]) == (2, "PDF_UNREADABLE")
    told = run("--json", layout=bad)
    error = json.loads(told.stdout)["error"]
    assert (told.exit_code, error["code"], error["field"]) == (2, "SPEC_FIELD", None)
    told = run("--json", input=tmp_path / "missing.pdf")
    assert (told.exit_code, json.loads(told.stdout)["error"]["field"]) == (2, "inputs")
