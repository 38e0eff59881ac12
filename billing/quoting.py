"""An alternative of a written quote: the estimate of some answers with the money of a day's rate card."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.pricing import RateLine, Share, price_shares, quote
from billing.print_rates import priced_by
from billing.rate_cards import card_on
from kernel.money import ZERO, Money
from production.catalog import queries as catalog
from production.catalog.press_room.standards import shop_standards
from production.catalog.products.families import Family, families
from production.catalog.products.spec import Spec
from production.catalog.products.standards import Standards
from production.frontdesk.choosing.answers import completed, in_words, questions, spec_of_answers
from production.frontdesk.estimates.alternatives import Alternative as Way
from production.frontdesk.estimates.estimate import Estimate, estimate
from production.frontdesk.orders.snapshot import QuoteSnapshot
from production.frontdesk.preparation.print_check import expected_usage
from production.frontdesk.preparation.spec_plan import planned
from production.frontdesk.quoting.adding import with_extras
from production.frontdesk.quoting.models import Alternative, Extra
from production.jobs.models import ChargeSplit, Job
from production.jobs.stops import charged_stops
from production.jobs.usage import Unit
from production.jobs.usage_at_end import usage_at_end

_SINCE = (Unit.FILE_FIX, Unit.RUSH)


@dataclass(frozen=True, slots=True)
class Prices:
    """What quotes of a day go by."""

    standards: Standards
    card: Mapping[str, RateLine]
    names: Mapping[str, str]

    def of(self, way: Way, extras: Sequence[Extra] = ()) -> QuoteSnapshot:
        """A way to make it with what is added, line by line as it will be charged."""
        plan = with_extras(tuple(planned(way)), extras)
        return quote(expected_usage(plan), self.card, names=self.names, postage=ZERO, single_piece=None)


def prices_on(session: Session, day: date) -> Prices:
    """AttentionNeeded RATE_MISSING where the card of the day lacks a price of the standards."""
    card, names = card_on(session, day), catalog.unit_names(session)
    return Prices(priced_by(card, shop_standards(session), names), card, names)


def estimated(prices: Prices, family: Family, answers: Mapping[str, str]) -> tuple[Spec, Estimate]:
    """The specification of completed answers, and its estimate. InvalidInput, NotFound for what cannot be made."""
    spec = spec_of_answers(family, answers, prices.standards)
    return spec, estimate(spec, prices.standards, families())


def made_by(prices: Prices, offered: Alternative) -> Way:
    """The way of an alternative that was offered, by other standards perhaps. Errors as ``estimated``."""
    return estimated(prices, families().family(offered.family), offered.answers)[1].chosen


def alternative(
    prices: Prices, family: Family, given: Mapping[str, str], extras: Sequence[Extra] = ()
) -> Alternative:
    """What is offered for these answers: the cheapest way, frozen. Errors as ``estimated``."""
    asked = questions(family, prices.standards, given)
    answers = completed(asked, given)
    spec, made = estimated(prices, family, answers)
    chosen = made.chosen
    snapshot = prices.of(chosen, extras)
    stray = (snapshot.total.cents, chosen.price.cents)
    return Alternative(
        family=family.code, name=family.name, answers=answers, facts=tuple(in_words(family, asked, answers)),
        quantity=spec.quantity, way=chosen.id, minutes=chosen.minutes,
        least=_shifted(chosen.least, stray), most=_shifted(chosen.most, stray),
        snapshot=snapshot, standards=fingerprint(prices.standards), extras=tuple(extras),
    )  # fmt: skip


def changed(session: Session, job: Job, accepted: Alternative, extras: Sequence[Extra]) -> Alternative:
    """What an accepted alternative costs by what has come out of its operations so far, and with what is added: as it
    will be charged. AttentionNeeded RATE_MISSING.
    """
    at_end, stops = usage_at_end(session, job), charged_stops(session, job)
    units = defaultdict(Decimal, at_end.used)
    for extra in extras:
        units[extra.unit] += extra.quantity
    units[Unit.JOB_SETUP.value] += 1
    units[Unit.DELIVERY_STOP.value] += stops
    splits = session.scalars(
        select(ChargeSplit).filter_by(job_id=job.id).order_by(ChargeSplit.budget_unit_id)
    ).all()
    snapshot = quote(
        [(unit, quantity) for unit, quantity in units.items() if quantity], card_on(session, job.due),
        names=catalog.unit_names(session), postage=ZERO, single_piece=None,
        shares=[Share(one.budget_unit.bill_code, one.weight) for one in splits],
    )  # fmt: skip
    stray = (snapshot.total.cents, accepted.total.cents)
    return replace(
        accepted, snapshot=snapshot, extras=(*accepted.extras, *extras),
        quantity=max(1, int((job.quantity or 1) * at_end.share)),
        least=_shifted(accepted.least, stray), most=_shifted(accepted.most, stray),
    )  # fmt: skip


def _shifted(money: Money, stray: tuple[int, int]) -> Money:
    """An end of the estimate's range, moved by what the quote has beside the estimate."""
    total, price = stray
    return Money(money.cents + total - price)


def fingerprint(standards: Standards) -> str:
    """The beginning of the hash of standards, rates and all: whether two quotes go by the same."""
    return hashlib.sha256(standards.model_dump_json().encode()).hexdigest()[:12]


def as_accepted(snapshot: QuoteSnapshot, accepted: Alternative, shares: Sequence[Share]) -> QuoteSnapshot:
    """The lines that were accepted, where the plan uses what they were made of, with what came about since: fixes of
    files, and rush; else the snapshot as it is.
    """
    if _used(snapshot) != _used(accepted.snapshot):
        return snapshot
    since = tuple(line for line in snapshot.lines if line.unit in _SINCE)
    lines = (*accepted.snapshot.lines, *since)
    total = sum((line.money for line in lines), ZERO)
    return replace(accepted.snapshot, lines=lines, total=total, shares=price_shares(lines, shares))


def _used(snapshot: QuoteSnapshot) -> dict[str, Decimal]:
    return {line.unit: line.quantity for line in snapshot.lines if line.unit not in _SINCE}
