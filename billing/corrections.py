"""Corrections: what was charged is never changed; it is reversed, and charged again as it should have been.

The way out of suspense, and the way to move a charge to another account or to a corrected rate card.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from billing import ledger
from billing.charging import (
    Charged,
    LookedUp,
    Payer,
    bill_if_complete,
    group_work,
    lock_accounts,
    lock_jobs,
    payers_of,
    post_work,
)
from billing.models import Charge, Journal, JournalKind
from billing.unit_charge import standings
from kernel.errors import Conflict, InvalidInput
from kernel.ids import new_ulid
from kernel.money import Money
from production.jobs import lifecycle
from production.jobs.models import Usage
from production.people.models import BudgetUnit
from store.db import UnitOfWork


def recharge(
    uow: UnitOfWork, journal: Journal, *, reason: str, accounts: Mapping[int, int] | None = None
) -> Charged:
    """Reverse a charge journal and charge its usage again: to ``accounts`` (budget unit id -> weight, of the
    job's agency), or by the job's present split. Conflict REVERSED when that was done before.
    """
    charges = uow.session.scalars(select(Charge).filter_by(journal_id=journal.id).order_by(Charge.id)).all()
    if journal.kind is not JournalKind.CHARGE or not charges:
        raise Conflict("Only a charge can be corrected.", code="REVERSED")
    if not reason.strip():
        raise InvalidInput("A correction needs a reason.", code="REASON_MISSING")
    job = lock_jobs(uow.session, [charges[0].job_id])[0]
    if uow.session.scalars(select(Journal.id).filter_by(reverses_id=journal.id)).first() is not None:
        raise Conflict("This charge was corrected before.", code="REVERSED")
    payers = payers_of(uow.session, job) if accounts is None else _payers(uow, job.agency_id, accounts)
    known = LookedUp(uow)
    reversal = ledger.reverse(uow, journal, period=known.period(journal.effective_on), reason=reason)
    uow.session.add_all(_opposite(uow, charge, reversal) for charge in charges)
    usages = uow.session.scalars(
        select(Usage).where(Usage.id.in_({charge.usage_id for charge in charges})).order_by(Usage.id)
    ).all()
    works = group_work(job, usages, known=known, nth=charges[0].round + 1)
    uow.session.flush()  # what is taken back does not stand any more
    so_far = standings(uow.session, [job.id])
    posted = [post_work(uow, work, payers, so_far[job.id, work.line.unit]) for work in works]
    new = [charge for of_work, _ in posted for charge in of_work]
    findings = [finding for _, of_work in posted for finding in of_work]
    lifecycle.note(uow, job, "charge_corrected", journal=journal.idempotency_key, reason=reason)
    billed = [job.number] if bill_if_complete(uow, job) else []
    return Charged(len(works), len(new), Money(sum(charge.cents.cents for charge in new)), findings, billed)


def _payers(uow: UnitOfWork, agency_id: int, accounts: Mapping[int, int]) -> list[Payer]:
    lock_accounts(uow.session, list(accounts))
    units = uow.session.scalars(
        select(BudgetUnit).where(BudgetUnit.id.in_(accounts), BudgetUnit.agency_id == agency_id)
    ).all()
    if len(units) != len(accounts) or not accounts or min(accounts.values()) < 1:
        raise InvalidInput(
            "Name one or more accounts of the job's agency, each with a weight of 1 or more.",
            code="ACCOUNT_MISSING",
        )
    return [Payer(unit, accounts[unit.id]) for unit in sorted(units, key=lambda unit: unit.bill_code)]


def _opposite(uow: UnitOfWork, charge: Charge, reversal: Journal) -> Charge:
    same = (
        "job_id", "agency_id", "usage_id", "budget_unit_id", "round", "account", "suspended_for",
        "bill_code", "accounting_string", "rate_line_id", "rate", "quantity", "extended", "share", "shares",
    )  # fmt: skip
    return Charge(
        ulid=new_ulid(uow.now),
        reverses_id=charge.id,
        cents=-charge.cents,
        journal_id=reversal.id,
        **{name: getattr(charge, name) for name in same},
    )
