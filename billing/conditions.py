"""Conditions that charging, closing, screens and checks share: what is not charged yet, what waits in suspense."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import aliased

from billing.models import Account, Charge, OpenUsage
from production.jobs.models import Usage, UsageVoid


def not_charged() -> ColumnElement[bool]:
    """Usage without a charge of its own (a corrected charge keeps its first row, so it counts as charged)."""
    return Usage.id.in_(select(OpenUsage.usage_id))


def has_no_charge() -> ColumnElement[bool]:
    """The same by the charges themselves, row by row, without what is void: for checks of what ``open_usage`` says."""
    charged = exists().where(Charge.usage_id == Usage.id, Charge.reverses_id.is_(None))
    return ~charged & ~exists().where(UsageVoid.usage_id == Usage.id)


def waits_in_suspense() -> ColumnElement[bool]:
    """A charge in suspense that no correction has reversed."""
    correction = aliased(Charge)
    return and_(
        Charge.account == Account.SUSPENSE,
        Charge.reverses_id.is_(None),
        ~exists().where(correction.reverses_id == Charge.id),
    )
