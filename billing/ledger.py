"""The ledger: append-only double entry, the only writer of journal and journal_line.

Debits are positive. A journal balances at commit, is posted once for its key, and is corrected by a reversal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import ColumnElement, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute, Session

from billing.models import Account, BillingPeriod, Journal, JournalKind, JournalLine
from kernel.errors import Corrupt, IdempotencyMismatch
from kernel.ids import new_ulid
from kernel.money import ZERO, Money
from store.columns import Cents
from store.db import UnitOfWork


@dataclass(frozen=True, slots=True)
class Line:
    """One side of a journal to post. Receivable names its budget unit, revenue and clearing their unit."""

    account: Account
    money: Money
    budget_unit_id: int | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """What stands on an account."""

    account: Account
    budget_unit_id: int | None
    unit: str | None
    money: Money


def post(
    uow: UnitOfWork,
    *,
    key: str,
    agency_id: int,
    period: BillingPeriod,
    effective_on: date,
    memo: str,
    lines: Sequence[Line],
) -> Journal:
    """Post a charge once: a second post under the key gives the first journal (IdempotencyMismatch if its lines
    differ). Corrupt UNBALANCED unless two or more lines sum to zero.
    """
    return _write(
        uow, key, lines,
        {
            "kind": JournalKind.CHARGE, "agency_id": agency_id, "period_id": period.id,
            "effective_on": effective_on, "memo": memo,
        },
    )  # fmt: skip


def reverse(uow: UnitOfWork, journal: Journal, *, period: BillingPeriod, reason: str) -> Journal:
    """The opposite of a journal, once; its effective date is the journal's. Charges: billing.corrections."""
    lines = [replace(line, money=-line.money) for line in lines_of(uow.session, journal)]
    return _write(
        uow, f"reverse:{journal.idempotency_key}", lines,
        {
            "kind": JournalKind.REVERSAL, "agency_id": journal.agency_id, "period_id": period.id,
            "effective_on": journal.effective_on, "memo": reason, "reverses_id": journal.id,
        },
    )  # fmt: skip


def balances(session: Session, *, fiscal_year: int | None = None) -> list[Balance]:
    """Every account's balance, of all time or of one fiscal year; they sum to zero."""
    key = (JournalLine.account, JournalLine.budget_unit_id, JournalLine.unit)
    query = select(*key, money_sum(JournalLine.cents)).group_by(*key).order_by(*key)
    if fiscal_year is not None:
        query = query.join(Journal).join(BillingPeriod).where(BillingPeriod.fiscal_year == fiscal_year)
    return [Balance(*row) for row in session.execute(query)]


def spent(session: Session, budget_unit_id: int, *, fiscal_year: int) -> Money:
    """What a budget unit owes for a fiscal year."""
    query = (
        select(money_sum(JournalLine.cents))
        .join(Journal)
        .join(BillingPeriod)
        .where(
            JournalLine.account == Account.RECEIVABLE,
            JournalLine.budget_unit_id == budget_unit_id,
            BillingPeriod.fiscal_year == fiscal_year,
        )
    )
    return session.scalars(query).one()


def money_sum(column: ColumnElement[Money] | InstrumentedAttribute[Money]) -> ColumnElement[Money]:
    """The sum of a money column as Money, zero over no rows (PostgreSQL sums BIGINT to NUMERIC)."""
    return cast(func.coalesce(func.sum(column), literal_column("0")), Cents)


def lines_of(session: Session, journal: Journal) -> list[Line]:
    """The journal's lines as values, in the order posted."""
    rows = session.scalars(select(JournalLine).filter_by(journal_id=journal.id).order_by(JournalLine.id))
    return [Line(row.account, row.cents, row.budget_unit_id, row.unit) for row in rows]


def _write(uow: UnitOfWork, key: str, lines: Sequence[Line], values: dict[str, object]) -> Journal:
    balance = sum((line.money.cents for line in lines), 0)
    if len(lines) < 2 or balance != ZERO.cents:
        raise Corrupt(f"The journal {key} does not balance.", code="UNBALANCED", cents=balance)
    values |= {"ulid": new_ulid(uow.now), "recorded_at": uow.now, "actor": uow.actor.name}
    journal: Journal | None = uow.session.scalar(
        insert(Journal)
        .values(idempotency_key=key, **values)
        .on_conflict_do_nothing(index_elements=["idempotency_key"])
        .returning(Journal)
    )
    if journal is None:
        return _first(uow.session, key, lines)
    rows = [
        {
            "journal_id": journal.id, "account": line.account, "budget_unit_id": line.budget_unit_id,
            "unit": line.unit, "cents": line.money,
        }
        for line in lines
    ]  # fmt: skip
    uow.session.execute(insert(JournalLine), rows)
    uow.audit("journal", journal.ulid, "posted", key=key, kind=str(journal.kind))
    return journal


def _first(session: Session, key: str, lines: Sequence[Line]) -> Journal:
    journal = session.scalars(select(Journal).filter_by(idempotency_key=key)).one()
    if set(lines_of(session, journal)) != set(lines):
        raise IdempotencyMismatch(f"The journal {key} was posted before with other lines.")
    return journal
