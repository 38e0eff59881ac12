"""``indicia preflight`` as programs call it: one object, its exit code, no plant."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from tests.production.prepress.preflight.test_against_order import BLOCK, SPEC, a_page
from web.commands import console

FORM = {
    "product": "flat_form", "quantity": 500, "trim": [8.5, 11], "pages": 1,
    "components": [{"name": "form", "pages": 1, "stock": "B20", "colours": [4, 4]}],
}  # fmt: skip


@pytest.fixture
def run(tmp_path):
    """Runs the command on a page against a specification; the exit code and the object it prints."""

    def run(data, spec=FORM, *more):
        (tmp_path / "file.pdf").write_bytes(data)
        (tmp_path / "spec.json").write_text(json.dumps(spec), "utf-8")
        indicia = console.make_console(drain=lambda _: None, run=lambda **_: None)
        arguments = [str(tmp_path / "file.pdf"), "--spec", str(tmp_path / "spec.json"), "--json", *more]
        told = CliRunner().invoke(indicia, ["preflight", *arguments])
        return told.exit_code, json.loads(told.stdout)

    return run


def test_a_good_page_passes(run):
    code, told = run(a_page(BLOCK))
    assert code == 0
    box = [0.0, 0.0, 612.0, 792.0]
    assert told == {
        "pages": 1, "verdict": "pass", "findings": [],
        "boxes": [{"page": 1, "media": box, "crop": box, "bleed": None, "trim": None, "rotate": 0, "unit": 1.0}],
    }  # fmt: skip


def test_a_finding_says_where_how_much_and_what_to_do(run):
    code, told = run(a_page(b".1 w 72 72 m 172 72 l S"))
    assert code == 0
    (finding,) = told["findings"]
    assert finding.pop("message").startswith("A line is 0.1 pt wide")
    assert finding.pop("remedy")
    assert finding == {
        "code": "PREFLIGHT_HAIRLINE", "severity": "warn", "page": 1, "box": [72.0, 72.0, 172.0, 72.0],
        "value": 0.1, "limit": 0.25, "fix": "thicken-lines",
    }  # fmt: skip


def test_what_stops_ends_with_2(run):
    code, told = run(a_page(BLOCK), SPEC)
    assert (code, told["verdict"]) == (2, "stop")
    code, told = run(b"")
    assert (code, told["pages"], told["verdict"]) == (2, None, "stop")


def test_a_specification_that_is_none_is_refused(run):
    code, told = run(a_page(BLOCK), FORM | {"paper": "white"})
    assert (code, told["error"]["code"], told["error"]["field"]) == (2, "SPEC_FIELD", "paper")


def test_fixes_are_asked_for_by_code_or_by_name(run, tmp_path):
    out = tmp_path / "fixed.pdf"
    thin = a_page(b".1 w 72 72 m 172 72 l S")
    for asked in (["--fix", "PREFLIGHT_HAIRLINE"], ["--fix", "rotate", "thicken-lines"]):
        code, told = run(thin, FORM, *asked, "--out", str(out))
        assert (code, told["verdict"], told["findings"]) == (0, "pass", [])
        assert out.read_bytes().startswith(b"%PDF-")
        out.unlink()


def test_a_fix_that_cannot_help_is_refused(run, tmp_path):
    out = tmp_path / "fixed.pdf"
    code, told = run(a_page(BLOCK), FORM, "--fix", "polish", "--out", str(out))
    assert (code, told["error"]["code"], told["error"]["field"]) == (2, "FIX_UNKNOWN", "fix")
    code, told = run(a_page(BLOCK), FORM, "--fix", "rotate")
    assert (code, told["error"]["code"]) == (2, "USAGE")
    code, told = run(b"", FORM, "--fix", "rotate", "--out", str(out))
    assert (code, told["error"]["code"]) == (2, "PDF_EMPTY")
    assert not out.exists()
