"""Reference pages against the source, both ways."""

from __future__ import annotations

import re
import subprocess
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


# What the floor, its schedule, stock, purchasing, dock and devices must be able to say, by the print contract.
OF_THE_FLOOR = re.findall(
    r"\w+",
    """
    TICKET COUNT COUNT_OVER COUNT_UNIT NUMBER_GAP RANGE_TWICE ROUTE_CYCLE ROUTE_UNIT CENTRE_UNKNOWN CALENDAR_EMPTY
    SCHEDULE_INFEASIBLE PINNED_CLASH DUE_IMPOSSIBLE STOCK_SHORT STOCK_NEGATIVE LOT_SUPERSEDED BID_LATE BID_CURRENCY
    INVOICE_DIFFERENCE PO_TWICE CARTON_WEIGHT DELIVERY_OVER DEVICE_REFUSED DEVICE_AWAY DEVICE_COUNT XJDF_INVALID
    STANDARD_EVIDENCE CLOCK_BACK CLOCK_AHEAD CLOCK_TIME DEVICE_CLOCK DEVICE_FORK DEVICE_LINE
    """,
)


def test_every_code_of_the_floor_is_said_by_the_source_and_expected_by_a_test() -> None:
    tests = "".join(
        path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__)
    )
    said = error_codes.codes_in_source()
    assert [code for code in OF_THE_FLOOR if code not in said or f'"{code}"' not in tests] == []


def undocumented_settings(names: set[str], page: str) -> set[str]:
    """Names in one place only."""
    return names ^ set(_SETTING_ROW.findall(page))


def test_every_setting_is_documented() -> None:
    names = {settings._variable(field.name) for field in fields(settings.Settings)}
    names |= {settings.PREFIX + name for name in settings._OTHER_NAMES}
    assert not undocumented_settings(names, (REFERENCE / "settings.md").read_text("utf-8"))
    assert undocumented_settings({"INDICIA_X"}, "| `INDICIA_Y` | y |") == {"INDICIA_X", "INDICIA_Y"}


_CITED = re.compile(r"[\w./-]*\w\.md\b")
_ROOMS = "kernel|store|postal|production|billing|workers|web"
_NAMED = re.compile(
    rf"`((?:app\.py|(?:{_ROOMS}|templates|static|migrations|tests|bench|scripts|docs|deploy)/)[\w./-]*)(?:::\w+)?`"
)
_DOTTED = re.compile(rf"`((?:{_ROOMS})(?:\.\w+)+)`")
_LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
_THEIRS = {"LICENSE.md": "in a package from elsewhere", "data.md": "a word of a test"}
_HISTORY = ("CHANGELOG.md", "docs/adr/")  # say what was, under the names of their day


def tracked(*patterns: str) -> list[Path]:
    """Files of the repository, those not yet added included."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def cited_and_missing(path: Path, text: str) -> set[str]:
    """Documents that a file cites and that stand neither at that path nor in docs/ or docs/reference/."""
    places = (ROOT, path.parent, ROOT / "docs", REFERENCE)
    cited = set(_CITED.findall(text)) - _THEIRS.keys()
    return {name for name in cited if not any((place / name).is_file() for place in places)}


def named_and_missing(path: Path, text: str) -> set[str]:
    """Paths and modules that a page names and that are not there; paths from the checkout or from a folder above it."""
    places = (ROOT, *path.parents)
    paths = {name for name in _NAMED.findall(text) if not any((place / name).exists() for place in places)}
    return paths | {name for name in _DOTTED.findall(text) if not _is_module(name)}


def _is_module(dotted: str) -> bool:
    """Is it a module, or a name that stands in one?"""
    parts = dotted.split(".")
    for end in range(len(parts), 0, -1):
        where = ROOT.joinpath(*parts[:end])
        if where.is_dir() and end == len(parts):
            return True
        if where.with_suffix(".py").is_file():
            rest = parts[end : end + 1]
            return (
                not rest
                or re.search(rf"\b{rest[0]}\b", where.with_suffix(".py").read_text("utf-8")) is not None
            )
    return False


def told(*patterns: str) -> list[tuple[Path, str]]:
    """Files that speak of the house as it is, with their texts."""
    paths = [path for path in tracked(*patterns) if path != Path(__file__)]
    return [
        (one, one.read_text("utf-8")) for one in paths if not str(one.relative_to(ROOT)).startswith(_HISTORY)
    ]


def test_every_cited_document_is_there() -> None:
    texts = told("*.py", "*.html", "*.md", "*.toml", "*.csv", "*.env", "Makefile")
    missing = {(path.name, name) for path, text in texts for name in cited_and_missing(path, text)}
    assert missing == set()
    assert cited_and_missing(ROOT / "x.py", "see settings.md, docs/maildat.md, rules.md section 4") == {
        "rules.md"
    }


def test_every_path_that_a_page_names_is_there() -> None:
    missing = {(path.name, name) for path, text in told("*.md") for name in named_and_missing(path, text)}
    assert missing == set()
    named = "`store/db.py`, `store/gone.py`, `store.db`, `store.db.Actor`, `store.db.Nobody`, `web.gone`"
    assert named_and_missing(ROOT / "x.md", named) == {"store/gone.py", "store.db.Nobody", "web.gone"}


def test_every_link_of_a_page_leads_somewhere() -> None:
    links = [(path, link) for path in tracked("*.md") for link in _LINK.findall(path.read_text("utf-8"))]
    assert len(links) > 20
    assert [(path.name, link) for path, link in links if not (path.parent / link).exists()] == []


def test_a_commit_is_asked_what_make_check_asks() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    parts = re.search(r"^check: ([a-z ]+?) ##", makefile, re.MULTILINE)
    hooks = re.findall(r"entry: make (\w+)", (ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    assert parts
    assert parts[1].split() == hooks


def glossary() -> list[list[str]]:
    """Rows of the glossary: words, meaning, name in code."""
    text = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    lines = text.partition("## Words that are not used")[0].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return [row for row in cells if row[0] != "Word"]


def test_a_word_has_one_meaning_and_stands_in_the_code() -> None:
    rows = glossary()
    words = [word.strip() for row in rows for word in row[0].split(",")]
    assert len(words) > 120
    assert sorted(words) == sorted(set(words))
    sources = (text for path, text in told("*.py", "*.toml") if "tests" not in path.parts)
    in_code = {word for text in sources for word in re.findall(r"\w+", text)}
    names = {name for row in rows for name in re.findall(r"`([A-Za-z_]\w*)`", row[2])}
    assert names - in_code == set()
