"""What is different from the last time when something is ordered again: a comparison of values, told before anything
is sent. Nothing is replaced by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kernel.money import ZERO, Extended, Money, to_cents
from postal.data.mail_days import in_full
from postal.money.plan_figures import PlanFigures
from production.frontdesk.orders.snapshot import PricedLine

POSTAGE = "postage.permit"  # its lines are those of the plan


@dataclass(frozen=True, slots=True)
class LastTime:
    """What is compared besides the money: names of closed accounts, files with the day they were removed, what of the
    order is no choice any more, the day it was ordered and the day it was asked for.
    """

    product: str
    is_offered: bool
    form: str  # number and revision; empty without one
    form_now: str  # the revision in use; empty where there is none
    refused: Sequence[str]
    closed: Sequence[str]
    removed: Mapping[str, date]
    ordered: date
    due: date
    earliest: date


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is different. ``must_choose``: it cannot be ordered as it was."""

    about: str
    then: str
    now: str
    must_choose: bool = False


@dataclass(frozen=True, slots=True)
class PriceLine:
    """A line of the last quote and what the same costs now; None where nothing has a price for it any more."""

    what: str
    quantity: Decimal
    then: Money
    now: Money | None

    @property
    def more(self) -> Money | None:
        """How much more it costs; below zero, less."""
        return self.now - self.then if self.now is not None else None


def changes(last: LastTime) -> list[Change]:
    """Everything that is different besides the price, what must be chosen anew first."""
    return sorted(_changes(last), key=lambda one: not one.must_choose)


def _changes(last: LastTime) -> Iterator[Change]:
    if not last.is_offered:
        yield Change("Product", last.product, "Not offered any more.", must_choose=True)
    if last.form and last.form != last.form_now:
        now = f"{last.form_now} is in use." if last.form_now else "No revision of it is in use."
        yield Change(
            "Form", last.form, f"{now} The revision of last time cannot be ordered.", must_choose=True
        )
    for sentence in last.refused:
        yield Change("Order", "As you chose it", sentence, must_choose=True)
    for code in last.closed:
        yield Change("Account", code, "It is closed. Choose another one.", must_choose=True)
    for name, day in last.removed.items():
        yield Change(
            "File", name, f"Removed on {in_full(day)}, its time was over. Send it again.", must_choose=True
        )
    yield Change(
        "Earliest day", f"Ordered {in_full(last.ordered)} for {in_full(last.due)}", in_full(last.earliest)
    )


def prices(then: Iterable[PricedLine], now: Mapping[str, PricedLine]) -> Iterator[PriceLine]:
    """The lines of the rate card, but for postage: ``now`` by unit, with the same quantities."""
    for line in then:
        if line.unit != POSTAGE:
            priced = now.get(line.unit)
            yield PriceLine(line.description, line.quantity, line.money, priced.money if priced else None)


def postage(then: PlanFigures, now: Mapping[str, Extended | None]) -> Iterator[PriceLine]:
    """The levels of the last mailing, before discounts."""
    for line in then.postage_lines:
        priced = now.get(line.level)
        yield PriceLine(
            f"Postage: {line.name}",
            Decimal(line.pieces),
            to_cents(line.extended),
            to_cents(priced) if priced else None,
        )


def sums(lines: Sequence[PriceLine]) -> tuple[Money, Money | None]:
    """What all of it came to, and comes to now where every line has a price."""
    then = sum((line.then for line in lines), ZERO)
    now = [line.now for line in lines if line.now is not None]
    return then, sum(now, ZERO) if len(now) == len(lines) else None
