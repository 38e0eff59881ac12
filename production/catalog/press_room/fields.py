"""Fields of the rows of the press room, as a person at the shop types them."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from production.asked import Input, Line, Wrong
from production.catalog.parts import Inches, Part

_SIZE = re.compile(r"([0-9.]+)\s*x\s*([0-9.]+)", re.IGNORECASE)
_PLACES = Decimal("0.000001")


def _number(value: Any) -> Decimal:
    text = str(value).replace(",", "").strip()
    try:
        number = Decimal(text) if len(text) <= 16 else Decimal(-1)
    except InvalidOperation:
        number = Decimal(-1)
    if not (number.is_finite() and 0 <= number < Decimal(10) ** 9) or number != number.quantize(_PLACES):
        raise Wrong("This is not a number.", "Write it as in 0.25; 0 is none.")
    return unscaled(number)


def unscaled(number: Decimal) -> Decimal:
    """Without zeros at its end: 3.700 as 3.7, 1E+2 as 100."""
    return Decimal(f"{number.normalize():f}")


class SheetSize(Part):
    """A sheet that a press takes; inches."""

    width_in: Inches
    height_in: Inches

    def __str__(self) -> str:
        return f"{self.width_in:f} x {self.height_in:f}"


def _as_sizes(given: Any) -> Any:
    """'12 x 18; 13 x 19' as sizes."""
    if not isinstance(given, str):
        return given
    found = []
    for part in filter(None, (one.strip() for one in re.split(r"[;\n]", given))):
        size = _SIZE.fullmatch(part)
        if size is None:
            raise Wrong("Write width x height in inches, as in 12 x 18; 13 x 19.")
        found.append({"width_in": size[1], "height_in": size[2]})
    return found


def _as_counts(given: Any) -> Any:
    """'1; 4' as two numbers."""
    if not isinstance(given, str):
        return given
    parts = [one.strip() for one in re.split(r"[;,\s]+", given) if one.strip()]
    if not all(one.isascii() and one.isdigit() for one in parts):
        raise Wrong("Write numbers of inks, as in 1; 4.")
    return sorted({int(one) for one in parts})


Number = Annotated[Decimal, BeforeValidator(_number), Input("decimal")]
Percent = Annotated[Number, Field(lt=100)]
SheetSizes = Annotated[tuple[SheetSize, ...], Field(max_length=40), BeforeValidator(_as_sizes), Input("text")]
InkCounts = Annotated[
    tuple[Annotated[int, Field(ge=1, le=12)], ...],
    Field(max_length=12),
    BeforeValidator(_as_counts),
    Input("text"),
]
Source = Annotated[Line, Field(max_length=500)]
