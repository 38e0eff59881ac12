"""What no tracked file may hold, and what every template must keep to for the content security policy."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BINARY = {".pdf", ".png", ".jpg", ".xlsx", ".gz", ".ttf", ".woff2", ".parquet", ".arrow", ".npy", ".zip"}

# name: (pattern, a text it must find, a near miss). Written so that this file does not find itself.
BANNED_TEXT = {
    "unfinished work": (r"\b(?:TO[D]O|FIX[M]E|XX[X])\b", "# TO" + "DO: later", "todos los días"),
    "a path of one machine": (
        r"(?<![\w.])/(?:work|root|Users)/|(?<![\w.])/home/[a-z]|\b[A-Z]:\\\\Users",
        'open("/wo' + 'rk/data.csv")',
        "GET /floor/work/27-004218-1",
    ),
    "a package registry": (
        r"pypi\.org|pythonhosted\.org|registry\.npmjs|npmjs\.(?:org|com)",
        "https://pypi" + ".org/simple",
        "PyPI",
    ),
    "a private key": (r"-----BEGIN [A-Z ]*PRIVATE KEY", "-----BEGIN " + "PRIVATE KEY-----", "BEGIN"),
}

BANNED_MARKUP = {
    "inline script": (
        r"<script(?![^>]*\bsrc=)",
        "<script>go()</script>",
        '<script type="module" src="x.js">',
    ),
    "inline style": (r"<style\b|\sstyle=", '<p style="color: red">', '<p class="style">'),
    "inline handler": (r"<[^>]*\son[a-z]+=", '<a onclick="go()">', '<a data-on="x">'),
    "unescaped value": (r"\|\s*safe\b", "{{ name | safe }}", "{{ name }} is safe"),
    "another host": (
        r"(?:src|href)=[\"'](?:https?:)?//",
        '<img src="https://cdn/x.png">',
        '<a href="/jobs">',
    ),
}
_POST_FORM = re.compile(r"<form\b[^>]*method=[\"']post[\"'][^>]*>(.*?)</form>", re.IGNORECASE | re.DOTALL)


def tracked() -> list[Path]:
    """Every file of the repository, those not yet added included."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def hits(pattern: str, paths: list[Path]) -> list[str]:
    found = []
    for path in paths:
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), start=1):
            if re.search(pattern, line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    return found


@pytest.mark.parametrize("name", BANNED_TEXT)
def test_no_tracked_file_holds(name: str) -> None:
    found = hits(BANNED_TEXT[name][0], [path for path in tracked() if path.suffix not in BINARY])
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", BANNED_MARKUP)
def test_no_template_holds(name: str) -> None:
    found = hits(BANNED_MARKUP[name][0], sorted((ROOT / "templates").rglob("*.html")))
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("pattern", "bad", "good"), [*BANNED_TEXT.values(), *BANNED_MARKUP.values()])
def test_pattern_finds_bad_and_spares_good(pattern: str, bad: str, good: str) -> None:
    assert re.search(pattern, bad)
    assert not re.search(pattern, good)


def unguarded_forms(markup: str) -> list[str]:
    """Forms that post without a CSRF token."""
    bodies = _POST_FORM.findall(markup)
    return [body.strip()[:80] for body in bodies if "csrf_token" not in body and "hidden(" not in body]


def test_every_posting_form_carries_a_csrf_token() -> None:
    for path in sorted((ROOT / "templates").rglob("*.html")):
        assert not unguarded_forms(path.read_text("utf-8")), path
    assert unguarded_forms('<form class="x" method="post"><button>Go</button></form>')
    assert not unguarded_forms('<form method="post">{{ hidden() }}</form>')


_DEFINED = re.compile(r"{%-? *macro (\w+)")
_IMPORTED = re.compile(r'{% from "[^"]+" import (.*?)(?: with context)? %}')
_QUOTED = re.compile(r'"[^"]*"')


def macros_of(markup: str, known: set[str]) -> tuple[set[str], set[str]]:
    """(macros called and not there, macros imported and not used) of a template."""
    own = set(_DEFINED.findall(markup))
    names = (name for line in _IMPORTED.findall(markup) for name in line.split(","))
    imported = {name.split(" as ")[-1].strip() for name in names}
    called = set(re.findall(r"(?<![\w.|])(\w+)\(", _QUOTED.sub('""', markup))) & known
    used = set(re.findall(r"\w+", _IMPORTED.sub("", markup)))
    return called - own - imported, imported - used


def test_templates_import_the_macros_they_call_and_no_more() -> None:
    pages = {path: path.read_text("utf-8") for path in sorted((ROOT / "templates").rglob("*.html"))}
    known = {name for markup in pages.values() for name in _DEFINED.findall(markup)}
    wrong = {path.name: macros_of(markup, known) for path, markup in pages.items()}
    assert {name: found for name, found in wrong.items() if found != (set(), set())} == {}
    line = '{% from "x.html" import a, b as c %}{{ a() }}{{ d("e(") }}'
    assert macros_of(line, {"a", "d", "e"}) == ({"d"}, {"c"})


def test_every_table_is_made_by_the_one_macro() -> None:
    found = hits(r"<table\b", sorted((ROOT / "templates").rglob("*.html")))
    assert [line.split(":")[0] for line in found] == ["templates/_components/table.html"]


def test_third_party_files_are_never_tracked() -> None:
    assert not [path for path in tracked() if path.is_relative_to(ROOT / "static" / "vendor")]
