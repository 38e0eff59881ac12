"""Agencies and their accounts: entered, renamed, closed; never removed, for what was charged stays theirs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field
from sqlalchemy import SelectBase, func, select
from sqlalchemy.orm import Session

from kernel.findings import Finding
from kernel.ids import new_ulid
from production.asked import Dollars, Needed
from production.people.models import Agency, BudgetUnit
from production.people.second_person import consequence
from production.people.setup import Change, Kind, wrong
from production.people.setup_fields import Code, Crid, Name, Row, looks_like
from store.db import UnitOfWork


class AgencyValue(Row):
    """An agency."""

    code: Code = Field(title="Code", description="What people type, such as DEX.")
    name: Name = Field(title="Name", description="As it stands on papers and statements.")
    crid: Crid = Field(
        default="", title="CRID", description="Its customer registration id at the Postal Service."
    )


class AccountValue(Row):
    """An account of an agency."""

    agency: Code = Field(title="Agency", description="The agency's code.")
    bill_code: Annotated[
        Needed, looks_like(r"[^/,;]{1,40}", "Write 1 to 40 characters without slash, comma or semicolon.")
    ] = Field(title="Bill code", description="What is typed on orders and meter sheets.")
    name: Name = Field(title="Name")
    accounting_string: Name = Field(
        title="Accounting string", description="As the chargeback file carries it."
    )
    budget: Dollars | None = Field(
        default=None, title="Budget", description="Dollars for the fiscal year; nothing is stopped by it."
    )
    is_closed: bool = Field(
        default=False, title="Closed", description="Nothing new can be ordered on a closed account."
    )


class Agencies(Kind[AgencyValue]):
    """Who orders and pays."""

    code, name, names = "agency", "Agency", "Agencies"
    lead = "Who orders and pays. Each sees its own work and nobody else's."
    value = AgencyValue

    def rows(self, session: Session) -> list[AgencyValue]:
        return [_agency(row) for row in session.scalars(select(Agency).order_by(Agency.code))]

    def keys(self) -> SelectBase:
        return select(Agency.code)

    def find(self, session: Session, key: str) -> AgencyValue | None:
        row = session.scalars(select(Agency).filter_by(code=key)).first()
        return _agency(row) if row else None

    def write(self, uow: UnitOfWork, value: AgencyValue) -> None:
        row = uow.session.scalars(select(Agency).filter_by(code=value.code)).first()
        if row is None:
            row = Agency(ulid=new_ulid(uow.now), code=value.code)
            uow.session.add(row)
        row.name, row.crid = value.name, value.crid or None

    def check(self, change: Change[AgencyValue]) -> Iterator[Finding]:
        if change.before is None:
            same = select(Agency.code).where(func.upper(Agency.code) == change.value.code.upper())
            if other := change.session.scalar(same):
                yield wrong("code", f"{other} differs from it only by capitals.")


class Accounts(Kind[AccountValue]):
    """What charges land on."""

    code, name, names = "account", "Account", "Accounts"
    lead = "What charges land on, with the accounting string that the chargeback file carries."
    value = AccountValue
    keyed_by = ("agency", "bill_code")

    def rows(self, session: Session) -> list[AccountValue]:
        return [_account(*row) for row in session.execute(_ACCOUNTS)]

    def keys(self) -> SelectBase:
        return select(Agency.code + "/" + BudgetUnit.bill_code).join_from(BudgetUnit, Agency)

    def find(self, session: Session, key: str) -> AccountValue | None:
        agency, _, bill_code = key.partition("/")
        query = _ACCOUNTS.where(Agency.code == agency, BudgetUnit.bill_code == bill_code)
        row = session.execute(query).first()
        return _account(*row) if row else None

    def write(self, uow: UnitOfWork, value: AccountValue) -> None:
        agency = uow.session.scalars(select(Agency).filter_by(code=value.agency)).one()
        query = select(BudgetUnit).filter_by(agency_id=agency.id, bill_code=value.bill_code)
        row = uow.session.scalars(query).first()
        if row is None:
            row = BudgetUnit(ulid=new_ulid(uow.now), agency_id=agency.id, bill_code=value.bill_code)
            uow.session.add(row)
        row.name, row.accounting_string, row.budget = value.name, value.accounting_string, value.budget
        row.closed_at = (row.closed_at or uow.now) if value.is_closed else None

    def check(self, change: Change[AccountValue]) -> Iterator[Finding]:
        agency = change.value.agency
        if change.session.scalar(select(Agency.id).filter_by(code=agency)) is None:
            yield wrong("agency", f"There is no agency {agency}.")

    def choices(self, session: Session) -> dict[str, list[tuple[str, str]]]:
        rows = session.execute(select(Agency.code, Agency.name).order_by(Agency.name, Agency.code))
        return {"agency": [(code, f"{name} ({code})") for code, name in rows]}

    def consequences(self, change: Change[AccountValue]) -> Iterator[Finding]:
        value = change.value
        if change.of("is_closed") and value.is_closed:
            yield consequence(
                "ACCOUNT_CLOSING",
                f"Account {value.bill_code} takes no new order. Work under way that cannot be charged to it any more "
                "waits in the month for another account.",
            )
        if change.of("accounting_string"):
            yield consequence(
                "ACCOUNT_STRING",
                f"Charges made from now on carry {value.accounting_string}; those that were made stay as they are.",
            )


_ACCOUNTS = (
    select(Agency.code, BudgetUnit)
    .join(Agency, Agency.id == BudgetUnit.agency_id)
    .order_by(Agency.code, BudgetUnit.bill_code)
)


def _agency(row: Agency) -> AgencyValue:
    return AgencyValue.model_construct(code=row.code, name=row.name, crid=row.crid or "")


def _account(agency: str, row: BudgetUnit) -> AccountValue:
    return AccountValue.model_construct(
        agency=agency, bill_code=row.bill_code, name=row.name, accounting_string=row.accounting_string,
        budget=row.budget, is_closed=row.closed_at is not None,
    )  # fmt: skip


AGENCIES, ACCOUNTS = Agencies(), Accounts()
