"""Write the tables of docs/reference/api.md from the models of the API's acts.

.venv/bin/python scripts/api_page.py      writes the page; a test compares it with the models
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # run as a plain file

from production.asked import Asked  # noqa: E402
from production.frontdesk.orders.print_request import PrintRequest  # noqa: E402
from web.api.v1.views import Mailing  # noqa: E402

PAGE = ROOT / "docs" / "reference" / "api.md"
MODELS: tuple[type[Asked], ...] = (Mailing, PrintRequest)
_PLACE = "<!-- {name}: written by scripts/api_page.py -->\n{table}<!-- end of {name} -->\n"


def table(model: type[Asked]) -> str:
    """A row for each field: key, meaning, what may stand there."""
    schema = model.model_json_schema()
    rows = ["| Key of `order` | Meaning | What may stand there |", "|---|---|---|"]
    for name, told in schema["properties"].items():
        is_needed = name in schema.get("required", ())
        title, more = told["title"], told.get("description", "")
        meaning = f"{title}{'' if title.endswith('?') else ':'} {more}" if more else title
        rows.append(f"| `{name}` | {meaning} | {_kind(told)}{'' if is_needed else _usual(told)} |")
    return "\n".join(rows) + "\n"


def _kind(told: dict[str, Any]) -> str:
    if "$ref" in told:
        return "an object"
    if "enum" in told:
        return ", ".join(f"`{value}`" for value in told["enum"] if value)
    if "anyOf" in told:
        return next(_kind(one) for one in told["anyOf"] if one.get("type") != "null")
    if told.get("format") == "date":
        return "`YYYY-MM-DD`"
    if told["type"] == "object" and isinstance(told.get("additionalProperties"), dict):
        return f"an object of {_kind(told['additionalProperties'])}s"
    words = {"string": "text", "integer": "whole number", "boolean": "`true`, `false`", "object": "an object"}
    most = f", at most {told['maxLength']:,} characters" if "maxLength" in told else ""
    return words[told["type"]] + most


def _usual(told: dict[str, Any]) -> str:
    usual = told.get("default")
    return (
        "; may be left out"
        if usual in (None, "")
        else f"; `{json.dumps(usual)}` unless said".replace('"', "")
    )


def written(page: str) -> str:
    """The page with its tables as the models have them."""
    for model in MODELS:
        name = model.__name__
        found = re.compile(rf"<!-- {name}: .*?<!-- end of {name} -->\n", re.DOTALL)
        if not found.search(page):
            raise SystemExit(f"{PAGE.name} has no place for {name}.")
        new = _PLACE.format(name=name, table=table(model))
        page = found.sub(lambda _, new=new: new, page)  # type: ignore[misc]
    return page


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
