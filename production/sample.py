"""The sample plant: a shop, agencies, accounts and people to try everything with. Invented, all of it."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from kernel.money import Money
from production.mailings.setup import SHOPS, ShopValue
from production.mailings.shop import ShopProfile
from production.mailroom.metering.setup import METERS, MeterValue
from production.mailroom.serials.setup import MAILER_IDS, MailerIdValue
from production.people import accounts, agencies
from production.people.agencies import AccountValue, AgencyValue
from production.people.contact import CONTACTS, ContactValue
from production.people.models import Agency, Role
from production.people.setup import put
from store.db import UnitOfWork

SAMPLE_AGENCY = "DEX"
SAMPLE_PERMIT = "SAMPLE"  # no permit of the Postal Service looks like it
AGENCIES = {
    SAMPLE_AGENCY: "Department of Examples",
    "OSR": "Office of Sample Records",
    "BTM": "Board of Test Mailings, Forms and Very Long Official Names for the Whole of the State",
}
ACCOUNTS = {
    SAMPLE_AGENCY: [
        ("DEX-100", "Licensing", "100-20-3000-5510"),
        ("DEX-200", "Benefits", "100-20-3100-5510"),
    ],
    "OSR": [("OSR-010", "Records", "110-40-1000-5510")],
    "BTM": [("BTM-001", "General office", "120-10-0100-5510")],
}
# Sign-in name, full name, agency, roles. One of each role, and a second approver.
PEOPLE = [
    ("rita", "Rita Requester", SAMPLE_AGENCY, [Role.REQUESTER]),
    ("andy", "Andy Approver", SAMPLE_AGENCY, [Role.APPROVER]),
    ("oscar", "Oscar Ordering", "OSR", [Role.REQUESTER, Role.APPROVER]),
    ("pat", "Pat Press", None, [Role.PRINT_OPERATOR]),
    ("mona", "Mona Mailroom", None, [Role.MAIL_OPERATOR]),
    ("bill", "Bill Clerk", None, [Role.BILLING_CLERK]),
    ("ada", "Ada Administrator", None, [Role.ADMINISTRATOR]),
    ("polly", "Polly Planner", None, [Role.PLANNER]),
    ("marcus", "Marcus Messenger", None, [Role.MESSENGER]),
    ("dora", "Dora Director", None, [Role.DIRECTOR]),
]
# A 6-digit mailer id: nine serial digits, so a year's mail does not repeat within 45 days. Not one of ours to use.
MAILER_ID = "012345"


def load_sample(uow: UnitOfWork, *, password_hash: Callable[[], str]) -> bool:
    """Enter the sample plant once; False when a shop is there already."""
    if uow.session.scalars(select(ShopProfile)).first() is not None:
        return False
    _load_shop(uow)
    _load_agencies(uow)
    known = {row.code: row for row in uow.session.scalars(select(Agency))}
    _load_people(uow, known, password_hash)
    uow.audit("shop_profile", None, "sample_loaded")
    return True


def _load_shop(uow: UnitOfWork) -> None:
    shop = ShopValue(
        name="State Printing and Mail",
        origin_zip5="70802",
        post_office="BATON ROUGE LA 70802",
        permit_number=SAMPLE_PERMIT,
        crid="SAMPLE",
        service_type_id="310",  # First-Class, Basic, with tracing: no electronic documents are submitted
        allow_test_only=True,
        pieces_per_segment=20_000,
        bars="glyphs",
    )
    put(uow, SHOPS, shop)
    hours = "Monday to Friday, 7:30 AM to 4:30 PM"
    contact = ContactValue(name="Sam Service", phone="225-555-0142", email="service@example.gov", hours=hours)
    put(uow, CONTACTS, contact)
    put(uow, MAILER_IDS, MailerIdValue(mailer_id=MAILER_ID))
    for number in range(1, 6):
        put(uow, METERS, MeterValue(serial_number=f"SAMPLE-{number:04d}", name=f"Meter {number}"))


def _load_agencies(uow: UnitOfWork) -> None:
    for code, name in AGENCIES.items():
        put(uow, agencies.AGENCIES, AgencyValue(code=code, name=name))
        for bill_code, called, accounting_string in ACCOUNTS[code]:
            account = AccountValue(
                agency=code, bill_code=bill_code, name=called, accounting_string=accounting_string,
                budget=Money(50_000_000),
            )  # fmt: skip
            put(uow, agencies.ACCOUNTS, account)


def _load_people(uow: UnitOfWork, known: dict[str, Agency], password_hash: Callable[[], str]) -> None:
    for sign_in_name, full_name, agency, roles in PEOPLE:
        accounts.add_user(
            uow, sign_in_name=sign_in_name, full_name=full_name, agency=known[agency] if agency else None,
            roles=roles, password_hash=password_hash(), must_change_password=False,
            email=sample_email(full_name, agency),
        )  # fmt: skip


def sample_email(full_name: str, agency: str | None) -> str:
    """An address of a domain that nobody can have."""
    return f"{full_name.replace(' ', '.')}@{(agency or 'plant').lower()}.example"
