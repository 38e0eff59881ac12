"""How finished pieces go into cartons: as many as its pounds allow, and its height where its inside is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

_OUNCES = 16
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class InCartons:
    """The carton by its code; pieces in a full one; ounces of a piece; pounds of the carton, empty and at most."""

    carton: str
    per_carton: int
    piece_oz: Decimal
    empty_lb: Decimal
    max_lb: Decimal
    per_pallet: int | None = None

    def pounds(self, pieces: int) -> Decimal:
        """A carton with so many pieces, exactly."""
        return self.empty_lb + self.piece_oz * pieces / _OUNCES

    def weight(self, pieces: int) -> Decimal:
        """As it is told: hundredths of a pound."""
        return self.pounds(pieces).quantize(_CENT, ROUND_HALF_UP)


def filled(pieces: int, full: int) -> Iterator[int]:
    """Full cartons, then one with the rest."""
    whole, rest = divmod(pieces, full)
    yield from [full] * whole
    if rest:
        yield rest
