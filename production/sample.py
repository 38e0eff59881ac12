"""The sample plant: a shop, agencies, accounts and people to try everything with. Invented, all of it."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from kernel.ids import new_ulid
from kernel.money import Money
from production.mailings.shop import ShopProfile
from production.mailroom.metering.models import Meter
from production.mailroom.serials.models import MailerId
from production.people import agencies
from production.people.agencies import AccountValue, AgencyValue
from production.people.models import Agency, Role, User, UserRole
from production.people.setup import put
from store.db import UnitOfWork

SAMPLE_AGENCY = "DEX"
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
    profile = ShopProfile(
        id=1,
        name="State Printing and Mail",
        origin_zip5="70802",
        post_office="BATON ROUGE LA 70802",
        permit_number="SAMPLE",
        crid="SAMPLE",
        service_type_id="310",  # First-Class, Basic, with tracing: no electronic documents are submitted
        allow_test_only=True,
        pieces_per_segment=20_000,
        bars="glyphs",
    )
    meters = [
        Meter(ulid=new_ulid(uow.now), serial_number=f"SAMPLE-{number:04d}", name=f"Meter {number}")
        for number in range(1, 6)
    ]
    uow.session.add_all([profile, MailerId(mailer_id=MAILER_ID, active=True), *meters])


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
    uow.session.add_all(
        User(
            ulid=new_ulid(uow.now), sign_in_name=sign_in_name, full_name=full_name,
            agency_id=known[agency].id if agency else None, password_hash=password_hash(),
            must_change_password=False,
            created_at=uow.now, role_rows=[UserRole(role=role) for role in roles],
        )
        for sign_in_name, full_name, agency, roles in PEOPLE
    )  # fmt: skip
