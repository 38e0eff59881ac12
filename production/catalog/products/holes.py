"""Patterns of holes: how many, how wide, how far apart and from which edge."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from production.catalog.products.reading import Code, Given, Inches

_DATA = Path(__file__).parent / "data" / "holes.toml"


class Holes(Given):
    """A pattern, in the middle of its edge. ``pitch_in``: from center to center; ``from_edge_in``: of a center."""

    code: Code
    name: str
    edge: Literal["left", "top"]
    count: Annotated[int, Field(ge=1, le=200)]
    pitch_in: Inches
    diameter_in: Inches
    from_edge_in: Inches
    source: str

    def centers(self, width: Decimal, height: Decimal) -> Iterator[tuple[Decimal, Decimal]]:
        """Inches from the lower left of a piece of that size, from the top or from the left."""
        along = height if self.edge == "left" else width
        first = (along - (self.count - 1) * self.pitch_in) / 2
        for k in range(self.count):
            at = first + k * self.pitch_in
            yield (
                (self.from_edge_in, height - at) if self.edge == "left" else (at, height - self.from_edge_in)
            )


@lru_cache(maxsize=1)
def holes() -> dict[str, Holes]:
    """All of them, by code."""
    rows = (Holes.model_validate(row) for row in tomllib.loads(_DATA.read_text("utf-8"))["holes"])
    return {one.code: one for one in rows}
