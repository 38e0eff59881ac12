"""The price of every level of one mailing, found once: rates, what is missing by name, what must be said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from kernel.errors import InvalidInput
from kernel.money import Extended, Money, to_cents, total
from postal.admission.incentives import NO_CLAIMS, Claims, Earned
from postal.piece.mailpiece import Verdict
from postal.plans.sort_plans import LevelPrice
from postal.prices.prices import PostageRate
from postal.sorting.rule_book import RuleBook


@dataclass(frozen=True, slots=True)
class LevelRates:
    """The price cells of each level of a plan, with their rate where one is in force; the last is single-piece, with
    the surcharge where the plan has one. ``claims``: incentives, which come off the price of every other level.
    """

    rules: RuleBook
    weight_oz: Decimal
    cells: tuple[LevelPrice, ...]
    by_level: tuple[PostageRate | None, ...]
    claims: Claims = NO_CLAIMS

    @classmethod
    def find(cls, rules: RuleBook, verdict: Verdict, *, weight_oz: Decimal, payment: str) -> LevelRates:
        """Look up every cell of the plan for this piece."""
        cells = rules.plan.price_cells(
            verdict.shape, verdict.single_piece_shape, payment=payment, weight_oz=weight_oz
        )
        found = tuple(cell.rate(rules.prices, weight_oz) for cell in cells)
        by_level = (*found[:-1], rules.plan.surcharged(found[-1], rules.prices, weight_oz))
        return cls(rules, weight_oz, cells, by_level, rules.claims.paid_by(payment))

    @property
    def single_piece(self) -> PostageRate | None:
        """What a piece costs alone, where that is known."""
        return self.by_level[-1]

    def single_piece_postage(self, pieces: int) -> Money | None:
        """What all pieces would cost alone."""
        return to_cents(self.single_piece.postage(pieces)) if self.single_piece else None

    def require(self, counts: Sequence[int]) -> None:
        """InvalidInput RATE_MISSING with every level that has pieces and no price."""
        wanted = [key for cell, count in zip(self.cells, counts, strict=True) if count for key in cell.keys]
        wanted += self.rules.plan.surcharge_cells if counts[-1] else ()
        missing = self.rules.prices.missing(wanted, weight_oz=self.weight_oz)
        if missing:
            first = missing[0]
            raise InvalidInput(first.message, code=first.code, findings=missing, remedy=first.remedy)

    def postage(self, counts: Sequence[int]) -> Money | None:
        """Postage of pieces by level, less incentives; None where one of them has no price. Each statement is rounded
        by itself: single pieces that go on in another class earn no incentive and stand on their own.
        """
        if any(rate is None and count for rate, count in zip(self.by_level, counts, strict=True)):
            return None
        parts = [self.extended(index, count) for index, count in enumerate(counts)]
        off = total([one.amount for one in self.earned(counts)])
        if not self.rules.plan.residual.mail_class:
            return to_cents(total(parts) - off)
        return to_cents(total(parts[:-1]) - off) + to_cents(parts[-1])

    def extended(self, index: int, pieces: int) -> Extended:
        """Postage of one level before the cent."""
        rate = self.by_level[index]
        return rate.postage(pieces) if rate else Extended(Decimal(0))

    def earned(self, counts: Sequence[int]) -> tuple[Earned, ...]:
        """The incentives of pieces by level."""
        return self.claims.earned(sum(counts[:-1]))

    @property
    def millionths(self) -> tuple[int, ...]:
        """What a piece pays at each level (not singly) less incentives, in millionths of a dollar, a pound part rounded
        to one; RATE_MISSING.
        """
        self.require([1] * (len(self.cells) - 1) + [0])
        off = self.claims.rate.value
        return tuple(round((rate.each - off) * 1_000_000) for rate in self.by_level[:-1] if rate)

    def said(self, counts: Sequence[int]) -> list[str]:
        """The assumptions behind the prices used and the single-piece price compared with."""
        used = [rate for rate, count in zip(self.by_level, counts, strict=True) if rate and count]
        prices = [rate.assumption for rate in (*used, self.single_piece) if rate]
        return [*prices, *(self.claims.assumptions if any(counts[:-1]) else ())]
