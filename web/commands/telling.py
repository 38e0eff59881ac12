"""How a command tells what it found to a program."""

from __future__ import annotations

import json

from store.documents import plain


def to_json(told: object) -> str:
    """One line of JSON."""
    return json.dumps(plain(told), ensure_ascii=False)
