"""The import contracts of pyproject.toml, run as a test."""

from __future__ import annotations

import re
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[2]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_imports_run_one_way() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def empty_house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All modules with nothing in them, where every contract holds: the contracts name rooms, which must be there."""
    folder = tmp_path_factory.mktemp("house")
    for house in ("kernel", "store", "postal", "production", "billing", "workers", "web"):
        for named in (ROOT / house).rglob("*.py"):
            empty = folder / named.relative_to(ROOT)
            empty.parent.mkdir(parents=True, exist_ok=True)
            empty.touch()
    (folder / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text("utf-8"), "utf-8")
    assert lint_imports(folder).returncode == 0
    return folder


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("kernel/bad.py", "import web"),
        ("postal/bad.py", "import flask"),
        ("workers/bad.py", "import web"),
        ("production/jobs/bad.py", "import postal"),
        ("production/mailroom/bad.py", "import production.frontdesk.orders.intake"),
        ("production/frontdesk/orders/bad.py", "import production.frontdesk.steps.base"),
    ],
)
def test_a_wrong_import_is_found(empty_house: Path, module: str, text: str) -> None:
    wrong = empty_house / module
    wrong.write_text(text, "utf-8")
    found = lint_imports(empty_house).returncode
    wrong.unlink()
    assert found == 1


def circle(needs: dict[str, set[str]]) -> list[str]:
    """Modules that need one another, in a ring; empty when there are none."""
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        ring: list[str] = error.args[1]
        return ring
    return []


def test_no_module_needs_itself_by_way_of_others() -> None:
    graph = grimp.build_graph(
        "kernel", "store", "postal", "production", "billing", "workers", "web", cache_dir=None
    )
    assert len(graph.modules) > 300
    assert circle({name: graph.find_modules_directly_imported_by(name) for name in graph.modules}) == []
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) != []


def test_no_template_needs_itself_by_way_of_others() -> None:
    """At its head; what a macro imports is looked up when it is used."""
    head = re.compile(r'^\{% (?:from|import|extends) "([^"]+)"', re.MULTILINE)
    folder = ROOT / "templates"
    files = {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.rglob("*.html")}
    assert circle({name: set(head.findall(text)) for name, text in files.items()}) == []
    assert circle({"a": set(head.findall('{% from "b" import c %}')), "b": {"a"}}) != []
