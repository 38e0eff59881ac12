"""What the product declares it needs is what it imports, both ways."""

from __future__ import annotations

import ast
import functools
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = ("app.py", "kernel", "store", "postal", "production", "billing", "workers", "web", "migrations")
# What the shop asked for and this is built on; pytest is the eighth, and runs this.
FOUNDATIONS = {"flask", "sqlalchemy", "pypdf", "reportlab", "python-barcode", "rq", "redis"}
# Needed without an import, and why.
NOT_IMPORTED = {"tzdata": "zoneinfo reads it on a machine that has no time zones of its own"}


def declared() -> set[str]:
    """Distributions of the run-time dependencies, in their plain names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return {_plain(re.split(r"[\[<>=,; ]", entry)[0]) for entry in project["dependencies"]}


@functools.cache
def imported(root: Path = ROOT) -> set[str]:
    """Distributions of everything that the product imports and that is not its own or Python's."""
    named = {name for path in _sources(root) for name in _imports(path.read_text("utf-8"))}
    foreign = named - sys.stdlib_module_names - {Path(own).stem for own in OURS}
    by_module = packages_distributions()
    return {_plain(owner) for name in foreign for owner in by_module.get(name, [name])}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _sources(root: Path) -> list[Path]:
    return [
        path for own in OURS for path in ([root / own] if own.endswith(".py") else (root / own).rglob("*.py"))
    ]


def _imports(source: str) -> set[str]:
    nodes = list(ast.walk(ast.parse(source)))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    whole = {
        node.module for node in nodes if isinstance(node, ast.ImportFrom) and not node.level and node.module
    }
    return {name.split(".")[0] for name in plain | whole}


def test_the_product_is_built_on_its_foundations() -> None:
    assert imported() >= FOUNDATIONS
    assert declared() >= FOUNDATIONS


def test_what_is_declared_is_imported_and_the_reverse() -> None:
    assert declared() - imported() == set(NOT_IMPORTED)
    assert imported() - declared() == set()


def test_imports_are_found_where_they_stand(tmp_path: Path) -> None:
    source = "import rq.job\nfrom PIL import Image\nfrom . import own\ndef late():\n    import zipcodes\n"
    assert _imports(source) == {"rq", "PIL", "zipcodes"}
    for own in OURS:
        target = tmp_path / own
        target.write_text(source) if own.endswith(".py") else target.mkdir()
    assert imported(tmp_path) == {"rq", "pillow", "zipcodes"}
