"""What pieces of an earlier mailing would pay now: the same levels at the prices in force."""

from __future__ import annotations

from collections.abc import Mapping

from kernel.money import Extended
from postal.money.plan_figures import PlanFigures
from postal.piece.mailpiece import Mailpiece, check_mailpiece
from postal.sorting.level_rates import LevelRates
from postal.sorting.rule_book import RuleBook


def postage_now(rules: RuleBook, mailpiece: Mailpiece, then: PlanFigures) -> Mapping[str, Extended | None]:
    """By code of each level that had pieces, before discounts; None where no price is in force for it, nothing at all
    where the piece is not admitted any more. The new list decides the levels of the new mailing.
    """
    verdict = check_mailpiece(mailpiece, rules.standards, rules.plan.mail_class)
    if verdict.shape not in rules.plan.price_tables:
        return {}
    rates = LevelRates.find(rules, verdict, weight_oz=mailpiece.weight_oz, payment=then.payment)
    by_code = {level.code: rate for level, rate in zip(rules.plan.all_levels, rates.by_level, strict=True)}
    return {
        line.level: rate.postage(line.pieces) if (rate := by_code.get(line.level)) else None
        for line in then.postage_lines
    }
