"""Folds: panels of a flat piece, the ones that fold into another shorter."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from production.catalog.products.reading import Code, Given, Inches

_DATA = Path(__file__).parent / "data" / "folds.toml"


class Fold(Given):
    """A pattern. ``shares``: of each panel, of the length; ``shorter``: by how many ``step_in`` a panel is shorter."""

    code: Code
    name: str
    shares: Annotated[tuple[Annotated[int, Field(gt=0)], ...], Field(min_length=2)]
    shorter: tuple[int, ...]
    crosses: bool = False
    step_in: Inches = Decimal("0.0625")
    source: str

    def panels(self, length: Decimal) -> tuple[Decimal, ...]:
        """Inches of each panel of that length, in the order in which they lie; together they are the length."""
        whole = (length + self.step_in * sum(self.shorter)) / sum(self.shares)
        return tuple(
            whole * share - self.step_in * less for share, less in zip(self.shares, self.shorter, strict=True)
        )

    @property
    def pages(self) -> int:
        """Of one sheet: two a panel."""
        return 2 * len(self.shares) * (2 if self.crosses else 1)

    def opened(self, width: Decimal, height: Decimal) -> tuple[Decimal, Decimal]:
        """Inches of the flat sheet whose whole panels have that size."""
        across = width * sum(self.shares) - self.step_in * sum(self.shorter)
        return across, height * (2 if self.crosses else 1)


@lru_cache(maxsize=1)
def folds() -> dict[str, Fold]:
    """All of them, by code."""
    rows = (Fold.model_validate(row) for row in tomllib.loads(_DATA.read_text("utf-8"))["fold"])
    return {fold.code: fold for fold in rows}
