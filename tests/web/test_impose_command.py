"""``indicia impose``: what a program reads of it, without a plant."""

from __future__ import annotations

import json

import pikepdf
import pytest
from click.testing import CliRunner

from web.commands.console import make_console


@pytest.fixture
def run(tmp_path):
    """Runs the command on a book of eight pages and gives exit code and answer."""
    path = tmp_path / "book.pdf"
    with pikepdf.new() as pdf:
        for _ in range(8):
            pdf.add_blank_page(page_size=(396, 612))
        pdf.save(path)

    def run(*arguments, file=path):
        indicia = make_console(drain=lambda _: None, run=lambda **_: None)
        needed = ["--sheet", "12x9", "--trim", "5.5x8.5", "--out", str(tmp_path / "out.pdf"), "--json"]
        ran = CliRunner().invoke(indicia, ["impose", str(file), *needed, *arguments])
        return ran.exit_code, json.loads(ran.stdout)

    return run


def test_the_answer_has_the_keys_of_the_contract(run, tmp_path):
    code, told = run("--scheme", "saddle", "--caliper", ".004", "--marks")
    assert code == 0
    assert set(told) == {"sheets", "sides", "blanks", "warnings", "check", "layout"}
    assert (told["sheets"], told["sides"], told["blanks"], told["warnings"]) == (2, 4, 0, [])
    assert told["check"]["ok"]
    assert told["check"]["reading_order"] == list(range(1, 9))
    layout = told["layout"]
    keys = "unit sheet style turn cuts folds nest gather spine stack_order bleed placements marks"
    assert list(layout) == keys.split()
    assert layout["folds"] == [{"line": "x", "at": 432, "move": "left", "over": False}]
    assert (layout["nest"], layout["gather"], layout["spine"], layout["unit"]) == (2, 1, "left", "pt")
    assert layout["placements"][0] == {"side": 1, "page": 1, "trim": [432, 18, 828, 630], "rotate": 0}
    assert {mark["kind"] for mark in layout["marks"]} >= {"crop", "fold"}
    with pikepdf.open(tmp_path / "out.pdf") as sheets:
        assert len(sheets.pages) == told["sides"]


@pytest.mark.parametrize(
    ("arguments", "code", "field"),
    [
        (["--scheme", "saddle", "--sheet", "8x9"], "SHEET_TOO_SMALL", "sheet"),
        (["--scheme", "saddle", "--trim", "5x8"], "TRIM_OVERLAP", "trim"),
        (["--scheme", "saddle", "--sheet", "large"], "USAGE", "sheet"),
        (["--scheme", "saddle", "--bleed", "nan"], "SPEC_FIELD", "bleed"),
        (["--scheme", "cutstack", "--number-last", "0"], "NUMBER_RANGE", "number_last"),
        (["--scheme", "cutstack", "--number-first", "1"], "NUMBER_RANGE", "number_last"),
        (["--scheme", "cutstack", "--number-last", "9"], "COMPONENT_PAGES", "parts"),
        (["--scheme", "saddle", "--out", "/no/such/folder/out.pdf"], "NOT_FOUND", "out"),
    ],
)
def test_a_refusal_names_code_and_option(run, tmp_path, arguments, code, field):
    exit_code, told = run(*arguments)
    assert (exit_code, told["error"]["code"], told["error"]["field"]) == (2, code, field)
    assert not list(tmp_path.glob("out.pdf*"))


@pytest.mark.parametrize(
    ("content", "code"),
    [(None, "NOT_FOUND"), (b"", "PDF_EMPTY"), (b"no pdf" * 99, "TYPE_MISMATCH"), (b"%PDF-1.7\n" * 99, "PDF_TRUNCATED")],
)  # fmt: skip
def test_a_file_that_is_no_pdf_is_refused(run, tmp_path, content, code):
    path = tmp_path / "other.pdf"
    if content is not None:
        path.write_bytes(content)
    exit_code, told = run("--scheme", "saddle", file=path)
    assert (exit_code, told["error"]["code"]) == (2, code)


def test_what_was_not_checked_is_said(run):
    code, told = run("--scheme", "saddle", "--no-check")
    assert (code, told["check"]) == (0, None)
    assert [one["code"] for one in told["warnings"]] == ["SHEETS_UNCHECKED"]
