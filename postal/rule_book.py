"""Everything dated that one mailing needs, gathered once: sort plan, lists, prices, trays, piece limits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from postal.editions import Edition, assumptions
from postal.labeling import LabelLists, label_lists
from postal.mailpiece import Standards, standards
from postal.prices import PriceSet, price_set
from postal.sort_plans import SortPlan, sort_plan
from postal.trays import TrayRules, tray_rules


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules in force for one sort plan, mailing date and office of mailing."""

    on: date
    plan: SortPlan
    lists: LabelLists
    prices: PriceSet
    trays: TrayRules
    standards: Standards

    @property
    def editions(self) -> tuple[Edition, ...]:
        """Every edition these rules came from."""
        return (
            self.plan.edition,
            *self.lists.editions,
            self.prices.edition,
            self.trays.edition,
            self.standards.edition,
        )

    @property
    def assumptions(self) -> tuple[str, ...]:
        """Sentences a batch made by these rules must show."""
        return assumptions(self.editions, *self.plan.assumptions)


def rule_book(
    plan_id: str,
    on: date,
    *,
    origin_zip5: int,
    allow_test_only: bool = False,
    packing_factor: Decimal | None = None,
) -> RuleBook:
    """Gather the editions in force on a mailing date. InvalidInput EDITION_MISSING names one missing.
    ``packing_factor``: the shop's own, else the one of the tray edition.
    """
    plan = sort_plan(plan_id, on, allow_test_only=allow_test_only)
    trays = tray_rules(on)
    return RuleBook(
        on=on,
        plan=plan,
        lists=label_lists(plan.list_names, on, origin_zip5=origin_zip5, allow_test_only=allow_test_only),
        prices=price_set(on, allow_test_only=allow_test_only),
        trays=trays if packing_factor is None else replace(trays, packing_factor=packing_factor),
        standards=standards(on),
    )
