"""What another standard would have done to quotes that were made: each is estimated again by the standards it kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from kernel.errors import UserError
from kernel.money import ZERO, Money
from production.catalog.products.families import families
from production.catalog.products.spec import Spec, read_spec
from production.catalog.products.standards import Standards, read_standards
from production.frontdesk.estimates.estimate import estimate
from production.frontdesk.orders.models import Quote
from production.frontdesk.orders.spec_order import SPEC
from production.frontdesk.preparation.make_up_plan import STANDARDS
from production.jobs.models import Job, JobFile
from production.learning.standing import with_figures
from store.files import FileStore

MOST_QUOTES = 500  # the newest


@dataclass(frozen=True, slots=True)
class Requoted:
    """A quote as its estimate was, and as it would be. ``after`` is None where the order could not be made any more."""

    job: str
    title: str
    before: Money
    after: Money | None


@dataclass(frozen=True, slots=True)
class Effect:
    """``quotes`` that know the standard, of ``looked_at``; only those whose price changes are told one by one."""

    looked_at: int
    quotes: int
    before: Money
    after: Money
    changed: tuple[Requoted, ...]

    @property
    def difference(self) -> Money:
        """Of the sums of those that can still be made."""
        return self.after - self.before


def effect(
    session: Session,
    files: FileStore,
    code: str,
    key: str,
    figures: Mapping[str, Decimal],
    *,
    since: datetime,
) -> Effect:
    """On quotes of orders by specification since then."""
    spec, standards = aliased(JobFile), aliased(JobFile)
    query = (
        select(Job.number, Job.title, spec.sha256, standards.sha256)
        .join(Quote, (Quote.job_id == Job.id) & (Quote.revision == Job.revision))
        .join(spec, (spec.job_id == Job.id) & (spec.revision == Job.revision) & (spec.role == SPEC))
        .join(
            standards,
            (standards.job_id == Job.id)
            & (standards.revision == Job.revision)
            & (standards.role == STANDARDS),
        )
        .where(Quote.made_at >= since)
        .order_by(Quote.id.desc())
        .limit(MOST_QUOTES)
    )
    rows = session.execute(query).all()
    told = []
    for number, title, spec_file, standards_file in rows:
        kept = read_standards(files.checked_path(standards_file).read_bytes())
        other = with_figures(kept, code, key, figures)
        if other is not kept:
            ordered = read_spec(files.checked_path(spec_file).read_bytes())
            before = _price(ordered, kept)
            if before is not None:
                told.append(Requoted(number, title, before, _price(ordered, other)))
    both = [(one.before, one.after) for one in told if one.after is not None]
    changed = sorted((one for one in told if one.after != one.before), key=_by_difference, reverse=True)
    return Effect(
        len(rows), len(told), sum((old for old, _ in both), ZERO), sum((new for _, new in both), ZERO), tuple(changed),
    )  # fmt: skip


def _by_difference(one: Requoted) -> int:
    return abs(one.after.cents - one.before.cents) if one.after is not None else 10**15


def _price(spec: Spec, standards: Standards) -> Money | None:
    try:
        return estimate(spec, standards, families()).chosen.price
    except UserError:
        return None
