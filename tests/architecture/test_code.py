"""Rules of the house that the linters do not know, as data: what is banned, where, and why."""

from __future__ import annotations

import ast
import functools
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("app.py", "kernel/", "store/", "postal/", "production/", "billing/", "workers/", "web/")
MODULE_LINES = 600
FUNCTION_LINES = 70
APP_LINES = 100
KERNEL_MODULES = 6
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "misc", "manager", "common", "tools", "stuff"}

# (module, function): why it may be longer. An entry that is no longer needed fails the test.
LONG_FUNCTIONS: dict[tuple[str, str], str] = {}


def dotted(node: ast.AST) -> str:
    """The name that is called: ``a.b.c``; what is no name before its dots is left out, ``f().b`` is ``.b``."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def calls(*names: str) -> Callable[[ast.AST], bool]:
    """A call of one of these dotted names; '.commit' is a method of anything, 'round' a plain name."""

    def matches(node: ast.AST) -> bool:
        if not isinstance(node, ast.Call):
            return False
        called = dotted(node.func)
        return any(
            called == name or called.endswith(name if name.startswith(".") else f".{name}") for name in names
        )

    return matches


def imports(*names: str) -> Callable[[ast.AST], bool]:
    """``from x import y`` written as 'x.y', or any import of package 'x'."""

    def matches(node: ast.AST) -> bool:
        if isinstance(node, ast.ImportFrom):
            found = {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found = {alias.name for alias in node.names}
        else:
            return False
        return any(one == name or one.startswith(f"{name}.") for one in found for name in names)

    return matches


def assigns_state(node: ast.AST) -> bool:
    """``thing.state = ...``, ``setattr(thing, "state", ...)`` and ``update(...).values(state=...)``."""
    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return any(
            isinstance(part, ast.Attribute) and part.attr == "state" and isinstance(part.ctx, ast.Store)
            for target in targets
            for part in ast.walk(target)
        )
    if not isinstance(node, ast.Call):
        return False
    if dotted(node.func).endswith(".values") and ast.unparse(node.func).startswith("update("):
        return any(keyword.arg == "state" for keyword in node.keywords)  # an insert gives the first state
    return dotted(node.func) == "setattr" and "'state'" in [ast.unparse(arg) for arg in node.args]


def is_float(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, float)


def leaves_unfinished(node: ast.AST) -> bool:
    """Raising it; catching what a library raises is no fault."""
    return isinstance(node, ast.Raise) and "NotImplementedError" in ast.unparse(node)


@dataclass(frozen=True)
class Ban:
    why: str
    finds: Callable[[ast.AST], bool]
    bad: str  # a sample it must find
    good: str  # a near miss it must leave alone
    where: tuple[str, ...] = PACKAGES
    home: tuple[str, ...] = ()  # the modules where it belongs


BANS = {
    "clock": Ban(
        "only kernel.clock reads the clock",
        calls("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"),
        bad="import datetime\nstart = datetime.datetime.now()",
        good="import time\nstart = time.monotonic()",
        home=("kernel/clock.py",),
    ),
    "clock by import": Ban(
        "only kernel.clock reads the clock",
        imports("time.time", "time.time_ns"),
        bad="from time import time",
        good="from time import monotonic\nimport time",
        home=("kernel/clock.py",),
    ),
    "commit": Ban(
        "transactions end in one place",
        calls(".commit", ".rollback"),
        bad="def f(session):\n    session.commit()",
        good="def f(session):\n    session.committed()",
        home=("store/db.py",),
    ),
    "state": Ban(
        "only the lifecycle changes a state, with an event in the same transaction",
        assigns_state,
        bad="def f(table):\n    update(table).where(table.id == 1).values(state='approved')",
        good="def f(table):\n    insert(table).values(state='draft')",
        home=("production/jobs/lifecycle.py",),
    ),
    "state by attribute": Ban(
        "only the lifecycle changes a state, with an event in the same transaction",
        assigns_state,
        bad="def f(job):\n    job.state = 'approved'",
        good="def f(job):\n    state = job.state\n    return state == 'approved'",
        home=("production/jobs/lifecycle.py",),
    ),
    "rounding": Ban(
        "only kernel.money rounds money",
        calls("round", "float", ".quantize"),
        bad="def f(x):\n    return x.quantize(1)",
        good="def f(x):\n    return to_cents(x)",
        where=("billing/", "postal/prices", "postal/statement"),
    ),
    "floating money": Ban(
        "money is never a binary fraction",
        is_float,
        bad="price = 0.78",
        good="price = Rate.of('0.78')",
        where=("billing/", "postal/prices", "postal/statement"),
    ),
    "queue in web": Ban(
        "web asks for work through the outbox",
        imports("rq", "redis"),
        bad="from rq import Queue",
        good="from store import outbox",
        where=("web/",),
        home=("web/health.py",),
    ),
    "unfinished": Ban(
        "capabilities are whole",
        leaves_unfinished,
        bad="def f():\n    raise NotImplementedError",
        good="try:\n    f()\nexcept NotImplementedError:\n    pass",
    ),
}


def violations(bans: dict[str, Ban], text: str) -> Iterator[tuple[str, int]]:
    """(name of the ban, line number)."""
    for node in ast.walk(ast.parse(text)):
        yield from ((name, getattr(node, "lineno", 0)) for name, ban in bans.items() if ban.finds(node))


def modules(where: tuple[str, ...] = PACKAGES) -> Iterator[tuple[str, str]]:
    """(path from the root, text) of the product's modules."""
    for path in sorted([ROOT / "app.py", *(p for name in PACKAGES[1:] for p in (ROOT / name).rglob("*.py"))]):
        relative = path.relative_to(ROOT).as_posix()
        if relative.startswith(where):
            yield relative, path.read_text("utf-8")


