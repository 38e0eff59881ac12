"""How a command tells what it found to a program."""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter

_PLAIN: TypeAdapter[Any] = TypeAdapter(Any)


def to_json(told: object) -> str:
    """One line of JSON: dataclasses are objects with their fields, days and decimals texts."""
    return json.dumps(_PLAIN.dump_python(told, mode="json"), ensure_ascii=False)
