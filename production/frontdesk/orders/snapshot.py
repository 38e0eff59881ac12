"""What a quote froze: its lines, its parts by account, and the figures of the postage behind it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from kernel.money import ZERO, Extended, Money, Rate
from postal.money.plan_figures import PlanFigures

_HALF_A_CENT = Decimal("0.005")


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A quantity at its price. ``money`` is ``extended`` to the cent, or the minimum if that is more."""

    unit: str
    description: str
    quantity: Decimal
    rate: Rate
    extended: Extended
    money: Money

    @property
    def is_minimum(self) -> bool:
        """Did the least a job pays lift this line? Rounding alone moves it by half a cent at most."""
        return Decimal(self.money.cents).scaleb(-2) - self.extended.value > _HALF_A_CENT


@dataclass(frozen=True, slots=True)
class QuotedShare:
    """What an account pays of a quote, by its weight."""

    bill_code: str
    weight: int
    money: Money


@dataclass(frozen=True, slots=True)
class QuoteSnapshot:
    """``lines`` with postage at cost, if any; ``rate_card``: names of the cards; ``plan``: figures of the mailing."""

    lines: tuple[PricedLine, ...] = ()
    total: Money = ZERO
    postage: Money = ZERO
    single_piece: Money | None = None
    rate_card: str = ""
    shares: tuple[QuotedShare, ...] = ()
    plan: PlanFigures | None = None
