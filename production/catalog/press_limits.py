"""What a file is measured against before it is printed: sheets, inks, dots. Figures are data with their status."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

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


@dataclass(frozen=True, slots=True)
class OrderLimits:
    """What holds for a print order on a press. Resolution in dots an inch; ``most_ink``: sum of inks as a share of
    full strength; ``small_text_pt``: below, text is small, and more than ``text_inks`` inks blur it; lengths in
    points or inches as named; ``tolerance_in`` of a finished size and of the place of a trim; ``marks_around_in``:
    at most so much lies around the bleed of a page."""

    warn_below_dpi: float
    note_below_dpi: float
    most_ink: float
    small_text_pt: float
    text_inks: int
    least_line_pt: float
    safe_zone_in: float
    tolerance_in: float
    marks_around_in: float


def order_limits(product: str = "", press: str = "", data: Mapping[str, Any] | None = None) -> OrderLimits:
    """The limits of a product on a press, by their codes; both may be unknown. ``data``: others than the shop's."""
    order = (data or _data())["order"]
    own = order | order.get("product", {}).get(product, {}) | order.get("press", {}).get(press, {})
    return OrderLimits(**{one.name: own[one.name] for one in fields(OrderLimits)})


def pages_at_once() -> int:
    """How many pages a file may have to be looked at while somebody waits for the answer."""
    return int(_data()["at_once"]["pages"])


@cache
def severities(*, ordered: bool) -> dict[str, Severity]:
    """How far a finding stops a print order, by its code; while nobody ordered, less."""
    told = _data()["severity"]
    return {
        code: Severity(said) for code, said in (told["order"] | ({} if ordered else told["none"])).items()
    }


def page_multiple(binding: str | None) -> int:
    """Pages of a bound product come in multiples of this."""
    multiple: int = _data()["binding"].get(binding or "", 1)
    return multiple


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(_DATA.read_text(encoding="utf-8"))


@lru_cache(maxsize=4)
def press_limits(product: str) -> PressLimits:
    """The limits of a product."""
    data = _data()
    sheets, own = data["sheets"], data["product"][product]
    return PressLimits(
        inks=own["inks"],
        transparency=Severity(own["transparency"]),
        warn_below_dpi=own["warn_below_dpi"],
        note_below_dpi=own["note_below_dpi"],
        sheets=tuple((float(width) * 72, float(height) * 72) for width, height in sheets["sizes"]),
        tolerance=float(sheets["tolerance_in"]) * 72,
    )
