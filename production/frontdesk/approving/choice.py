"""Which rule decides about a job: the one that says most. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from kernel.money import Money
from production.frontdesk.approving.rules import KINDS, AgencyRuleValue


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules ask of a job. ``accounts``: bill codes of all that pay."""

    agency: str
    kind: str
    product: str
    accounts: frozenset[str]
    total: Money


class Chosen(NamedTuple):
    """The rule that decides, why it fits, and the codes of others that say as much."""

    rule: AgencyRuleValue
    why: tuple[str, ...]
    ties: tuple[str, ...]


class _Condition(NamedTuple):
    is_said: Callable[[AgencyRuleValue], bool]
    fits: Callable[[AgencyRuleValue, Facts], bool]
    words: Callable[[AgencyRuleValue], str]


_CONDITIONS = (
    _Condition(
        lambda rule: bool(rule.agency),
        lambda rule, facts: rule.agency == facts.agency,
        lambda rule: f"it is an order of {rule.agency}",
    ),
    _Condition(
        lambda rule: bool(rule.account),
        lambda rule, facts: rule.account in facts.accounts,
        lambda rule: f"account {rule.account} pays",
    ),
    _Condition(
        lambda rule: bool(rule.product),
        lambda rule, facts: rule.product == facts.product,
        lambda rule: f"the product is {rule.product.replace('_', ' ')}",
    ),
    _Condition(
        lambda rule: bool(rule.kind),
        lambda rule, facts: rule.kind == facts.kind,
        lambda rule: KINDS[rule.kind][:1].lower() + KINDS[rule.kind][1:],
    ),
    _Condition(
        lambda rule: rule.amount_from is not None or rule.amount_to is not None,
        lambda rule, facts: (
            (rule.amount_from is None or facts.total >= rule.amount_from)
            and (rule.amount_to is None or facts.total <= rule.amount_to)
        ),
        lambda rule: (
            "it costs "
            + " and ".join(
                words
                for words in (
                    f"${rule.amount_from} or more" if rule.amount_from is not None else "",
                    f"at most ${rule.amount_to}" if rule.amount_to is not None else "",
                )
                if words
            )
        ),
    ),
)


def choose(rules: Iterable[AgencyRuleValue], facts: Facts, on: date) -> Chosen | None:
    """The rule in force on a day that says most about such a job; of several, one that asks for an approval, then the
    first by code. None where no rule fits.
    """
    fitting = sorted((rule for rule in rules if _holds(rule, facts, on)), key=_rank)
    if not fitting:
        return None
    first = fitting[0]
    why = tuple(one.words(first) for one in _said(first))
    return Chosen(
        first, why, tuple(rule.code for rule in fitting[1:] if len(_said(rule)) == len(_said(first)))
    )


def _holds(rule: AgencyRuleValue, facts: Facts, on: date) -> bool:
    is_in_force = (rule.since is None or rule.since <= on) and (rule.until is None or on <= rule.until)
    return is_in_force and all(one.fits(rule, facts) for one in _said(rule))


def _rank(rule: AgencyRuleValue) -> tuple[int, bool, str]:
    return -len(_said(rule)), rule.is_without, rule.code


def _said(rule: AgencyRuleValue) -> list[_Condition]:
    return [one for one in _CONDITIONS if one.is_said(rule)]
