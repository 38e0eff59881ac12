"""How a command tells what it found to a program."""

from __future__ import annotations

import json

from store.documents import plain


def to_json(*told: object) -> str:
    """One line of JSON; several values with fields are told as one object."""
    found = [plain(one) for one in told]
    whole = {name: value for one in found if isinstance(one, dict) for name, value in one.items()}
    return json.dumps(found[0] if len(found) == 1 else whole, ensure_ascii=False)
