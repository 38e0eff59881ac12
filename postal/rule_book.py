"""Everything dated that one mailing needs, gathered once: sort plan, lists, prices, trays, piece limits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from kernel.errors import InvalidInput
from kernel.findings import Finding, Severity
from postal.editions import Edition, assumptions, edition_for
from postal.labeling import CITY_STATE, LabelLists, label_lists
from postal.mailpiece import Mailpiece, Standards, check_mailpiece, standards
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


def gaps(
    plan_id: str,
    on: date,
    *,
    mailpiece: Mailpiece,
    payment: str = "metered",
    allow_test_only: bool = False,
) -> list[Finding]:
    """Everything a mailing of this kind would lack on that day: a stop for each list without an edition and
    for each price without a cell, whichever levels its pieces come to reach.
    """
    plan = sort_plan(plan_id, on, allow_test_only=allow_test_only)
    findings = []
    for name in plan.list_names:
        if name == CITY_STATE:
            continue
        try:
            edition_for(name, on, allow_test_only=allow_test_only)
        except InvalidInput as missing:
            findings.append(
                Finding(missing.instance_code, Severity.STOP, missing.sentence, remedy=missing.remedy)
            )
    verdict = check_mailpiece(mailpiece, standards(on))
    cells = plan.price_cells(verdict.shape, verdict.single_piece_shape, payment=payment)
    prices = price_set(on, allow_test_only=allow_test_only)
    return findings + prices.missing(cells, weight_oz=mailpiece.weight_oz)
