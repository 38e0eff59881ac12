"""How long a file stays, as its owner reads it: by everything that names it, and the rule of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from kernel import clock
from production.records.due import DRAFT, known_references
from production.records.rules import Rules
from production.records.setup import rules_in_force

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Kept:
    """How long a file stays: ``until`` a day; None where something holds it without an end. ``days``: how long still,
    once that has ended; None where it is kept for good.
    """

    until: date | None
    days: int | None


def kept(session: Session, hashes: Sequence[str]) -> dict[str, Kept]:
    """By hash, for files that something names."""
    rules = rules_in_force(session, clock.today())
    named: dict[str, list[tuple[str, datetime | None]]] = defaultdict(list)
    for sha256, what, at in known_references(session, hashes):
        if what != DRAFT:  # it ends before any job
            named[sha256].append((what, at))
    days = days_by_name(rules)
    return {sha256: longest(found, days) for sha256, found in named.items()}


def days_by_name(rules: Rules) -> Mapping[str, int | None]:
    """How long each reference keeps its file."""
    return {what: rule.days for rule in rules.by_class.values() for what in rule.what}


def longest(named: Iterable[tuple[str, datetime | None]], days: Mapping[str, int | None]) -> Kept:
    """What the references come to, each (what names it, since when its days run). Pure."""
    found = [(days.get(what), at) for what, at in named]
    if any(period is None for period, _ in found):
        return Kept(None, None)
    open_still = [period for period, at in found if at is None and period is not None]
    if open_still:
        return Kept(None, max(open_still))
    ends = [at + timedelta(days=period or 0) for period, at in found if at]
    return Kept(clock.business_date(max(ends) - _MOMENT), 0)  # midnight is the end of the day before
