"""Reference pages against the source, both ways."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from scripts import error_codes
from store import settings

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"
_SETTING_ROW = re.compile(r"^\| *`([A-Z][A-Z0-9_]*)`", re.MULTILINE)


def test_every_error_code_is_on_the_page_and_the_reverse() -> None:
    wrong = error_codes.differences(
        error_codes.codes_in_source(), error_codes.codes_on(error_codes.PAGE.read_text("utf-8"))
    )
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("source", "codes"),
    [
        ('raise InvalidInput("x", code="ORDER")', {"ORDER"}),
        ('raise InvalidInput("x", code="ORDER" if a else "TICKET")', {"ORDER", "TICKET"}),
        ('class Gone(Exception):\n    code = "GONE"', {"GONE"}),
        ('class Gone(Exception):\n    code: str = "GONE"', {"GONE"}),
        ('Finding("LOST", severity, "x")', {"LOST"}),
        ('_wrong("ZIP_INVALID", "x")', {"ZIP_INVALID"}),
        ('TABLE = {"a": ("ROW_WIDTH", 1)}', {"ROW_WIDTH"}),
        ('state = "OPEN"; name = environ["DATABASE_URL"]; "see ROW_WIDTH here"', set()),
    ],
)
def test_codes_are_found_where_they_stand(source: str, codes: set[str]) -> None:
    assert error_codes.codes_in(source) == codes


def test_differences_are_named_on_both_sides() -> None:
    page = "| Code | Meaning |\n|---|---|\n| `OLD_CODE` | was |\n"
    assert error_codes.differences({"NEW_CODE": "web/x.py"}, error_codes.codes_on(page)) == [
        "missing from the page: NEW_CODE (web/x.py)",
        "no longer in the source: OLD_CODE",
    ]


def undocumented_settings(names: set[str], page: str) -> set[str]:
    """Names in one place only."""
    return names ^ set(_SETTING_ROW.findall(page))


def test_every_setting_is_documented() -> None:
    names = {settings._variable(field.name) for field in fields(settings.Settings)}
    names |= {settings.PREFIX + name for name in settings._OTHER_NAMES}
    assert not undocumented_settings(names, (REFERENCE / "settings.md").read_text("utf-8"))
    assert undocumented_settings({"INDICIA_X"}, "| `INDICIA_Y` | y |") == {"INDICIA_X", "INDICIA_Y"}
