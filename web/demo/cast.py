"""Everybody of the demonstration: agencies, accounts and people, entered by the verbs of the set-up."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from kernel.money import Money
from production.catalog.rows import WorkCenterRow
from production.catalog.setup import WORK_CENTERS
from production.mailings.cut_offs import CUT_OFFS, CutOffValue
from production.people import accounts, agencies
from production.people.agencies import AccountValue, AgencyValue
from production.people.models import Agency, Role, User
from production.people.setup import put
from production.sample import ACCOUNTS, PEOPLE, sample_email
from store.db import UnitOfWork
from web.demo.rows import AgencyRow, people

_BUDGET = Money(30_000_000)
_SECOND_PRESS = WorkCenterRow(
    code="press-2", name="Press 2", work_center_class="press", source="demonstration"
)

_CUT_OFFS = (
    CutOffValue(code="first-truck", name="First truck, any class", at="11:30", door="1"),
    CutOffValue(
        code="marketing", name="Marketing Mail", at="14:00", mail_classes=("marketing", "nonprofit"), door="2"
    ),
    CutOffValue(
        code="first-class", name="First-Class letters", at="16:30", mail_classes=("first-class",), door="3"
    ),
)


def enter(uow: UnitOfWork, *, password_hash: str) -> None:
    """Who is not there yet."""
    for row in people().agency:
        if uow.session.scalar(select(Agency.id).filter_by(code=row.code)) is None:
            _agency(uow, row)
    put(uow, WORK_CENTERS, _SECOND_PRESS)
    for cut_off in _CUT_OFFS:
        put(uow, CUT_OFFS, cut_off)
    codes = {agency.code: agency for agency in uow.session.scalars(select(Agency))}
    for row in people().agency:
        for (name, full_name), role in ((row.requester, Role.REQUESTER), (row.approver, Role.APPROVER)):
            _person(uow, name, full_name, codes[row.code], [role], password_hash)
    for person in people().person:
        roles, agency = [Role(role) for role in person.roles], codes.get(person.agency)
        _person(uow, person.sign_in, person.name, agency, roles, password_hash)


def who(agency: str, role: Role) -> str:
    """Who does it for an agency: the sign-in name."""
    return next(name for name, code, roles in _everybody() if code == agency and role in roles)


def account(agency: str) -> str:
    """The first account of an agency."""
    own = next((row.accounts for row in people().agency if row.code == agency), None)
    return own[0][0] if own else ACCOUNTS[agency][0][0]


def _everybody() -> Iterator[tuple[str, str | None, tuple[str, ...]]]:
    """Sign-in name, agency and roles."""
    for row in people().agency:
        yield row.requester[0], row.code, (Role.REQUESTER,)
        yield row.approver[0], row.code, (Role.APPROVER,)
    yield from ((one.sign_in, one.agency or None, one.roles) for one in people().person)
    yield from ((name, agency, tuple(roles)) for name, _, agency, roles in PEOPLE)


def _agency(uow: UnitOfWork, row: AgencyRow) -> None:
    put(uow, agencies.AGENCIES, AgencyValue(code=row.code, name=row.name))
    for bill_code, name, accounting_string in row.accounts:
        account = AccountValue(
            agency=row.code, bill_code=bill_code, name=name, accounting_string=accounting_string,
            budget=_BUDGET,
        )  # fmt: skip
        put(uow, agencies.ACCOUNTS, account)


def _person(
    uow: UnitOfWork, name: str, full_name: str, agency: Agency | None, roles: list[Role], password_hash: str
) -> None:
    if uow.session.scalar(select(User.id).filter_by(sign_in_name=name)) is None:
        accounts.add_user(
            uow, sign_in_name=name, full_name=full_name, agency=agency, roles=roles,
            password_hash=password_hash, must_change_password=False,
            email=sample_email(full_name, agency.code if agency else None),
        )  # fmt: skip
