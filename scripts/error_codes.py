"""Compare the codes in the source with docs/reference/errors.md, both ways.

    .venv/bin/python scripts/error_codes.py      lists missing and left-over codes; exit 1 when there are any

In the source a code is the value of ``code=`` or ``code =``, the first argument of ``Finding``, ``of_field`` and
``refused_field``, or any text that is nothing but capitals joined by underscores and not in NOT_CODES: no code
hides in a helper or table.
On the page a code is the first cell of a table row: | `X` | ...
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "errors.md"
SOURCE = ("app.py", "kernel", "store", "postal", "production", "billing", "workers", "web")
# Names of the environment and of other people's settings, which look like codes.
NOT_CODES = {
    "CRASH_AT",
    "DATABASE_OWNER_URL",
    "DATABASE_URL",
    "LC_ALL",
    "OPENBLAS_NUM_THREADS",
    "REDIS_URL",
    "SECRET_KEY_FILE",
    "SHOP_ERROR",
    "USER_ERROR",
}
_SINGLE = re.compile(r"[A-Z][A-Z0-9]+")
_JOINED = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_ROW = re.compile(r"^\| *`([A-Z][A-Z0-9_]*)`", re.MULTILINE)


def codes_in(text: str) -> set[str]:
    """Codes of one module's source."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _JOINED.fullmatch(node.value):
            found.add(node.value)
        found |= {
            part.value
            for value in _values_of_code(node)
            for part in ast.walk(value)
            if isinstance(part, ast.Constant)
            and isinstance(part.value, str)
            and _SINGLE.fullmatch(part.value)
        }
    return {code for code in found - NOT_CODES if not code.startswith("INDICIA_")}


def codes_on(page: str) -> set[str]:
    """Codes the page describes."""
    return set(_ROW.findall(page))


def codes_in_source() -> dict[str, str]:
    """Every code of the product with the first module that uses it."""
    found: dict[str, str] = {}
    for name in SOURCE:
        for path in sorted((ROOT / name).rglob("*.py")) if (ROOT / name).is_dir() else [ROOT / name]:
            for code in codes_in(path.read_text("utf-8")):
                found.setdefault(code, path.relative_to(ROOT).as_posix())
    return found


def differences(source: dict[str, str], page: set[str]) -> list[str]:
    """One sentence a code that only one side knows."""
    return [f"missing from the page: {code} ({source[code]})" for code in sorted(set(source) - page)] + [
        f"no longer in the source: {code}" for code in sorted(page - set(source))
    ]


def _values_of_code(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions that give a code its value."""
    if isinstance(node, ast.Call):
        yield from (keyword.value for keyword in node.keywords if keyword.arg == "code")
        if getattr(node.func, "id", "") in ("Finding", "of_field", "refused_field"):
            yield from node.args[:1]
    if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == "code" for target in node.targets):
        yield node.value
    if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "code" and node.value:
        yield node.value


def main() -> int:
    """Prints what to add and what to remove."""
    lines = differences(codes_in_source(), codes_on(PAGE.read_text("utf-8")) if PAGE.exists() else set())
    print("\n".join(lines) or "docs/reference/errors.md and the source agree.")
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main())
