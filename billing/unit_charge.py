"""What a job pays for one unit of work, however its usage comes in: all at once, late, or in another order.

The whole is priced, and what was charged before is taken off: one rounding a price, one minimum a job and unit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, joinedload

from billing.ledger import money_sum
from billing.models import Charge, RateLineRow
from billing.pricing import RateLine, price_line
from billing.rate_cards import as_line
from kernel.money import ZERO, Money, extend, to_cents
from production.jobs.models import Usage


def worth(priced: Iterable[tuple[RateLine, Decimal]]) -> Money:
    """The money of all quantities of one job and unit: each price rounded once, the largest minimum counted once."""
    lines = list(priced)
    by_rate = sum((to_cents(extend(line.rate, quantity)) for line, quantity in lines), ZERO)
    return max([by_rate, *(line.minimum for line, _ in lines)])  # of nothing, nothing


@dataclass(slots=True)
class Standing:
    """One job and unit: the quantity charged at each price (by the line's key), and the money charged so far."""

    quantities: dict[int, tuple[RateLine, Decimal]] = field(default_factory=dict)
    charged: Money = ZERO

    def add(self, line: RateLine, quantity: Decimal) -> Money:
        """What more is to be paid. InvalidInput AMOUNT_INVALID for a quantity of zero, below, or too large."""
        price_line(line, quantity)
        before = self.quantities.get(line.id, (line, Decimal(0)))[1]
        self.quantities[line.id] = (line, before + quantity)
        more = worth(self.quantities.values()) - self.charged
        self.charged += more
        return more


def standings(session: Session, job_ids: Iterable[int] | None = None) -> dict[tuple[int, str], Standing]:
    """What stands charged of these jobs, or of all, by (job, unit); a standing of nothing for any other. What was
    corrected does not count.
    """
    correction = aliased(Charge)
    stands = (
        Charge.reverses_id.is_(None) & ~select(correction).where(correction.reverses_id == Charge.id).exists()
    )
    query = (
        select(
            Charge.job_id, Usage.unit, Charge.rate_line_id, func.max(Charge.quantity).filter(stands),
            money_sum(Charge.cents),
        )
        .join(Usage, Usage.id == Charge.usage_id)
        .group_by(Charge.job_id, Usage.unit, Charge.rate_line_id, Charge.usage_id)
    )  # fmt: skip
    if job_ids is not None:
        query = query.where(Charge.job_id.in_(list(job_ids)))
    rows = session.execute(query).all()
    priced = select(RateLineRow).where(RateLineRow.id.in_({line_id for _, _, line_id, *_ in rows}))
    lines = {row.id: as_line(row) for row in session.scalars(priced.options(joinedload(RateLineRow.card)))}
    found: dict[tuple[int, str], Standing] = defaultdict(Standing)
    for job_id, unit, line_id, quantity, cents in rows:
        standing = found[job_id, unit]
        standing.charged += cents
        if quantity is not None:
            before = standing.quantities.get(line_id, (lines[line_id], Decimal(0)))[1]
            standing.quantities[line_id] = (lines[line_id], before + quantity)
    return found