@functools.cache
def violations_of_all() -> dict[str, list[str]]:
    """By ban. Every module is parsed once."""
    found = defaultdict(list)
    for path, text in modules():
        here = {n: ban for n, ban in BANS.items() if path.startswith(ban.where) and path not in ban.home}
        for name, line in violations(here, text):
            found[name].append(f"{path}:{line}: {BANS[name].why}")
    return found


@pytest.mark.parametrize("name", BANS)
def test_ban_holds(name: str) -> None:
    found = violations_of_all().get(name, [])
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", BANS)
def test_ban_finds_its_bad_sample_and_spares_the_good_one(name: str) -> None:
    one = {name: BANS[name]}
    assert list(violations(one, BANS[name].bad))
    assert not list(violations(one, BANS[name].good))


def long_functions(text: str) -> dict[str, int]:
    """Functions over the limit with their lines."""
    found: dict[str, int] = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found[node.name] = max(found.get(node.name, 0), (node.end_lineno or 0) - node.lineno + 1)
    return {name: lines for name, lines in found.items() if lines > FUNCTION_LINES}


def too_long(path: str, text: str, limit: int = MODULE_LINES) -> list[str]:
    lines = len(text.splitlines())
    return [f"{path}: {lines} lines, at most {limit}"] if lines > limit else []


def test_sizes() -> None:
    found = [line for path, text in modules() for line in too_long(path, text)]
    found += too_long("app.py", (ROOT / "app.py").read_text("utf-8"), APP_LINES)
    long = {(path, name): lines for path, text in modules() for name, lines in long_functions(text).items()}
    found += [
        f"{path}: {name} has {lines} lines, at most {FUNCTION_LINES}"
        for (path, name), lines in long.items()
        if (path, name) not in LONG_FUNCTIONS
    ]
    found += [f"no longer needed in LONG_FUNCTIONS: {entry}" for entry in LONG_FUNCTIONS if entry not in long]
    assert not found, "\n".join(found)


def test_sizes_are_measured() -> None:
    body = "\n".join(["    pass"] * FUNCTION_LINES)
    assert long_functions(f"def f():\n{body}\n") == {"f": FUNCTION_LINES + 1}
    assert not long_functions("def f():\n    pass\n")
    assert too_long("m.py", "\n" * (MODULE_LINES + 1))
    assert not too_long("m.py", "\n" * MODULE_LINES)


def empty_name(path: str) -> bool:
    """A file or folder named for nothing in particular."""
    return bool(EMPTY_NAMES & set(Path(path).with_suffix("").parts))


def test_modules_are_named_for_what_they_do() -> None:
    assert not [path for path, _ in modules() if empty_name(path)]
    assert empty_name("billing/utils.py")
    assert empty_name("web/common/x.py")
    assert not empty_name("billing/ledger.py")


def test_kernel_stays_small() -> None:
    names = [path for path, _ in modules(("kernel/",)) if not path.endswith("__init__.py")]
    assert 0 < len(names) <= KERNEL_MODULES, names


def test_migrations_are_one_line_each_with_a_number_of_its_own() -> None:
    paths = sorted((ROOT / "migrations" / "versions").glob("*.py"), key=lambda path: path.name.split("_")[1])
    told = [
        (line.removeprefix("revision = "), path.name.split("_")[1])
        for path in paths
        for line in path.read_text("utf-8").splitlines()
        if line.startswith("revision = ")
    ]
    first = int(told[0][1])  # those before it were folded into it
    assert told == [(f'"{n:04}"', f"{n:04}") for n in range(first, first + len(paths))]
