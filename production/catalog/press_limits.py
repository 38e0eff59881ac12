"""What a file is measured against before it is printed: sheets, inks, dots. Figures are data with their status."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

_DATA = Path(__file__).parent / "data" / "preflight.toml"


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    return tomllib.loads(_DATA.read_text(encoding="utf-8"))


def press_limits(product: str) -> dict[str, Any]:
    """The limits of a product (letter, print) as plain values; lengths in points."""
    sheets = _data()["sheets"]
    return {
        **_data()["product"][product],
        "sheets": [[float(side) * 72 for side in size] for size in sheets["sizes"]],
        "tolerance": float(sheets["tolerance_in"]) * 72,
    }
