"""Rows of the accounts office: rate cards, charges, the ledger, periods and exports.

Charge, journal, journal_line and rate_line are append-only (triggers); journals sum to zero at commit; a
closed period takes nothing more (migrations 0002).
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, Text, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kernel.money import Money
from production.jobs.models import Job, Usage
from production.people.models import Agency, BudgetUnit
from store.columns import Base, Cents, Quantity, UnitRate, UtcDateTime, Word, choice_check, key_column


class CardState(StrEnum):
    """A draft is compared, approved by a second person and published; then it is in force from its date until the next
    card of its name, unless withdrawn.
    """

    DRAFT = "draft"
    APPROVED = "approved"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class PeriodState(StrEnum):
    """A month of the ledger."""

    OPEN = "open"
    CLOSED = "closed"


class ExportState(StrEnum):
    """Numbered and frozen, then written as a file."""

    NUMBERED = "numbered"
    WRITTEN = "written"


class JournalKind(StrEnum):
    """Why a journal was posted."""

    CHARGE = "charge"
    REVERSAL = "reversal"


class Account(StrEnum):
    """Ledger accounts; debits are positive."""

    RECEIVABLE = "receivable"  # by budget unit: what the agency owes
    SUSPENSE = "suspense"  # by budget unit if known: charged, waiting for a valid account
    REVENUE = "revenue"  # by unit of work
    POSTAGE_CLEARING = "postage_clearing"  # by unit: paid for the agency, recovered at cost


def month_name(first_day: date, label: str) -> str:
    """A month for people, with its label."""
    return f"{first_day:%B %Y} ({label})"


class RateCard(Base):
    """Prices under a name, from a date on."""

    __tablename__ = "rate_card"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    name: Mapped[str] = mapped_column(String(80))
    effective_from: Mapped[date]
    state: Mapped[CardState] = mapped_column(Word(CardState))
    version: Mapped[int]
    loaded_by: Mapped[str] = mapped_column(String(200))
    loaded_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        choice_check("state", CardState),
        Index(
            "uq_rate_card_name_effective_from",
            "name",
            "effective_from",
            unique=True,
            postgresql_where=text("state = 'published'"),
        ),
    )


class RateLineRow(Base):
    """One price of a card: dollars a unit, the least a job pays, and whether it is cost passed through."""

    __tablename__ = "rate_line"
    id: Mapped[int] = key_column()
    card_id: Mapped[int] = mapped_column(ForeignKey("rate_card.id"))
    unit: Mapped[str] = mapped_column(String(60), ForeignKey("usage_unit.code"))
    description: Mapped[str] = mapped_column(String(200))
    rate: Mapped[Decimal] = mapped_column(UnitRate)
    minimum: Mapped[Money] = mapped_column(Cents)
    pass_through: Mapped[bool]

    card: Mapped[RateCard] = relationship(lazy="raise")

    __table_args__ = (
        UniqueConstraint("card_id", "unit"),
        CheckConstraint("rate >= 0 AND minimum >= 0", name="amounts"),
        Index("ix_rate_line_unit", "unit"),
    )


class BillingPeriod(Base):
    """A calendar month of a fiscal year. ``month`` is 1..12 as on the calendar."""

    __tablename__ = "billing_period"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    fiscal_year: Mapped[int]
    month: Mapped[int]
    first_day: Mapped[date] = mapped_column(unique=True)
    state: Mapped[PeriodState] = mapped_column(Word(PeriodState))
    version: Mapped[int]

    __table_args__ = (
        choice_check("state", PeriodState),
        UniqueConstraint("fiscal_year", "month"),
        CheckConstraint("month BETWEEN 1 AND 12", name="month"),
    )

    @property
    def last_day(self) -> date:
        """The last day of the month."""
        return self.first_day.replace(day=monthrange(self.first_day.year, self.first_day.month)[1])

    @property
    def label(self) -> str:
        """'FY2027-11': fiscal year and calendar month, the key in addresses and exports."""
        return f"FY{self.fiscal_year}-{self.month:02d}"

    @property
    def name(self) -> str:
        """'December 2026 (FY2027-12)': the month it is, whatever the number is taken for."""
        return month_name(self.first_day, self.label)


class Journal(Base):
    """Balanced lines posted together. ``idempotency_key`` makes posting twice impossible."""

    __tablename__ = "journal"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    idempotency_key: Mapped[str] = mapped_column(String(160), unique=True)
    kind: Mapped[JournalKind] = mapped_column(Word(JournalKind))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    period_id: Mapped[int] = mapped_column(ForeignKey("billing_period.id"))
    effective_on: Mapped[date]
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(200))
    memo: Mapped[str] = mapped_column(Text)
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("journal.id"), unique=True)

    period: Mapped[BillingPeriod] = relationship(lazy="raise", viewonly=True)

    __table_args__ = (
        choice_check("kind", JournalKind),
        CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name="reversal"),
        Index("ix_journal_period_id", "period_id"),
    )


class JournalLine(Base):
    """One side of a journal; cents are signed, debits positive."""

    __tablename__ = "journal_line"
    id: Mapped[int] = key_column()
    journal_id: Mapped[int] = mapped_column(ForeignKey("journal.id"))
    account: Mapped[Account] = mapped_column(Word(Account))
    budget_unit_id: Mapped[int | None] = mapped_column(ForeignKey("budget_unit.id"))
    unit: Mapped[str | None] = mapped_column(String(60))
    cents: Mapped[Money] = mapped_column(Cents)

    __table_args__ = (
        choice_check("account", Account),
        CheckConstraint("account <> 'receivable' OR budget_unit_id IS NOT NULL", name="receivable_of"),
        CheckConstraint(
            "account NOT IN ('revenue', 'postage_clearing') OR unit IS NOT NULL", name="revenue_of"
        ),
        Index("ix_journal_line_journal_id", "journal_id"),
        Index("ix_journal_line_budget_unit_id", "budget_unit_id"),
    )


class Charge(Base):
    """One usage on one account: quantity and extended value of the whole usage, cents of this account.

    ``share`` of ``shares`` is the account's weight. A correction adds a row with the opposite cents
    (``reverses_id``) and rows of the next ``round``; nothing is ever changed.
    """

    __tablename__ = "charge"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    usage_id: Mapped[int] = mapped_column(ForeignKey("usage.id"))
    budget_unit_id: Mapped[int | None] = mapped_column(ForeignKey("budget_unit.id"), index=True)
    round: Mapped[int]
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("charge.id"), unique=True)
    account: Mapped[Account] = mapped_column(Word(Account))
    suspended_for: Mapped[str | None] = mapped_column(String(40))  # finding code, when in suspense
    bill_code: Mapped[str] = mapped_column(String(40))  # this and the string as they were when charged
    accounting_string: Mapped[str] = mapped_column(String(200))
    rate_line_id: Mapped[int] = mapped_column(ForeignKey("rate_line.id"))
    rate: Mapped[Decimal] = mapped_column(UnitRate)
    quantity: Mapped[Decimal] = mapped_column(Quantity)
    extended: Mapped[Decimal] = mapped_column(Numeric(14, 4))
    share: Mapped[int]
    shares: Mapped[int]
    cents: Mapped[Money] = mapped_column(Cents)
    journal_id: Mapped[int] = mapped_column(ForeignKey("journal.id"))

    job: Mapped[Job] = relationship(lazy="raise", viewonly=True)
    agency: Mapped[Agency] = relationship(lazy="raise", viewonly=True)
    usage: Mapped[Usage] = relationship(lazy="raise", viewonly=True)
    budget_unit: Mapped[BudgetUnit | None] = relationship(lazy="raise", viewonly=True)
    rate_line: Mapped[RateLineRow] = relationship(lazy="raise", viewonly=True)
    journal: Mapped[Journal] = relationship(lazy="raise", viewonly=True)

    __table_args__ = (
        CheckConstraint("account IN ('receivable', 'suspense')", name="account"),
        CheckConstraint("(account = 'suspense') = (suspended_for IS NOT NULL)", name="suspended"),
        CheckConstraint("share > 0 AND share <= shares", name="share"),
        Index(
            "uq_charge_usage_id_budget_unit_id_round",
            "usage_id",
            "budget_unit_id",
            "round",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("reverses_id IS NULL"),
        ),
        Index("ix_charge_job_id", "job_id"),
        Index("ix_charge_journal_id", "journal_id"),
        Index("ix_charge_agency_id", "agency_id"),
        Index("ix_charge_suspense", "id", postgresql_where=text("account = 'suspense'")),
    )


class OpenUsage(Base):
    """Usage that is not charged yet: triggers put it here with the usage and take it out with its first charge."""

    __tablename__ = "open_usage"
    usage_id: Mapped[int] = mapped_column(ForeignKey("usage.id"), primary_key=True, autoincrement=False)
    job_id: Mapped[int] = mapped_column(index=True)
    agency_id: Mapped[int]
    usage_date: Mapped[date] = mapped_column(index=True)
    unit: Mapped[str] = mapped_column(String(60))


class PeriodTotal(Base):
    """A part of what stands on an account in a month: a trigger adds each charge to a row that nobody holds, so whoever
    charges at once does not wait; an account's rows add to all its charges. ``suspense`` is not in ``total``."""

    __tablename__ = "period_total"
    id: Mapped[int] = key_column()
    period_id: Mapped[int] = mapped_column(ForeignKey("billing_period.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    budget_unit_id: Mapped[int | None] = mapped_column(ForeignKey("budget_unit.id"), index=True)
    charges: Mapped[int]
    total: Mapped[Money] = mapped_column(Cents)
    suspense: Mapped[Money] = mapped_column(Cents)

    __table_args__ = (Index("ix_period_total_period_id_agency_id", "period_id", "agency_id"),)


class JobTotal(Base):
    """A part of what a job was charged on an account in a month, suspense included; its rows as of ``PeriodTotal``."""

    __tablename__ = "job_total"
    id: Mapped[int] = key_column()
    period_id: Mapped[int] = mapped_column(ForeignKey("billing_period.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    budget_unit_id: Mapped[int | None] = mapped_column(ForeignKey("budget_unit.id"), index=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), index=True)
    charges: Mapped[int]
    cents: Mapped[Money] = mapped_column(Cents)

    __table_args__ = (Index("ix_job_total_period_id_agency_id", "period_id", "agency_id"),)


class ExportRun(Base):
    """The one export of a closed period: numbered documents, control totals, then the file."""

    __tablename__ = "export_run"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    period_id: Mapped[int] = mapped_column(ForeignKey("billing_period.id"), unique=True)
    format: Mapped[str] = mapped_column(String(40))
    state: Mapped[ExportState] = mapped_column(Word(ExportState))
    version: Mapped[int]
    rows: Mapped[int]
    debits: Mapped[Money] = mapped_column(Cents)
    credits: Mapped[Money] = mapped_column(Cents)
    hash_total: Mapped[int]  # sum of the job numbers as nine-digit numbers, one a row
    file_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))
    requested_by: Mapped[str] = mapped_column(String(200))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)

    period: Mapped[BillingPeriod] = relationship(lazy="raise", viewonly=True)

    __table_args__ = (
        choice_check("state", ExportState),
        CheckConstraint("state <> 'written' OR file_sha256 IS NOT NULL", name="written"),
    )


class ExportDocument(Base):
    """One agency's chargeback document of an exported period; numbers have no gaps within a fiscal year."""

    __tablename__ = "export_document"
    period_id: Mapped[int] = mapped_column(ForeignKey("billing_period.id"), primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), primary_key=True)
    agency_code: Mapped[str] = mapped_column(String(20))  # as it was when numbered
    fiscal_year: Mapped[int]
    sequence: Mapped[int]
    total: Mapped[Money] = mapped_column(Cents)

    __table_args__ = (UniqueConstraint("fiscal_year", "sequence"),)

    @property
    def number(self) -> str:
        """'CB27-000123'."""
        return f"CB{self.fiscal_year % 100:02d}-{self.sequence:06d}"
