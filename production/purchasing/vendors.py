"""Vendors as rows of the set-up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from sqlalchemy import SelectBase, select
from sqlalchemy.orm import Session

from kernel.findings import Finding
from production.asked import Line, Paragraph
from production.catalog.models import OperationType
from production.catalog.products.families import families
from production.people.setup import Change, Kind, wrong
from production.people.setup_fields import Code, Name, Row, looks_like, words
from production.purchasing.models import Vendor
from store.db import UnitOfWork

_EMAIL = looks_like(r"[^@\s]{1,64}@[^@\s]{1,130}", "Write an address, as in bids@example.com.")
_PAY_TO = ("pay_to", "tax_number", "vendor_number")


class VendorValue(Row):
    """A firm that work is bought from."""

    code: Code = Field(title="Code", description="As it is typed, such as ACME.")
    name: Name = Field(title="Name")
    contact: Line = Field(default="", max_length=200, title="Who to ask for")
    email: Annotated[Line, Field(max_length=195), _EMAIL] = Field(
        default="",
        title="E-mail for bids and orders",
        description="Links to bid go there alone. Empty: bids come by mail or phone.",
    )
    phone: Line = Field(default="", max_length=40, title="Phone")
    address: Paragraph = Field(default="", max_length=1000, title="Address for orders")
    does: Annotated[tuple[str, ...], BeforeValidator(words), Field(max_length=100)] = Field(
        default=(),
        title="What it does",
        description="Steps and products, such as perfect bind; booklet. Empty: ask for anything.",
    )
    certifications: Line = Field(
        default="",
        max_length=400,
        title="Certifications",
        description="Such as FSC, small business; with their end.",
    )
    contract_number: Line = Field(default="", max_length=60, title="Contract number")
    pay_to: Paragraph = Field(default="", max_length=1000, title="Pay to, name and address")
    tax_number: Line = Field(default="", max_length=40, title="Tax number")
    vendor_number: Line = Field(default="", max_length=40, title="Vendor number in the state's books")
    note: Paragraph = Field(default="", max_length=2000, title="Note")
    is_active: bool = Field(default=True, title="In use")


class Vendors(Kind[VendorValue]):
    """Who work is bought from, in its own table."""

    code, name, names = "vendor", "Vendor", "Vendors"
    lead = (
        "Firms that are asked for bids and given orders. A change of who is paid waits for a second person: that is "
        "how money goes to strangers."
    )
    verb, value = "purchase", VendorValue
    listed = ("name", "email", "does", "contract_number", "is_active")

    def rows(self, session: Session) -> list[VendorValue]:
        return [_as_value(row) for row in session.scalars(select(Vendor).order_by(Vendor.code))]

    def keys(self) -> SelectBase:
        return select(Vendor.code)

    def find(self, session: Session, key: str) -> VendorValue | None:
        row = session.scalars(select(Vendor).filter_by(code=key)).first()
        return _as_value(row) if row is not None else None

    def write(self, uow: UnitOfWork, value: VendorValue) -> None:
        row = uow.session.scalars(select(Vendor).filter_by(code=value.code)).first()
        row = row or Vendor(code=value.code)
        for name, said in (value.facts("code") | {"does": list(value.does)}).items():
            setattr(row, name, said)
        uow.session.add(row)

    def check(self, change: Change[VendorValue]) -> Iterator[Finding]:
        known = {*families().families, *change.session.scalars(select(OperationType.code))}
        for one in change.value.does:
            if one not in known:
                yield wrong("does", f"There is no step and no product {one}.")

    def needs_second(self, change: Change[VendorValue]) -> bool:
        """Who is paid, and under which number."""
        return change.of(*_PAY_TO)


def _as_value(row: Vendor) -> VendorValue:
    facts: dict[str, Any] = {name: getattr(row, name) for name in VendorValue.model_fields}
    return VendorValue.model_construct(**facts | {"does": tuple(row.does)})


VENDORS = Vendors()
