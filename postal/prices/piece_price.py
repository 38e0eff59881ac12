"""What one piece pays: a price a piece and, for the heavier pieces of a class, a price a pound besides (DMM 243.1)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from kernel.money import Extended, Rate, extend


@dataclass(frozen=True, slots=True)
class ByPound:
    """The pound part of a price: dollars a pound, and the pounds of one piece to four decimals. ``level``, ``entry``
    and ``group`` name its price cell.
    """

    rate: Rate
    pounds: Decimal
    level: str
    entry: str = ""
    group: str = ""

    def weight(self, pieces: int) -> Decimal:
        """Pounds of so many pieces, four decimals."""
        return self.pounds * pieces

    def postage(self, pieces: int) -> Extended:
        """The pound part of so many pieces."""
        return extend(self.rate, self.weight(pieces))


def each(rate: Rate, by_pound: ByPound | None) -> Decimal:
    """Exact dollars of one piece, up to ten decimals."""
    return rate.value + (by_pound.rate.value * by_pound.pounds if by_pound else 0)


def postage_of(rate: Rate, by_pound: ByPound | None, pieces: int) -> Extended:
    """Postage of so many pieces: the piece part and the pound part, each to four decimals."""
    piece_part = extend(rate, pieces)
    return piece_part + by_pound.postage(pieces) if by_pound else piece_part


def price_text(rate: Rate, by_pound: ByPound | None) -> str:
    """'0.624', or '0.624 + 0.745 a pound'."""
    return f"{rate} + {by_pound.rate} a pound" if by_pound else str(rate)
