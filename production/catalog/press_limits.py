"""What a file is measured against before it is printed: sheets, inks, dots. Figures are data with their status."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from kernel.findings import Severity

_DATA = Path(__file__).parent / "data" / "preflight.toml"


@dataclass(frozen=True, slots=True)
class PressLimits:
    """What holds for a product (letter, print). ``sheets``: stock sizes, width and height in points, as is
    ``tolerance``; ``transparency``: how serious it is; resolution in dots an inch."""

    inks: int
    transparency: Severity
    warn_below_dpi: float
    note_below_dpi: float
    sheets: tuple[tuple[float, float], ...]
    tolerance: float


@lru_cache(maxsize=4)
def press_limits(product: str) -> PressLimits:
    """The limits of a product."""
    data = tomllib.loads(_DATA.read_text(encoding="utf-8"))
    sheets, own = data["sheets"], data["product"][product]
    return PressLimits(
        inks=own["inks"],
        transparency=Severity(own["transparency"]),
        warn_below_dpi=own["warn_below_dpi"],
        note_below_dpi=own["note_below_dpi"],
        sheets=tuple((float(width) * 72, float(height) * 72) for width, height in sheets["sizes"]),
        tolerance=float(sheets["tolerance_in"]) * 72,
    )
